use gangway_domain::{RemoteAssistanceState, Settings, TenantId};

use super::{Read, Row, Senseless, id, text, there, version};

/// From tenant, state, whether unenrolled devices are allowed, whether chat is blocked, and version.
pub(crate) fn settings(row: &impl Row) -> Read<Settings> {
    let state = text(row, 1, "state of remote assistance")?;
    Ok(Settings {
        tenant: TenantId(id(row, 0, "tenant")?),
        remote_assistance_state: RemoteAssistanceState::from_name(state)
            .ok_or(Senseless("state of remote assistance"))?,
        allow_sessions_to_unenrolled_devices: there(row.truth(2), "setting")?,
        block_chat: there(row.truth(3), "setting")?,
        version: version(row, 4)?,
    })
}
