use std::sync::LazyLock;

use gangway_domain::{Settings, TenantId, Version};
use gangway_engine::{SettingsChange, StoreError};
use rusqlite::{Connection, params};

use crate::changeset::signed;
use crate::rows::table::Table;
use crate::rows::{self, SettingsColumn, columns, settings_value};
use crate::sqlite::fault::Fault;

const TABLE: Table = SettingsColumn::TABLE;

const ONE: &str = concat!("SELECT ", columns::settings!(), " FROM settings WHERE part = ?1 AND tenant = ?2");
static INSERT: LazyLock<String> = LazyLock::new(|| {
    let (columns, values) = (TABLE.all_names(), TABLE.parameters());
    format!("INSERT INTO settings ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING")
});
static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let (set, read) = (TABLE.set_all_but(&[]), TABLE.columns.len() + 1);
    format!("UPDATE settings SET {set} WHERE part = ?1 AND tenant = ?2 AND version = ?{read}")
});

pub(in crate::sqlite) fn one(connection: &Connection, tenant: TenantId) -> Result<Option<Settings>, Fault> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut rows = statement.query(params![tenant.part().0, tenant.0.as_bytes()])?;
    Ok(rows.next()?.map(rows::settings).transpose()?)
}

/// A change of settings, checked as far as it can be without the database.
#[derive(Debug)]
pub(in crate::sqlite) struct SettingsWrite {
    settings: Settings,
    /// The version it was decided on; `None` if there was no row.
    read: Option<i64>,
}

impl SettingsWrite {
    pub(in crate::sqlite) fn new(change: SettingsChange) -> Result<Self, StoreError> {
        let SettingsChange { settings, read } = change;
        let read = (read != Version::NONE).then(|| signed(read.0, "the version")).transpose()?;
        Ok(Self { settings, read })
    }

    /// Whether they were as the change expects them; if they were not, nothing is written.
    pub(in crate::sqlite) fn apply(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let sql = if self.read.is_some() { &UPDATE } else { &INSERT };
        let mut statement = connection.prepare_cached(sql)?;
        for column in SettingsColumn::ALL {
            statement.raw_bind_parameter(column.index() + 1, settings_value(&self.settings, *column))?;
        }
        if let Some(read) = self.read {
            statement.raw_bind_parameter(TABLE.columns.len() + 1, read)?;
        }
        Ok(statement.raw_execute()? == 1)
    }
}
