//! Every token of a connection is kept until it is proved dead, and none is called dead on hearsay.

use std::time::Duration;

use gangway_domain::{MissingKind, Obstacle, Release, ReleaseState, StatusChange, TokenKind, Update};
use gangway_engine::{Check, Connector as _, Error, NewPartner, Revokes, Secret};

use crate::partner::{Code, Fault, Introspection, Manner, OldRefresh, Revocation};
use crate::releases::only_release;
use crate::{House, TENANT, by, missing};

/// Whatever it gives lives until it is revoked by itself.
const CLINGING: Manner = Manner {
    revocation: Revocation::Token,
    old_refresh: OldRefresh::Lives,
    refresh_ends_access: false,
    ..Manner::OAUTH
};

#[tokio::test]
async fn a_refresh_keeps_what_it_replaces_and_the_release_proves_each() {
    let house = House::with(CLINGING);
    let id = house.connected().await;
    for _ in 0..3 {
        house.clock.step(700);
        assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    }
    house.cut(id).await;
    let release = only_release(&house);
    assert_eq!((missing(&release), house.partner.alive()), (Vec::new(), 0), "{release:?}");
    assert_eq!(release.tokens.known.len(), 8, "two of the code, and two of each refresh");
    assert!(release.tokens.known.iter().all(|token| token.proved.is_some()));
}

/// A connection of years has more dead tokens than a receipt names, and the receipt says how many
/// more.
#[tokio::test]
async fn a_release_names_the_newest_tokens_and_counts_the_others() {
    let house = House::with(CLINGING);
    let id = house.connected().await;
    for _ in 0..40 {
        house.clock.step(700);
        assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    }
    house.cut(id).await;
    let release = only_release(&house);
    assert_eq!((missing(&release), house.partner.alive()), (Vec::new(), 0), "{release:?}");
    let (known, minted) = (release.tokens.known.len() as u64, 2 * 41);
    assert_eq!((known, known + release.tokens.omitted), (64, minted));
}

/// What introspection says of a token it has never known, or knew a moment ago, cuts nobody.
#[tokio::test]
async fn a_connection_that_is_good_is_not_cut_because_introspection_does_not_know_its_tokens() {
    let introspections =
        [Introspection::OfCodes, Introspection::Nobody, Introspection::Lags(40), Introspection::Lies(3)];
    for introspection in introspections {
        for (can_be_used, gives_refresh) in [(true, true), (false, true), (true, false), (false, false)] {
            let manner = Manner {
                introspection,
                can_be_used,
                gives_refresh,
                expires_in: Duration::from_secs(if gives_refresh { 600 } else { 100_000 }),
                ..Manner::OAUTH
            };
            let house = House::with(manner);
            let id = house.connected().await;
            for seconds in [0, 1, 2, 6, 30, 700, 0, 1, 6, 41, 700, 1, 1, 1, 3600] {
                house.clock.step(seconds);
                let check = house.engine.check_connection(TENANT, id).await;
                assert!(matches!(check, Ok(Check::Good(_) | Check::CannotTell)), "{manner:?}: {check:?}");
            }
            assert_eq!((house.partner.alive(), house.engine.store().rows().releases.len()), (1, 0));
        }
    }
}

/// Without a refresh token: a check calls a grant gone that ended there when that is said again, a
/// while later.
async fn is_gone_when_it_is_told_twice(manner: Manner) {
    let house = House::with(Manner { gives_refresh: false, ..manner });
    let id = house.connected().await;
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    house.partner.end_there(0);
    for _ in 0..3 {
        assert_eq!(house.engine.check_connection(TENANT, id).await, Ok(Check::CannotTell));
        house.clock.step(1);
    }
    house.clock.step(5);
    assert_eq!(house.engine.check_connection(TENANT, id).await, Ok(Check::Gone));
}

/// It had called it alive, and calls it dead: a replica may be behind.
#[tokio::test]
async fn without_a_refresh_token_a_death_that_introspection_tells_counts_when_it_is_told_twice() {
    is_gone_when_it_is_told_twice(Manner { can_be_used: false, ..Manner::OAUTH }).await;
}

/// A gateway may refuse everybody while what is behind it is down.
#[tokio::test]
async fn without_a_refresh_token_a_refused_use_counts_when_it_is_told_twice() {
    is_gone_when_it_is_told_twice(Manner { can_be_used: true, ..Manner::OAUTH }).await;
}

/// Its introspection fails closed while all else is down. What it says then is no word on any
/// token.
#[tokio::test]
async fn introspection_proves_nothing_while_the_partner_does_nothing() {
    for can_be_used in [true, false] {
        let manner = Manner { can_be_used, expires_in: Duration::from_hours(10), ..CLINGING };
        let house = House::with(manner);
        let id = house.connected().await;
        assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
        house.engine.disconnect(TENANT, &by(), id).await.unwrap();
        house.partner.calls_all_dead(true);
        house.partner.always(Some(Fault::Busy(Duration::from_secs(1))));
        for _ in 0..40 {
            house.clock.step(60);
            house.work().await;
            let release = only_release(&house);
            let unproved = release.tokens.known.iter().all(|token| token.proved.is_none());
            assert!(release.is_pending() && unproved, "{release:?}");
        }
        house.partner.always(None);
        house.partner.calls_all_dead(false);
        house.settle().await;
        assert_eq!((missing(&only_release(&house)), house.partner.alive()), (Vec::new(), 0));
    }
}

/// As long as introspection is not the only one to ask: a refresh token is used before it is called
/// dead.
#[tokio::test]
async fn a_refresh_token_that_introspection_calls_dead_is_used_before_it_is_believed() {
    let house = House::with(Manner { revocation: Revocation::Later(3000), ..CLINGING });
    let id = house.connected().await;
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    house.partner.calls_all_dead(true);
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    for _ in 0..20 {
        house.clock.step(60);
        house.work().await;
        let release = only_release(&house);
        let refresh = release.tokens.known.iter().filter(|token| token.kind == TokenKind::Refresh);
        assert!(
            refresh.clone().count() > 2 && refresh.clone().all(|token| token.proved.is_none()),
            "{release:?}"
        );
    }
    house.partner.calls_all_dead(false);
    house.settle().await;
    assert_eq!((missing(&only_release(&house)), house.partner.alive()), (Vec::new(), 0));
}

/// Its introspection is wrong for longer than any replica, and to use the token shows that it
/// lives.
#[tokio::test]
async fn a_token_that_can_be_used_is_alive_whatever_introspection_says() {
    let manner = Manner {
        introspection: Introspection::Lags(40),
        gives_refresh: false,
        expires_in: Duration::from_hours(10),
        revocation: Revocation::Later(4000),
        ..Manner::OAUTH
    };
    let house = House::with(manner);
    let id = house.connected().await;
    house.clock.step(60);
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    house.partner.calls_all_dead(true);
    for _ in 0..3 {
        house.clock.step(10);
        assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
        // Nor is it dead where its use says nothing.
        house.clock.step(10);
        house.partner.fail_later(1, Fault::Failed);
        let check = house.engine.check_connection(TENANT, id).await;
        assert!(matches!(check, Err(Error::Partner(_))), "{check:?}");
        house.clock.step(10);
        house.partner.fail_later(1, Fault::Failed);
        let check = house.engine.check_connection(TENANT, id).await;
        assert!(matches!(check, Err(Error::Partner(_))), "{check:?}");
    }
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house.work().await;
    assert!(only_release(&house).is_pending(), "{:?}", only_release(&house));
}

#[tokio::test]
async fn a_code_that_was_redeemed_twice_is_unaccounted_whatever_the_partner_makes_of_it() {
    for code in [Code::Refused, Code::EndsTheFamily, Code::GivesAgain] {
        let house = House::with(Manner { code, ..Manner::OAUTH });
        let id = house.provisioned().await;
        let answered = house.answered(id).await;
        house.partner.fail_next_grant(Fault::AnswerLost);
        answered.deliver(&house.engine).await.unwrap_err();
        house.settle().await;
        assert_eq!(missing(&only_release(&house)), [MissingKind::CodeAnswer], "{code:?}");
    }
}

/// It is no use to be told of a death once, where somebody else knows nothing of it yet.
#[tokio::test]
async fn a_token_is_dead_when_all_say_so_who_had_called_it_alive() {
    let house = House::with(Manner { introspection: Introspection::Lags(40), ..Manner::OAUTH });
    let id = house.connected().await;
    house.clock.step(60);
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house.work().await;
    let obstacle = Some(Obstacle::StillAlive);
    let release = only_release(&house);
    assert!(
        matches!(release.state, ReleaseState::Pending { obstacle: o, .. } if o == obstacle),
        "{release:?}"
    );
    assert!(release.tokens.known.iter().all(|token| token.proved.is_none()), "{release:?}");
    house.clock.step(50);
    house.work().await;
    assert_eq!(missing(&only_release(&house)), Vec::new());
}

#[tokio::test]
async fn a_death_that_is_told_twice_does_not_count_where_the_token_was_called_alive_in_between() {
    let manner = Manner {
        revokes: Revokes::Nothing,
        can_be_used: false,
        gives_refresh: false,
        expires_in: Duration::from_hours(10),
        ..Manner::OAUTH
    };
    let house = House::with(manner);
    let id = house.connected().await;
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    for _ in 0..3 {
        for calls_all_dead in [true, false] {
            house.partner.calls_all_dead(calls_all_dead);
            house.clock.step(100);
            assert_eq!(house.work().await.len(), 1);
            assert!(only_release(&house).is_pending());
        }
    }
    house.partner.end_there(0);
    for _ in 0..2 {
        house.clock.step(100);
        house.work().await;
    }
    assert!(!only_release(&house).is_pending());
}

/// The refresh was refused and the process ended before it had cut: the next check does.
#[tokio::test]
async fn a_connection_whose_refresh_was_refused_is_cut_though_whoever_was_told_is_gone() {
    for turns in 0.. {
        assert!(turns < 500, "it never comes to its end");
        let mut house = House::with(CLINGING);
        let id = house.connected().await;
        house.clock.step(580);
        // Only its refresh token is dead: the access token is good for a while.
        house.partner.revoke_refresh_token(&Secret::new("refresh-3".into())).await.unwrap();
        let engine = std::sync::Arc::clone(&house.engine);
        let mut check = Box::pin(async move { engine.check_connection(TENANT, id).await });
        let over = crate::advance(&mut check, turns);
        drop(check);
        house.restart();
        let check = house.engine.check_connection(TENANT, id).await;
        assert!(matches!(check, Ok(Check::Gone) | Err(Error::NotConnected(_))), "{turns}: {check:?}");
        assert_eq!(only_release(&house).account.unwrap().id, "0");
        if over {
            return;
        }
    }
}

fn is_kept_unread(house: &House, release: &Release, text: &str) -> bool {
    let waits = matches!(release.state, ReleaseState::Pending { obstacle: Some(Obstacle::UnreadAnswer), .. });
    let rows = house.engine.store().rows();
    let (_, sealed) = rows.releases[&(TENANT, release.id)].1.as_ref().unwrap();
    waits && String::from_utf8_lossy(&sealed.0).contains(text)
}

#[tokio::test]
async fn an_answer_to_a_refresh_that_nobody_can_read_is_kept_and_its_release_is_not_over() {
    let house = House::with(CLINGING);
    let id = house.connected().await;
    house.clock.step(3600);
    house.partner.fail_next_grant(Fault::Unreadable);
    house.engine.check_connection(TENANT, id).await.unwrap_err();
    house.cut(id).await;
    let release = only_release(&house);
    assert!(is_kept_unread(&house, &release, "refresh-5") && house.partner.alive() == 1, "{release:?}");
    // A later version can read it.
    house.partner.is_read_again();
    house.settle().await;
    let release = only_release(&house);
    assert_eq!((missing(&release), house.partner.alive()), (Vec::new(), 0), "{release:?}");
    assert_eq!(release.tokens.known.len(), 4);
}

#[tokio::test]
async fn an_answer_to_a_code_that_nobody_can_read_is_kept_and_its_release_is_not_over() {
    let house = House::with(CLINGING);
    let id = house.provisioned().await;
    let answered = house.answered(id).await;
    house.partner.fail_next_grant(Fault::Unreadable);
    answered.deliver(&house.engine).await.unwrap_err();
    house.settle().await;
    let release = only_release(&house);
    assert!(is_kept_unread(&house, &release, "refresh-3") && house.partner.alive() == 1, "{release:?}");
    house.partner.is_read_again();
    house.settle().await;
    assert_eq!((missing(&only_release(&house)), house.partner.alive()), (Vec::new(), 0));
}

#[tokio::test]
async fn a_connection_of_more_tokens_than_are_kept_says_that_some_were_let_go() {
    let house = House::with(Manner { introspection: Introspection::Absent, ..CLINGING });
    let id = house.connected().await;
    for _ in 0..300 {
        house.clock.step(700);
        assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    }
    house.cut(id).await;
    assert_eq!(missing(&only_release(&house)), [MissingKind::LetGo]);
}

/// However they come: for a code, for a refresh, or to a release.
#[tokio::test]
async fn tokens_that_nobody_understands_are_never_confirmed_to_be_dead() {
    for (manner, refreshes) in [(Manner::OAUTH, 0), (Manner::OAUTH, 3), (Manner::SILENT, 1)] {
        let house = House::with(Manner { gives_beside: true, ..manner });
        let id = house.connected().await;
        for _ in 0..refreshes {
            house.clock.step(700);
            assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
        }
        house.cut(id).await;
        assert_eq!(missing(&only_release(&house)), [MissingKind::NotUnderstood], "{refreshes}");
        assert_eq!(house.partner.alive(), 0);
    }
}

#[tokio::test]
async fn a_simulated_partner_that_is_set_onboarded_by_hand_has_a_credential_that_is_released() {
    for created in [true, false] {
        let house = House::new();
        let onboarded = Update { status: Some(StatusChange::Onboarded), ..Update::default() };
        let properties = if created { onboarded.clone() } else { Update::default() };
        let new = NewPartner { properties, ..NewPartner::default() };
        let id = house.engine.create_partner(TENANT, &by(), &new).await.unwrap().id;
        house.engine.update_partner(TENANT, &by(), id, onboarded).await.unwrap();
        assert_eq!(house.engine.store().rows().credentials.len(), 1);
        assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
        house.cut(id).await;
        assert_eq!((missing(&only_release(&house)), house.partner.alive()), (Vec::new(), 0), "{created}");
    }
}
