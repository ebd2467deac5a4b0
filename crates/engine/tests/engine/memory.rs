use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};

use gangway_domain::{AuditEvent, Partner, PartnerId, TenantId, Timestamp, Version};
use gangway_engine::{Changeset, CommitError, Committed, PartnerChange, Store, StoreError};

/// A store in memory that keeps the port's promises, less durability.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    rows: Mutex<Rows>,
    /// How many commits from now on find that somebody else was faster.
    pub(crate) stale_commits: AtomicU32,
}

#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) partners: HashMap<(TenantId, PartnerId), Partner>,
    pub(crate) audit: Vec<AuditEvent>,
}

impl MemoryStore {
    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap()
    }
}

impl Rows {
    fn check(&self, key: (TenantId, PartnerId), read: Version) -> Result<(), CommitError> {
        match self.partners.get(&key) {
            Some(partner) if partner.version == read => Ok(()),
            _ => Err(CommitError::Stale),
        }
    }

    fn apply(&mut self, change: Changeset) -> Result<Committed, CommitError> {
        if self.audit.iter().any(|event| event.id == change.audit.id) {
            return Ok(Committed::Duplicate);
        }
        match change.partner {
            PartnerChange::Insert(partner) => {
                let key = (partner.tenant, partner.id);
                if self.partners.contains_key(&key) {
                    return Err(CommitError::Taken);
                }
                self.partners.insert(key, partner);
            }
            PartnerChange::Update { partner, read } => {
                let key = (partner.tenant, partner.id);
                self.check(key, read)?;
                self.partners.insert(key, partner);
            }
            PartnerChange::Delete { tenant, id, read } => {
                self.check((tenant, id), read)?;
                self.partners.remove(&(tenant, id));
            }
        }
        self.audit.push(change.audit);
        Ok(Committed::Applied)
    }
}

impl Store for MemoryStore {
    async fn partner(&self, tenant: TenantId, id: PartnerId) -> Result<Option<Partner>, StoreError> {
        let found = self.rows().partners.get(&(tenant, id)).cloned();
        // Others get their turn between a read and the commit that follows it, as they do in life.
        tokio::task::yield_now().await;
        Ok(found)
    }

    async fn partners(&self, tenant: TenantId) -> Result<Vec<Partner>, StoreError> {
        let mut partners: Vec<_> =
            self.rows().partners.values().filter(|p| p.tenant == tenant).cloned().collect();
        partners.sort_by_key(|partner| partner.id);
        Ok(partners)
    }

    async fn count_partners(&self, tenant: TenantId) -> Result<u64, StoreError> {
        Ok(self.rows().partners.values().filter(|p| p.tenant == tenant).count() as u64)
    }

    async fn expired_attempts(&self, now: Timestamp, at_most: usize) -> Result<Vec<Partner>, StoreError> {
        let rows = self.rows();
        let late = |p: &&Partner| p.attempt().is_some_and(|attempt| attempt.expires <= now);
        let mut expired: Vec<_> = rows.partners.values().filter(late).cloned().collect();
        expired.sort_by_key(Partner::attempt_expires);
        expired.truncate(at_most);
        Ok(expired)
    }

    async fn audit_events(
        &self,
        tenant: TenantId,
        partner: Option<PartnerId>,
        at_most: usize,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let rows = self.rows();
        let asked = |e: &&AuditEvent| e.tenant == tenant && partner.is_none_or(|id| e.partner == id);
        Ok(rows.audit.iter().rev().filter(asked).take(at_most).cloned().collect())
    }

    async fn commit(&self, change: Changeset) -> Result<Committed, CommitError> {
        tokio::task::yield_now().await;
        let fewer = |left: u32| left.checked_sub(1);
        if self.stale_commits.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer).is_ok() {
            return Err(CommitError::Stale);
        }
        self.rows().apply(change)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
