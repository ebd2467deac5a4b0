-- Where chains end, and how many there are, is authenticated by a key that does not lie here: so an end that was cut off, an
-- event without a place, and a tenant that was taken out with all it had are found. The server does it when it opens the
-- database, as no SQL can; `adopted` says how many events there were by then, and `unlinked` how many of those had no place.
ALTER TABLE audit_heads ADD COLUMN adopted INTEGER NOT NULL DEFAULT 0 CHECK (adopted >= 0);
ALTER TABLE audit_heads ADD COLUMN unlinked INTEGER NOT NULL DEFAULT 0 CHECK (unlinked >= 0);
ALTER TABLE audit_heads ADD COLUMN mac BLOB CHECK (length(mac) = 32);

-- How many chains each part has, and which. There is a row for every part, also for those without any.
CREATE TABLE audit_rosters (
    part    INTEGER NOT NULL PRIMARY KEY CHECK (part BETWEEN 0 AND 255),
    tenants INTEGER NOT NULL CHECK (tenants >= 0),
    members BLOB    NOT NULL CHECK (length(members) = 32),
    mac     BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT, WITHOUT ROWID;
