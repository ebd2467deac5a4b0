-- Every audit event is a link of its tenant's chain: its hash covers the event and the hash of the link before, so
-- that none can be altered, taken out or put in between unnoticed. Events from before this step have no link.
ALTER TABLE audit_events ADD COLUMN seq INTEGER CHECK (seq >= 1);
ALTER TABLE audit_events ADD COLUMN hash BLOB CHECK (hash IS NULL OR (length(hash) = 32 AND seq IS NOT NULL));

-- Where each chain ends. Events are linked in the order they are committed, which ids do not tell.
CREATE TABLE audit_heads (
    part   INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant BLOB    NOT NULL CHECK (length(tenant) = 16),
    seq    INTEGER NOT NULL CHECK (seq >= 1),
    hash   BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (part, tenant)
) STRICT, WITHOUT ROWID;
