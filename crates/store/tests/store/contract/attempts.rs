use gangway_domain::{Generation, Partner, Timestamp};
use gangway_engine::{AttemptPhase, CommitError, Effect, Sealed, Store, StoredAttempt};

use crate::samples::*;

async fn there(store: &impl Store, attempt: &StoredAttempt) -> Option<StoredAttempt> {
    store.attempt(attempt.tenant, attempt.id).await.unwrap()
}

const fn close(attempt: &StoredAttempt, read: AttemptPhase) -> Effect {
    Effect::CloseAttempt { id: attempt.id, read }
}

pub(super) async fn an_attempt_reads_back_as_it_was_opened(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let attempts = [
        attempt_of(&partner),
        StoredAttempt { expires: Timestamp::NEVER, state_hash: [0; 32], ..attempt_of(&partner) },
        StoredAttempt { expires: Timestamp::LAST, state_hash: [0xff; 32], ..attempt_of(&partner) },
        StoredAttempt { generation: Generation(i64::MAX.unsigned_abs()), ..attempt_of(&partner) },
        StoredAttempt { refusals: u32::MAX, ..attempt_of(&partner) },
        StoredAttempt { secret: Some(Sealed(vec![])), ..attempt_of(&partner) },
        StoredAttempt { secret: Some(Sealed(vec![0; 4000])), ..attempt_of(&partner) },
        StoredAttempt { secret: Some(Sealed(vec![0xff; 40_000])), ..attempt_of(&partner) },
    ];
    for attempt in &attempts {
        assert_eq!(there(store, attempt).await, None);
        done(store, beside(&partner, vec![Effect::OpenAttempt(attempt.clone())])).await;
    }
    for attempt in attempts {
        assert_eq!(there(store, &attempt).await, Some(attempt.clone()));
        assert_eq!(store.attempt(FABRIKAM, attempt.id).await, Ok(None), "it is its tenant's own");
    }
}

pub(super) async fn an_attempt_that_is_not_open_cannot_begin(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    for (phase, secret) in [
        (AttemptPhase::Open, None),
        (AttemptPhase::Redeeming, Some(sealed())),
        (AttemptPhase::Closed, Some(sealed())),
        (AttemptPhase::Closed, None),
    ] {
        let attempt = StoredAttempt { phase, secret, ..attempt_of(&partner) };
        let answer = store.commit(beside(&partner, vec![Effect::OpenAttempt(attempt.clone())])).await;
        assert!(matches!(answer, Err(CommitError::Store(_))), "{answer:?}");
        assert_eq!(there(store, &attempt).await, None);
    }
}

pub(super) async fn the_id_of_an_attempt_is_used_once(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let attempt = opened(store, &partner).await;
    let again = StoredAttempt { secret: Some(sealed()), expires: at(99), ..attempt.clone() };
    assert_eq!(store.commit(beside(&partner, vec![Effect::OpenAttempt(again)])).await, STALE);
    assert_eq!(there(store, &attempt).await, Some(attempt));
}

pub(super) async fn an_answered_attempt_has_its_code_and_no_other_secret(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let (attempt, _) = redeeming(store, &partner).await;
    assert_eq!(there(store, &attempt).await, Some(attempt.clone()));
    let secrets = store.secrets(None, 10).await.unwrap();
    assert_eq!(secrets.into_iter().map(|secret| Some(secret.sealed)).collect::<Vec<_>>(), [attempt.secret]);
}

pub(super) async fn only_an_open_attempt_of_the_same_partner_can_be_answered(store: &impl Store) {
    let (partner, other) = (stored(store, CONTOSO).await, stored(store, CONTOSO).await);
    let theirs = Partner { tenant: FABRIKAM, ..partner.clone() };
    let open = opened(store, &partner).await;
    let (redeeming, _) = redeeming(store, &partner).await;
    let closed = opened(store, &partner).await;
    done(store, beside(&partner, vec![close(&closed, AttemptPhase::Open)])).await;
    let never = attempt_of(&partner);
    for (attempt, by) in
        [(&open, &other), (&open, &theirs), (&redeeming, &partner), (&closed, &partner), (&never, &partner)]
    {
        let before = there(store, attempt).await;
        let redeem = Effect::RedeemAttempt { id: attempt.id, code: sealed() };
        assert_eq!(store.commit(beside(by, vec![redeem])).await, STALE);
        assert_eq!(there(store, attempt).await, before);
    }
}

pub(super) async fn a_closed_attempt_has_no_secret_and_all_the_rest(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let open = opened(store, &partner).await;
    let (redeeming, _) = redeeming(store, &partner).await;
    for attempt in [open, redeeming] {
        done(store, beside(&partner, vec![close(&attempt, attempt.phase)])).await;
        let closed = StoredAttempt { phase: AttemptPhase::Closed, secret: None, ..attempt };
        assert_eq!(there(store, &closed).await, Some(closed));
    }
    assert_eq!(store.secrets(None, 10).await, Ok(vec![]));
}

pub(super) async fn an_attempt_is_only_closed_in_the_phase_it_was_read_in(store: &impl Store) {
    let (partner, other) = (stored(store, CONTOSO).await, stored(store, CONTOSO).await);
    let open = opened(store, &partner).await;
    let (redeeming, _) = redeeming(store, &partner).await;
    let never = attempt_of(&partner);
    for (attempt, by, read) in [
        (&open, &partner, AttemptPhase::Redeeming),
        (&open, &partner, AttemptPhase::Closed),
        (&open, &other, AttemptPhase::Open),
        (&redeeming, &partner, AttemptPhase::Open),
        (&never, &partner, AttemptPhase::Open),
    ] {
        let before = there(store, attempt).await;
        assert_eq!(store.commit(beside(by, vec![close(attempt, read)])).await, STALE);
        assert_eq!(there(store, attempt).await, before);
    }
}

pub(super) async fn refused_callbacks_are_counted(store: &impl Store) {
    let (partner, other) = (stored(store, CONTOSO).await, stored(store, CONTOSO).await);
    let (attempt, untouched) = (opened(store, &partner).await, opened(store, &partner).await);
    for refusals in 1..4 {
        done(store, beside(&partner, vec![Effect::CountRefusal { id: attempt.id }])).await;
        let counted = StoredAttempt { refusals, ..attempt.clone() };
        assert_eq!(there(store, &attempt).await, Some(counted));
    }
    assert_eq!(there(store, &untouched).await, Some(untouched));
    for (id, by) in [(attempt.id, &other), (attempt_of(&partner).id, &partner)] {
        assert_eq!(store.commit(beside(by, vec![Effect::CountRefusal { id }])).await, STALE);
    }
}

pub(super) async fn refusals_stop_being_counted_before_they_overflow(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let attempt = StoredAttempt { refusals: u32::MAX, ..attempt_of(&partner) };
    done(store, beside(&partner, vec![Effect::OpenAttempt(attempt.clone())])).await;
    done(store, beside(&partner, vec![Effect::CountRefusal { id: attempt.id }])).await;
    assert_eq!(there(store, &attempt).await, Some(attempt));
}

pub(super) async fn closed_attempts_that_expired_before_are_forgotten(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let mut closed = Vec::new();
    for expires in [10, 20, 30, 40] {
        let attempt = StoredAttempt { expires: at(expires), ..attempt_of(&partner) };
        let open = Effect::OpenAttempt(attempt.clone());
        done(store, beside(&partner, vec![open, close(&attempt, AttemptPhase::Open)])).await;
        closed.push(attempt);
    }
    let open = StoredAttempt { expires: at(10), ..attempt_of(&partner) };
    done(store, beside(&partner, vec![Effect::OpenAttempt(open.clone())])).await;

    assert_eq!(store.forget_attempts(at(10), 10).await, Ok(0), "only what expired before");
    assert_eq!(store.forget_attempts(at(40), 2).await, Ok(2), "no more than asked");
    assert_eq!(store.forget_attempts(at(40), 2).await, Ok(1));
    assert_eq!(store.forget_attempts(at(40), 2).await, Ok(0));
    for attempt in &closed {
        assert_eq!(there(store, attempt).await.is_some(), attempt.expires == at(40));
    }
    assert_eq!(there(store, &open).await, Some(open));
}
