//! Gates hold a request where a test wants it.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::caller::{self, Answer, REDIRECT, TeamViewerCaller, Tokens, send};
use crate::partners::{Fault, FaultProxy, Matching, Moment, TeamViewerStandIn, block_on, eventually};

async fn connected() -> (FaultProxy, TeamViewerStandIn, Tokens) {
    let proxy = FaultProxy::start();
    let stand_in = TeamViewerStandIn::start_behind(&proxy, REDIRECT);
    let tokens = TeamViewerCaller(proxy.url()).connect(&stand_in).await;
    (proxy, stand_in, tokens)
}

/// A client that revokes on its own; to abort it is to kill it.
fn revoking(proxy: &FaultProxy, token: &str) -> JoinHandle<reqwest::Result<Answer>> {
    let request = caller::http().post(format!("{}/api/v1/OAuth2/revoke", proxy.url())).bearer_auth(token);
    tokio::spawn(send(request))
}

#[tokio::test]
async fn a_request_at_the_first_gate_is_unknown_to_the_partner_until_it_opens() {
    let (proxy, stand_in, tokens) = connected().await;
    let mut gate = proxy.hold(Moment::Arrived, Matching::post("/revoke"));
    let client = revoking(&proxy, &tokens.access);
    assert_eq!(gate.reached().await.bearer(), Some(tokens.access.as_str()));
    assert!(stand_in.is_alive(&tokens.access) && !client.is_finished());
    gate.open();
    assert_eq!(client.await.unwrap().unwrap().status, 204);
    assert!(!stand_in.is_alive(&tokens.access));
}

#[tokio::test]
async fn at_the_second_gate_the_partner_has_acted_and_the_client_does_not_know() {
    let (proxy, stand_in, tokens) = connected().await;
    let mut gate = proxy.hold(Moment::Answered, Matching::post("/revoke"));
    let client = revoking(&proxy, &tokens.access);
    gate.reached().await;
    assert!(!stand_in.is_alive(&tokens.access) && !client.is_finished());
    gate.open();
    assert_eq!(client.await.unwrap().unwrap().status, 204);
}

#[tokio::test]
async fn a_gate_that_is_dropped_cuts_the_connection_there() {
    for (moment, acted) in [(Moment::Arrived, 0), (Moment::Answered, 1)] {
        let (proxy, stand_in, tokens) = connected().await;
        let mut gate = proxy.hold(moment, Matching::post("/revoke"));
        let client = revoking(&proxy, &tokens.access);
        gate.reached().await;
        drop(gate);
        assert!(client.await.unwrap().is_err());
        assert_eq!(stand_in.revocations(), acted, "{moment:?}");
    }
}

#[tokio::test]
async fn a_request_goes_on_when_the_gate_opens_even_if_its_sender_was_killed() {
    let (proxy, stand_in, tokens) = connected().await;
    let mut gate = proxy.hold(Moment::Arrived, Matching::post("/revoke"));
    let client = revoking(&proxy, &tokens.access);
    gate.reached().await;
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    gate.open();
    eventually("the revocation arrives", || (stand_in.revocations() == 1).then_some(())).await;
}

#[tokio::test]
async fn a_gate_holds_the_request_it_is_for_and_no_other() {
    let (proxy, _stand_in, tokens) = connected().await;
    let caller = TeamViewerCaller(proxy.url());
    let mut gate = proxy.hold(Moment::Arrived, Matching::get("/ping").nth(2));
    assert_eq!(caller.get("/ping", &tokens.access).await.status, 200);
    assert_eq!(caller.get("/account", &tokens.access).await.status, 200);
    let request = caller::http().get(format!("{}/api/v1/ping", proxy.url()));
    let held = tokio::spawn(send(request));
    gate.reached().await;
    assert_eq!(caller.get("/ping", &tokens.access).await.status, 200, "the third goes by");
    gate.open();
    assert_eq!(held.await.unwrap().unwrap().status, 200);
}

#[tokio::test]
async fn a_gate_and_a_fault_may_be_for_the_same_request() {
    let (proxy, stand_in, tokens) = connected().await;
    proxy.plan(Matching::post("/revoke").nth(1), Fault::LoseAnswer);
    let mut gate = proxy.hold(Moment::Answered, Matching::post("/revoke"));
    let client = revoking(&proxy, &tokens.access);
    gate.reached().await;
    assert_eq!(stand_in.revocations(), 1);
    gate.open();
    assert!(client.await.unwrap().is_err());
}

#[tokio::test]
async fn a_test_can_wait_until_requests_have_come() {
    let (proxy, _stand_in, tokens) = connected().await;
    let clients: Vec<_> = (0..3).map(|_| revoking(&proxy, &tokens.access)).collect();
    proxy.came(3, &Matching::post("/revoke")).await;
    assert_eq!(proxy.count(&Matching::post("/revoke")), 3);
    for client in clients {
        client.await.unwrap().unwrap();
    }
}

#[test]
fn a_test_that_is_not_asynchronous_can_stand_at_a_gate_as_well() {
    let (proxy, stand_in, tokens) = block_on(connected());
    let mut gate = proxy.hold(Moment::Answered, Matching::post("/revoke"));
    let url = format!("{}/api/v1/OAuth2/revoke", proxy.url());
    let client = std::thread::spawn(move || {
        let request = caller::http().post(url).bearer_auth(&tokens.access);
        block_on(send(request.timeout(Duration::from_secs(20))))
    });
    block_on(gate.reached());
    assert_eq!(stand_in.revocations(), 1);
    gate.open();
    assert_eq!(client.join().unwrap().unwrap().status, 204);
}
