//! How a tenant wants remote assistance to be.

use gangway_domain::{
    AuditEvent, AuditEventId, AuditedChange, Correlated, Settings, SettingsUpdate, TenantId,
};

use crate::command::MOST_ROUNDS;
use crate::{About, Changeset, Engine, Error, Record, SettingsChange, Store};

impl<S: Store> Engine<S> {
    /// The tenant's settings; what nobody has set is off.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read.
    pub async fn settings(&self, tenant: TenantId) -> Result<Settings, Error> {
        Ok(self.store.settings(tenant).await?.unwrap_or_else(|| Settings::unset(tenant)))
    }

    /// Changes what the update names, and answers with how the settings are then. If nothing is
    /// different, nothing is committed and no audit event is left.
    ///
    /// # Errors
    /// [`Error::Store`] or [`Error::Contended`] if nothing could be committed.
    pub async fn update_settings(
        &self,
        tenant: TenantId,
        by: &Correlated,
        update: SettingsUpdate,
    ) -> Result<Settings, Error> {
        for _ in 0..MOST_ROUNDS {
            let before = self.settings(tenant).await?;
            let Some(after) = before.patched(update) else { return Ok(before) };
            let changes = AuditedChange::between_settings(&before, &after);
            let now = self.now();
            let id = AuditEventId(self.time_ordered_uuid(now));
            let audit = AuditEvent::of_settings(id, now, by.clone(), &after, changes);
            let about = About::Settings(SettingsChange { settings: after, read: before.version });
            if self.committed(Changeset { about, effects: Vec::new(), record: Record::Event(audit) }).await? {
                return Ok(after);
            }
        }
        Err(Error::Contended(tenant.into()))
    }
}
