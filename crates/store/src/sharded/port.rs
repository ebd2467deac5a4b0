use std::time::Duration;

use futures_util::FutureExt as _;
use gangway_domain::{
    AttemptId, AuditEvent, AuditEventId, ChangesetId, Generation, Partner, PartnerId, Release, ReleaseId,
    ReleaseState, Settings, TenantId, Timestamp,
};
use gangway_engine::{
    Changeset, CommitError, Committed, ConnectedPartners, DueRelease, Field, Listing, NodeId, Page,
    PendingReleases, ReleaseFilter, Sealed, SecretPlace, Store, StoreError, StoredAttempt, StoredCredential,
    StoredSecret,
};
use gangway_odata::Filter;

use super::ShardedStore;
use super::everywhere::Heard;
use super::nodes::held_at;
use crate::changeset;
use crate::postgres::placed::of_part;
use crate::rows::SecretTable;

/// Asks the database that has the tenant's part; again, if that turns out to be another.
macro_rules! of_tenant {
    ($self:ident, $tenant:expr, $store:ident => $call:expr) => {{
        let (part, until) = ($tenant.part().0, $self.ends());
        let mut first = true;
        loop {
            if let Some($store) = $self.shard(part) {
                let (outcome, elsewhere) = of_part(part, $call).await;
                if !elsewhere {
                    break outcome;
                }
            }
            $self.wait_for(part, until, first).await?;
            first = false;
        }
    }};
}

impl Store for ShardedStore {
    async fn partner(&self, tenant: TenantId, id: PartnerId) -> Result<Option<Partner>, StoreError> {
        of_tenant!(self, tenant, store => store.partner(tenant, id))
    }

    async fn partners(&self, tenant: TenantId, listing: Listing) -> Result<Page<Partner>, StoreError> {
        of_tenant!(self, tenant, store => store.partners(tenant, listing.clone()))
    }

    async fn count_partners(&self, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        of_tenant!(self, tenant, store => store.count_partners(tenant, filter.clone()))
    }

    async fn expired_attempts(&self, now: Timestamp, at_most: usize) -> Result<Vec<Partner>, StoreError> {
        let found = self.wherever(|store| store.expired_attempts(now, at_most).boxed()).await?;
        let expires = |partner: &Partner| {
            let expires = partner.attempt().map(|attempt| attempt.expires);
            (expires, partner.tenant.part(), partner.tenant, partner.id)
        };
        Ok(first_of(found, at_most, expires))
    }

    async fn audit_events(&self, tenant: TenantId, listing: Listing) -> Result<Page<AuditEvent>, StoreError> {
        of_tenant!(self, tenant, store => store.audit_events(tenant, listing.clone()))
    }

    async fn count_audit_events(&self, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        of_tenant!(self, tenant, store => store.count_audit_events(tenant, filter.clone()))
    }

    async fn audit_event(
        &self,
        tenant: TenantId,
        id: AuditEventId,
    ) -> Result<Option<AuditEvent>, StoreError> {
        of_tenant!(self, tenant, store => store.audit_event(tenant, id))
    }

    async fn connected_partners(
        &self,
        after: Option<(TenantId, PartnerId)>,
        at_most: usize,
    ) -> Result<ConnectedPartners, StoreError> {
        let Heard { answers, mut left_out } =
            self.at_one_time(|store| store.connected_partners(after, at_most).boxed()).await?;
        let mut found = Vec::new();
        for connected in answers {
            left_out = left_out.or(connected.left_out);
            found.push(connected.partners);
        }
        let order = |partner: &Partner| (partner.tenant.part(), partner.tenant, partner.id);
        Ok(ConnectedPartners { partners: first_of(found, at_most, order), left_out })
    }

    async fn last_generation(
        &self,
        tenant: TenantId,
        id: PartnerId,
    ) -> Result<Option<Generation>, StoreError> {
        of_tenant!(self, tenant, store => store.last_generation(tenant, id))
    }

    async fn settings(&self, tenant: TenantId) -> Result<Option<Settings>, StoreError> {
        of_tenant!(self, tenant, store => store.settings(tenant))
    }

    async fn attempt(&self, tenant: TenantId, id: AttemptId) -> Result<Option<StoredAttempt>, StoreError> {
        of_tenant!(self, tenant, store => store.attempt(tenant, id))
    }

    async fn forget_attempts(&self, expired_before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        self.forgotten(at_most, |store, left| store.forget_attempts(expired_before, left).boxed()).await
    }

    async fn credential(
        &self,
        tenant: TenantId,
        partner: PartnerId,
    ) -> Result<Option<StoredCredential>, StoreError> {
        of_tenant!(self, tenant, store => store.credential(tenant, partner))
    }

    async fn release(&self, tenant: TenantId, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        of_tenant!(self, tenant, store => store.release(tenant, id))
    }

    async fn release_secret(
        &self,
        tenant: TenantId,
        id: ReleaseId,
    ) -> Result<Option<(Field, Sealed)>, StoreError> {
        of_tenant!(self, tenant, store => store.release_secret(tenant, id))
    }

    async fn releases(&self, wanted: ReleaseFilter, at_most: usize) -> Result<Vec<Release>, StoreError> {
        if let Some(tenant) = wanted.tenant {
            return of_tenant!(self, tenant, store => store.releases(wanted, at_most));
        }
        let found = self.everywhere(|store| store.releases(wanted, at_most).boxed()).await?;
        let order =
            |release: &Release| (std::cmp::Reverse(release.id), release.tenant.part(), release.tenant);
        Ok(first_of(found, at_most, order))
    }

    async fn pending_releases(&self) -> Result<PendingReleases, StoreError> {
        // Those of a database that does not answer are not known; that others pile up must be seen all the same.
        let found = self.at_one_time(|store| store.pending_releases().boxed()).await?.answers;
        let count = found.iter().map(|pending| pending.count).sum();
        Ok(PendingReleases { count, oldest: found.iter().filter_map(|pending| pending.oldest).min() })
    }

    async fn lease_parts(&self, node: NodeId, now: Timestamp, lasts: Duration) -> Result<usize, StoreError> {
        let held = self.wherever(|store| {
            let held = async move {
                store.lease_parts(node, now, lasts).await?;
                held_at(store, node, now).await
            };
            held.boxed()
        });
        Ok(held.await?.into_iter().sum())
    }

    async fn due_releases(
        &self,
        node: NodeId,
        now: Timestamp,
        at_most: usize,
    ) -> Result<Vec<DueRelease>, StoreError> {
        let found = self.wherever(|store| store.due_releases(node, now, at_most).boxed()).await?;
        let order = |due: &DueRelease| {
            let Release { tenant, id, ref asked, ref state, .. } = due.release;
            let next_try = match state {
                ReleaseState::Pending { next_try, .. } => Some(*next_try),
                ReleaseState::Confirmed(_) | ReleaseState::Unaccounted(..) | ReleaseState::Forced(_) => None,
            };
            // What was put off too far comes behind what is due.
            (next_try > Some(now), next_try, asked.at, tenant.part(), tenant, id)
        };
        Ok(first_of(found, at_most, order))
    }

    async fn secrets(
        &self,
        after: Option<SecretPlace>,
        at_most: usize,
    ) -> Result<Vec<StoredSecret>, StoreError> {
        let found = self.everywhere(|store| store.secrets(after, at_most).boxed()).await?;
        let order = |secret: &StoredSecret| {
            let (table, tenant, id) = SecretTable::of(secret.place);
            (table, tenant.part(), tenant, id)
        };
        Ok(first_of(found, at_most, order))
    }

    async fn reseal(&self, old: StoredSecret, sealed: Sealed) -> Result<bool, StoreError> {
        let (_, tenant, _) = SecretTable::of(old.place);
        of_tenant!(self, tenant, store => store.reseal(old.clone(), sealed.clone()))
    }

    async fn commit(&self, change: Changeset) -> Result<Committed, CommitError> {
        let tenant = changeset::tenant(&change.about);
        let mut unknown = None;
        let committing = async {
            of_tenant!(self, tenant, store => async {
                let outcome = store.commit(change.clone()).await;
                unknown = outcome.as_ref().err().filter(|why| matches!(why, CommitError::Unknown(_))).cloned().or(unknown.take());
                outcome
            })
        };
        let outcome = committing.await;
        in_all(unknown, outcome)
    }

    async fn was_committed(&self, tenant: TenantId, id: ChangesetId) -> Result<bool, StoreError> {
        of_tenant!(self, tenant, store => store.was_committed(tenant, id))
    }

    async fn forget_commits(&self, made_before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        self.forgotten(at_most, |store, left| store.forget_commits(made_before, left).boxed()).await
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.wherever(|store| store.ready().boxed()).await.map(drop)
    }
}

/// What a commit comes to that was unknown in one database before it ended so in another, to which its part had moved. What was
/// done in the one is in the other then, with its id.
fn in_all(
    unknown: Option<CommitError>,
    outcome: Result<Committed, CommitError>,
) -> Result<Committed, CommitError> {
    match (unknown, outcome) {
        (Some(_), Ok(Committed::Duplicate)) => Ok(Committed::Applied),
        (Some(unknown), Err(CommitError::Store(_))) => Err(unknown),
        (_, outcome) => outcome,
    }
}

/// The first of all these lists, each of which is in order.
fn first_of<T, K: Ord>(lists: Vec<Vec<T>>, at_most: usize, order: impl Fn(&T) -> K) -> Vec<T> {
    let mut all: Vec<T> = lists.into_iter().flatten().collect();
    all.sort_by_key(|item| order(item));
    all.truncate(at_most);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_unknown_in_one_database_is_not_refused_by_another_that_knows_nothing() {
        let unknown = || CommitError::Unknown("why".into());
        let busy = || Err(CommitError::Store(StoreError::Busy));
        assert_eq!(in_all(Some(unknown()), busy()), Err(unknown()));
        assert_eq!(in_all(Some(unknown()), Ok(Committed::Duplicate)), Ok(Committed::Applied));
        assert_eq!(in_all(Some(unknown()), Err(CommitError::Stale)), Err(CommitError::Stale));
        assert_eq!(in_all(None, busy()), busy());
        assert_eq!(in_all(None, Ok(Committed::Duplicate)), Ok(Committed::Duplicate));
    }
}
