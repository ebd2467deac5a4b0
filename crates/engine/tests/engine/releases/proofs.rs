//! What shows that a token is dead, and what does not.

use gangway_domain::{ConnectorKind, MissingKind, Proof, ReleaseState, Step, Update};
use gangway_engine::{Check, NewPartner, Revokes};

use crate::partner::{Fault, Introspection, Manner, OldRefresh};
use crate::releases::{disconnected, only_release, proofs, steps};
use crate::{House, TENANT, by};

#[tokio::test]
async fn a_token_whose_end_nobody_has_told_does_not_end_by_itself() {
    let manner = Manner {
        revokes: Revokes::Nothing,
        introspection: Introspection::Absent,
        can_be_used: false,
        tells_expiry: false,
        gives_refresh: false,
        ..Manner::OAUTH
    };
    let house = House::with(manner);
    let id = house.connected().await;
    house.clock.step(25 * 3600);
    assert_eq!(house.engine.check_connection(TENANT, id).await, Ok(Check::CannotTell));
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    for _ in 0..50 {
        house.clock.step(25 * 3600);
        house.work().await;
    }
    assert!(only_release(&house).is_pending() && house.partner.alive() == 1);
}

#[tokio::test]
async fn a_partner_that_never_called_a_token_alive_is_not_believed_when_it_calls_it_dead() {
    let house = House::with(Manner {
        introspection: Introspection::Nobody,
        can_be_used: false,
        old_refresh: OldRefresh::Lives,
        revokes: Revokes::Nothing,
        ..Manner::OAUTH
    });
    let id = house.connected().await;
    assert_eq!(house.engine.check_connection(TENANT, id).await, Ok(Check::CannotTell));
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    for _ in 0..5 {
        house.clock.step(3700);
        house.work().await;
    }
    assert!(only_release(&house).is_pending() && house.partner.alive() == 1);
}

/// The partner does not end grants whose refresh token comes twice, so the token of the lost answer
/// may live.
#[tokio::test]
async fn a_refresh_whose_answer_was_lost_is_told_in_the_evidence() {
    for (fault, told) in [
        (Some(Fault::AnswerLost), true),
        (Some(Fault::Failed), true),
        (Some(Fault::Unreached), false),
        (None, false),
    ] {
        let house = House::with(Manner::FORGETFUL);
        let id = house.connected().await;
        house.clock.step(3600);
        if let Some(fault) = fault {
            house.partner.fail_later(0, fault);
            house.engine.check_connection(TENANT, id).await.unwrap_err();
        } else {
            house.engine.check_connection(TENANT, id).await.unwrap();
        }
        house.engine.disconnect(TENANT, &by(), id).await.unwrap();
        house.work().await;
        let missing = match only_release(&house).state {
            ReleaseState::Unaccounted(_, missing) => missing.iter().map(|missing| missing.what).collect(),
            ReleaseState::Confirmed(_) => Vec::new(),
            other @ (ReleaseState::Pending { .. } | ReleaseState::Forced(_)) => panic!("{other:?}"),
        };
        let expected: &[_] = if told { &[MissingKind::RefreshAnswer] } else { &[] };
        assert_eq!(missing, expected, "{fault:?}");
    }
}

#[tokio::test]
async fn without_introspection_a_refresh_that_is_refused_is_the_proof() {
    let house = disconnected(Manner::SILENT).await;
    house.work().await;
    let release = only_release(&house);
    assert_eq!(proofs(&release), [Proof::AccessTokenRefused, Proof::RefreshTokenRefused]);
    assert_eq!(steps(&release).last(), Some(&Step::Refresh));
}

#[tokio::test]
async fn a_partner_that_revokes_nothing_is_never_confirmed_while_it_lives() {
    let house = disconnected(Manner { revokes: Revokes::Nothing, ..Manner::OAUTH }).await;
    for _ in 0..20 {
        house.clock.step(3700);
        house.work().await;
    }
    let release = only_release(&house);
    assert!(release.is_pending() && release.tries == 20);
    // Until somebody ends it there.
    house.partner.end_there(0);
    house.clock.step(3700);
    house.work().await;
    assert!(!only_release(&house).is_pending());
}

#[tokio::test]
async fn what_held_no_credential_is_confirmed_at_once() {
    let house = House::new();
    let url = Some(Some("https://partner.example/".to_owned()));
    let properties = Update { onboarding_url: url, ..Update::default() };
    let link = NewPartner { properties, connector: Some(ConnectorKind::Link), ..NewPartner::default() };
    let id = house.engine.create_partner(TENANT, &by(), &link).await.unwrap().id;
    house.engine.begin_onboarding(TENANT, &by(), id).await.unwrap();
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    assert_eq!(proofs(&only_release(&house)), [Proof::NoCredential]);
    assert!(house.work().await.is_empty());
}
