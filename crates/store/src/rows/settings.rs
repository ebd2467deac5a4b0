use gangway_domain::{RemoteAssistanceState, Settings, TenantId};

use super::{Read, Row, Senseless, id, text, truth, version};

/// From tenant, state, whether unenrolled devices are allowed, whether chat is blocked, and version.
pub(crate) fn settings(row: &impl Row) -> Read<Settings> {
    let state = text(row, 1, "state of remote assistance")?;
    Ok(Settings {
        tenant: TenantId(id(row, 0, "tenant")?),
        remote_assistance_state: RemoteAssistanceState::from_name(state)
            .ok_or(Senseless("state of remote assistance"))?,
        allow_sessions_to_unenrolled_devices: truth(row, 2, "setting")?,
        block_chat: truth(row, 3, "setting")?,
        version: version(row, 4)?,
    })
}
