use std::sync::Arc;
use std::time::Duration;

use gangway_domain::ConnectorKind;
use gangway_engine::CallFailure::{NotDone, Refused, RefusesUs, Rejected, Unclear};
use gangway_engine::Connectors as _;
use serde_json::json;

use super::*;
use crate::connector::guard::system_lookup;
use crate::connector::testing::{Reply, Told};
use crate::connector::{ProfileSettings, Registry};

fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

fn teamviewer(partner: &Told) -> Arc<dyn Connector> {
    let settings: ProfileSettings = serde_json::from_value(json!({
        "name": "tv", "connector": "teamviewer", "client_id": "me", "client_secret_env": "SECRET",
        "api": partner.url("/api/v1").as_str(), "allow_private_addresses": true, "timeout_seconds": 1,
        "dead_token_errors": ["partner_says_gone"],
    }))
    .unwrap();
    let base = "https://gangway.example/".parse().unwrap();
    let secret = |name: &str| (name == "SECRET").then(|| "s&cret".to_owned());
    let registry = Registry::with(&[settings], &base, system_lookup(), secret).unwrap();
    registry.connector(ConnectorKind::TeamViewer, Some(&"tv".parse().unwrap())).unwrap()
}

const ERROR: &str =
    r#"{"error":"invalid_token","error_description":"no","error_code":2,"error_signature":"x"}"#;

#[tokio::test]
async fn the_consent_page_is_asked_without_scope_or_challenge() {
    let partner = Told::to(|_| Reply::status(500)).await;
    let url = teamviewer(&partner).authorization_url("s", &secret("v")).await.unwrap();
    assert_eq!(
        url,
        "https://login.teamviewer.com/oauth2/authorize?response_type=code&client_id=me&\
         redirect_uri=https%3A%2F%2Fgangway.example%2Fgangway%2Fv1%2Fcallback%2Ftv&state=s&display=popup"
    );
    assert!(partner.asked().is_empty());
}

#[tokio::test]
async fn the_secret_goes_into_the_form_and_the_published_path_is_taken() {
    let tokens = r#"{"access_token":"A","refresh_token":"R","token_type":"bearer","expires_in":86400}"#;
    let partner = Told::to(move |_| Reply::json(200, tokens)).await;
    let connector = teamviewer(&partner);
    let grant = connector.redeem(&secret("c"), &secret("v")).await.unwrap();
    assert_eq!(grant.expires_in, Some(Duration::from_hours(24)));
    connector.refresh(&secret("r")).await.unwrap();
    let asked = partner.asked();
    let client = "client_id=me&client_secret=s%26cret";
    let redirect = "https%3A%2F%2Fgangway.example%2Fgangway%2Fv1%2Fcallback%2Ftv";
    assert_eq!(asked[0].what, "POST /api/v1/OAuth2/token");
    assert_eq!(
        asked[0].body,
        format!("grant_type=authorization_code&code=c&redirect_uri={redirect}&{client}")
    );
    assert_eq!(asked[1].body, format!("grant_type=refresh_token&refresh_token=r&{client}"));
    assert_eq!(asked[1].header("authorization"), None);
    assert!(!format!("{connector:?}").contains("cret\""), "{connector:?}");
}

#[tokio::test]
async fn what_a_failure_of_the_token_endpoint_means() {
    for (status, body, kind) in [
        (400, ERROR, Refused),
        (401, ERROR, Refused),
        (400, r#"{"error":"invalid_grant"}"#, Refused),
        (401, r#"{"error":"token_expired"}"#, Refused),
        (400, r#"{"error":"something else"}"#, Rejected),
        (403, r#"{"error":"invalid_grant"}"#, Refused),
        (200, r#"{"error":"invalid_grant"}"#, Refused),
        (400, r#"{"error":"Partner_Says_Gone"}"#, Refused),
        (401, r#"{"error":"license_limitations"}"#, Rejected),
        // Another partner's word.
        (400, r#"{"error":"bad_refresh_token"}"#, Rejected),
        (401, r#"{"error":"rate_limit_reached"}"#, NotDone),
        (400, r#"{"error":"invalid_client"}"#, RefusesUs),
        (401, r#"{"error":"invalid_client"}"#, RefusesUs),
        (401, "", Rejected),
        (400, r#"{"error":"invalid_request"}"#, Rejected),
        (400, "<html>a proxy's</html>", Rejected),
        (404, ERROR, Refused),
        (302, "", Rejected),
        (429, ERROR, NotDone),
        (500, ERROR, Unclear),
        (200, "{}", Unclear),
    ] {
        let partner = Told::to(move |_| Reply::json(status, body)).await;
        let failure = teamviewer(&partner).refresh(&secret("r")).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{status} {body}");
    }
}

#[tokio::test]
async fn what_is_revoked_is_the_token_in_the_header() {
    let partner = Told::to(|asked| match asked.header("authorization") {
        Some("Bearer good") => Reply::status(204),
        Some("Bearer busy") => Reply::status(503),
        _ => Reply::json(400, ERROR),
    })
    .await;
    let connector = teamviewer(&partner);
    assert_eq!(connector.revokes(), Revokes::LiveAccessToken);
    assert_eq!(connector.revoke_access_token(&secret("good")).await.unwrap().0, "HTTP 204");
    let asked = partner.only();
    assert_eq!((asked.what.as_str(), asked.body.as_str()), ("POST /api/v1/OAuth2/revoke", ""));
    assert_eq!(asked.header("content-length"), Some("0"));
    assert_eq!(connector.revoke_access_token(&secret("dead")).await.unwrap_err().kind, Refused);
    assert_eq!(connector.revoke_access_token(&secret("busy")).await.unwrap_err().kind, Unclear);
    assert_eq!(connector.revoke_refresh_token(&secret("r")).await.unwrap_err().kind, Rejected);
    assert_eq!(partner.asked().len(), 3);
}

#[tokio::test]
async fn a_ping_tells_whether_the_token_is_valid() {
    for (status, body, life) in [
        (200, r#"{"token_valid":true}"#, Ok(Life::Alive)),
        (200, r#"{"token_valid":false}"#, Ok(Life::Dead)),
        (400, ERROR, Ok(Life::Dead)),
        (401, r#"{"error":"invalid_token"}"#, Ok(Life::Dead)),
        (401, r#"{"error":"partner_says_gone"}"#, Ok(Life::Dead)),
        (401, "", Err(Rejected)),
        (401, "<html>a proxy's</html>", Err(Rejected)),
        (403, r#"{"token_valid":true}"#, Err(Rejected)),
        (429, "", Err(NotDone)),
        (200, "{}", Err(Unclear)),
        (200, r#"{"token_valid":"true"}"#, Err(Unclear)),
        (500, r#"{"token_valid":false}"#, Err(Unclear)),
    ] {
        let partner = Told::to(move |_| Reply::json(status, body)).await;
        let seen = teamviewer(&partner).probe(Probe::Use, TokenKind::Access, &secret("a")).await;
        assert_eq!(partner.only().what, "GET /api/v1/ping");
        let seen = seen.map(|seen| seen.unwrap().life).map_err(|error| error.kind);
        assert_eq!(seen, life, "{status} {body}");
    }
}

#[tokio::test]
async fn nothing_else_tells_whether_a_token_is_good() {
    let partner = Told::to(|_| Reply::json(200, r#"{"token_valid":true}"#)).await;
    let connector = teamviewer(&partner);
    for (probe, kind) in [
        (Probe::Use, TokenKind::Refresh),
        (Probe::Introspection, TokenKind::Access),
        (Probe::Introspection, TokenKind::Refresh),
    ] {
        assert_eq!(connector.probe(probe, kind, &secret("t")).await, Ok(None));
    }
    assert!(partner.asked().is_empty());
}

#[tokio::test]
async fn a_page_of_sessions_may_be_large() {
    let sessions = vec![json!({ "state": "Open", "notes": "x".repeat(5000) }); 120];
    let page = json!({ "sessions": sessions, "sessions_remaining": 0 }).to_string();
    assert!(page.len() > 9 * 64 * 1024);
    let partner = Told::to(move |_| Reply::json(200, &page)).await;
    assert_eq!(teamviewer(&partner).open_sessions(&secret("a")).await, Ok(Some(120)));
}

#[tokio::test]
async fn a_grant_that_could_not_be_read_is_kept() {
    let partner = Told::to(|_| Reply::json(200, r#"{"token":"A"}"#)).await;
    let connector = teamviewer(&partner);
    let failure = connector.redeem(&secret("c"), &secret("v")).await.unwrap_err();
    assert_eq!((failure.kind, failure.unread.unwrap().expose()), (Unclear, r#"{"token":"A"}"#));
    assert_eq!(connector.read_again(&secret(r#"{"access_token":"A"}"#)).unwrap().access_token.expose(), "A");
}

#[tokio::test]
async fn an_account_is_known_by_its_userid() {
    let partner = Told::to(|asked| match asked.header("authorization") {
        Some("Bearer good") => Reply::json(200, r#"{"userid":"u7","name":"Ann","email":"a@x.example"}"#),
        _ => Reply::json(401, ERROR),
    })
    .await;
    let connector = teamviewer(&partner);
    assert_eq!(connector.account(&secret("good")).await, Ok(Some(Account::new("u7", Some("Ann")))));
    assert_eq!(connector.account(&secret("dead")).await.unwrap_err().kind, Refused);
}

#[tokio::test]
async fn open_sessions_are_counted_over_all_pages_but_not_for_ever() {
    let page =
        r#"{"sessions":[{"state":"Open"},{"state":"Closed"},{}],"sessions_remaining":3,"next_offset":"s 3"}"#;
    let last = r#"{"sessions":[{"state":"open"}],"sessions_remaining":0,"next_offset":null}"#;
    let partner =
        Told::to(move |asked| Reply::json(200, if asked.what.contains("offset") { last } else { page }))
            .await;
    assert_eq!(teamviewer(&partner).open_sessions(&secret("a")).await, Ok(Some(3)));
    let asked: Vec<_> = partner.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(asked, ["GET /api/v1/sessions?state=open", "GET /api/v1/sessions?state=open&offset=s+3"]);

    let endless = Told::to(move |_| Reply::json(200, page)).await;
    assert_eq!(teamviewer(&endless).open_sessions(&secret("a")).await, Ok(Some(2 * MOST_PAGES as u64 + 3)));
    assert_eq!(endless.asked().len(), MOST_PAGES);
}

#[tokio::test]
async fn it_has_no_issuer_and_says_what_is_to_do_by_hand() {
    let partner = Told::to(|_| Reply::status(500)).await;
    let connector = teamviewer(&partner);
    assert_eq!(connector.is_issuer(None).await, Ok(true));
    assert_eq!(connector.is_issuer(Some("https://teamviewer.example")).await, Ok(false));
    assert!(
        connector.by_hand().contains("Management Console")
            && connector.by_hand().contains("Permanent tokens")
    );
}
