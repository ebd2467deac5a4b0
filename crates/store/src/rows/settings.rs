use gangway_domain::{RemoteAssistanceState, Settings, TenantId};

use super::table::{ColumnValue, table};
use super::{Read, Row, Senseless, id, text, truth, version};

table! {
    pub(crate) enum SettingsColumn in "settings", key 2, selected by settings_columns {
        Part: "part" Part,
        Tenant: "tenant" Id,
        RemoteAssistanceState: "remote_assistance_state" Text,
        AllowUnenrolled: "allow_unenrolled" Truth,
        BlockChat: "block_chat" Truth,
        Version: "version" Number,
    }
}
use SettingsColumn as C;

pub(crate) fn settings(row: &impl Row) -> Read<Settings> {
    let state = text(row, C::RemoteAssistanceState.index(), "state of remote assistance")?;
    Ok(Settings {
        tenant: TenantId(id(row, C::Tenant.index(), "tenant")?),
        remote_assistance_state: RemoteAssistanceState::from_name(state)
            .ok_or(Senseless("state of remote assistance"))?,
        allow_sessions_to_unenrolled_devices: truth(row, C::AllowUnenrolled.index(), "setting")?,
        block_chat: truth(row, C::BlockChat.index(), "setting")?,
        version: version(row, C::Version.index())?,
    })
}

/// What is in this column of a tenant's row.
pub(crate) fn settings_value(settings: &Settings, column: SettingsColumn) -> ColumnValue<'_> {
    match column {
        C::Part => ColumnValue::Number(settings.tenant.part().0.into()),
        C::Tenant => ColumnValue::Bytes(settings.tenant.0.as_bytes()),
        C::RemoteAssistanceState => ColumnValue::Text(settings.remote_assistance_state.as_str()),
        C::AllowUnenrolled => ColumnValue::Truth(settings.allow_sessions_to_unenrolled_devices),
        C::BlockChat => ColumnValue::Truth(settings.block_chat),
        C::Version => ColumnValue::count(settings.version.0),
    }
}
