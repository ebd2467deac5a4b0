-- Whether everything is moving to another database: 'to' there, so that this one is not served from any more, or 'from' there,
-- so that this one is not served from yet. Without a row it is neither.
CREATE TABLE moving (
    one       INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    direction TEXT    NOT NULL CHECK (direction IN ('to', 'from')),
    place     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
