use gangway_engine::CallFailure::{Refused, Unclear};

use super::*;
use crate::ports::SystemRandom;

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

async fn lives(partner: &SimulatedPartner, (access, refresh): &(Secret, Secret)) -> bool {
    let seen = partner.probe(access, Some(refresh)).await.unwrap();
    let alive = seen.access_token == Life::Alive;
    assert_eq!(seen.refresh_token == Life::Alive, alive);
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
async fn what_it_never_gave_is_dead_and_tokens_are_not_each_others() {
    let partner = partner();
    let (access, refresh) = tokens(&partner, "1").await;
    for strange in
        ["", "x", "simulated.access.", "simulated.access.zz.zz", access.expose().trim_end_matches('.')]
    {
        assert_eq!(partner.refresh(&code(strange)).await.unwrap_err().kind, Refused, "{strange}");
    }
    assert_eq!(partner.account(&refresh).await.unwrap_err().kind, Refused);
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
        assert_eq!((failure.kind, failure.retry_after), (Unclear, pause));
        assert_eq!(partner.probe(&given.0, None).await.unwrap_err().kind, Unclear);
        assert_eq!(partner.redeem(&code("2"), &code("v")).await.unwrap_err().kind, Unclear);
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
