use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use gangway_domain::TenantId;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Whose query is next. All places may be one tenant's while nobody else asks; but of each tenant only as many queries as
/// there are places stand in the common line, so that whoever comes is behind that many of each other tenant at most.
#[derive(Debug)]
pub(crate) struct Turns {
    places: Arc<Semaphore>,
    count: usize,
    /// The lines of the tenants that ask for something just now.
    tenants: Mutex<HashMap<TenantId, Weak<Semaphore>>>,
}

/// A place, until it is dropped. Whoever works in a thread has to take it along: nobody may be waiting for the answer.
#[derive(Debug)]
pub(crate) struct Turn {
    _place: OwnedSemaphorePermit,
    _of_tenant: OwnedSemaphorePermit,
}

impl Turns {
    /// So many at a time.
    pub(crate) fn new(count: usize) -> Self {
        let count = count.max(1);
        Self { places: Arc::new(Semaphore::new(count)), count, tenants: Mutex::default() }
    }

    /// Waits for a place, without a thread.
    pub(crate) async fn take(&self, tenant: TenantId) -> Result<Turn, AcquireError> {
        let of_tenant = self.line(tenant).acquire_owned().await?;
        let place = Arc::clone(&self.places).acquire_owned().await?;
        Ok(Turn { _place: place, _of_tenant: of_tenant })
    }

    fn line(&self, tenant: TenantId) -> Arc<Semaphore> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = tenants.get(&tenant).and_then(Weak::upgrade) {
            return line;
        }
        // Who has gone is forgotten when somebody new comes, so there are never more than ask at a time.
        tenants.retain(|_, line| line.strong_count() > 0);
        let line = Arc::new(Semaphore::new(self.count));
        tenants.insert(tenant, Arc::downgrade(&line));
        line
    }
}
