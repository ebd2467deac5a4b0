-- What nodes that share a database know of each other, and share.

-- The nodes that serve, or did a moment ago. `keys` are the ids of the keys a node can open secrets with, a JSON array.
CREATE TABLE IF NOT EXISTS nodes (
    node    uuid   NOT NULL PRIMARY KEY,
    name    text   NOT NULL,
    version text   NOT NULL,
    keys    text   NOT NULL,
    started bigint NOT NULL,
    seen    bigint NOT NULL
);

-- Keys that all nodes need alike and that none of them is given: each is made once, and sealed by the vault.
CREATE TABLE IF NOT EXISTS shared_secrets (
    name   text  NOT NULL PRIMARY KEY,
    sealed bytea NOT NULL
);

-- How much of a limit was used in a slot of time, by all nodes together. `counter` tells what is counted for whom.
CREATE TABLE IF NOT EXISTS throttle_counts (
    part     smallint NOT NULL CHECK (part BETWEEN 0 AND 255),
    tenant   uuid     NOT NULL,
    counter  bytea    NOT NULL,
    slot     bigint   NOT NULL,
    requests bigint   NOT NULL CHECK (requests >= 0),
    writes   bigint   NOT NULL CHECK (writes >= 0),
    PRIMARY KEY (part, tenant, counter, slot)
);

CREATE INDEX IF NOT EXISTS throttle_counts_by_slot ON throttle_counts (slot);

-- Where the rows of a part are, as this database knows it: 'here', 'leaving' (nothing is written any more while they are
-- copied), 'gone', or 'arriving' (they are being copied to here). A part without a row is here if the configuration says so.
CREATE TABLE IF NOT EXISTS placements (
    part  smallint NOT NULL PRIMARY KEY CHECK (part BETWEEN 0 AND 255),
    state text     NOT NULL CHECK (state IN ('here', 'leaving', 'gone', 'arriving')),
    since bigint   NOT NULL
);
