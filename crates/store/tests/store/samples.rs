//! Partners and changesets to test with. Ids count up from one, so that later ones sort after earlier ones.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use gangway_domain::{
    Activity, Actor, Attempt, AttemptId, AuditEvent, AuditEventId, ConnectorKind, Correlated, Generation,
    Partner, PartnerId, Status, TenantId, Timestamp, Transition, Version,
};
use gangway_engine::{Changeset, CommitError, Committed, PartnerChange, Store};
use uuid::Uuid;

pub(crate) type Answer = Result<Committed, CommitError>;

pub(crate) const APPLIED: Answer = Ok(Committed::Applied);
pub(crate) const DUPLICATE: Answer = Ok(Committed::Duplicate);
pub(crate) const STALE: Answer = Err(CommitError::Stale);
pub(crate) const TAKEN: Answer = Err(CommitError::Taken);

pub(crate) const CONTOSO: TenantId = TenantId(Uuid::from_u128(0xc0));
/// In the same part as the other, so that it is not the part that keeps the two apart.
pub(crate) const FABRIKAM: TenantId = TenantId(Uuid::from_u128(0xf_a055));

pub(crate) fn fresh_uuid() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)))
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_790_000_000 + second)
}

pub(crate) fn onboarding_until(expires: Timestamp) -> Status {
    Status::Onboarding { attempt: Attempt { id: AttemptId(fresh_uuid()), expires } }
}

/// One that was never stored, onboarded.
pub(crate) fn partner_of(tenant: TenantId) -> Partner {
    Partner {
        tenant,
        id: PartnerId(fresh_uuid()),
        display_name: "Remote help".into(),
        onboarding_url: Some("https://partner.example.com/onboarding".into()),
        connector: ConnectorKind::Simulated,
        profile: None,
        status: Status::Onboarded,
        last_connection: at(0),
        generation: Generation::FIRST,
        version: Version::FIRST,
    }
}

/// The partner as it is after a disconnect.
pub(crate) fn disconnected(before: &Partner) -> Partner {
    Partner {
        status: Status::NotOnboarded,
        generation: before.generation.next(),
        version: before.version.next(),
        ..before.clone()
    }
}

/// The partner under another name, one version later.
pub(crate) fn renamed(before: &Partner, name: &str) -> Partner {
    Partner { display_name: name.into(), version: before.version.next(), ..before.clone() }
}

pub(crate) fn event(activity: Activity, transition: Transition<'_>) -> AuditEvent {
    let by = Correlated { actor: Actor::Gangway, correlation: fresh_uuid() };
    AuditEvent::record(AuditEventId(fresh_uuid()), at(1), by, activity, transition)
}

pub(crate) fn insert(partner: &Partner) -> Changeset {
    let audit = event(Activity::Create, Transition::Created(partner));
    Changeset { partner: PartnerChange::Insert(partner.clone()), effects: vec![], audit: Some(audit) }
}

pub(crate) fn update(before: &Partner, after: &Partner) -> Changeset {
    let audit = event(Activity::Patch, Transition::Changed { before, after });
    Changeset {
        partner: PartnerChange::Update { partner: after.clone(), read: before.version },
        effects: vec![],
        audit: Some(audit),
    }
}

pub(crate) fn delete(before: &Partner) -> Changeset {
    let audit = event(Activity::Delete, Transition::Removed(before));
    let (tenant, id, read) = (before.tenant, before.id, before.version);
    Changeset { partner: PartnerChange::Delete { tenant, id, read }, effects: vec![], audit: Some(audit) }
}

/// A changeset that no store can keep: its version is more than a signed 64-bit integer holds.
pub(crate) fn unstorable() -> Changeset {
    insert(&Partner { version: Version(u64::MAX), ..partner_of(CONTOSO) })
}

/// A new partner that is in the store.
pub(crate) async fn stored(store: &impl Store, tenant: TenantId) -> Partner {
    let partner = partner_of(tenant);
    assert_eq!(store.commit(insert(&partner)).await, APPLIED);
    partner
}

pub(crate) async fn read(store: &impl Store, partner: &Partner) -> Option<Partner> {
    store.partner(partner.tenant, partner.id).await.unwrap()
}

/// The ids of all events about this partner, newest first.
pub(crate) async fn events_about(store: &impl Store, partner: &Partner) -> Vec<AuditEventId> {
    let events = store.audit_events(partner.tenant, Some(partner.id), 10_000).await.unwrap();
    events.into_iter().map(|event| event.id).collect()
}

/// Hands all of them to the store, in this order, before it waits for any; between the two it does `then`.
pub(crate) async fn all_at_once(
    store: &impl Store,
    changes: Vec<Changeset>,
    then: impl FnOnce(),
) -> Vec<Answer> {
    let mut begun = Vec::new();
    for change in changes {
        let mut commit = Box::pin(store.commit(change));
        let early = commit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        begun.push((commit, early));
    }
    then();
    let mut answers = Vec::new();
    for (commit, early) in begun {
        answers.push(match early {
            Poll::Ready(answer) => answer,
            Poll::Pending => commit.await,
        });
    }
    answers
}

/// How often this answer was given.
pub(crate) fn how_many(answers: &[Answer], wanted: &Answer) -> usize {
    answers.iter().filter(|answer| *answer == wanted).count()
}
