-- How tenants want remote assistance to be. A tenant that has set nothing has no row.
CREATE TABLE settings (
    part                    INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant                  BLOB    NOT NULL CHECK (length(tenant) = 16),
    remote_assistance_state TEXT    NOT NULL CHECK (length(remote_assistance_state) BETWEEN 1 AND 64),
    allow_unenrolled        INTEGER NOT NULL CHECK (allow_unenrolled IN (0, 1)),
    block_chat              INTEGER NOT NULL CHECK (block_chat IN (0, 1)),
    version                 INTEGER NOT NULL CHECK (version >= 1),
    PRIMARY KEY (part, tenant)
) STRICT, WITHOUT ROWID;

-- Events in the order of their chain, for an export that goes on where the last one ended. At its end for each tenant, so
-- that an event costs the writer one page more.
CREATE INDEX audit_events_in_order ON audit_events (part, tenant, seq) WHERE seq IS NOT NULL;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('audit_events', 'audit_events_in_order', '1000000 100000 100000 1 1 noskipscan');
ANALYZE sqlite_schema;
