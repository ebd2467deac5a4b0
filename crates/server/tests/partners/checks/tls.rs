//! A proxy that speaks TLS, with certificates to be trusted and others.

use std::sync::Arc;

use super::caller::{self, REDIRECT, send};
use crate::partners::{Authority, Fault, FaultProxy, Flaw, TeamViewerStandIn};

struct Fixture {
    authority: Arc<Authority>,
    proxy: FaultProxy,
    _stand_in: TeamViewerStandIn,
}

fn started() -> Fixture {
    let authority = Arc::new(Authority::new());
    let proxy = FaultProxy::start_with_tls(&authority);
    let stand_in = TeamViewerStandIn::start_behind(&proxy, REDIRECT);
    Fixture { authority, proxy, _stand_in: stand_in }
}

impl Fixture {
    /// A ping by a client that trusts the authority.
    async fn ping(&self) -> reqwest::Result<u16> {
        let http = caller::builder().tls_certs_only([self.authority.trusted()]).build().unwrap();
        send(http.get(format!("{}/api/v1/ping", self.proxy.url()))).await.map(|answer| answer.status)
    }
}

#[tokio::test]
async fn whoever_trusts_the_authority_gets_through_and_nobody_else() {
    let fixture = started();
    assert_eq!(fixture.ping().await.unwrap(), 200);
    let seen = fixture.proxy.requests().len();
    let error = send(caller::http().get(fixture.proxy.url())).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(fixture.proxy.requests().len(), seen, "nothing was sent");
}

#[tokio::test]
async fn a_certificate_with_a_flaw_is_not_trusted_and_nothing_is_sent() {
    let fixture = started();
    for (flaw, sign) in [
        (Flaw::WrongName, "NotValidForName"),
        (Flaw::Expired, "Expired"),
        (Flaw::SelfSigned, "UnknownIssuer"),
    ] {
        fixture.proxy.dial(Fault::Tls(flaw));
        let error = format!("{:?}", fixture.ping().await.unwrap_err());
        assert!(error.contains(sign), "{flaw:?}: {error}");
    }
    assert!(fixture.proxy.requests().is_empty());
    fixture.proxy.dial(Fault::Pass);
    assert_eq!(fixture.ping().await.unwrap(), 200);
}

#[tokio::test]
async fn the_file_of_the_authority_is_what_others_can_trust_it_by() {
    let fixture = started();
    let pem = std::fs::read(fixture.authority.file()).unwrap();
    let trusted = reqwest::Certificate::from_pem_bundle(&pem).unwrap();
    let http = caller::builder().tls_certs_only(trusted).build().unwrap();
    let url = format!("{}/api/v1/ping", fixture.proxy.url());
    assert_eq!(send(http.get(url)).await.unwrap().status, 200);
}

#[tokio::test]
async fn the_other_faults_work_through_tls_too() {
    let fixture = started();
    for fault in [Fault::Reset, Fault::LoseAnswer, Fault::HangUp, Fault::Refuse] {
        fixture.proxy.dial(fault.clone());
        assert!(fixture.ping().await.is_err(), "{fault:?}");
    }
    fixture.proxy.dial(Fault::Status(503));
    assert_eq!(fixture.ping().await.unwrap(), 503);
}
