-- The steps have the numbers and the meaning of those of the embedded store. They are written in what PostgreSQL and those
-- that speak its protocol have in common; docs/postgresql/database.md says what to add on each.
--
-- Every key begins (part, tenant, id): part is a fixed hash of the tenant, so that one tenant's rows lie together, on one
-- shard where there are shards. Times count steps of 100 ns since 1970-01-01T00:00:00Z.

CREATE TABLE IF NOT EXISTS partners (
    part            smallint NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant          uuid     NOT NULL,
    id              uuid     NOT NULL,
    display_name    text     NOT NULL,
    onboarding_url  text,
    connector       text     NOT NULL,
    profile         text,
    status          text     NOT NULL CHECK (status IN ('notOnboarded', 'onboarding', 'onboarded')),
    attempt         uuid,
    attempt_expires bigint,
    last_connection bigint   NOT NULL,
    generation      bigint   NOT NULL CHECK (generation >= 1),
    version         bigint   NOT NULL CHECK (version >= 1),
    PRIMARY KEY (part, tenant, id),
    CHECK ((status = 'onboarding') = (attempt IS NOT NULL)),
    CHECK ((status = 'onboarding') = (attempt_expires IS NOT NULL))
);

CREATE INDEX IF NOT EXISTS partners_being_onboarded ON partners (attempt_expires) WHERE attempt_expires IS NOT NULL;

-- `actor` and `changes` are JSON, and kept as text: the chain is made of their bytes. What callers filter and sort by of an
-- actor is in columns of its own.
CREATE TABLE IF NOT EXISTS audit_events (
    part                smallint NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant              uuid     NOT NULL,
    id                  uuid     NOT NULL,
    at                  bigint   NOT NULL,
    activity            text     NOT NULL,
    operation           text     NOT NULL,
    result              text     NOT NULL,
    correlation         uuid     NOT NULL,
    actor               text     NOT NULL,
    partner             uuid     NOT NULL,
    partner_name        text     NOT NULL,
    generation          bigint   NOT NULL CHECK (generation >= 1),
    changes             text     NOT NULL,
    seq                 bigint   CHECK (seq >= 1),
    hash                bytea    CHECK (hash IS NULL OR (length(hash) = 32 AND seq IS NOT NULL)),
    actor_kind          text,
    user_principal_name text,
    user_id             text,
    application_id      text,
    application_name    text,
    PRIMARY KEY (part, tenant, id)
);
