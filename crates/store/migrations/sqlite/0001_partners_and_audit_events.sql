-- Every key begins (part, tenant, id): part is a fixed hash of the tenant, so that one tenant's rows lie together
-- and the same keys can be spread over shards elsewhere. Ids are the 16 bytes of a UUID. Times count steps of
-- 100 ns since 1970-01-01T00:00:00Z, from the first moment of year 1 to the last of year 9999.

CREATE TABLE partners (
    part            INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant          BLOB    NOT NULL CHECK (length(tenant) = 16),
    id              BLOB    NOT NULL CHECK (length(id) = 16),
    display_name    TEXT    NOT NULL,
    onboarding_url  TEXT,
    connector       TEXT    NOT NULL CHECK (connector IN ('simulated', 'link')),
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

-- Only what is being onboarded is in it, so it stays small and a disconnect of an onboarded partner never
-- touches it.
CREATE INDEX partners_being_onboarded ON partners (attempt_expires) WHERE attempt_expires IS NOT NULL;

-- There is no index by partner: each would cost the writer another page per changeset. The events of one partner
-- are found among those of its tenant, newest first.
CREATE TABLE audit_events (
    part         INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant       BLOB    NOT NULL CHECK (length(tenant) = 16),
    id           BLOB    NOT NULL CHECK (length(id) = 16),
    at           INTEGER NOT NULL CHECK (at BETWEEN -621355968000000000 AND 2534023007999999999),
    activity     TEXT    NOT NULL CHECK (activity IN ('create', 'patch', 'delete', 'beginOnboarding',
                                                      'completeOnboarding', 'expireOnboarding', 'disconnect')),
    operation    TEXT    NOT NULL CHECK (operation IN ('Create', 'Patch', 'Delete', 'Action')),
    result       TEXT    NOT NULL DEFAULT 'Success' CHECK (result = 'Success'),
    correlation  BLOB    NOT NULL CHECK (length(correlation) = 16),
    actor        TEXT    NOT NULL,
    partner      BLOB    NOT NULL CHECK (length(partner) = 16),
    partner_name TEXT    NOT NULL,
    generation   INTEGER NOT NULL CHECK (generation >= 1),
    changes      TEXT    NOT NULL,
    PRIMARY KEY (part, tenant, id)
) STRICT, WITHOUT ROWID;
