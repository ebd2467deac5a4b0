use std::sync::Mutex;

use gangway_domain::ConnectorKind;
use gangway_engine::CallFailure::{NotDone, Refused, RefusesUs, Rejected, Unclear};
use gangway_engine::{CallError, Connectors as _};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::connector::testing::{Asked as Question, Reply, Told};
use crate::connector::{ProfileSettings, Registry};

mod grants;
mod looks;

fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

fn settings(value: &serde_json::Value) -> ProfileSettings {
    let mut all = json!({
        "name": "p", "display_name": "Partner", "connector": "oauth2", "client_id": "me",
        "allow_private_addresses": true, "timeout_seconds": 1,
    });
    all.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

fn connector(settings: &ProfileSettings) -> Arc<dyn Connector> {
    let base = "https://gangway.example".parse().unwrap();
    let registry = Registry::new(std::slice::from_ref(settings), &base).unwrap();
    registry.connector(ConnectorKind::OAuth2, Some(&"p".parse().unwrap())).unwrap()
}

/// A connector with every endpoint at this partner.
fn complete(partner: &Told) -> Arc<dyn Connector> {
    connector(&profile_with_all_endpoints(partner))
}

fn profile_with_all_endpoints(partner: &Told) -> ProfileSettings {
    settings(&json!({
        "authorization_endpoint": partner.url("/authorize?tenant=1").as_str(),
        "token_endpoint": partner.url("/token").as_str(),
        "revocation_endpoint": partner.url("/revoke").as_str(),
        "introspection_endpoint": partner.url("/introspect").as_str(),
        "account_endpoint": partner.url("/me").as_str(),
        "dead_token_errors": ["partner_says_gone"],
    }))
}

fn metadata(issuer: &str, more: &serde_json::Value) -> String {
    let mut all = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all.to_string()
}

/// A partner that describes itself, and answers everything else so.
async fn described(more: serde_json::Value, reply: Reply) -> Told {
    let issuer = Arc::new(Mutex::new(String::new()));
    let known = Arc::clone(&issuer);
    let partner = Told::to(move |asked: &Question| {
        let known = known.lock().unwrap();
        if asked.what == "GET /.well-known/openid-configuration" {
            Reply::json(200, &metadata(&known, &more))
        } else {
            reply.clone()
        }
    })
    .await;
    *issuer.lock().unwrap() = issuer_of(&partner);
    partner
}

fn issuer_of(partner: &Told) -> String {
    partner.url("").as_str().trim_end_matches('/').to_owned()
}

#[tokio::test]
async fn the_consent_page_gets_a_challenge_and_the_exact_redirect_uri() {
    let partner = Told::to(|_| Reply::status(500)).await;
    let mut settings = settings(&json!({
        "authorization_endpoint": partner.url("/authorize?tenant=1").as_str(),
        "token_endpoint": partner.url("/token").as_str(),
    }));
    settings.scopes = Some(vec!["openid".into(), "a/b".into()]);
    // The example of RFC 7636, appendix B.
    let verifier = secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let url = connector(&settings).authorization_url("st&te", &verifier).await.unwrap();
    let url: Url = url.parse().unwrap();
    let query: Vec<_> = url.query_pairs().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(
        query,
        [
            "tenant=1",
            "response_type=code",
            "client_id=me",
            "redirect_uri=https://gangway.example/gangway/v1/callback/p",
            "state=st&te",
            "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method=S256",
            "scope=openid a/b",
        ]
    );
    assert!(partner.asked().is_empty());
}

#[tokio::test]
async fn revocation_says_which_token_it_is_and_what_came_of_it() {
    for (status, body, outcome) in [
        (200, "", Ok("HTTP 200")),
        (204, "", Ok("HTTP 204")),
        (400, r#"{"error":"invalid_token"}"#, Err((Refused, "HTTP 400 invalid_token"))),
        (400, r#"{"error":"unsupported_token_type"}"#, Err((Rejected, "HTTP 400 unsupported_token_type"))),
        (403, r#"{"error":"invalid_grant"}"#, Err((Refused, "HTTP 403 invalid_grant"))),
        (200, r#"{"ok":false,"error":"token_revoked"}"#, Err((Refused, "HTTP 200 token_revoked"))),
        (200, r#"{"ok":true,"revoked":true}"#, Ok("HTTP 200")),
        (401, r#"{"error":"invalid_client"}"#, Err((RefusesUs, "HTTP 401 invalid_client"))),
        (401, "", Err((Rejected, "HTTP 401"))),
        (307, "", Err((Rejected, "HTTP 307"))),
        (429, "", Err((NotDone, "HTTP 429"))),
        (503, "", Err((Unclear, "HTTP 503"))),
    ] {
        let partner = Told::to(move |_| Reply::json(status, body)).await;
        let connector = complete(&partner);
        let refresh = connector.revoke_refresh_token(&secret("r")).await;
        let access = connector.revoke_access_token(&secret("a")).await;
        for answer in [&refresh, &access] {
            let answer = answer.as_ref().map(|a| a.0.as_str()).map_err(|e| (e.kind, e.answer.as_str()));
            assert_eq!(answer, outcome, "{status} {body}");
        }
        let bodies: Vec<_> = partner.asked().into_iter().map(|asked| asked.body).collect();
        let with_hints = [
            "token=r&token_type_hint=refresh_token&client_id=me",
            "token=a&token_type_hint=access_token&client_id=me",
        ];
        let without = ["token=r&client_id=me", "token=a&client_id=me"];
        if matches!(outcome, Err((Rejected, _))) {
            assert_eq!(bodies, [with_hints[0], without[0], with_hints[1], without[1]], "{status} {body}");
        } else {
            assert_eq!(bodies, with_hints, "{status} {body}");
        }
    }
}

#[tokio::test]
async fn where_a_hint_is_not_liked_what_comes_without_it_counts() {
    for (status, body, outcome) in [
        (200, "", Ok("HTTP 200")),
        (400, r#"{"error":"invalid_token"}"#, Err((Refused, "HTTP 400 invalid_token"))),
        (503, "", Err((Unclear, "HTTP 503"))),
    ] {
        let partner = Told::to(move |asked| {
            let hinted = asked.body.contains("token_type_hint");
            let unliked = r#"{"error":"unsupported_token_type"}"#;
            if hinted { Reply::json(400, unliked) } else { Reply::json(status, body) }
        })
        .await;
        let answer = complete(&partner).revoke_refresh_token(&secret("r")).await;
        let answer = answer.as_ref().map(|a| a.0.as_str()).map_err(|e| (e.kind, e.answer.as_str()));
        assert_eq!(answer, outcome, "{status} {body}");
    }
}

/// Whoever waits for a call waits no longer for two.
#[tokio::test]
async fn both_ways_to_ask_for_a_revocation_end_within_the_time_of_one() {
    let partner = Told::to(|asked| {
        if !asked.body.contains("token_type_hint") {
            return Reply::Stall;
        }
        std::thread::sleep(std::time::Duration::from_millis(600));
        Reply::status(400)
    })
    .await;
    let begun = Instant::now();
    let failure = complete(&partner).revoke_access_token(&secret("a")).await.unwrap_err();
    assert_eq!((failure.kind, partner.asked().len()), (Unclear, 2));
    assert!(begun.elapsed().as_millis() < 1500, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_account_is_who_the_partner_says_and_a_dead_token_has_none() {
    let partner = Told::to(|asked| match asked.header("authorization") {
        Some("Bearer good") => Reply::json(200, r#"{"sub":"42","email":"ann@partner.example"}"#),
        Some("Bearer garbled") => Reply::json(200, "{"),
        _ => Reply::status(401),
    })
    .await;
    let connector = complete(&partner);
    let account = connector.account(&secret("good")).await.unwrap();
    assert_eq!(account, Some(Account::new("42", Some("ann@partner.example"))));
    assert_eq!(connector.account(&secret("dead")).await.unwrap_err().kind, Refused);
    assert_eq!(connector.account(&secret("garbled")).await.unwrap_err().kind, Unclear);
}

#[tokio::test]
async fn what_a_partner_does_not_offer_is_not_asked_for() {
    let partner = Told::to(|_| Reply::status(500)).await;
    let connector = connector(&settings(&json!({
        "authorization_endpoint": partner.url("/a").as_str(),
        "token_endpoint": partner.url("/token").as_str(),
    })));
    let (access, refresh) = (secret("a"), secret("r"));
    assert_eq!(connector.revokes(), Revokes::Nothing);
    assert_eq!(connector.account(&access).await, Ok(None));
    assert_eq!(connector.open_sessions(&access).await, Ok(None));
    for (kind, token) in [(TokenKind::Access, &access), (TokenKind::Refresh, &refresh)] {
        for probe in [Probe::Introspection, Probe::Use] {
            assert_eq!(connector.probe(probe, kind, token).await, Ok(None));
        }
    }
    assert!(partner.asked().is_empty());
}

#[tokio::test]
async fn a_partner_is_asked_once_where_it_answers() {
    let more = json!({ "userinfo_endpoint": "http://127.0.0.1:9/me" });
    let partner = described(more, Reply::json(200, r#"{"access_token":"A"}"#)).await;
    let connector = connector(&settings(&json!({ "issuer": issuer_of(&partner) })));
    for _ in 0..2 {
        connector.refresh(&secret("r")).await.unwrap();
    }
    let asked: Vec<_> = partner.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(asked, ["GET /.well-known/openid-configuration", "POST /token", "POST /token"]);
    assert_eq!(connector.revokes(), Revokes::EachToken);
    let revoked = connector.revoke_access_token(&secret("a")).await.unwrap_err();
    assert_eq!((revoked.kind, revoked.answer.as_str()), (Rejected, "the partner offers no revocation"));
}

#[tokio::test]
async fn discovery_goes_on_to_the_place_of_rfc_8414() {
    let partner = Told::to(|_| Reply::status(404)).await;
    let connector = connector(&settings(&json!({ "issuer": partner.url("/a/b").as_str() })));
    let failure = connector.refresh(&secret("r")).await.unwrap_err();
    assert_eq!(failure.kind, Rejected);
    let asked: Vec<_> = partner.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(
        asked,
        ["GET /a/b/.well-known/openid-configuration", "GET /.well-known/oauth-authorization-server/a/b"]
    );
}

/// Whoever waits longer for an answer than a call lasts takes it that none comes.
#[tokio::test]
async fn where_discovery_takes_all_the_time_of_a_call_no_tokens_are_asked_for() {
    let issuer = Arc::new(Mutex::new(String::new()));
    let known = Arc::clone(&issuer);
    let partner = Told::to(move |asked: &Question| {
        std::thread::sleep(std::time::Duration::from_millis(600));
        if asked.what == "GET /.well-known/oauth-authorization-server" {
            Reply::json(200, &metadata(&known.lock().unwrap(), &json!({})))
        } else {
            Reply::status(404)
        }
    })
    .await;
    *issuer.lock().unwrap() = issuer_of(&partner);
    let connector = connector(&settings(&json!({ "issuer": issuer_of(&partner) })));
    let error = connector.refresh(&secret("refresh")).await.unwrap_err();
    assert_eq!(error.kind, NotDone, "{error:?}");
    assert!(partner.asked().iter().all(|asked| asked.what.starts_with("GET")), "{:?}", partner.asked());
}

#[tokio::test]
async fn a_description_that_cannot_be_trusted_is_not_used() {
    for (more, kind, named) in [
        (json!({ "issuer": "https://other.example" }), Rejected, "another issuer"),
        (json!({ "token_endpoint": "ftp://x.example/" }), Rejected, "token_endpoint"),
        (json!({ "revocation_endpoint": "https://u:p@x.example/" }), Rejected, "revocation_endpoint"),
        (json!({ "token_endpoint": 7 }), NotDone, "no description"),
    ] {
        let partner = described(more, Reply::json(200, r#"{"access_token":"A"}"#)).await;
        let connector = connector(&settings(&json!({ "issuer": issuer_of(&partner) })));
        let failure = connector.refresh(&secret("r")).await.unwrap_err();
        assert!(failure.kind == kind && failure.answer.contains(named), "{failure:?}");
        assert_eq!(partner.only().what, "GET /.well-known/openid-configuration");
    }
    for reply in [Reply::status(503), Reply::Bytes(String::new())] {
        let partner = Told::to(move |_| reply.clone()).await;
        let connector = connector(&settings(&json!({ "issuer": issuer_of(&partner) })));
        let failure = connector.redeem(&secret("c"), &secret("v")).await.unwrap_err();
        // The code was not sent.
        assert!(failure.kind == NotDone && failure.answer.starts_with("discovery: "), "{failure:?}");
        assert_eq!(failure.unread, None);
    }
}

#[tokio::test]
async fn an_answer_is_this_partners_if_it_says_so_rightly_or_need_not_say() {
    let names = json!({ "authorization_response_iss_parameter_supported": true });
    for (more, silent) in [(json!({}), true), (names, false)] {
        let partner = described(more, Reply::status(500)).await;
        let issuer = issuer_of(&partner);
        let connector = connector(&settings(&json!({ "issuer": issuer })));
        assert_eq!(connector.is_issuer(None).await, Ok(silent));
        assert_eq!(connector.is_issuer(Some(&issuer)).await, Ok(true));
        assert_eq!(connector.is_issuer(Some(&format!("{issuer}/"))).await, Ok(false));
    }
    let mut by_hand = settings(&json!({
        "authorization_endpoint": "https://partner.example/a", "token_endpoint": "https://partner.example/t",
    }));
    assert_eq!(connector(&by_hand).is_issuer(None).await, Ok(true));
    assert_eq!(connector(&by_hand).is_issuer(Some("https://partner.example")).await, Ok(false));
    by_hand.issuer = Some("https://partner.example".into());
    assert_eq!(connector(&by_hand).is_issuer(Some("https://partner.example")).await, Ok(true));
    assert_eq!(connector(&by_hand).is_issuer(Some("https://other.example")).await, Ok(false));
}

/// All that anybody is shown of calls with this token.
async fn all_answers(connector: &dyn Connector, token: &Secret) -> String {
    fn shown<T>(outcome: CallResult<T>, answer: impl FnOnce(T) -> String) -> String {
        outcome.map_or_else(|error: CallError| format!("{error} {error:?}"), answer)
    }
    let of_grant = |grant: Grant| format!("{grant:?}");
    [
        shown(connector.redeem(token, token).await, of_grant),
        shown(connector.refresh(token).await, of_grant),
        shown(connector.revoke_access_token(token).await, |answer| answer.0),
        shown(connector.revoke_refresh_token(token).await, |answer| answer.0),
        shown(connector.probe(Probe::Introspection, TokenKind::Access, token).await, |seen| {
            format!("{seen:?}")
        }),
        shown(connector.probe(Probe::Introspection, TokenKind::Refresh, token).await, |seen| {
            format!("{seen:?}")
        }),
        shown(connector.probe(Probe::Use, TokenKind::Access, token).await, |seen| format!("{seen:?}")),
        format!("{:?}", connector.read_again(token)),
        shown(connector.account(token).await, |_| String::new()),
        format!("{connector:?} {}", connector.by_hand()),
    ]
    .concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_answer_shows_a_token_whatever_the_partner_does_with_it(
        token in "tok-[A-Za-z0-9._~-]{8,60}",
        status in prop::sample::select(vec![200_u16, 302, 400, 401, 403, 429, 500, 503]),
        form in 0..9,
    ) {
        let body = match form {
            0 => json!({ "error": token }).to_string(),
            1 => json!({ "error": "invalid_grant", "error_description": token }).to_string(),
            2 => json!({ "access_token": token, "refresh_token": token, "active": token }).to_string(),
            3 => token.clone(),
            4 => json!({ "issuer": token, "sub": token }).to_string(),
            5 => json!({ "error": { "code": token, "type": token }, "errors": [token], "status": token }).to_string(),
            6 => format!("access_token={token}&refresh_token={token}"),
            7 => format!("{{\"access_token\":\"{token}\",\"refresh_token\":\"{token}"),
            _ => format!("{{\"error\":\"{token}"),
        };
        let headers = format!(
            "location: https://elsewhere.example/?{token}\r\nwww-authenticate: Bearer error={token}\r\n\
             retry-after: {token}\r\nx: {token}\r\n"
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let shown = runtime.block_on(async {
            let reply = Reply::Answer(status, headers, body);
            let partner = Told::to(move |_| reply.clone()).await;
            all_answers(&*complete(&partner), &secret(&token)).await
        });
        prop_assert!(!shown.contains(&token) && !shown.contains("tok-"), "{}", shown);
    }
}
