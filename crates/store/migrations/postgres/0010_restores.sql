-- When this database became an older copy of itself, as by a backup: sets of tokens from before may lack what was given after the
-- copy was made.
CREATE TABLE IF NOT EXISTS restores (
    at bigint NOT NULL PRIMARY KEY
);
