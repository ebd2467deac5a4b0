//! What is published of TeamViewer's Web API, and what its stand-in makes of it.

use super::caller::{REDIRECT, TeamViewerCaller, Tokens, get, http, send};
use crate::partners::{TeamViewerStandIn, block_on};

fn started() -> (TeamViewerStandIn, TeamViewerCaller) {
    let stand_in = TeamViewerStandIn::start(REDIRECT);
    let caller = TeamViewerCaller(stand_in.url());
    (stand_in, caller)
}

#[tokio::test]
async fn a_consent_leads_back_with_a_code_and_the_state_and_does_not_say_who_answers() {
    let (stand_in, caller) = started();
    let callback = stand_in.consent(&caller.authorization_url(REDIRECT)).await;
    assert!(callback.url.as_str().starts_with(REDIRECT));
    assert_eq!((callback.state().as_deref(), callback.issuer()), (Some("the-state"), None));
    let no = stand_in.deny(&caller.authorization_url(REDIRECT)).await;
    assert_eq!((no.error().as_deref(), no.field("code")), (Some("access_denied"), None));
    assert_eq!(get(&caller.authorization_url(&format!("{REDIRECT}/"))).await.status, 400);
}

#[tokio::test]
async fn a_code_gives_tokens_once() {
    let (stand_in, caller) = started();
    let code = stand_in.consent(&caller.authorization_url(REDIRECT)).await.code();
    let answer = caller.redeem(&code).await;
    assert_eq!(
        (answer.field("token_type").as_str(), answer.json()["expires_in"].as_u64()),
        ("bearer", Some(86_400))
    );
    let tokens = Tokens::from(answer);
    assert!(stand_in.is_alive(&tokens.access) && stand_in.is_alive(&tokens.refresh));
    caller.redeem(&code).await.is_error("invalid_grant");
    let wrong =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", "https://x")];
    caller.token(&wrong).await.is_error("invalid_grant");
}

#[tokio::test]
async fn an_app_that_is_not_known_gets_nothing() {
    let (stand_in, caller) = started();
    let code = stand_in.consent(&caller.authorization_url(REDIRECT)).await.code();
    let url = format!("{}/api/v1/oauth2/token", stand_in.url());
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    super::caller::post(&url, &fields).await.is_error("invalid_client");
    assert_eq!(caller.redeem(&code).await.status, 200, "the code was not spent on it");
}

#[tokio::test]
async fn a_refresh_may_rotate_or_not() {
    let (stand_in, caller) = started();
    let first = caller.connect(&stand_in).await;
    let second = Tokens::from(caller.refresh(&first.refresh).await);
    assert_ne!(second.refresh, first.refresh);
    caller.refresh(&first.refresh).await.is_error("invalid_grant");

    stand_in.habits(|habits| habits.rotates = false);
    for _ in 0..2 {
        let answer = caller.refresh(&second.refresh).await;
        assert_eq!((answer.status, answer.json().get("refresh_token")), (200, None));
    }
    assert!(stand_in.is_alive(&second.refresh));
}

#[tokio::test]
async fn a_token_ends_itself_and_nothing_else_can() {
    let (stand_in, caller) = started();
    let tokens = caller.connect(&stand_in).await;
    assert_eq!(caller.revoke(&tokens.refresh).await.status, 401, "a refresh token cannot be submitted");
    assert_eq!(stand_in.revocations(), 0);
    let answer = caller.revoke(&tokens.access).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(stand_in.revocations(), 1);
    assert!(!stand_in.is_alive(&tokens.access));
}

#[tokio::test]
async fn whether_the_refresh_token_dies_with_it_is_not_known_so_both_can_be_had() {
    for ends in [true, false] {
        let (stand_in, caller) = started();
        stand_in.habits(|habits| habits.revocation_ends_the_grant = ends);
        let tokens = caller.connect(&stand_in).await;
        let other = caller.connect(&stand_in).await;
        assert_eq!(caller.revoke(&tokens.access).await.status, 204);
        assert_eq!(caller.refresh(&tokens.refresh).await.status, if ends { 400 } else { 200 });
        assert!(!stand_in.is_alive(&tokens.refresh), "dead, or rotated away");
        assert!(stand_in.is_alive(&other.access) && stand_in.is_alive(&other.refresh), "another consent");
    }
}

#[tokio::test]
async fn a_dead_token_is_refused_with_401_or_400_in_the_vendors_envelope() {
    for status in [401, 400] {
        let (stand_in, caller) = started();
        stand_in.habits(|habits| habits.dead_token_status = status);
        let tokens = caller.connect(&stand_in).await;
        stand_in.expire_access_tokens();
        for answer in [
            caller.revoke(&tokens.access).await,
            caller.get("/account", &tokens.access).await,
            caller.get("/sessions", &tokens.access).await,
        ] {
            assert_eq!((answer.status, answer.field("error").as_str()), (status, "invalid_token"));
            assert!(answer.json()["error_code"].is_number(), "{}", answer.text);
            assert!(!answer.field("error_description").is_empty());
            assert!(!answer.field("error_signature").is_empty());
        }
        assert_eq!(caller.refresh(&tokens.refresh).await.status, 200);
    }
}

#[tokio::test]
async fn ping_tells_whether_a_token_is_good_and_refuses_nobody() {
    let (stand_in, caller) = started();
    let tokens = caller.connect(&stand_in).await;
    assert_eq!(caller.get("/ping", &tokens.access).await.json()["token_valid"], true);
    caller.revoke(&tokens.access).await;
    let answer = caller.get("/ping", &tokens.access).await;
    assert_eq!((answer.status, answer.json()["token_valid"].as_bool()), (200, Some(false)));
}

#[tokio::test]
async fn the_account_is_the_one_that_consented() {
    let (stand_in, caller) = started();
    let callback = stand_in.consent_as(&caller.authorization_url(REDIRECT), "u4711").await;
    let tokens = Tokens::from(caller.redeem(&callback.code()).await);
    let account = caller.get("/account", &tokens.access).await;
    assert_eq!(account.field("userid"), "u4711");
    assert_eq!(account.field("name"), "u4711 of Contoso");
    assert_eq!(account.field("company_name"), "Contoso");
}

#[tokio::test]
async fn sessions_come_in_pages() {
    let (stand_in, caller) = started();
    let tokens = caller.connect(&stand_in).await;
    stand_in.has_open_sessions(5);
    let (mut codes, mut path) = (Vec::new(), "/sessions?state=open".to_owned());
    loop {
        let page = caller.get(&path, &tokens.access).await.json();
        let sessions = page["sessions"].as_array().unwrap().clone();
        assert!(sessions.iter().all(|session| session["state"] == "Open"), "{page}");
        codes.extend(sessions.iter().map(|session| session["code"].as_str().unwrap().to_owned()));
        let remaining = page["sessions_remaining"].as_u64().unwrap();
        assert_eq!(remaining, 5 - codes.len() as u64);
        let Some(next) = page["next_offset"].as_str() else { break };
        path = format!("/sessions?state=open&offset={next}");
    }
    codes.dedup();
    assert_eq!(codes.len(), 5);
    let all = caller.get("/sessions?offset=s00-000-004", &tokens.access).await.json();
    assert_eq!(all["sessions"][0]["state"], "Closed", "{all}");
}

#[tokio::test]
async fn an_access_token_dies_when_its_time_is_over() {
    let (stand_in, caller) = started();
    stand_in.habits(|habits| habits.access_seconds = 0);
    let tokens = caller.connect(&stand_in).await;
    assert_eq!(caller.get("/ping", &tokens.access).await.json()["token_valid"], false);
    assert!(stand_in.live_access_tokens().is_empty());
    assert_eq!(stand_in.live_refresh_tokens(), [tokens.refresh]);
}

#[tokio::test]
async fn an_app_that_was_removed_at_the_partner_leaves_nothing_alive() {
    let (stand_in, caller) = started();
    let tokens = caller.connect(&stand_in).await;
    stand_in.remove_the_app();
    caller.refresh(&tokens.refresh).await.is_error("invalid_grant");
    assert_eq!(caller.get("/account", &tokens.access).await.status, 401);
}

#[test]
fn paths_are_found_in_either_spelling_and_every_request_is_written_down() {
    let (stand_in, caller) = started();
    let tokens = block_on(caller.connect(&stand_in));
    for path in ["oauth2", "OAuth2"] {
        let request = http().post(format!("{}/api/v1/{path}/revoke", stand_in.url()));
        let answer = block_on(send(request.bearer_auth(&tokens.access))).unwrap();
        assert_eq!(answer.status, if path == "oauth2" { 204 } else { 401 });
    }
    let requests = stand_in.requests();
    let last = requests.last().unwrap();
    assert_eq!((requests.len(), last.path()), (4, "/api/v1/OAuth2/revoke"));
    assert_eq!((last.bearer(), last.text().as_str()), (Some(tokens.access.as_str()), ""));
    assert_eq!(requests[1].form()["grant_type"], "authorization_code");
    assert!(!format!("{requests:?}").contains(&tokens.access));
}
