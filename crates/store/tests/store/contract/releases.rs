use gangway_domain::{
    Account, Activity, Call, CallLog, ConnectorKind, Correlated, Evidence, Forced, Generation, Missing,
    MissingKind, Obstacle, Origin, Partner, Proof, Release, ReleaseState, RequestedBy, Step, Timestamp,
    TokenId, TokenKind, TokenLog, TokenRecord, Version,
};
use gangway_engine::{
    CommitError, Effect, Field, PendingReleases, ReleaseFilter, ReleaseSecret, SecretChange, Store,
};

use super::audit::actors;
use crate::samples::*;

async fn there(store: &impl Store, release: &Release) -> Option<Release> {
    store.release(release.tenant, release.id).await.unwrap()
}

async fn held(store: &impl Store, release: &Release) -> Option<(Field, gangway_engine::Sealed)> {
    store.release_secret(release.tenant, release.id).await.unwrap()
}

fn calls(count: i64) -> CallLog {
    let mut log = CallLog::default();
    let steps = Step::ALL.into_iter().cycle();
    log.extend((0..count).zip(steps).map(|(n, step)| Call {
        at: at(n),
        step,
        token: (n % 2 == 0).then(|| TokenId(fresh_uuid())),
        answer: format!("{n} \"日本\" \u{1}"),
    }));
    log
}

/// What may be said of one that is confirmed: that an answer was lost may not.
fn every_proof() -> Vec<Proof> {
    Proof::ALL.into_iter().filter(|proof| *proof != Proof::AnswerLost).collect()
}

fn every_missing() -> Vec<Missing> {
    MissingKind::ALL
        .into_iter()
        .zip([at(1), Timestamp::NEVER, Timestamp::LAST, at(2), at(3)])
        .map(|(what, at)| Missing { what, at })
        .collect()
}

/// A token of each kind, however it came and whatever is known of it.
fn every_token(omitted: u64) -> TokenLog {
    let mut known = Vec::new();
    for kind in TokenKind::ALL {
        for origin in [Origin::Code, Origin::Refresh(TokenId(fresh_uuid())), Origin::Unknown] {
            let proofs = Proof::ALL.into_iter().map(|proof| Some((proof, at(6)))).chain([None]);
            known.extend(proofs.map(|proved| {
                let obtained = if proved.is_some() { at(2) } else { Timestamp::LAST };
                TokenRecord { id: TokenId(fresh_uuid()), kind, origin, obtained, proved }
            }));
        }
    }
    TokenLog { known, omitted }
}

/// Releases in every state there is, and with the least and the most in every property.
fn every_release(partner: &Partner) -> Vec<Release> {
    let base = || release_of(partner, at(3));
    let state = |state| Release { state, ..base() };
    let mut all = vec![
        base(),
        state(ReleaseState::Pending { next_try: Timestamp::NEVER, obstacle: None }),
        state(ReleaseState::Confirmed(Evidence { at: Timestamp::LAST, proofs: every_proof() })),
        state(ReleaseState::Unaccounted(Evidence { at: at(4), proofs: every_proof() }, every_missing())),
        state(ReleaseState::Unaccounted(Evidence { at: at(4), proofs: Proof::ALL.into() }, vec![])),
        Release { tokens: every_token(0), ..base() },
        Release { tokens: every_token(8696), ..confirmed(&base()) },
        state(ReleaseState::Confirmed(Evidence { at: at(4), proofs: vec![Proof::NoCredential] })),
        Release { account: None, profile: None, partner_name: String::new(), ..base() },
        Release { account: Some(Account { id: "\u{1}\"é".into(), name: None }), ..base() },
        Release { profile: "an-oauth2-1".parse().ok(), connector: ConnectorKind::OAuth2, ..base() },
        Release { generation: Generation(i64::MAX.unsigned_abs()), ..base() },
        Release { version: Version(i64::MAX.unsigned_abs()), tries: u32::MAX, ..base() },
        Release { calls: calls(3), ..base() },
        Release { calls: calls(1000), partner_name: "日本 🦀".into(), ..base() },
    ];
    all.extend(Obstacle::ALL.map(|obstacle| {
        let state = ReleaseState::Pending { next_try: at(3), obstacle: Some(obstacle) };
        Release { state, ..base() }
    }));
    for by in actors() {
        let forced = Forced { by: by.clone(), at: at(9), reason: "It is \"gone\".\n日本".into() };
        let by = Correlated { actor: by, correlation: fresh_uuid() };
        let asked = RequestedBy { by, activity: Activity::LoseGrant, at: Timestamp::LAST };
        all.push(Release { state: ReleaseState::Forced(forced), asked, ..base() });
    }
    all
}

pub(super) async fn every_state_of_a_release_reads_back_as_it_was(store: &impl Store) {
    let partner = partner_of(CONTOSO);
    let all = every_release(&partner);
    for release in &all {
        assert_eq!(there(store, release).await, None);
        let secret = ReleaseSecret::Given(Field::Credential, sealed());
        let secret = if release.is_pending() { secret } else { ReleaseSecret::Nothing };
        done(store, beside(&partner, vec![begin(release, secret)])).await;
    }
    for release in all {
        assert_eq!(there(store, &release).await, Some(release.clone()));
        assert_eq!(store.release(FABRIKAM, release.id).await, Ok(None), "it is its tenant's own");
        assert_eq!(held(store, &release).await.is_some(), release.is_pending());
    }
}

/// Before there was anything else to call them, such releases were stored as confirmed.
pub(super) async fn an_answer_that_was_lost_was_never_a_confirmation(store: &impl Store) {
    let partner = partner_of(CONTOSO);
    for (proof, what) in [
        (Proof::CodeRefused, MissingKind::CodeAnswer),
        (Proof::RefreshTokenRefused, MissingKind::RefreshAnswer),
    ] {
        let evidence = Evidence { at: at(4), proofs: vec![proof, Proof::AnswerLost] };
        let missing = vec![Missing { what, at: at(4) }];
        let release = release_of(&partner, at(3));
        let stored = Release { state: ReleaseState::Confirmed(evidence.clone()), ..release.clone() };
        done(store, beside(&partner, vec![begin(&stored, ReleaseSecret::Nothing)])).await;
        let read = Release { state: ReleaseState::Unaccounted(evidence, missing), ..release };
        assert_eq!(there(store, &read).await, Some(read.clone()));
        let wanted = ReleaseFilter { tenant: Some(CONTOSO), ..ReleaseFilter::default() };
        assert_eq!(store.releases(wanted, 1).await, Ok(vec![read]));
    }
}

pub(super) async fn an_update_replaces_every_property_of_a_release(store: &impl Store) {
    let partner = partner_of(CONTOSO);
    let (mut before, _) = pending(store, &partner, at(0)).await;
    let states = every_release(&partner);
    let (pending, over): (Vec<_>, Vec<_>) = states.into_iter().partition(Release::is_pending);
    for (version, state) in (2..).zip(pending.into_iter().chain(over.into_iter().take(1))) {
        let after = Release { id: before.id, version: Version(version), ..state };
        done(store, beside(&partner, vec![update_release(&before, &after, None)])).await;
        assert_eq!(there(store, &after).await, Some(after.clone()));
        before = after;
    }
}

pub(super) async fn a_release_takes_the_credential_with_it(store: &impl Store) {
    let (partner, credential) = connected(store, CONTOSO).await;
    let release = release_of(&partner, at(0));
    done(store, disconnecting(&partner, vec![begin(&release, ReleaseSecret::Credential(credential.id))]))
        .await;
    assert_eq!(store.credential(CONTOSO, partner.id).await, Ok(None));
    assert_eq!(held(store, &release).await, Some((Field::Credential, credential.sealed)));

    let second = release_of(&partner, at(0));
    let again = beside(&partner, vec![begin(&second, ReleaseSecret::Credential(credential.id))]);
    assert_eq!(store.commit(again).await, STALE, "there is none any more");
    assert_eq!(there(store, &second).await, None);
}

pub(super) async fn a_release_takes_the_code_with_it(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let (attempt, code) = redeeming(store, &partner).await;
    let release = release_of(&partner, at(0));
    done(store, beside(&partner, vec![begin(&release, ReleaseSecret::Code(attempt.id))])).await;
    assert_eq!(held(store, &release).await, Some((Field::Code, code)));
    assert_eq!(store.attempt(CONTOSO, attempt.id).await.unwrap().unwrap().secret, None);

    let (other, open) = (stored(store, CONTOSO).await, opened(store, &partner).await);
    let (theirs, _) = redeeming(store, &other).await;
    for none in [attempt.id, open.id, theirs.id, attempt_of(&partner).id] {
        let release = release_of(&partner, at(0));
        let change = beside(&partner, vec![begin(&release, ReleaseSecret::Code(none))]);
        assert_eq!(store.commit(change).await, STALE);
        assert_eq!(there(store, &release).await, None);
    }
}

pub(super) async fn a_release_that_is_over_from_the_first_destroys_what_it_takes(store: &impl Store) {
    let (partner, credential) = connected(store, CONTOSO).await;
    let release = confirmed(&release_of(&partner, at(0)));
    done(store, beside(&partner, vec![begin(&release, ReleaseSecret::Credential(credential.id))])).await;
    assert_eq!(there(store, &release).await, Some(release.clone()));
    assert_eq!(held(store, &release).await, None);
    assert_eq!(store.secrets(None, 10).await, Ok(vec![]));
}

pub(super) async fn a_pending_release_without_a_secret_is_refused(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let release = release_of(&partner, at(0));
    let answer = store.commit(beside(&partner, vec![begin(&release, ReleaseSecret::Nothing)])).await;
    assert!(matches!(answer, Err(CommitError::Store(_))), "{answer:?}");
    assert_eq!(there(store, &release).await, None);
}

pub(super) async fn the_id_of_a_release_is_used_once(store: &impl Store) {
    let (partner, credential) = connected(store, CONTOSO).await;
    let (first, _) = pending(store, &partner, at(0)).await;
    let again = Release { partner_name: "Again".into(), ..first.clone() };
    let change = disconnecting(&partner, vec![begin(&again, ReleaseSecret::Credential(credential.id))]);
    assert_eq!(store.commit(change).await, STALE);
    assert_eq!(there(store, &first).await, Some(first));
    assert_eq!(store.credential(CONTOSO, partner.id).await, Ok(Some(credential)));
    assert_eq!(read(store, &partner).await, Some(partner));
}

pub(super) async fn a_release_keeps_its_secret_until_it_is_over(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    for replaced in [SecretChange::Keep, SecretChange::Replace(Field::Code, sealed())] {
        let (release, secret) = pending(store, &partner, at(0)).await;
        let later = put_off(&release, at(60));
        done(store, beside(&partner, vec![update_release(&release, &later, None)])).await;
        assert_eq!(held(store, &later).await, Some((Field::Credential, secret)));

        let over = Effect::UpdateRelease {
            release: confirmed(&later),
            read: later.version,
            lease: None,
            secret: replaced,
        };
        done(store, beside(&partner, vec![over])).await;
        assert_eq!(held(store, &later).await, None);
        assert_eq!(store.secrets(None, 10).await, Ok(vec![]));
    }
}

pub(super) async fn the_secret_of_a_pending_release_can_be_replaced(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let (release, _) = pending(store, &partner, at(0)).await;
    let (later, fresh) = (put_off(&release, at(60)), sealed());
    let secret = SecretChange::Replace(Field::Code, fresh.clone());
    let update = Effect::UpdateRelease { release: later.clone(), read: release.version, lease: None, secret };
    done(store, beside(&partner, vec![update])).await;
    assert_eq!(there(store, &release).await, Some(later));
    assert_eq!(held(store, &release).await, Some((Field::Code, fresh)));
    assert_eq!(store.secrets(None, 10).await.unwrap().len(), 1, "the old one is gone");
}

pub(super) async fn a_stale_update_of_a_release_changes_nothing(store: &impl Store) {
    let (partner, other) = (stored(store, CONTOSO).await, stored(store, CONTOSO).await);
    let (release, secret) = pending(store, &partner, at(0)).await;
    let later = put_off(&release, at(60));
    done(store, beside(&partner, vec![update_release(&release, &later, None)])).await;

    let never = release_of(&partner, at(0));
    let theirs = Release { partner: other.id, ..later.clone() };
    let replace = SecretChange::Replace(Field::Code, sealed());
    for (before, by, secret) in [
        (&release, &partner, SecretChange::Keep),
        (&release, &partner, replace.clone()),
        (&never, &partner, replace.clone()),
        (&theirs, &other, replace),
    ] {
        let (release, read) = (confirmed(before), before.version);
        let update = Effect::UpdateRelease { release, read, lease: None, secret };
        assert_eq!(store.commit(beside(by, vec![update])).await, STALE);
    }
    assert_eq!(there(store, &later).await, Some(later.clone()));
    assert_eq!(held(store, &later).await, Some((Field::Credential, secret)));
}

pub(super) async fn a_release_that_is_over_cannot_be_revived(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let (release, _) = pending(store, &partner, at(0)).await;
    let over = confirmed(&release);
    done(store, beside(&partner, vec![update_release(&release, &over, None)])).await;
    for secret in [SecretChange::Keep, SecretChange::Replace(Field::Credential, sealed())] {
        let revived = Release { version: over.version.next(), ..release.clone() };
        let update = Effect::UpdateRelease { release: revived, read: over.version, lease: None, secret };
        assert!(store.commit(beside(&partner, vec![update])).await.is_err());
    }
    assert_eq!(there(store, &over).await, Some(over));
    assert_eq!(store.secrets(None, 10).await, Ok(vec![]));
}

pub(super) async fn releases_come_newest_first_and_only_those_asked_for(store: &impl Store) {
    let (one, other, theirs) = (partner_of(CONTOSO), partner_of(CONTOSO), partner_of(FABRIKAM));
    let mut all = Vec::new();
    for n in 0..12 {
        let partner = [&one, &other, &theirs][n % 3];
        let (release, _) = pending(store, partner, at(0)).await;
        let over = confirmed(&release);
        if n % 4 == 0 {
            done(store, beside(partner, vec![update_release(&release, &over, None)])).await;
        }
        all.insert(0, if n % 4 == 0 { over } else { release });
    }
    for tenant in [None, Some(CONTOSO), Some(FABRIKAM)] {
        for partner in [None, Some(one.id), Some(theirs.id)] {
            for pending_only in [false, true] {
                let wanted = ReleaseFilter { tenant, partner, pending_only };
                let asked = |release: &&Release| {
                    tenant.is_none_or(|tenant| release.tenant == tenant)
                        && partner.is_none_or(|partner| release.partner == partner)
                        && (release.is_pending() || !pending_only)
                };
                let expected: Vec<_> = all.iter().filter(asked).cloned().collect();
                assert_eq!(store.releases(wanted, 100).await, Ok(expected.clone()), "{wanted:?}");
                let some = expected.len().min(2);
                assert_eq!(store.releases(wanted, 2).await, Ok(expected[..some].to_vec()), "{wanted:?}");
                assert_eq!(store.releases(wanted, 0).await, Ok(vec![]));
            }
        }
    }
}

pub(super) async fn it_is_known_how_many_releases_are_pending_since_when(store: &impl Store) {
    assert_eq!(store.pending_releases().await, Ok(PendingReleases::default()));
    let mut begun = Vec::new();
    for (tenant, asked_at) in [(CONTOSO, 30), (FABRIKAM, 10), (CONTOSO, 20)] {
        let partner = partner_of(tenant);
        let release = release_of(&partner, at(500 - asked_at));
        let release = Release { asked: RequestedBy { at: at(asked_at), ..release.asked.clone() }, ..release };
        let secret = ReleaseSecret::Given(Field::Credential, sealed());
        done(store, beside(&partner, vec![begin(&release, secret)])).await;
        begun.push((partner, release));
    }
    assert_eq!(store.pending_releases().await, Ok(PendingReleases { count: 3, oldest: Some(at(10)) }));
    let (partner, release) = &begun[1];
    done(store, beside(partner, vec![update_release(release, &confirmed(release), None)])).await;
    assert_eq!(store.pending_releases().await, Ok(PendingReleases { count: 2, oldest: Some(at(20)) }));
}
