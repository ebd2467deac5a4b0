-- What a connection leaves behind when it is cut, and the secrets that are held until it is proved dead.
--
-- First, the tables of step 1 lose the checks that listed words (connector, activity, operation, result). Words are
-- added, a check can only be changed by copying its table, and to copy the audit events of years is dear: so it is done
-- once. The program knows the words, and refuses a row with any other. The copies have the same values under the same
-- names, so every link of the audit chain is as good as before.

CREATE TABLE partners_copy (
    part            INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant          BLOB    NOT NULL CHECK (length(tenant) = 16),
    id              BLOB    NOT NULL CHECK (length(id) = 16),
    display_name    TEXT    NOT NULL,
    onboarding_url  TEXT,
    connector       TEXT    NOT NULL CHECK (length(connector) BETWEEN 1 AND 64),
    profile         TEXT    CHECK (length(profile) BETWEEN 1 AND 64),
    status          TEXT    NOT NULL CHECK (status IN ('notOnboarded', 'onboarding', 'onboarded')),
    attempt         BLOB    CHECK (length(attempt) = 16),
    attempt_expires INTEGER CHECK (attempt_expires BETWEEN -621355968000000000 AND 2534023007999999999),
    last_connection INTEGER NOT NULL CHECK (last_connection BETWEEN -621355968000000000 AND 2534023007999999999),
    generation      INTEGER NOT NULL CHECK (generation >= 1),
    version         INTEGER NOT NULL CHECK (version >= 1),
    PRIMARY KEY (part, tenant, id),
    CHECK ((status = 'onboarding') = (attempt IS NOT NULL)),
    CHECK ((status = 'onboarding') = (attempt_expires IS NOT NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO partners_copy (part, tenant, id, display_name, onboarding_url, connector, status, attempt, attempt_expires,
    last_connection, generation, version)
SELECT part, tenant, id, display_name, onboarding_url, connector, status, attempt, attempt_expires, last_connection,
    generation, version FROM partners ORDER BY part, tenant, id;
DROP TABLE partners;
ALTER TABLE partners_copy RENAME TO partners;
CREATE INDEX partners_being_onboarded ON partners (attempt_expires) WHERE attempt_expires IS NOT NULL;

CREATE TABLE audit_events_copy (
    part         INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant       BLOB    NOT NULL CHECK (length(tenant) = 16),
    id           BLOB    NOT NULL CHECK (length(id) = 16),
    at           INTEGER NOT NULL CHECK (at BETWEEN -621355968000000000 AND 2534023007999999999),
    activity     TEXT    NOT NULL CHECK (length(activity) BETWEEN 1 AND 64),
    operation    TEXT    NOT NULL CHECK (length(operation) BETWEEN 1 AND 64),
    result       TEXT    NOT NULL DEFAULT 'Success' CHECK (length(result) BETWEEN 1 AND 64),
    correlation  BLOB    NOT NULL CHECK (length(correlation) = 16),
    actor        TEXT    NOT NULL,
    partner      BLOB    NOT NULL CHECK (length(partner) = 16),
    partner_name TEXT    NOT NULL,
    generation   INTEGER NOT NULL CHECK (generation >= 1),
    changes      TEXT    NOT NULL,
    seq          INTEGER CHECK (seq >= 1),
    hash         BLOB    CHECK (hash IS NULL OR (length(hash) = 32 AND seq IS NOT NULL)),
    PRIMARY KEY (part, tenant, id)
) STRICT, WITHOUT ROWID;

INSERT INTO audit_events_copy (part, tenant, id, at, activity, operation, result, correlation, actor, partner,
    partner_name, generation, changes, seq, hash)
SELECT part, tenant, id, at, activity, operation, result, correlation, actor, partner, partner_name, generation,
    changes, seq, hash FROM audit_events ORDER BY part, tenant, id;
DROP TABLE audit_events;
ALTER TABLE audit_events_copy RENAME TO audit_events;

-- Sealed secrets, apart from the rows they belong to: a credential that becomes a release's changes its owner and not
-- its place. Each is padded so that all of it lies on overflow pages (sqlite/rows/secret.rs says why and how), which the
-- check sees to. Nothing asks for a secret but the one row that names it, so the key is SQLite's own.
CREATE TABLE secrets (
    id     INTEGER PRIMARY KEY,
    sealed BLOB NOT NULL CHECK (length(sealed) >= 4577 AND (length(sealed) - 485) % 4092 = 0)
) STRICT;

CREATE TABLE attempts (
    part       INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant     BLOB    NOT NULL CHECK (length(tenant) = 16),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    partner    BLOB    NOT NULL CHECK (length(partner) = 16),
    generation INTEGER NOT NULL CHECK (generation >= 1),
    state_hash BLOB    NOT NULL CHECK (length(state_hash) = 32),
    phase      TEXT    NOT NULL CHECK (phase IN ('open', 'redeeming', 'closed')),
    -- The code of one that is being redeemed may have become a release's.
    secret     INTEGER,
    expires    INTEGER NOT NULL CHECK (expires BETWEEN -621355968000000000 AND 2534023007999999999),
    refusals   INTEGER NOT NULL CHECK (refusals BETWEEN 0 AND 4294967295),
    PRIMARY KEY (part, tenant, id),
    CHECK (phase <> 'open' OR secret IS NOT NULL),
    CHECK (phase <> 'closed' OR secret IS NULL)
) STRICT, WITHOUT ROWID;

-- Those that can be forgotten.
CREATE INDEX attempts_closed ON attempts (expires) WHERE phase = 'closed';

CREATE TABLE credentials (
    part         INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant       BLOB    NOT NULL CHECK (length(tenant) = 16),
    partner      BLOB    NOT NULL CHECK (length(partner) = 16),
    id           BLOB    NOT NULL CHECK (length(id) = 16),
    generation   INTEGER NOT NULL CHECK (generation >= 1),
    account_id   TEXT,
    account_name TEXT    CHECK (account_name IS NULL OR account_id IS NOT NULL),
    secret       INTEGER NOT NULL,
    obtained     INTEGER NOT NULL CHECK (obtained BETWEEN -621355968000000000 AND 2534023007999999999),
    PRIMARY KEY (part, tenant, partner)
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (
    part              INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant            BLOB    NOT NULL CHECK (length(tenant) = 16),
    id                BLOB    NOT NULL CHECK (length(id) = 16),
    partner           BLOB    NOT NULL CHECK (length(partner) = 16),
    partner_name      TEXT    NOT NULL,
    generation        INTEGER NOT NULL CHECK (generation >= 1),
    connector         TEXT    NOT NULL CHECK (length(connector) BETWEEN 1 AND 64),
    profile           TEXT    CHECK (length(profile) BETWEEN 1 AND 64),
    account_id        TEXT,
    account_name      TEXT    CHECK (account_name IS NULL OR account_id IS NOT NULL),
    asked_actor       TEXT    NOT NULL,
    asked_correlation BLOB    NOT NULL CHECK (length(asked_correlation) = 16),
    asked_activity    TEXT    NOT NULL CHECK (length(asked_activity) BETWEEN 1 AND 64),
    asked_at          INTEGER NOT NULL CHECK (asked_at BETWEEN -621355968000000000 AND 2534023007999999999),
    state             TEXT    NOT NULL CHECK (length(state) BETWEEN 1 AND 64),
    next_try          INTEGER CHECK (next_try BETWEEN -621355968000000000 AND 2534023007999999999),
    outcome           TEXT,
    tries             INTEGER NOT NULL CHECK (tries BETWEEN 0 AND 4294967295),
    calls             TEXT    NOT NULL,
    version           INTEGER NOT NULL CHECK (version >= 1),
    secret            INTEGER,
    secret_field      TEXT    CHECK (length(secret_field) BETWEEN 1 AND 64),
    PRIMARY KEY (part, tenant, id),
    CHECK ((state = 'pending') = (next_try IS NOT NULL)),
    CHECK ((state = 'pending') = (outcome IS NULL)),
    CHECK ((state = 'pending') = (secret IS NOT NULL)),
    CHECK ((secret IS NULL) = (secret_field IS NULL))
) STRICT, WITHOUT ROWID;

-- What is due, and how much is pending since when; only what is pending is in either of the two.
CREATE INDEX releases_due ON releases (next_try, asked_at) WHERE state = 'pending';
-- Whether a partner has an older release that is due, for that is tried first.
CREATE INDEX releases_in_order ON releases (part, tenant, partner, id, next_try) WHERE state = 'pending';

-- Who may act for a part. One process has this database, so a lease lasts until the next one takes it.
CREATE TABLE leases (
    part  INTEGER NOT NULL PRIMARY KEY CHECK (part BETWEEN 0 AND 255),
    node  BLOB    NOT NULL CHECK (length(node) = 16),
    epoch INTEGER NOT NULL CHECK (epoch >= 1)
) STRICT, WITHOUT ROWID;
