//! Partners and changesets to test with. Ids count up from one, so that later ones sort after earlier ones.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use gangway_domain::{
    Account, Activity, Actor, Attempt, AttemptId, AuditEvent, AuditEventId, AuditedChange, Call, ChangesetId,
    ConnectorKind, Correlated, Evidence, HeldCredential, Obstacle, Origin, Partner, PartnerId, Proof,
    Release, ReleaseId, ReleaseState, RequestedBy, Settings, SettingsUpdate, Status, Step, TenantId,
    Timestamp, TokenId, TokenKind, TokenLog, TokenRecord, Transition, Version,
};
use gangway_engine::{
    About, AttemptPhase, Changeset, CommitError, Committed, CredentialId, Effect, Lease, Listing,
    PartnerChange, Record, ReleaseSecret, Sealed, SecretChange, SettingsChange, Store, StoreError,
    StoredAttempt, StoredCredential,
};
use gangway_store::{AuditKey, AuditReport, KnownHeads};
use uuid::Uuid;
use zeroize::Zeroizing;

pub(crate) type Answer = Result<Committed, CommitError>;

pub(crate) const APPLIED: Answer = Ok(Committed::Applied);
pub(crate) const DUPLICATE: Answer = Ok(Committed::Duplicate);
pub(crate) const STALE: Answer = Err(CommitError::Stale);
pub(crate) const TAKEN: Answer = Err(CommitError::Taken);

pub(crate) const CONTOSO: TenantId = TenantId(Uuid::from_u128(0xc0));
/// In the same part as the other, so that it is not the part that keeps the two apart.
pub(crate) const FABRIKAM: TenantId = TenantId(Uuid::from_u128(0xf_a055));

/// What proves audits in tests.
pub(crate) fn key() -> AuditKey {
    AuditKey::new(&Zeroizing::new([0x5a; AuditKey::BYTES]))
}

/// Follows one tenant's chain, or all, in an embedded store.
pub(crate) fn verified(path: &std::path::Path, tenant: Option<TenantId>) -> AuditReport {
    gangway_store::verify_audit(path, &key(), tenant, &KnownHeads::default()).unwrap()
}

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
        display_name: "Remote help".into(),
        onboarding_url: Some("https://partner.example.com/onboarding".into()),
        status: Status::Onboarded,
        last_connection: at(0),
        ..Partner::blank(tenant, PartnerId(fresh_uuid()), ConnectorKind::Simulated)
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
    let about = PartnerChange::Insert(partner.clone()).into();
    Changeset { about, effects: vec![], record: Record::Event(audit) }
}

pub(crate) fn update(before: &Partner, after: &Partner) -> Changeset {
    let audit = event(Activity::Patch, Transition::Changed { before, after });
    Changeset {
        about: PartnerChange::Update { partner: after.clone(), read: before.version }.into(),
        effects: vec![],
        record: Record::Event(audit),
    }
}

pub(crate) fn delete(before: &Partner) -> Changeset {
    let audit = event(Activity::Delete, Transition::Removed(before));
    let (tenant, id, read) = (before.tenant, before.id, before.version);
    Changeset {
        about: PartnerChange::Delete { tenant, id, read }.into(),
        effects: vec![],
        record: Record::Event(audit),
    }
}

/// What an update of settings comes to, and the changeset of it.
pub(crate) fn patched(before: &Settings, update: SettingsUpdate) -> (Settings, Changeset) {
    let after = before.patched(update).unwrap();
    let changes = AuditedChange::between_settings(before, &after);
    let by = Correlated { actor: Actor::Gangway, correlation: fresh_uuid() };
    let audit = AuditEvent::of_settings(AuditEventId(fresh_uuid()), at(1), by, &after, changes);
    let about = About::Settings(SettingsChange { settings: after, read: before.version });
    (after, Changeset { about, effects: vec![], record: Record::Event(audit) })
}

/// Effects beside a partner that stays as it is, without a record.
pub(crate) fn beside(partner: &Partner, effects: Vec<Effect>) -> Changeset {
    let kept = PartnerChange::Keep { tenant: partner.tenant, id: partner.id };
    Changeset { about: kept.into(), effects, record: silent() }
}

/// A record that nobody reads.
pub(crate) fn silent() -> Record {
    Record::Silent(ChangesetId(fresh_uuid()))
}

/// The event of a changeset that has one.
pub(crate) fn told(change: &Changeset) -> &AuditEvent {
    change.record.event().unwrap()
}

/// The same, to make it another.
pub(crate) fn told_otherwise(change: &mut Changeset) -> &mut AuditEvent {
    match &mut change.record {
        Record::Event(event) => event,
        Record::Silent(_) => panic!("it has no event"),
    }
}

/// Effects that come with a disconnect.
pub(crate) fn disconnecting(partner: &Partner, effects: Vec<Effect>) -> Changeset {
    Changeset { effects, ..update(partner, &disconnected(partner)) }
}

/// One that there never was, as long as most are.
pub(crate) fn sealed() -> Sealed {
    Sealed(fresh_uuid().as_bytes().repeat(24))
}

pub(crate) fn attempt_of(partner: &Partner) -> StoredAttempt {
    StoredAttempt {
        tenant: partner.tenant,
        id: AttemptId(fresh_uuid()),
        partner: partner.id,
        generation: partner.generation,
        state_hash: [7; 32],
        phase: AttemptPhase::Open,
        secret: Some(sealed()),
        expires: at(60),
        refusals: 0,
    }
}

pub(crate) fn credential_of(partner: &Partner) -> StoredCredential {
    StoredCredential {
        tenant: partner.tenant,
        partner: partner.id,
        id: CredentialId(fresh_uuid()),
        generation: partner.generation,
        account: Some(Account { id: "u1234".into(), name: Some("Zoë \u{10ffff}".into()) }),
        sealed: sealed(),
        obtained: at(5),
    }
}

/// A pending release of this partner that is due from then on.
pub(crate) fn release_of(partner: &Partner, next_try: Timestamp) -> Release {
    let by = Correlated { actor: Actor::Gangway, correlation: fresh_uuid() };
    let asked = RequestedBy { by, activity: Activity::Disconnect, at: at(7) };
    let held = HeldCredential::Secret { account: credential_of(partner).account, not_before: next_try };
    Release::begin(ReleaseId(fresh_uuid()), partner, held, asked)
}

/// The release after a try that proved it.
pub(crate) fn confirmed(release: &Release) -> Release {
    let (id, origin, version) = (TokenId(fresh_uuid()), Origin::Code, release.version.next());
    let mut calls = release.calls.clone();
    calls.extend([Call::new(at(8), Step::Probe, Some(id), "401")]);
    let proof = Proof::RefreshTokenRefused;
    let proved = Some((proof, at(8)));
    let known = vec![TokenRecord { id, kind: TokenKind::Refresh, origin, obtained: at(5), proved }];
    let tokens = TokenLog { known, omitted: 0 };
    let state = ReleaseState::Confirmed(Evidence { at: at(8), proofs: vec![proof] });
    Release { state, tokens, calls, tries: release.tries + 1, version, ..release.clone() }
}

/// The release after a try that did not prove it.
pub(crate) fn put_off(release: &Release, until: Timestamp) -> Release {
    let state = ReleaseState::Pending { next_try: until, obstacle: Some(Obstacle::Unreachable) };
    Release { state, tries: release.tries + 1, version: release.version.next(), ..release.clone() }
}

pub(crate) fn begin(release: &Release, secret: ReleaseSecret) -> Effect {
    Effect::BeginRelease { release: release.clone(), secret }
}

/// The release changes, its secret stays.
pub(crate) fn update_release(before: &Release, after: &Release, lease: Option<Lease>) -> Effect {
    let (release, secret) = (after.clone(), SecretChange::Keep);
    Effect::UpdateRelease { release, read: before.version, lease, secret }
}

/// Commits it, which must go well.
pub(crate) async fn done(store: &impl Store, change: Changeset) {
    assert_eq!(store.commit(change.clone()).await, APPLIED, "{change:?}");
}

/// A partner in the store that has this credential.
pub(crate) async fn connected(store: &impl Store, tenant: TenantId) -> (Partner, StoredCredential) {
    let partner = stored(store, tenant).await;
    let credential = credential_of(&partner);
    done(store, beside(&partner, vec![Effect::InsertCredential(credential.clone())])).await;
    (partner, credential)
}

/// A release in the store, with this secret of its own.
pub(crate) async fn pending(store: &impl Store, partner: &Partner, next_try: Timestamp) -> (Release, Sealed) {
    let (release, secret) = (release_of(partner, next_try), sealed());
    let given = ReleaseSecret::Given(gangway_engine::Field::Credential, secret.clone());
    done(store, beside(partner, vec![begin(&release, given)])).await;
    (release, secret)
}

/// An attempt in the store that is open.
pub(crate) async fn opened(store: &impl Store, partner: &Partner) -> StoredAttempt {
    let attempt = attempt_of(partner);
    done(store, beside(partner, vec![Effect::OpenAttempt(attempt.clone())])).await;
    attempt
}

/// An attempt in the store that is being redeemed with this code.
pub(crate) async fn redeeming(store: &impl Store, partner: &Partner) -> (StoredAttempt, Sealed) {
    let (attempt, code) = (opened(store, partner).await, sealed());
    done(store, beside(partner, vec![Effect::RedeemAttempt { id: attempt.id, code: code.clone() }])).await;
    let attempt = StoredAttempt { phase: AttemptPhase::Redeeming, secret: Some(code.clone()), ..attempt };
    (attempt, code)
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
    let mut events = store.audit_events(partner.tenant, Listing::all()).await.unwrap().items;
    events.reverse();
    events.into_iter().filter(|event| event.resource == partner.id.into()).map(|event| event.id).collect()
}

/// All partners of a tenant, oldest id first.
pub(crate) async fn partners_in(store: &impl Store, tenant: TenantId) -> Result<Vec<Partner>, StoreError> {
    Ok(store.partners(tenant, Listing::all()).await?.items)
}

/// The newest events of a tenant.
pub(crate) async fn newest_events(
    store: &impl Store,
    tenant: TenantId,
    at_most: usize,
) -> Result<Vec<AuditEvent>, StoreError> {
    let mut events = store.audit_events(tenant, Listing::all()).await?.items;
    events.reverse();
    events.truncate(at_most);
    Ok(events)
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
    // All go on at once: one that is not polled may hold what another waits for.
    let ended = begun.into_iter().map(async |(commit, early)| match early {
        Poll::Ready(answer) => answer,
        Poll::Pending => commit.await,
    });
    futures_util::future::join_all(ended).await
}

/// How often this answer was given.
pub(crate) fn how_many(answers: &[Answer], wanted: &Answer) -> usize {
    answers.iter().filter(|answer| *answer == wanted).count()
}
