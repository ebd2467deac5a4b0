mod rows;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use gangway_domain::{
    AttemptId, AuditEvent, AuditEventId, ChangesetId, Generation, Partner, PartnerId, Release, ReleaseId,
    Settings, Status, TenantId, Timestamp,
};
use gangway_engine::{
    AttemptPhase, Binding, Changeset, CommitError, Committed, DueRelease, Field, Lease, Listing, NodeId,
    Page, PendingReleases, Position, ReleaseFilter, Sealed, SecretPlace, Store, StoreError, StoredAttempt,
    StoredCredential, StoredSecret,
};
use gangway_odata::Filter;
use uuid::Uuid;

use super::turn;
pub(crate) use rows::Rows;
use rows::{is_due, next_try};

/// A store in memory that keeps the port's promises, less durability. Its clones are the same
/// store.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryStore(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    rows: Mutex<Rows>,
    /// How many commits from now on find that somebody else was faster.
    stale_commits: AtomicU32,
    /// Whether lists of releases cannot be read.
    unreadable: AtomicBool,
    /// Whether there is another node.
    shared: AtomicBool,
    /// When an older copy took its place.
    restored: Mutex<Option<Timestamp>>,
    /// Which commits from now on are not taken.
    refused: Mutex<std::ops::Range<u64>>,
    /// Which commits from now on lose their answer, and how.
    lost: Mutex<BTreeMap<u64, LostAnswer>>,
    /// How many have lost it so.
    have_lost: Mutex<BTreeMap<LostAnswer, u64>>,
    commits: AtomicU64,
}

/// How the answer to a commit is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LostAnswer {
    /// It was applied.
    AfterTheAct,
    /// It was not, and nobody can know.
    BeforeTheAct,
    /// It is applied, and so is nothing else said of it however often it is sent in a row.
    ForLong,
}

impl MemoryStore {
    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.rows.lock().unwrap()
    }

    pub(crate) fn unreadable(&self, is: bool) {
        self.0.unreadable.store(is, Ordering::SeqCst);
    }

    pub(crate) fn share(&self) {
        self.0.shared.store(true, Ordering::SeqCst);
    }

    /// Everything is again as it was then, and says so.
    pub(crate) fn restore(&self, backup: Rows, at: Timestamp) {
        *self.rows() = backup;
        *self.0.restored.lock().unwrap() = Some(at);
    }

    /// The commit after so many more loses its answer.
    pub(crate) fn lose_answer(&self, commits: u64, how: LostAnswer) {
        let now = self.0.commits.load(Ordering::SeqCst);
        let more = if how == LostAnswer::ForLong { 12 } else { 1 };
        self.0.lost.lock().unwrap().extend((now + commits..now + commits + more).map(|number| (number, how)));
    }

    /// After so many more commits, so many are not taken.
    pub(crate) fn refuse_commits(&self, after: u64, count: u64) {
        let now = self.0.commits.load(Ordering::SeqCst);
        *self.0.refused.lock().unwrap() = now + after..now + after + count;
    }

    pub(crate) fn lose_no_answers(&self) {
        self.0.lost.lock().unwrap().clear();
    }

    /// How many commits have lost their answers, and how.
    pub(crate) fn lost_answers(&self) -> BTreeMap<LostAnswer, u64> {
        self.0.have_lost.lock().unwrap().clone()
    }

    pub(crate) fn make_stale(&self, commits: u32) {
        self.0.stale_commits.store(commits, Ordering::SeqCst);
    }
}

/// A page by id: this store knows no other order, and no filter.
fn page<T>(mut items: Vec<(Uuid, T)>, listing: &Listing) -> Page<T> {
    assert_eq!((&listing.filter, listing.order_by.len()), (&None, 0), "this store cannot do that");
    items.sort_by_key(|(id, _)| *id);
    let begin = listing.after.as_ref().map_or(0, |after| items.partition_point(|(id, _)| *id <= after.id));
    let begin = begin.saturating_add(usize::try_from(listing.skip).unwrap()).min(items.len());
    let end = begin.saturating_add(listing.limit).min(items.len());
    let last = (begin < end && end < items.len()).then(|| Position { keys: vec![], id: items[end - 1].0 });
    Page { items: items.drain(begin..end).map(|(_, item)| item).collect(), end: last }
}

impl Store for MemoryStore {
    async fn partner(&self, tenant: TenantId, id: PartnerId) -> Result<Option<Partner>, StoreError> {
        let found = self.rows().partners.get(&(tenant, id)).cloned();
        // Others get their turn between a read and the commit that follows it, as they do in life.
        turn().await;
        Ok(found)
    }

    async fn partners(&self, tenant: TenantId, listing: Listing) -> Result<Page<Partner>, StoreError> {
        let rows = self.rows();
        let partners = rows.partners.values().filter(|p| p.tenant == tenant).map(|p| (p.id.0, p.clone()));
        Ok(page(partners.collect(), &listing))
    }

    async fn count_partners(&self, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        assert_eq!(filter, None, "this store cannot filter");
        Ok(self.rows().partners.values().filter(|p| p.tenant == tenant).count() as u64)
    }

    async fn expired_attempts(&self, now: Timestamp, at_most: usize) -> Result<Vec<Partner>, StoreError> {
        let rows = self.rows();
        let late = |p: &&Partner| p.attempt().is_some_and(|attempt| attempt.expires <= now);
        let mut expired: Vec<_> = rows.partners.values().filter(late).cloned().collect();
        expired.sort_by_key(|partner| (partner.attempt_expires(), partner.id));
        expired.truncate(at_most);
        Ok(expired)
    }

    async fn audit_events(&self, tenant: TenantId, listing: Listing) -> Result<Page<AuditEvent>, StoreError> {
        let rows = self.rows();
        let events = rows.audit.iter().filter(|e| e.tenant == tenant);
        Ok(page(events.map(|e| (e.id.0, AuditEvent::clone(e))).collect(), &listing))
    }

    async fn count_audit_events(&self, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        assert_eq!(filter, None, "this store cannot filter");
        Ok(self.rows().audit.iter().filter(|e| e.tenant == tenant).count() as u64)
    }

    async fn audit_event(
        &self,
        tenant: TenantId,
        id: AuditEventId,
    ) -> Result<Option<AuditEvent>, StoreError> {
        let rows = self.rows();
        Ok(rows.audit.iter().find(|e| e.tenant == tenant && e.id == id).map(|e| AuditEvent::clone(e)))
    }

    async fn connected_partners(
        &self,
        after: Option<(TenantId, PartnerId)>,
        at_most: usize,
    ) -> Result<Vec<Partner>, StoreError> {
        let rows = self.rows();
        let mut found: Vec<_> =
            rows.partners.values().filter(|p| p.status != Status::NotOnboarded).cloned().collect();
        found.sort_by_key(|p| (p.tenant.part(), p.tenant, p.id));
        let key = |(tenant, id): (TenantId, PartnerId)| (tenant.part(), tenant, id);
        found.retain(|p| after.is_none_or(|after| key((p.tenant, p.id)) > key(after)));
        found.truncate(at_most);
        Ok(found)
    }

    async fn settings(&self, tenant: TenantId) -> Result<Option<Settings>, StoreError> {
        let found = self.rows().settings.get(&tenant).copied();
        turn().await;
        Ok(found)
    }

    async fn attempt(&self, tenant: TenantId, id: AttemptId) -> Result<Option<StoredAttempt>, StoreError> {
        let found = self.rows().attempts.get(&(tenant, id)).cloned();
        turn().await;
        Ok(found)
    }

    async fn forget_attempts(&self, expired_before: Timestamp, _: usize) -> Result<usize, StoreError> {
        let mut rows = self.rows();
        let before = rows.attempts.len();
        rows.attempts.retain(|_, a| a.phase != AttemptPhase::Closed || a.expires >= expired_before);
        Ok(before - rows.attempts.len())
    }

    async fn credential(
        &self,
        tenant: TenantId,
        partner: PartnerId,
    ) -> Result<Option<StoredCredential>, StoreError> {
        let found = self.rows().credentials.get(&(tenant, partner)).cloned();
        turn().await;
        Ok(found)
    }

    async fn release(&self, tenant: TenantId, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        Ok(self.rows().releases.get(&(tenant, id)).map(|(release, _)| release.clone()))
    }

    async fn release_secret(
        &self,
        tenant: TenantId,
        id: ReleaseId,
    ) -> Result<Option<(Field, Sealed)>, StoreError> {
        let found = self.rows().releases.get(&(tenant, id)).and_then(|(_, secret)| secret.clone());
        turn().await;
        Ok(found)
    }

    async fn releases(&self, wanted: ReleaseFilter, at_most: usize) -> Result<Vec<Release>, StoreError> {
        if self.0.unreadable.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("busy".into()));
        }
        let rows = self.rows();
        let fits = |r: &&Release| {
            wanted.tenant.is_none_or(|tenant| r.tenant == tenant)
                && wanted.partner.is_none_or(|partner| r.partner == partner)
                && (!wanted.pending_only || r.is_pending())
        };
        let mut found: Vec<_> =
            rows.releases.values().map(|(release, _)| release).filter(fits).cloned().collect();
        found.sort_by_key(|release| std::cmp::Reverse(release.id));
        found.truncate(at_most);
        Ok(found)
    }

    async fn pending_releases(&self) -> Result<PendingReleases, StoreError> {
        let rows = self.rows();
        let oldest = rows.pending().map(|release| release.asked.at).min();
        Ok(PendingReleases { count: rows.pending().count() as u64, oldest })
    }

    async fn lease_parts(&self, node: NodeId, _: Timestamp, _: Duration) -> Result<usize, StoreError> {
        let mut rows = self.rows();
        if rows.lease.is_none_or(|lease| lease.node != node) {
            let epoch = rows.lease.map_or(0, |lease| lease.epoch) + 1;
            rows.lease = Some(Lease { node, epoch });
        }
        Ok(256)
    }

    async fn due_releases(
        &self,
        node: NodeId,
        now: Timestamp,
        at_most: usize,
    ) -> Result<Vec<DueRelease>, StoreError> {
        let rows = self.rows();
        let Some(lease) = rows.lease.filter(|lease| lease.node == node) else { return Ok(Vec::new()) };
        let due = |release: &&Release| is_due(release, now) && rows.is_first_of_its_partner(release, now);
        let mut found: Vec<_> = rows.pending().filter(due).cloned().collect();
        found.sort_by_key(|release| (next_try(release), release.id));
        found.truncate(at_most);
        Ok(found.into_iter().map(|release| DueRelease { release, lease }).collect())
    }

    async fn secrets(&self, _: Option<SecretPlace>, _: usize) -> Result<Vec<StoredSecret>, StoreError> {
        let rows = self.rows();
        let credentials = rows.credentials.values().map(|credential| StoredSecret {
            place: SecretPlace::Credential(credential.tenant, credential.partner),
            binding: Binding {
                tenant: credential.tenant,
                partner: credential.partner,
                generation: credential.generation,
                field: Field::Credential,
            },
            sealed: credential.sealed.clone(),
        });
        Ok(credentials.collect())
    }

    async fn reseal(&self, _: StoredSecret, _: Sealed) -> Result<bool, StoreError> {
        Err(StoreError::Unavailable("these tests rotate no keys".into()))
    }

    async fn commit(&self, change: Changeset) -> Result<Committed, CommitError> {
        turn().await;
        let fewer = |left: u32| left.checked_sub(1);
        if self.0.stale_commits.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer).is_ok() {
            return Err(CommitError::Stale);
        }
        let number = self.0.commits.fetch_add(1, Ordering::SeqCst);
        if self.0.refused.lock().unwrap().contains(&number) {
            return Err(StoreError::Busy.into());
        }
        let lost = self.0.lost.lock().unwrap().remove(&number);
        if let Some(how) = lost {
            *self.0.have_lost.lock().unwrap().entry(how).or_default() += 1;
        }
        let unknown = || CommitError::Unknown("the answer was lost".into());
        if lost == Some(LostAnswer::BeforeTheAct) {
            return Err(unknown());
        }
        let committed = {
            let mut rows = self.rows();
            let mut after = rows.clone();
            let committed = after.apply(change)?;
            *rows = after;
            committed
        };
        if lost.is_some() {
            return Err(unknown());
        }
        // Whoever is gone by now has committed and does not know it.
        turn().await;
        Ok(committed)
    }

    async fn last_generation(
        &self,
        tenant: TenantId,
        id: PartnerId,
    ) -> Result<Option<Generation>, StoreError> {
        Ok(self.rows().departed.get(&(tenant, id)).copied())
    }

    async fn was_committed(&self, tenant: TenantId, id: ChangesetId) -> Result<bool, StoreError> {
        let rows = self.rows();
        Ok(rows.commits.contains(&(tenant, id))
            || rows.audit.iter().any(|e| e.tenant == tenant && e.id.0 == id.0))
    }

    async fn forget_commits(&self, _: Timestamp, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn restored_at(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(*self.0.restored.lock().unwrap())
    }

    fn is_shared(&self) -> bool {
        self.0.shared.load(Ordering::SeqCst)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
