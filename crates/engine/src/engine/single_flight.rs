use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use gangway_domain::{PartnerId, TenantId};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use uuid::Uuid;

type ConnectionKey = (TenantId, PartnerId);

/// Lets one at a time do something with a partner's credential. A refresh token is good once:
/// whoever waits here finds the new one when its turn comes.
#[derive(Debug, Default)]
pub(crate) struct SingleFlight(Mutex<HashMap<ConnectionKey, Weak<AsyncMutex<()>>>>);

/// So many entries nobody waits for are left lying before they are cleared away.
const CLEAR_AT: usize = 1024;

impl SingleFlight {
    pub(crate) async fn turn(&self, tenant: TenantId, partner: PartnerId) -> OwnedMutexGuard<()> {
        self.lock_of((tenant, partner)).lock_owned().await
    }

    fn lock_of(&self, key: ConnectionKey) -> Arc<AsyncMutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&key).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() >= CLEAR_AT {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::default();
        locks.insert(key, Arc::downgrade(&lock));
        lock
    }
}

/// The refreshes that this process is about.
#[derive(Debug, Default)]
pub(crate) struct Refreshing(Arc<Mutex<HashSet<Uuid>>>);

/// A refresh that this process is about for as long as there is this: until what came of it is
/// stored.
#[derive(Debug)]
pub(crate) struct Refresh {
    all: Arc<Mutex<HashSet<Uuid>>>,
    pub(crate) call: Uuid,
}

impl Refreshing {
    pub(crate) fn begin(&self, call: Uuid) -> Refresh {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(call);
        Refresh { all: Arc::clone(&self.0), call }
    }

    pub(crate) fn has(&self, call: Uuid) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&call)
    }
}

impl Drop for Refresh {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.call);
    }
}
