-- What is remembered so that nothing happens twice: changesets that leave no audit event, and the generations of partners that
-- are gone. And what is known of each token of a release, and what stands in its way.

-- Ids are made of the time, so those that can be forgotten are found by them.
CREATE TABLE IF NOT EXISTS commits (
    part   smallint NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant uuid     NOT NULL,
    id     uuid     NOT NULL,
    PRIMARY KEY (part, tenant, id)
);

CREATE INDEX IF NOT EXISTS commits_by_age ON commits (id);

-- The highest generation at which a partner with this id was deleted. It stays for ever: a secret is sealed for its partner's
-- generation, so none may come twice.
CREATE TABLE IF NOT EXISTS departed_partners (
    part       smallint NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant     uuid     NOT NULL,
    id         uuid     NOT NULL,
    generation bigint   NOT NULL CHECK (generation >= 1),
    PRIMARY KEY (part, tenant, id)
);

-- Those that were deleted before are known by their audit events.
INSERT INTO departed_partners (part, tenant, id, generation)
SELECT part, tenant, partner, max(generation) FROM audit_events WHERE activity = 'delete' GROUP BY part, tenant, partner
ON CONFLICT DO NOTHING;

-- A JSON array; null in a row from before this step, of which nothing is known.
ALTER TABLE releases ADD COLUMN IF NOT EXISTS tokens text;
ALTER TABLE releases ADD COLUMN IF NOT EXISTS obstacle text;
