-- Indexes for what callers filter and sort by.
CREATE INDEX IF NOT EXISTS audit_events_by_time ON audit_events (part, tenant, at, id);
CREATE INDEX IF NOT EXISTS audit_events_by_operation ON audit_events (part, tenant, operation, at, id);
CREATE INDEX IF NOT EXISTS audit_events_by_user ON audit_events (part, tenant, user_principal_name, at, id);
CREATE INDEX IF NOT EXISTS partners_by_status ON partners (part, tenant, status, id);
CREATE INDEX IF NOT EXISTS partners_by_name ON partners (part, tenant, display_name, id);
