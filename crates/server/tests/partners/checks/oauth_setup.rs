//! What can be chosen of the real partner, and what it tells of itself.

use std::net::TcpStream;
use std::sync::Arc;

use super::caller::{self, OAuthCaller, REDIRECT, Tokens, VERIFIER, authorization_url, get, post};
use crate::partners::{Authority, FaultProxy, Matching, OAuthPartner, eventually};

#[tokio::test]
async fn it_describes_itself() {
    let partner = OAuthPartner::start(REDIRECT);
    let discovery = partner.discovery().await;
    for (name, path) in [
        ("authorization_endpoint", "/auth"),
        ("token_endpoint", "/token"),
        ("userinfo_endpoint", "/me"),
        ("revocation_endpoint", "/token/revocation"),
        ("introspection_endpoint", "/token/introspection"),
    ] {
        assert_eq!(discovery[name], format!("{}{path}", partner.issuer()));
    }
    assert_eq!(discovery["issuer"], partner.issuer());
    assert_eq!(discovery["authorization_response_iss_parameter_supported"], true);
}

#[tokio::test]
async fn without_introspection_or_revocation_nobody_can_ask_for_it_and_the_oracle_still_can() {
    let partner = OAuthPartner::setup(REDIRECT).without_introspection().without_revocation().start();
    let caller = OAuthCaller::of(&partner);
    let discovery = partner.discovery().await;
    assert!(!discovery.contains_key("introspection_endpoint"), "{discovery:?}");
    assert!(!discovery.contains_key("revocation_endpoint"), "{discovery:?}");
    let tokens = caller.connect(&partner).await;
    assert_eq!(caller.revoke(&tokens.refresh).await, 404);
    assert_eq!(caller.post("/token/introspection", &[("token", &tokens.refresh)]).await.status, 404);
    assert!(partner.is_active(&tokens.refresh).await);
}

#[tokio::test]
async fn its_client_may_ask_after_its_own_tokens() {
    let partner = OAuthPartner::start(REDIRECT);
    let caller = OAuthCaller::of(&partner);
    let tokens = caller.connect(&partner).await;
    let answer = caller.post("/token/introspection", &[("token", &tokens.refresh)]).await;
    assert_eq!(answer.json()["active"], true);
}

#[tokio::test]
async fn access_tokens_die_by_themselves_when_their_time_is_over() {
    let partner = OAuthPartner::setup(REDIRECT).access_seconds(1).start();
    let caller = OAuthCaller::of(&partner);
    let tokens = caller.connect(&partner).await;
    let mut left = partner.usable().await.access_tokens;
    while left > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        left = partner.usable().await.access_tokens;
    }
    assert!(!partner.is_active(&tokens.access).await && partner.is_active(&tokens.refresh).await);
}

#[tokio::test]
async fn without_rotation_the_refresh_token_goes_on() {
    let partner = OAuthPartner::setup(REDIRECT).without_rotation().start();
    let caller = OAuthCaller::of(&partner);
    let tokens = caller.connect(&partner).await;
    for _ in 0..2 {
        let again = Tokens::from(caller.refresh(&tokens.refresh).await);
        assert_eq!(again.refresh, tokens.refresh);
    }
}

#[tokio::test]
async fn a_client_with_its_secret_in_the_form_is_served() {
    let partner = OAuthPartner::setup(REDIRECT).secret_in_the_form().start();
    let code = partner.consent(&authorization_url(partner.issuer(), REDIRECT)).await.code();
    let fields = |secret: &'static str| {
        vec![
            ("grant_type", "authorization_code"),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("client_id", OAuthPartner::CLIENT),
            ("client_secret", secret),
        ]
    };
    let url = format!("{}/token", partner.issuer());
    let wrong = post(&url, &[&fields("wrong")[..], &[("code", &code)]].concat()).await;
    assert_eq!((wrong.status, wrong.field("error").as_str()), (401, "invalid_client"));
    let right = post(&url, &[&fields(OAuthPartner::SECRET)[..], &[("code", &code)]].concat()).await;
    assert_eq!(right.status, 200, "{}", right.text);
}

#[tokio::test]
async fn behind_a_proxy_it_goes_by_the_proxys_address() {
    let proxy = FaultProxy::start();
    let partner = OAuthPartner::setup(REDIRECT).start_behind(&proxy);
    assert_eq!(partner.issuer(), proxy.url());
    let discovery = get(&format!("{}/.well-known/openid-configuration", proxy.url())).await;
    assert_eq!(discovery.field("issuer"), proxy.url());
    assert_eq!(discovery.field("token_endpoint"), format!("{}/token", proxy.url()));
    let callback = partner.consent(&authorization_url(&proxy.url(), REDIRECT)).await;
    assert_eq!(callback.issuer(), Some(proxy.url()));
    let tokens = Tokens::from(OAuthCaller(proxy.url()).redeem(&callback.code()).await);
    assert!(partner.is_active(&tokens.access).await);
    assert_eq!(proxy.count(&Matching::any()), 2, "browser and oracle go past it: {:?}", proxy.requests());
}

#[tokio::test]
async fn behind_a_proxy_that_speaks_tls_all_its_endpoints_do() {
    let authority = Arc::new(Authority::new());
    let proxy = FaultProxy::start_with_tls(&authority);
    let partner = OAuthPartner::setup(REDIRECT).start_behind(&proxy);
    let http = caller::builder().tls_certs_only([authority.trusted()]).build().unwrap();
    let url = format!("{}/.well-known/openid-configuration", proxy.url());
    let discovery = caller::send(http.get(url)).await.unwrap();
    assert!(proxy.url().starts_with("https://"));
    for name in ["issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint"] {
        assert!(discovery.field(name).starts_with(&proxy.url()), "{name}: {}", discovery.text);
    }
    assert!(partner.consent(&authorization_url(&proxy.url(), REDIRECT)).await.code().len() > 20);
}

#[tokio::test]
async fn it_can_speak_tls_itself() {
    let authority = Arc::new(Authority::new());
    let partner = OAuthPartner::setup(REDIRECT).with_tls(&authority).start();
    assert!(partner.issuer().starts_with("https://127.0.0.1:"));
    assert_eq!(partner.discovery().await["token_endpoint"], format!("{}/token", partner.issuer()));
    assert!(partner.consent(&authorization_url(partner.issuer(), REDIRECT)).await.code().len() > 20);
}

#[tokio::test]
async fn what_it_was_asked_can_be_counted_and_shows_no_secret() {
    let partner = OAuthPartner::start(REDIRECT);
    let caller = OAuthCaller::of(&partner);
    let tokens = caller.connect(&partner).await;
    caller.revoke(&tokens.refresh).await;
    caller.revoke(&tokens.access).await;
    assert!(!partner.is_active(&tokens.refresh).await);
    let revocations = partner.revocations().await;
    assert_eq!(revocations.len(), 2, "{revocations:?}");
    assert!(revocations.iter().all(|one| one.status == 200 && one.client.as_deref() == Some("gangway")));
    assert_ne!(revocations[0].secret, revocations[1].secret);
    let requests = format!("{:?}", partner.requests().await);
    assert!(requests.contains("authorization_code") && !requests.contains("introspection"), "{requests}");
    assert!(!requests.contains(&tokens.access) && !requests.contains(&tokens.refresh), "{requests}");
}

#[tokio::test]
async fn it_is_gone_when_the_test_lets_go_of_it() {
    let partner = OAuthPartner::start(REDIRECT);
    let address = partner.direct().socket_addrs(|| None).unwrap()[0];
    assert!(TcpStream::connect(address).is_ok());
    drop(partner);
    eventually("nobody listens", || TcpStream::connect(address).is_err().then_some(())).await;
}
