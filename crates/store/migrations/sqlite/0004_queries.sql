-- What callers filter and sort by, and indexes for it.
--
-- Columns over the JSON of an actor. They are computed when they are read, so that a row has what it had, byte for byte, and
-- every link of the audit chain is as good as before. JSON that is none has none of it.
ALTER TABLE audit_events ADD COLUMN actor_kind TEXT
    AS (CASE WHEN json_valid(actor) THEN coalesce(json_extract(actor, '$.subject.kind'), json_extract(actor, '$.kind')) END);
ALTER TABLE audit_events ADD COLUMN user_principal_name TEXT
    AS (CASE WHEN json_valid(actor) THEN json_extract(actor, '$.subject.principalName') END);
ALTER TABLE audit_events ADD COLUMN user_id TEXT
    AS (CASE WHEN json_valid(actor) AND json_extract(actor, '$.subject.kind') <> 'application'
        THEN json_extract(actor, '$.subject.id') END);
ALTER TABLE audit_events ADD COLUMN application_id TEXT
    AS (CASE WHEN json_valid(actor) THEN json_extract(actor, '$.applicationId') END);
ALTER TABLE audit_events ADD COLUMN application_name TEXT
    AS (CASE WHEN json_valid(actor) THEN json_extract(actor, '$.applicationName') END);

-- Each index costs the writer some 3 microseconds per event. There is none by partner, whose events are found among those
-- of its tenant, and none for what is the same for all (component, category, result). It takes some twenty seconds to make
-- them for a million events.
CREATE INDEX audit_events_by_time ON audit_events (part, tenant, at, id);
CREATE INDEX audit_events_by_operation ON audit_events (part, tenant, operation, at, id);
CREATE INDEX audit_events_by_user ON audit_events (part, tenant, user_principal_name, at, id);
CREATE INDEX partners_by_status ON partners (part, tenant, status, id);
CREATE INDEX partners_by_name ON partners (part, tenant, display_name, id);

-- How many rows there may be with the same beginning of a key. SQLite chooses indexes by it; left to itself it would take
-- a tenant to have ten rows, and read all of them rather than use an index. It is never measured, so that the same
-- statement is always done in the same way.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('audit_events', 'audit_events', '1000000 100000 100000 1'),
    ('audit_events', 'audit_events_by_time', '1000000 100000 100000 1 1 noskipscan'),
    ('audit_events', 'audit_events_by_operation', '1000000 100000 100000 30000 1 1 noskipscan'),
    ('audit_events', 'audit_events_by_user', '1000000 100000 100000 1000 1 1 noskipscan'),
    ('partners', 'partners', '100000 1000 1000 1'),
    ('partners', 'partners_by_status', '100000 1000 1000 300 1 noskipscan'),
    ('partners', 'partners_by_name', '100000 1000 1000 1 1 noskipscan'),
    ('partners', 'partners_being_onboarded', '1000 1 1 1 1');
ANALYZE sqlite_schema;
