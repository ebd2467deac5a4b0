use gangway_domain::{Settings, TenantId, Version};
use gangway_engine::{SettingsChange, StoreError};
use rusqlite::{Connection, params};

use crate::changeset::signed;
use crate::rows;
use crate::sqlite::fault::Fault;

const ONE: &str = "SELECT tenant, remote_assistance_state, allow_unenrolled, block_chat, version FROM settings \
    WHERE part = ?1 AND tenant = ?2";
const INSERT: &str = "INSERT INTO settings \
    (part, tenant, remote_assistance_state, allow_unenrolled, block_chat, version) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE settings SET remote_assistance_state = ?3, allow_unenrolled = ?4, block_chat = ?5, \
    version = ?6 WHERE part = ?1 AND tenant = ?2 AND version = ?7";

pub(in crate::sqlite) fn one(connection: &Connection, tenant: TenantId) -> Result<Option<Settings>, Fault> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut rows = statement.query(params![tenant.part().0, tenant.0.as_bytes()])?;
    Ok(rows.next()?.map(rows::settings).transpose()?)
}

/// A change of settings, checked as far as it can be without the database.
#[derive(Debug)]
pub(in crate::sqlite) struct SettingsWrite {
    pub(super) tenant: TenantId,
    settings: Settings,
    version: i64,
    /// The version it was decided on; `None` if there was no row.
    read: Option<i64>,
}

impl SettingsWrite {
    pub(in crate::sqlite) fn new(change: SettingsChange) -> Result<Self, StoreError> {
        let SettingsChange { settings, read } = change;
        let version = signed(settings.version.0, "the version")?;
        let read = (read != Version::NONE).then(|| signed(read.0, "the version")).transpose()?;
        Ok(Self { tenant: settings.tenant, settings, version, read })
    }

    /// Whether they were as the change expects them; if they were not, nothing is written.
    pub(in crate::sqlite) fn apply(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let settings = &self.settings;
        let mut statement = connection.prepare_cached(if self.read.is_some() { UPDATE } else { INSERT })?;
        statement.raw_bind_parameter(1, self.tenant.part().0)?;
        statement.raw_bind_parameter(2, self.tenant.0.as_bytes())?;
        statement.raw_bind_parameter(3, settings.remote_assistance_state.as_str())?;
        statement.raw_bind_parameter(4, settings.allow_sessions_to_unenrolled_devices)?;
        statement.raw_bind_parameter(5, settings.block_chat)?;
        statement.raw_bind_parameter(6, self.version)?;
        if let Some(read) = self.read {
            statement.raw_bind_parameter(7, read)?;
        }
        Ok(statement.raw_execute()? == 1)
    }
}
