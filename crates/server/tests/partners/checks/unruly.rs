//! What the stand-in remembers is what its endpoints do.

use std::time::Duration;

use serde_json::Value;

use super::caller::{Answer, REDIRECT, VERIFIER, authorization_url, form, http, send};
use crate::partners::{
    Call, Code, Dialect, Family, Gives, Introspection, Kind, Lag, Lost, Minted, OAuthPartner, OldAccessToken,
    OldRefreshToken, Revocation, TokenAnswer, Unruly,
};

/// A client of it as plain as can be.
struct Caller(Unruly);

impl Caller {
    fn of(family: Family) -> Self {
        Self(Unruly::start(REDIRECT, family))
    }

    async fn ask(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_to(path, fields).await.unwrap()
    }

    async fn try_to(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Result<Answer> {
        let request = http().post(format!("{}{path}", self.0.direct())).body(form(fields));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        send(request.basic_auth(OAuthPartner::CLIENT, Some(OAuthPartner::SECRET))).await
    }

    fn code(&self) -> String {
        self.0.consent(&authorization_url(&self.0.issuer(), REDIRECT)).code()
    }

    async fn redeem(&self, code: &str) -> Answer {
        let grant = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
        self.ask("/token", &[&grant[..], &[("code_verifier", VERIFIER)]].concat()).await
    }

    async fn connected(&self) -> (String, String) {
        tokens(&self.redeem(&self.code()).await)
    }

    async fn refresh(&self, token: &str) -> Answer {
        self.ask("/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    async fn revoke(&self, token: &str) {
        assert_eq!(self.ask("/revoke", &[("token", token)]).await.status, 200);
    }

    async fn is_active(&self, token: &str) -> Value {
        self.ask("/introspect", &[("token", token)]).await.json()["active"].clone()
    }

    async fn opens(&self, path: &str, token: &str) -> bool {
        send(http().get(format!("{}{path}", self.0.direct())).bearer_auth(token)).await.unwrap().status == 200
    }

    fn alive(&self) -> Vec<String> {
        self.0.alive().into_iter().map(|token| token.text).collect()
    }
}

fn tokens(answer: &Answer) -> (String, String) {
    (answer.field("access_token"), answer.field("refresh_token"))
}

/// Asks with each token what it is for; refresh tokens last, as to ask changes something.
async fn as_remembered(caller: &Caller) {
    let alive = caller.alive();
    let of = |kind: Kind| caller.0.minted().into_iter().filter(move |token: &Minted| token.kind == kind);
    for Minted { text, .. } in of(Kind::Access) {
        assert_eq!(caller.opens("/api", &text).await, alive.contains(&text));
        assert_eq!(caller.opens("/account", &text).await, alive.contains(&text));
    }
    for Minted { text, .. } in of(Kind::Refresh) {
        let alive = caller.alive().contains(&text);
        assert_eq!(caller.refresh(&text).await.json()["access_token"].is_string(), alive);
    }
}

#[tokio::test]
async fn what_is_remembered_to_live_opens_something_and_nothing_else_does() {
    use OldRefreshToken::{Dies, EndsTheGrantIfItComesAgain, Lives};
    for old_refresh_token in [Lives, Dies, EndsTheGrantIfItComesAgain] {
        for old_access_token in [OldAccessToken::Lives, OldAccessToken::Dies] {
            for revocation in [Revocation::OfTheToken, Revocation::OfThePair, Revocation::OfRefreshTokens] {
                let family = Family { old_refresh_token, old_access_token, revocation, ..Family::default() };
                let caller = Caller::of(family);
                let (first, refresh) = caller.connected().await;
                let (access, refresh) = tokens(&caller.refresh(&refresh).await);
                assert_eq!(caller.opens("/api", &first).await, old_access_token == OldAccessToken::Lives);
                assert!(caller.opens("/api", &access).await);
                as_remembered(&caller).await;
                caller.revoke(&refresh).await;
                as_remembered(&caller).await;
            }
        }
    }
}

#[tokio::test]
async fn a_refresh_token_that_was_replaced_lives_or_dies_or_takes_the_grant_with_it() {
    for (old_refresh_token, alive, then) in [
        (OldRefreshToken::Lives, 4, 6),
        (OldRefreshToken::Dies, 3, 3),
        (OldRefreshToken::EndsTheGrantIfItComesAgain, 3, 0),
    ] {
        let caller = Caller::of(Family { old_refresh_token, ..Family::default() });
        let (_, refresh) = caller.connected().await;
        caller.refresh(&refresh).await;
        assert_eq!(caller.alive().len(), alive, "{old_refresh_token:?}");
        caller.refresh(&refresh).await;
        assert_eq!(caller.alive().len(), then, "{old_refresh_token:?}");
    }
}

#[tokio::test]
async fn a_refresh_gives_another_refresh_token_or_none_or_the_same() {
    for refresh_gives in [Gives::Another, Gives::Nothing, Gives::TheSame] {
        let caller = Caller::of(Family { refresh_gives, ..Family::default() });
        let (_, refresh) = caller.connected().await;
        let given = caller.refresh(&refresh).await.json()["refresh_token"].clone();
        match refresh_gives {
            Gives::Another => assert!(given.is_string() && given != refresh),
            Gives::Nothing => assert!(given.is_null()),
            Gives::TheSame => assert_eq!(given, refresh),
        }
        assert_eq!(caller.alive().contains(&refresh), refresh_gives != Gives::Another);
    }
}

#[tokio::test]
async fn a_code_is_good_once_or_again_and_its_replay_may_cost_everything() {
    for (code, alive) in
        [(Code::OnceOrAllDies, 0), (Code::Once, 2), (Code::Again, 4), (Code::AgainAndApart, 4)]
    {
        let caller = Caller::of(Family { code, ..Family::default() });
        let text = caller.code();
        let (_, refresh) = tokens(&caller.redeem(&text).await);
        let again = caller.redeem(&text).await;
        assert_eq!(again.status, if alive == 4 { 200 } else { 400 });
        assert_eq!(caller.alive().len(), alive, "{code:?}");
        caller.revoke(&refresh).await;
        let left = if code == Code::AgainAndApart { 2 } else { 0 };
        assert_eq!(caller.alive().len(), left, "{code:?}: what is of one grant dies with it");
    }
}

#[tokio::test]
async fn introspection_tells_what_this_family_knows() {
    let late = Introspection::Late { of_new: Lag::Calls(1), of_dead: Lag::Calls(1) };
    for (introspection, first, second, dead) in [
        (Introspection::OfAll, [true, true], [true, true], [false, false]),
        (Introspection::OfTheCodeFlow, [true, true], [false, false], [false, false]),
        (Introspection::OfNone, [false, false], [false, false], [false, false]),
        (late, [false, true], [false, true], [true, false]),
    ] {
        let caller = Caller::of(Family { introspection, ..Family::default() });
        let (access, refresh) = caller.connected().await;
        let (other, refresh) = tokens(&caller.refresh(&refresh).await);
        for (token, told) in [(&access, first), (&other, second)] {
            for active in told {
                assert_eq!(caller.is_active(token).await, active, "{introspection:?}");
            }
        }
        caller.revoke(&refresh).await;
        for active in dead {
            assert_eq!(caller.is_active(&other).await, active, "{introspection:?}");
        }
    }
}

#[tokio::test]
async fn a_revocation_that_is_late_has_its_effect_after_so_many_calls_or_so_much_time() {
    let caller = Caller::of(Family { revocation: Revocation::Late(Lag::Calls(2)), ..Family::default() });
    let (_, refresh) = caller.connected().await;
    caller.revoke(&refresh).await;
    for alive in [true, false] {
        assert_eq!(caller.is_active(&refresh).await, alive);
    }
    let lag = Lag::Time(Duration::from_millis(300));
    let caller = Caller::of(Family { revocation: Revocation::Late(lag), ..Family::default() });
    let (_, refresh) = caller.connected().await;
    caller.revoke(&refresh).await;
    assert_eq!(caller.alive().len(), 2);
    crate::partners::eventually("it is dead", || caller.alive().is_empty().then_some(())).await;
}

#[tokio::test]
async fn what_is_lost_or_cannot_be_read_was_given_all_the_same() {
    for tokens in [TokenAnswer::Riddle, TokenAnswer::Padded(70_000)] {
        let caller = Caller::of(Family { tokens, ..Family::default() });
        let answer = caller.redeem(&caller.code()).await;
        assert_eq!((answer.status, answer.text.len() > 70_000), (200, tokens != TokenAnswer::Riddle));
        assert!(caller.0.alive().iter().all(|token| !token.heard) && caller.alive().len() == 2);
        assert!(caller.0.kept_someone_waiting());
    }
    for (lost, alive) in [(Lost::BeforeTheAct, 2), (Lost::AfterTheAct, 3)] {
        let caller = Caller::of(Family::default());
        let (_, refresh) = caller.connected().await;
        assert!(!caller.0.kept_someone_waiting());
        caller.0.loses(Call::Refresh, lost, 1);
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        assert!(caller.try_to("/token", &form).await.is_err());
        assert_eq!(caller.alive().len(), alive, "{lost:?}");
        assert_eq!(
            caller.0.alive().iter().filter(|token| token.heard).count(),
            if alive == 2 { 2 } else { 1 }
        );
        assert!(caller.0.kept_someone_waiting());
    }
}

#[tokio::test]
async fn what_is_no_good_is_refused_in_the_dialect_of_the_family_and_a_stranger_always_alike() {
    for (dialect, status, body) in [
        (Dialect::InvalidGrant, 400, r#""error":"invalid_grant""#),
        (Dialect::Forbidden, 403, r#""error":"invalid_grant""#),
        (Dialect::TokenInactive, 401, r#""error":"token_inactive""#),
        (Dialect::Success, 200, r#""error":"invalid_grant""#),
        (Dialect::Nested, 400, r#""error":{"code":"invalid_grant""#),
    ] {
        let caller = Caller::of(Family { dialect, ..Family::default() });
        let refused = caller.refresh("no token").await;
        assert_eq!(refused.status, status);
        assert!(refused.text.contains(body), "{}", refused.text);
        caller.0.now(|family| family.secret = "another");
        let refused = caller.refresh("no token").await;
        assert_eq!((refused.status, refused.field("error").as_str()), (401, "invalid_client"));
    }
}
