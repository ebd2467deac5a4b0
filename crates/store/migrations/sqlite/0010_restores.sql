-- When this database took the place of a newer one of which it is an older copy: sets of tokens from before may lack what was
-- given after the copy was made.
CREATE TABLE restores (
    at INTEGER NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
