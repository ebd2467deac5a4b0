use gangway_domain::{AuditEvent, AuditEventId, Caller};
use gangway_odata::Filter;

use crate::{Engine, Error, Listing, Page, Store};

impl<S: Store> Engine<S> {
    /// Audit events of the caller's tenant.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read, or not in time.
    pub async fn audit_events(&self, caller: &Caller, listing: Listing) -> Result<Page<AuditEvent>, Error> {
        Ok(self.store.audit_events(caller.tenant, listing).await?)
    }

    /// How many audit events the caller's tenant has; of those the filter holds for, if there is
    /// one.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read, or not in time.
    pub async fn count_audit_events(&self, caller: &Caller, filter: Option<Filter>) -> Result<u64, Error> {
        Ok(self.store.count_audit_events(caller.tenant, filter).await?)
    }

    /// One audit event of the caller's tenant.
    ///
    /// # Errors
    /// [`Error::NoSuchAuditEvent`] if the tenant has none with this id; [`Error::Store`] if the
    /// store could not be read.
    pub async fn audit_event(&self, caller: &Caller, id: AuditEventId) -> Result<AuditEvent, Error> {
        self.store.audit_event(caller.tenant, id).await?.ok_or(Error::NoSuchAuditEvent(id))
    }
}
