//! Each fault, as a plain client sees it.

use std::error::Error as _;
use std::time::Duration;

use super::caller::{self, Answer, REDIRECT, TeamViewerCaller, Tokens, get, http, send};
use crate::partners::{Fault, FaultProxy, Garbage, Matching, TeamViewerStandIn, Trap};

/// A partner behind a proxy, connected, and a client that comes by the proxy.
async fn connected() -> (FaultProxy, TeamViewerStandIn, TeamViewerCaller, Tokens) {
    let proxy = FaultProxy::start();
    let stand_in = TeamViewerStandIn::start_behind(&proxy, REDIRECT);
    let caller = TeamViewerCaller(proxy.url());
    let tokens = caller.connect(&stand_in).await;
    (proxy, stand_in, caller, tokens)
}

/// A revocation by way of the proxy, by a client that waits for so long.
async fn revoke(proxy: &FaultProxy, token: &str, wait: Duration) -> reqwest::Result<Answer> {
    let http = caller::builder().timeout(wait).build().unwrap();
    send(http.post(format!("{}/api/v1/OAuth2/revoke", proxy.url())).bearer_auth(token)).await
}

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(300);

/// What is at the bottom of an error.
fn cause(error: &reqwest::Error) -> String {
    let mut source = error.source();
    let mut last = error.to_string();
    while let Some(deeper) = source {
        last = format!("{last}: {deeper}");
        source = deeper.source();
    }
    last.to_lowercase()
}

#[tokio::test]
async fn nothing_is_changed_of_what_is_passed_on() {
    let (proxy, stand_in, caller, tokens) = connected().await;
    let through = caller.get("/account", &tokens.access).await;
    let direct = TeamViewerCaller(stand_in.url()).get("/account", &tokens.access).await;
    assert_eq!((through.status, &through.text), (direct.status, &direct.text));
    let seen = proxy.requests();
    let arrived = stand_in.requests();
    assert_eq!(seen[0].body, arrived[1].body);
    assert_eq!(arrived[2].header("host"), Some(proxy.address().to_string().as_str()));
    assert_eq!(arrived[2].bearer(), Some(tokens.access.as_str()));
}

#[tokio::test]
async fn refused_connections_are_refused_at_once_and_accepted_again_at_once() {
    let (proxy, stand_in, _, tokens) = connected().await;
    for _ in 0..20 {
        proxy.dial(Fault::Refuse);
        let error = revoke(&proxy, &tokens.access, LONG).await.unwrap_err();
        assert!(error.is_connect() && cause(&error).contains("connection refused"), "{}", cause(&error));
        proxy.dial(Fault::Pass);
        assert_eq!(get(&format!("{}/api/v1/ping", proxy.url())).await.status, 200);
    }
    assert!(stand_in.is_alive(&tokens.access));
}

#[tokio::test]
async fn a_request_that_is_reset_or_hung_up_on_never_comes_to_the_partner() {
    let (proxy, stand_in, _, tokens) = connected().await;
    for (fault, sign) in [(Fault::Reset, "reset"), (Fault::HangUp, "closed")] {
        proxy.dial(fault);
        let error = revoke(&proxy, &tokens.access, LONG).await.unwrap_err();
        assert!(cause(&error).contains(sign), "{sign}: {}", cause(&error));
    }
    assert_eq!(proxy.count(&Matching::post("/revoke")), 2);
    assert_eq!(stand_in.revocations(), 0);
}

#[tokio::test]
async fn answers_that_never_end_outlast_the_client() {
    let (proxy, stand_in, _, tokens) = connected().await;
    for fault in [Fault::Stall, Fault::Drip, Fault::Endless] {
        proxy.dial(fault.clone());
        let error = revoke(&proxy, &tokens.access, SHORT).await.unwrap_err();
        assert!(error.is_timeout(), "{fault:?}: {}", cause(&error));
    }
    assert_eq!(stand_in.revocations(), 0);
}

#[tokio::test]
async fn a_lost_answer_leaves_the_deed_done() {
    let (proxy, stand_in, _, tokens) = connected().await;
    proxy.dial(Fault::LoseAnswer);
    let error = revoke(&proxy, &tokens.access, LONG).await.unwrap_err();
    assert!(cause(&error).contains("reset"), "{}", cause(&error));
    assert_eq!(stand_in.revocations(), 1);
    assert!(!stand_in.is_alive(&tokens.access));
}

#[tokio::test]
async fn half_an_answer_is_none_and_leaves_the_deed_done() {
    let (proxy, stand_in, caller, tokens) = connected().await;
    proxy.dial(Fault::HalfAnswer);
    let request = http().get(format!("{}/api/v1/account", proxy.url())).bearer_auth(&tokens.access);
    assert!(send(request).await.is_err());
    assert_eq!(stand_in.requests().last().unwrap().path(), "/api/v1/account");
    proxy.dial(Fault::Pass);
    assert_eq!(caller.get("/account", &tokens.access).await.status, 200);
}

#[tokio::test]
async fn statuses_and_their_headers_come_as_they_are_dialled() {
    let (proxy, stand_in, _, tokens) = connected().await;
    for (fault, status, after) in [
        (Fault::Status(500), 500, None),
        (Fault::Status(429), 429, None),
        (Fault::busy(7), 503, Some("7")),
        (Fault::RetryAfter(503, "soon".to_owned()), 503, Some("soon")),
        (Fault::Json(200, "{}".to_owned()), 200, None),
    ] {
        proxy.dial(fault);
        let answer = revoke(&proxy, &tokens.access, LONG).await.unwrap();
        assert_eq!((answer.status, answer.headers.get("retry-after").map(String::as_str)), (status, after));
    }
    assert_eq!(stand_in.revocations(), 0);
}

#[tokio::test]
async fn garbage_is_nothing_that_could_be_read() {
    let (proxy, _stand_in, _, tokens) = connected().await;
    for garbage in Garbage::ALL {
        proxy.dial(Fault::Garbage(garbage));
        match revoke(&proxy, &tokens.access, LONG).await {
            Err(error) => assert_eq!(garbage, Garbage::NotHttp, "{}", cause(&error)),
            Ok(answer) => {
                let json: Result<serde_json::Value, _> = serde_json::from_str(&answer.text);
                assert_eq!(
                    (answer.status, json.is_ok()),
                    (200, garbage == Garbage::OtherJson),
                    "{garbage:?}"
                );
                let html = answer.headers.get("content-type").is_some_and(|kind| kind == "text/html");
                assert_eq!(html, garbage == Garbage::Html);
            }
        }
    }
}

#[tokio::test]
async fn a_trap_tells_who_followed_a_redirect_into_it_and_what_was_sent() {
    let (proxy, _stand_in, _, tokens) = connected().await;
    let trap = Trap::start();
    for status in [302, 307] {
        proxy.dial(Fault::Redirect(status, format!("{}/elsewhere", trap.url())));
        let answer = revoke(&proxy, &tokens.access, LONG).await.unwrap();
        assert_eq!(
            (answer.status, answer.headers["location"].clone()),
            (status, format!("{}/elsewhere", trap.url()))
        );
    }
    trap.is_untouched();

    let careless = caller::builder().redirect(reqwest::redirect::Policy::default()).build().unwrap();
    let answer = send(careless.post(proxy.url()).body("token=secret")).await.unwrap();
    assert_eq!((answer.status, &answer.json()["active"]), (200, &serde_json::Value::Bool(false)));
    let seen = trap.requests();
    assert_eq!((seen.len(), seen[0].path(), seen[0].text().as_str()), (1, "/elsewhere", "token=secret"));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| trap.is_untouched())).is_err());
}

#[tokio::test]
async fn a_trap_notices_a_connection_over_which_nothing_came() {
    let trap = Trap::start();
    drop(std::net::TcpStream::connect(trap.url().trim_start_matches("http://")).unwrap());
    crate::partners::eventually("the trap has snapped", || {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| trap.is_untouched())).err()
    })
    .await;
}

#[tokio::test]
async fn a_plan_is_for_the_requests_it_names_and_goes_before_the_dial() {
    let (proxy, stand_in, caller, tokens) = connected().await;
    proxy.plan(Matching::post("/OAUTH2/token").with("grant_type=refresh_token").nth(2), Fault::Status(500));
    proxy.plan(Matching::get("/ping"), Fault::Status(502));
    let second = Tokens::from(caller.refresh(&tokens.refresh).await);
    assert_eq!(caller.redeem("x").await.status, 400, "no refresh, and not counted as one");
    assert_eq!(caller.refresh(&second.refresh).await.status, 500);
    let third = Tokens::from(caller.refresh(&second.refresh).await);
    assert!(stand_in.is_alive(&third.access));

    proxy.dial(Fault::Status(503));
    for _ in 0..2 {
        assert_eq!(caller.get("/ping", &third.access).await.status, 502);
    }
    assert_eq!(caller.get("/account", &third.access).await.status, 503);
    proxy.forget_plans();
    assert_eq!(caller.get("/ping", &third.access).await.status, 503);
    proxy.dial(Fault::Pass);
    assert_eq!(caller.get("/ping", &third.access).await.status, 200);
}

#[tokio::test]
async fn a_proxy_whose_partner_has_crashed_gives_no_answer() {
    let (proxy, stand_in, _, tokens) = connected().await;
    drop(stand_in);
    assert!(revoke(&proxy, &tokens.access, LONG).await.is_err());
}
