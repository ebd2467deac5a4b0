use gangway_domain::{Activity, AuditEvent, AuditEventId, Partner, Release, Transition};
use gangway_engine::{
    AttemptPhase, Changeset, CommitError, Effect, Field, Record, ReleaseFilter, ReleaseSecret, Sealed,
    SecretPlace, Store, StoredAttempt, StoredCredential, StoredSecret,
};

use crate::samples::*;

fn remark(partner: &Partner) -> AuditEvent {
    event(Activity::RefuseCallback, Transition::Changed { before: partner, after: partner })
}

/// Everything a store shows about a partner.
#[derive(Debug, PartialEq)]
struct Shown {
    partner: Option<Partner>,
    credential: Option<StoredCredential>,
    releases: Vec<Release>,
    secrets: Vec<StoredSecret>,
    events: Vec<AuditEventId>,
}

async fn all_about(store: &impl Store, partner: &Partner) -> Shown {
    let wanted = ReleaseFilter { tenant: Some(partner.tenant), ..ReleaseFilter::default() };
    Shown {
        partner: read(store, partner).await,
        credential: store.credential(partner.tenant, partner.id).await.unwrap(),
        releases: store.releases(wanted, 100).await.unwrap(),
        secrets: store.secrets(None, 100).await.unwrap(),
        events: events_about(store, partner).await,
    }
}

pub(super) async fn a_changeset_is_applied_with_everything_that_comes_with_it(store: &impl Store) {
    let (partner, credential) = connected(store, CONTOSO).await;
    let attempt = opened(store, &partner).await;
    let release = release_of(&partner, at(0));
    let close = Effect::CloseAttempt { id: attempt.id, read: AttemptPhase::Open };
    let change =
        disconnecting(&partner, vec![close, begin(&release, ReleaseSecret::Credential(credential.id))]);
    done(store, change).await;
    assert_eq!(read(store, &partner).await, Some(disconnected(&partner)));
    assert_eq!(events_about(store, &partner).await.len(), 2);
    let attempt = store.attempt(CONTOSO, attempt.id).await.unwrap().unwrap();
    assert_eq!(attempt.phase, AttemptPhase::Closed);
    assert_eq!(store.release(CONTOSO, release.id).await, Ok(Some(release.clone())));
    let secrets = store.secrets(None, 10).await.unwrap();
    assert_eq!(secrets.len(), 1);
    assert_eq!(
        (secrets[0].place, &secrets[0].sealed),
        (SecretPlace::Release(CONTOSO, release.id), &credential.sealed)
    );
}

pub(super) async fn effects_come_one_after_the_other(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let (attempt, code, release) = (attempt_of(&partner), sealed(), release_of(&partner, at(0)));
    let effects = vec![
        Effect::OpenAttempt(attempt.clone()),
        Effect::CountRefusal { id: attempt.id },
        Effect::RedeemAttempt { id: attempt.id, code: code.clone() },
        begin(&release, ReleaseSecret::Code(attempt.id)),
        Effect::CloseAttempt { id: attempt.id, read: AttemptPhase::Redeeming },
    ];
    done(store, beside(&partner, effects)).await;
    assert_eq!(store.release_secret(CONTOSO, release.id).await, Ok(Some((Field::Code, code))));
    let closed = StoredAttempt { phase: AttemptPhase::Closed, secret: None, refusals: 1, ..attempt };
    assert_eq!(store.attempt(CONTOSO, closed.id).await, Ok(Some(closed)));
}

/// Effects that do something, each of a kind, for a partner that has a credential, an open attempt, one that is
/// being redeemed, and a pending release.
fn good_ones(
    partner: &Partner,
    credential: &StoredCredential,
    open: &StoredAttempt,
    redeeming: &StoredAttempt,
    release: &Release,
) -> Vec<Effect> {
    let second = credential_of(partner);
    let taken = second.id;
    vec![
        Effect::OpenAttempt(attempt_of(partner)),
        Effect::CountRefusal { id: open.id },
        Effect::RedeemAttempt { id: open.id, code: sealed() },
        Effect::CloseAttempt { id: redeeming.id, read: AttemptPhase::Redeeming },
        Effect::ReplaceCredential { read: credential.id, credential: second },
        begin(&release_of(partner, at(0)), ReleaseSecret::Credential(taken)),
        Effect::InsertCredential(credential_of(partner)),
        update_release(release, &confirmed(release), None),
    ]
}

pub(super) async fn when_one_effect_is_not_as_expected_nothing_of_the_changeset_remains(store: &impl Store) {
    let (partner, credential) = connected(store, CONTOSO).await;
    let open = opened(store, &partner).await;
    let (redeeming, _) = redeeming(store, &partner).await;
    let (release, _) = pending(store, &partner, at(0)).await;
    let before = all_about(store, &partner).await;
    let stale = Effect::CloseAttempt { id: open.id, read: AttemptPhase::Closed };
    let good = good_ones(&partner, &credential, &open, &redeeming, &release);
    for count in 0..=good.len() {
        for keep in [true, false] {
            let effects: Vec<_> = good[..count].iter().cloned().chain([stale.clone()]).collect();
            let change = if keep { beside(&partner, effects) } else { disconnecting(&partner, effects) };
            assert_eq!(store.commit(change).await, STALE, "after {count}");
            assert_eq!(all_about(store, &partner).await, before, "after {count}");
            assert_eq!(store.attempt(CONTOSO, open.id).await, Ok(Some(open.clone())));
        }
    }
    done(store, disconnecting(&partner, good)).await;
}

pub(super) async fn a_stale_partner_keeps_its_effects_from_happening(store: &impl Store) {
    let (partner, credential) = connected(store, CONTOSO).await;
    let after = renamed(&partner, "Second");
    assert_eq!(store.commit(update(&partner, &after)).await, APPLIED);
    let before = all_about(store, &partner).await;
    let release = release_of(&partner, at(0));
    let secret = ReleaseSecret::Credential(credential.id);
    let change = disconnecting(&partner, vec![begin(&release, secret)]);
    assert_eq!(store.commit(change).await, STALE);
    assert_eq!(all_about(store, &partner).await, before);
}

pub(super) async fn what_was_sent_again_is_a_duplicate_and_has_no_effect(store: &impl Store) {
    let (partner, credential) = connected(store, CONTOSO).await;
    let attempt = opened(store, &partner).await;
    let taken = begin(&release_of(&partner, at(0)), ReleaseSecret::Credential(credential.id));
    let (release, _) = pending(store, &partner, at(0)).await;
    let count = Effect::CountRefusal { id: attempt.id };
    let with_record =
        |effects| Changeset { record: Record::Event(remark(&partner)), ..beside(&partner, effects) };
    for change in [
        with_record(vec![count.clone()]),
        with_record(vec![count.clone(), update_release(&release, &confirmed(&release), None)]),
        with_record(vec![]),
        disconnecting(&partner, vec![count, taken]),
    ] {
        done(store, change.clone()).await;
        let before = (all_about(store, &partner).await, store.attempt(CONTOSO, attempt.id).await);
        for _ in 0..2 {
            assert_eq!(store.commit(change.clone()).await, DUPLICATE);
            let after = (all_about(store, &partner).await, store.attempt(CONTOSO, attempt.id).await);
            assert!(after == before, "{change:?}");
        }
    }
}

pub(super) async fn an_effect_on_another_partner_is_refused(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let (release, _) = pending(store, &partner, at(0)).await;
    let before = all_about(store, &partner).await;
    for other in [partner_of(CONTOSO), Partner { tenant: FABRIKAM, ..partner.clone() }] {
        let given = ReleaseSecret::Given(Field::Credential, sealed());
        let (read, credential) = (credential_of(&other).id, credential_of(&other));
        let theirs = Release { tenant: other.tenant, partner: other.id, ..release.clone() };
        for effect in [
            Effect::OpenAttempt(attempt_of(&other)),
            Effect::InsertCredential(credential.clone()),
            Effect::ReplaceCredential { read, credential },
            begin(&release_of(&other, at(0)), given),
            update_release(&theirs, &confirmed(&theirs), None),
        ] {
            let answer = store.commit(disconnecting(&partner, vec![effect.clone()])).await;
            assert!(matches!(answer, Err(CommitError::Store(_))), "{effect:?} {answer:?}");
        }
        assert_eq!(store.credential(other.tenant, other.id).await, Ok(None));
    }
    assert_eq!(all_about(store, &partner).await, before);
}

pub(super) async fn a_partner_that_is_kept_is_not_touched_whatever_it_is(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let after = disconnected(&partner);
    assert_eq!(store.commit(update(&partner, &after)).await, APPLIED);
    let change = beside(&partner, vec![Effect::InsertCredential(credential_of(&partner))]);
    done(store, Changeset { record: Record::Event(remark(&partner)), ..change }).await;
    assert_eq!(read(store, &partner).await, Some(after));
    assert_eq!(events_about(store, &partner).await.len(), 3);

    let never = partner_of(CONTOSO);
    let credential = credential_of(&never);
    done(store, beside(&never, vec![Effect::InsertCredential(credential.clone())])).await;
    assert_eq!(read(store, &never).await, None);
    assert_eq!(store.credential(CONTOSO, never.id).await, Ok(Some(credential)));
}

pub(super) async fn what_turns_out_stale_half_way_fails_alone(store: &impl Store) {
    let mut partners = Vec::new();
    for _ in 0..40 {
        partners.push(connected(store, CONTOSO).await);
    }
    let is_bad = |n: usize| n % 7 == 3;
    let change = |(n, (partner, credential)): (usize, &(Partner, StoredCredential))| {
        let secret = ReleaseSecret::Credential(credential.id);
        let mut effects = vec![begin(&release_of(partner, at(0)), secret)];
        if is_bad(n) {
            effects.push(Effect::CountRefusal { id: attempt_of(partner).id });
        }
        disconnecting(partner, effects)
    };
    let changes = partners.iter().enumerate().map(change).collect();
    let answers = all_at_once(store, changes, || {}).await;
    for (n, ((partner, _), answer)) in partners.iter().zip(answers).enumerate() {
        assert_eq!(answer, if is_bad(n) { STALE } else { APPLIED }, "{n}");
        let after = if is_bad(n) { partner.clone() } else { disconnected(partner) };
        assert_eq!(read(store, partner).await, Some(after));
        assert_eq!(store.credential(CONTOSO, partner.id).await.unwrap().is_some(), is_bad(n));
        assert_eq!(events_about(store, partner).await.len(), if is_bad(n) { 1 } else { 2 });
    }
}

/// At least a mebibyte: what fits on whole pages of the embedded store.
const LARGEST: usize = 257 * 4092;

pub(super) async fn the_largest_secret_is_kept_and_one_byte_more_is_refused_whole(store: &impl Store) {
    let largest = |byte| Sealed(vec![byte; LARGEST]);
    let partner = stored(store, CONTOSO).await;
    let held = StoredCredential { sealed: largest(1), ..credential_of(&partner) };
    done(store, beside(&partner, vec![Effect::InsertCredential(held.clone())])).await;
    assert_eq!(store.credential(CONTOSO, partner.id).await, Ok(Some(held.clone())));
    let attempt = StoredAttempt { secret: Some(largest(2)), ..attempt_of(&partner) };
    let redeem = Effect::RedeemAttempt { id: attempt.id, code: largest(3) };
    let (release, other) = (release_of(&partner, at(0)), release_of(&partner, at(0)));
    let given = ReleaseSecret::Given(Field::Credential, largest(4));
    let moved = begin(&release, ReleaseSecret::Credential(held.id));
    done(store, beside(&partner, vec![Effect::OpenAttempt(attempt), redeem, moved, begin(&other, given)]))
        .await;
    assert_eq!(store.release_secret(CONTOSO, release.id).await, Ok(Some((Field::Credential, held.sealed))));
    assert_eq!(store.release_secret(CONTOSO, other.id).await, Ok(Some((Field::Credential, largest(4)))));
    for old in store.secrets(None, 10).await.unwrap() {
        let before = old.sealed.clone();
        assert_eq!(store.reseal(old.clone(), largest(9)).await, Ok(true));
        let more = Sealed(vec![9; LARGEST + 1]);
        assert!(store.reseal(StoredSecret { sealed: largest(9), ..old }, more).await.is_err());
        assert_eq!(before.0.len(), LARGEST);
    }

    let before = all_about(store, &partner).await;
    let endless = || Sealed(vec![0; LARGEST + 1]);
    for effect in [
        Effect::InsertCredential(StoredCredential { sealed: endless(), ..credential_of(&partner) }),
        Effect::OpenAttempt(StoredAttempt { secret: Some(endless()), ..attempt_of(&partner) }),
        begin(&release_of(&partner, at(0)), ReleaseSecret::Given(Field::Credential, endless())),
    ] {
        let answer = store.commit(disconnecting(&partner, vec![effect])).await;
        assert!(matches!(answer, Err(CommitError::Store(_))), "{answer:?}");
    }
    assert!(all_about(store, &partner).await == before);
}
