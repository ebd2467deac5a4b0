//! Whom a connector trusts.

use std::sync::Arc;

use gangway_domain::{Probe, TokenKind};
use gangway_engine::CallFailure::NotDone;
use gangway_server::connector::ProfileSettings;

use crate::connection::{REDIRECT, Tokens, connect_teamviewer, connector, teamviewer};
use crate::partners::{Authority, Fault, FaultProxy, Flaw, TeamViewerStandIn};

#[tokio::test]
async fn nothing_is_said_to_a_partner_whose_certificate_is_not_to_be_trusted() {
    let authority = Arc::new(Authority::new());
    let proxy = FaultProxy::start_with_tls(&authority);
    let partner = TeamViewerStandIn::start_behind(&proxy, REDIRECT);
    let settings = teamviewer(&proxy.url());
    let ca_file = Some(authority.file().to_str().unwrap().to_owned());
    let trusting = ProfileSettings { ca_file, ..settings.clone() };
    let trusting = connector(&trusting, TeamViewerStandIn::SECRET);
    let Tokens { access, refresh } = connect_teamviewer(&*trusting, &partner).await;
    let before = proxy.requests().len();

    let stranger = connector(&settings, TeamViewerStandIn::SECRET);
    let failure = stranger.revoke_access_token(&access).await.unwrap_err();
    assert!(failure.kind == NotDone && failure.answer.contains("certificate"), "{failure:?}");
    for flaw in Flaw::ALL {
        proxy.dial(Fault::Tls(flaw));
        for failure in [
            trusting.revoke_access_token(&access).await.unwrap_err(),
            trusting.refresh(&refresh).await.unwrap_err(),
            trusting.probe(Probe::Use, TokenKind::Access, &access).await.unwrap_err(),
        ] {
            assert!(
                failure.kind == NotDone && failure.answer.contains("certificate"),
                "{flaw:?}: {failure:?}"
            );
        }
    }
    assert_eq!(proxy.requests().len(), before, "something was sent");
    proxy.dial(Fault::Pass);
    trusting.revoke_access_token(&access).await.unwrap();
    assert!(!partner.is_alive(access.expose()));
}
