-- Where chains end, and how many there are, is authenticated by a key that does not lie here. The server does it when it opens
-- the database, as no SQL can; `adopted` says how many events there were by then, and `unlinked` how many of those had no place.
ALTER TABLE audit_heads ADD COLUMN IF NOT EXISTS adopted bigint;
ALTER TABLE audit_heads ADD COLUMN IF NOT EXISTS unlinked bigint;
ALTER TABLE audit_heads ADD COLUMN IF NOT EXISTS mac bytea;

-- How many chains each part has, and which. There is a row for every part, also for those without any.
CREATE TABLE IF NOT EXISTS audit_rosters (
    part    smallint NOT NULL PRIMARY KEY CHECK (part BETWEEN 0 AND 255),
    tenants bigint   NOT NULL CHECK (tenants >= 0),
    members bytea    NOT NULL CHECK (length(members) = 32),
    mac     bytea    NOT NULL CHECK (length(mac) = 32)
);
