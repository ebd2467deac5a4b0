use gangway_engine::CallFailure::{NotDone, Refused, Unclear};

use super::*;
use crate::system::SystemRandom;

fn partner() -> SimulatedPartner {
    SimulatedPartner::new(Arc::new(SystemRandom), Secret::new("snapshot".into()))
}

fn code(text: &str) -> Secret {
    Secret::new(text.into())
}

async fn tokens(partner: &SimulatedPartner, text: &str) -> (Secret, Secret) {
    let grant = partner.redeem(&code(text), &code("v")).await.unwrap();
    (grant.access_token, grant.refresh_token.unwrap())
}

async fn look(partner: &SimulatedPartner, probe: Probe, kind: TokenKind, token: &Secret) -> Option<Life> {
    partner.probe(probe, kind, token).await.unwrap().map(|look| look.life)
}

async fn lives(partner: &SimulatedPartner, (access, refresh): &(Secret, Secret)) -> bool {
    let alive = look(partner, Probe::Introspection, TokenKind::Access, access).await == Some(Life::Alive);
    let life = Some(if alive { Life::Alive } else { Life::Dead });
    assert_eq!(look(partner, Probe::Introspection, TokenKind::Refresh, refresh).await, life);
    assert_eq!(look(partner, Probe::Use, TokenKind::Access, access).await, life);
    assert_eq!(look(partner, Probe::Use, TokenKind::Refresh, refresh).await, None);
    assert_eq!(partner.refresh(refresh).await.is_ok(), alive);
    assert_eq!(partner.account(access).await.map_err(|error| error.kind).err(), (!alive).then_some(Refused));
    alive
}

#[tokio::test]
async fn one_revoked_token_kills_its_whole_grant_and_no_other() {
    for revoke_refresh in [true, false] {
        let partner = partner();
        let (one, other) = (tokens(&partner, "1").await, tokens(&partner, "2").await);
        let again = partner.refresh(&one.1).await.unwrap();
        assert!(lives(&partner, &one).await && lives(&partner, &other).await);
        if revoke_refresh {
            partner.revoke_refresh_token(&one.1).await.unwrap();
        } else {
            partner.revoke_access_token(&one.0).await.unwrap();
        }
        let fresh = (again.access_token, again.refresh_token.unwrap());
        assert!(
            !lives(&partner, &one).await && !lives(&partner, &fresh).await && lives(&partner, &other).await
        );
    }
}

#[tokio::test]
async fn a_code_that_comes_again_kills_what_it_gave() {
    let partner = partner();
    let given = tokens(&partner, "1").await;
    assert_eq!(partner.redeem(&code("1"), &code("v")).await.unwrap_err().kind, Refused);
    assert!(!lives(&partner, &given).await);
}

#[tokio::test]
async fn a_refresh_gives_other_tokens_of_the_same_grant() {
    let partner = partner();
    let first = tokens(&partner, "1").await;
    let mut all = vec![first.clone()];
    for _ in 0..3 {
        let grant = partner.refresh(&all.last().unwrap().1).await.unwrap();
        all.push((grant.access_token, grant.refresh_token.unwrap()));
    }
    for (number, (access, refresh)) in all.iter().enumerate() {
        assert!(!all[..number].iter().any(|(a, r)| a == access || r == refresh), "{number} came twice");
    }
    assert_eq!(partner.redeem(&code("1"), &code("v")).await.unwrap_err().kind, Refused);
    for given in &all {
        assert!(!lives(&partner, given).await);
    }
}

#[tokio::test]
async fn what_it_never_gave_is_dead_and_tokens_are_not_each_others() {
    let partner = partner();
    let (access, refresh) = tokens(&partner, "1").await;
    for strange in
        ["", "x", "simulated.access.", "simulated.access.zz.zz", access.expose().trim_end_matches('.')]
    {
        assert_eq!(partner.refresh(&code(strange)).await.unwrap_err().kind, Refused, "{strange}");
    }
    assert_eq!(partner.account(&refresh).await.unwrap_err().kind, Refused);
    assert_eq!(look(&partner, Probe::Introspection, TokenKind::Refresh, &access).await, Some(Life::Dead));
    assert!(lives(&partner, &(access, refresh)).await);
}

#[tokio::test]
async fn a_token_outlives_the_process_that_gave_it() {
    let given = tokens(&partner(), "1").await;
    assert!(lives(&partner(), &given).await);
}

#[tokio::test]
async fn a_partner_that_does_nothing_leaves_everything_as_it_was() {
    for (behaviour, pause) in [(Behaviour::Unreachable, None), (Behaviour::Busy, Some(BUSY_FOR))] {
        let partner = partner();
        let given = tokens(&partner, "1").await;
        partner.behave(behaviour);
        let failure = partner.revoke_refresh_token(&given.1).await.unwrap_err();
        assert_eq!((failure.kind, failure.retry_after), (NotDone, pause));
        for probe in [Probe::Introspection, Probe::Use] {
            let failure = partner.probe(probe, TokenKind::Access, &given.0).await.unwrap_err();
            assert_eq!(failure.kind, NotDone);
        }
        assert_eq!(partner.redeem(&code("2"), &code("v")).await.unwrap_err().kind, NotDone);
        assert_eq!(partner.refresh(&given.1).await.unwrap_err().kind, NotDone);
        partner.behave(Behaviour::Ok);
        assert!(lives(&partner, &given).await);
        tokens(&partner, "2").await;
    }
}

#[tokio::test]
async fn a_lost_answer_is_of_something_that_was_done() {
    let partner = partner();
    let given = tokens(&partner, "1").await;
    partner.behave(Behaviour::LosesAnswers);
    assert_eq!(partner.revoke_refresh_token(&given.1).await.unwrap_err().kind, Unclear);
    assert_eq!(partner.redeem(&code("2"), &code("v")).await.unwrap_err().kind, Unclear);
    let failure = partner.probe(Probe::Use, TokenKind::Access, &given.0).await.unwrap_err();
    assert_eq!((failure.kind, failure.unread), (Unclear, None));
    partner.behave(Behaviour::Ok);
    assert!(!lives(&partner, &given).await);
    assert_eq!(partner.redeem(&code("2"), &code("v")).await.unwrap_err().kind, Refused);
}

#[tokio::test]
async fn a_partner_may_say_it_revoked_and_not_have_done_it() {
    let partner = partner();
    let given = tokens(&partner, "1").await;
    partner.behave(Behaviour::KeepsAlive);
    assert!(partner.revoke_refresh_token(&given.1).await.is_ok());
    assert!(partner.revoke_access_token(&given.0).await.is_ok());
    assert!(lives(&partner, &given).await);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut remembered = Remembered::default();
    let last = u32::try_from(MOST_REMEMBERED).unwrap();
    assert!((0..=last).all(|item| remembered.insert(item)));
    assert!(!remembered.insert(last) && !remembered.insert(1));
    assert_eq!((remembered.set.len(), remembered.order.len()), (MOST_REMEMBERED, MOST_REMEMBERED));
    assert!(!remembered.set.contains(&0));
}

#[test]
fn every_behaviour_is_found_by_its_word() {
    for behaviour in Behaviour::ALL {
        assert_eq!(Behaviour::from_word(behaviour.as_str()), Some(behaviour));
    }
}
