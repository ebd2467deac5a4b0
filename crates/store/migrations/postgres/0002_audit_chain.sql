-- Where each tenant's chain of audit events ends.
CREATE TABLE IF NOT EXISTS audit_heads (
    part   smallint NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant uuid     NOT NULL,
    seq    bigint   NOT NULL CHECK (seq >= 1),
    hash   bytea    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (part, tenant)
);
