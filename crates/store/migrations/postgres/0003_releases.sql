-- What a connection leaves behind when it is cut, and the secrets that are held until it is proved dead. Secrets are sealed,
-- and lie in the rows they belong to.
CREATE TABLE IF NOT EXISTS attempts (
    part       smallint NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant     uuid     NOT NULL,
    id         uuid     NOT NULL,
    partner    uuid     NOT NULL,
    generation bigint   NOT NULL CHECK (generation >= 1),
    state_hash bytea    NOT NULL CHECK (length(state_hash) = 32),
    phase      text     NOT NULL CHECK (phase IN ('open', 'redeeming', 'closed')),
    sealed     bytea,
    expires    bigint   NOT NULL,
    refusals   bigint   NOT NULL CHECK (refusals BETWEEN 0 AND 4294967295),
    PRIMARY KEY (part, tenant, id),
    CHECK (phase <> 'open' OR sealed IS NOT NULL),
    CHECK (phase <> 'closed' OR sealed IS NULL)
);

CREATE INDEX IF NOT EXISTS attempts_closed ON attempts (expires) WHERE phase = 'closed';

CREATE TABLE IF NOT EXISTS credentials (
    part         smallint NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant       uuid     NOT NULL,
    partner      uuid     NOT NULL,
    id           uuid     NOT NULL,
    generation   bigint   NOT NULL CHECK (generation >= 1),
    account_id   text,
    account_name text     CHECK (account_name IS NULL OR account_id IS NOT NULL),
    sealed       bytea    NOT NULL,
    obtained     bigint   NOT NULL,
    PRIMARY KEY (part, tenant, partner)
);

CREATE TABLE IF NOT EXISTS releases (
    part              smallint NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant            uuid     NOT NULL,
    id                uuid     NOT NULL,
    partner           uuid     NOT NULL,
    partner_name      text     NOT NULL,
    generation        bigint   NOT NULL CHECK (generation >= 1),
    connector         text     NOT NULL,
    profile           text,
    account_id        text,
    account_name      text     CHECK (account_name IS NULL OR account_id IS NOT NULL),
    asked_actor       text     NOT NULL,
    asked_correlation uuid     NOT NULL,
    asked_activity    text     NOT NULL,
    asked_at          bigint   NOT NULL,
    state             text     NOT NULL,
    next_try          bigint,
    outcome           text,
    tries             bigint   NOT NULL CHECK (tries BETWEEN 0 AND 4294967295),
    calls             text     NOT NULL,
    version           bigint   NOT NULL CHECK (version >= 1),
    sealed            bytea,
    secret_field      text,
    PRIMARY KEY (part, tenant, id),
    CHECK ((state = 'pending') = (next_try IS NOT NULL)),
    CHECK ((state = 'pending') = (outcome IS NULL)),
    CHECK ((state = 'pending') = (sealed IS NOT NULL)),
    CHECK ((sealed IS NULL) = (secret_field IS NULL))
);

CREATE INDEX IF NOT EXISTS releases_due ON releases (next_try, asked_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS releases_in_order ON releases (part, tenant, partner, id, next_try) WHERE state = 'pending';

-- Which node may act for a part, and until when. The epoch goes up whenever it changes hands, so that what an earlier holder
-- still does is refused.
CREATE TABLE IF NOT EXISTS leases (
    part    smallint NOT NULL PRIMARY KEY CHECK (part BETWEEN 0 AND 255),
    node    uuid     NOT NULL,
    epoch   bigint   NOT NULL CHECK (epoch >= 1),
    expires bigint   NOT NULL
);
