use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use gangway_domain::TenantId;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Shares a few slots among tenants. While nobody else asks, one tenant may have all of them; but no more queries of a tenant
/// than there are slots stand in the common queue, so a newcomer waits behind at most that many of each other tenant.
#[derive(Debug)]
pub(crate) struct FairQueue {
    slots: Arc<Semaphore>,
    count: usize,
    /// The queues of the tenants that ask for something just now.
    tenants: Mutex<HashMap<TenantId, Weak<Semaphore>>>,
}

/// A slot, until it is dropped. Work that goes on in a thread has to take it along: its caller may have stopped waiting.
#[derive(Debug)]
pub(crate) struct Slot {
    _common: OwnedSemaphorePermit,
    _of_tenant: OwnedSemaphorePermit,
}

impl FairQueue {
    /// A queue for so many at a time.
    pub(crate) fn new(count: usize) -> Self {
        let count = count.max(1);
        Self { slots: Arc::new(Semaphore::new(count)), count, tenants: Mutex::default() }
    }

    /// Waits for a slot, without blocking a thread.
    pub(crate) async fn wait(&self, tenant: TenantId) -> Result<Slot, AcquireError> {
        let of_tenant = self.tenant_queue(tenant).acquire_owned().await?;
        let common = Arc::clone(&self.slots).acquire_owned().await?;
        Ok(Slot { _common: common, _of_tenant: of_tenant })
    }

    fn tenant_queue(&self, tenant: TenantId) -> Arc<Semaphore> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = tenants.get(&tenant).and_then(Weak::upgrade) {
            return queue;
        }
        // Queues nobody uses are dropped when a new tenant comes, so there are never more than ask at a time.
        tenants.retain(|_, queue| queue.strong_count() > 0);
        let queue = Arc::new(Semaphore::new(self.count));
        tenants.insert(tenant, Arc::downgrade(&queue));
        queue
    }
}
