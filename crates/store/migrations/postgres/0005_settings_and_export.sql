-- How tenants want remote assistance to be. A tenant that has set nothing has no row.
CREATE TABLE IF NOT EXISTS settings (
    part                    smallint NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant                  uuid     NOT NULL,
    remote_assistance_state text     NOT NULL,
    allow_unenrolled        boolean  NOT NULL,
    block_chat              boolean  NOT NULL,
    version                 bigint   NOT NULL CHECK (version >= 1),
    PRIMARY KEY (part, tenant)
);

-- Events in the order of their chain, for an export that goes on where the last one ended.
CREATE INDEX IF NOT EXISTS audit_events_in_order ON audit_events (part, tenant, seq) WHERE seq IS NOT NULL;
