-- What is remembered so that nothing happens twice: changesets that leave no audit event, and the generations of partners that
-- are gone. And what is known of each token of a release, and what stands in its way.

-- Ids are made of the time, so those that can be forgotten are found by them.
CREATE TABLE commits (
    part   INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant BLOB    NOT NULL CHECK (length(tenant) = 16),
    id     BLOB    NOT NULL CHECK (length(id) = 16),
    PRIMARY KEY (part, tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX commits_by_age ON commits (id);

-- The highest generation at which a partner with this id was deleted. It stays for ever: a secret is sealed for its partner's
-- generation, so none may come twice.
CREATE TABLE departed_partners (
    part       INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant     BLOB    NOT NULL CHECK (length(tenant) = 16),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    generation INTEGER NOT NULL CHECK (generation >= 1),
    PRIMARY KEY (part, tenant, id)
) STRICT, WITHOUT ROWID;

-- Those that were deleted before are known by their audit events.
INSERT INTO departed_partners (part, tenant, id, generation)
SELECT part, tenant, partner, max(generation) FROM audit_events WHERE activity = 'delete' GROUP BY part, tenant, partner;

-- A JSON array; null in a row from before this step, of which nothing is known.
ALTER TABLE releases ADD COLUMN tokens TEXT;
ALTER TABLE releases ADD COLUMN obstacle TEXT CHECK (length(obstacle) BETWEEN 1 AND 64);
