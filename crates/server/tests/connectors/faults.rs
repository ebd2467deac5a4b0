//! Everything that can go wrong between a connector and its partner.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gangway_domain::Life;
use gangway_engine::CallFailure::{NotDone, Rejected, Unclear};
use gangway_engine::{CallFailure, Connector};
use gangway_server::connector::ProfileSettings;

use crate::call::{Call, Outcome};
use crate::connection::{
    Tokens, connect_oauth, connect_teamviewer, connector, introspected, oauth2, secret, teamviewer, used,
    verifier,
};
use crate::partners::{Fault, FaultProxy, Garbage, OAuthPartner, TeamViewerStandIn, Trap};

/// A partner behind a proxy, a connection, and two connectors by way of the proxy: one that waits as long as it takes,
/// and one that does not.
struct Scene {
    proxy: FaultProxy,
    patient: Arc<dyn Connector>,
    hasty: Arc<dyn Connector>,
    tokens: Tokens,
}

/// What the connectors that do not wait wait for.
const HASTE: u64 = 1;
/// Longer than a hasty connector's longest call.
const TOO_LONG: Duration = Duration::from_secs(10);

fn hasty(settings: &ProfileSettings) -> ProfileSettings {
    ProfileSettings { timeout_seconds: Some(HASTE), ..settings.clone() }
}

/// The same with endpoints, so that only the calls themselves meet what goes wrong.
fn undiscovered(settings: ProfileSettings, url: &str) -> ProfileSettings {
    let at = |path: &str| Some(format!("{url}{path}"));
    ProfileSettings {
        authorization_endpoint: at("/auth"),
        token_endpoint: at("/token"),
        revocation_endpoint: at("/token/revocation"),
        introspection_endpoint: at("/token/introspection"),
        account_endpoint: at("/me"),
        ..settings
    }
}

async fn oauth_scene() -> (Scene, OAuthPartner) {
    let proxy = FaultProxy::start();
    let partner = OAuthPartner::setup(crate::connection::REDIRECT).start_behind(&proxy);
    let settings = undiscovered(oauth2(&proxy.url()), &proxy.url());
    let patient = connector(&settings, OAuthPartner::SECRET);
    let tokens = connect_oauth(&*patient, &partner).await;
    let hasty = connector(&hasty(&settings), OAuthPartner::SECRET);
    (Scene { proxy, patient, hasty, tokens }, partner)
}

async fn teamviewer_scene() -> (Scene, TeamViewerStandIn) {
    let proxy = FaultProxy::start();
    let partner = TeamViewerStandIn::start_behind(&proxy, crate::connection::REDIRECT);
    let settings = teamviewer(&proxy.url());
    let patient = connector(&settings, TeamViewerStandIn::SECRET);
    let tokens = connect_teamviewer(&*patient, &partner).await;
    let hasty = connector(&hasty(&settings), TeamViewerStandIn::SECRET);
    (Scene { proxy, patient, hasty, tokens }, partner)
}

impl Scene {
    /// What comes of each call while this goes wrong.
    async fn under(&self, fault: Fault, connector: &dyn Connector) -> Vec<(Call, Outcome)> {
        self.proxy.dial(fault);
        let mut outcomes = Vec::new();
        for call in Call::all_of(connector) {
            let outcome = call.of(connector, &self.tokens).await;
            outcome.shows_no_secret(&self.tokens);
            outcomes.push((call, outcome));
        }
        self.proxy.dial(Fault::Pass);
        outcomes
    }

    async fn all_fail(&self, fault: Fault, connector: &dyn Connector, kind: CallFailure) {
        for (call, outcome) in self.under(fault.clone(), connector).await {
            assert_eq!(outcome.failure, Some(kind), "{call:?} under {fault:?}: {outcome:?}");
        }
    }

    /// The partner knows nothing of any of it.
    async fn nothing_was_done(&self) {
        let (access, refresh) = (&self.tokens.access, &self.tokens.refresh);
        assert_eq!(used(&*self.patient, access).await, Some(Life::Alive));
        assert!(self.patient.refresh(refresh).await.is_ok(), "the refresh token was used or revoked");
    }

    async fn without_a_whole_answer_nobody_can_tell(&self) {
        let patient = &*self.patient;
        self.all_fail(Fault::Refuse, patient, NotDone).await;
        for fault in [
            Fault::Reset,
            Fault::HangUp,
            Fault::Garbage(Garbage::NotHttp),
            Fault::Status(500),
            Fault::Status(502),
            Fault::Status(408),
        ] {
            self.all_fail(fault, patient, Unclear).await;
        }
        for fault in [Fault::Stall, Fault::Drip] {
            self.proxy.dial(fault.clone());
            for call in Call::all_of(patient) {
                let begun = Instant::now();
                let outcome = call.of(&*self.hasty, &self.tokens).await;
                assert_eq!(outcome.failure, Some(Unclear), "{call:?} under {fault:?}: {outcome:?}");
                assert!(begun.elapsed() < TOO_LONG, "{call:?} under {fault:?} took {:?}", begun.elapsed());
                outcome.shows_no_secret(&self.tokens);
            }
            self.proxy.dial(Fault::Pass);
        }
    }

    async fn a_busy_partner_is_left_alone_for_as_long_as_it_asks(&self) {
        // Who says 503 may be a gateway before somebody who has done it.
        for (status, kind) in [(503, Unclear), (429, NotDone)] {
            let busy = Fault::RetryAfter(status, "7".to_owned());
            for (call, outcome) in self.under(busy, &*self.patient).await {
                assert_eq!(outcome.failure, Some(kind), "{call:?}: {outcome:?}");
                assert_eq!(outcome.retry_after, Some(Duration::from_secs(7)), "{call:?}: {outcome:?}");
            }
        }
    }

    async fn a_redirect_is_not_followed_and_proves_nothing(&self) {
        let trap = Trap::start();
        for status in [301, 302, 303, 307, 308] {
            let to = format!("{}/?t={}", trap.url(), self.tokens.access.expose());
            for (call, outcome) in self.under(Fault::Redirect(status, to), &*self.patient).await {
                assert!(!outcome.proves, "{call:?}: {outcome:?}");
                // A look says that it cannot be asked for.
                assert!(call.is_look() || outcome.failure == Some(Rejected), "{call:?}: {outcome:?}");
            }
        }
        trap.is_untouched();
    }

    /// A 200 with anything in it. A revocation says nothing in its body, so there it may count as one; nowhere does it
    /// as a proof.
    async fn an_answer_of_something_else_proves_nothing(&self) {
        let faults = Garbage::ALL.map(Fault::Garbage).into_iter().chain([Fault::Endless]);
        for fault in faults {
            for (call, outcome) in self.under(fault.clone(), &*self.patient).await {
                assert!(!outcome.proves, "{call:?} under {fault:?}: {outcome:?}");
                let revokes = matches!(call, Call::RevokeAccess | Call::RevokeRefresh);
                let expected = outcome.failure == Some(Unclear) || (revokes && outcome.failure.is_none());
                assert!(expected, "{call:?} under {fault:?}: {outcome:?}");
            }
        }
    }

    async fn everything_that_never_reaches_the_partner(&self) {
        self.without_a_whole_answer_nobody_can_tell().await;
        self.a_busy_partner_is_left_alone_for_as_long_as_it_asks().await;
        self.a_redirect_is_not_followed_and_proves_nothing().await;
        self.an_answer_of_something_else_proves_nothing().await;
        self.nothing_was_done().await;
    }
}

#[tokio::test]
async fn nothing_that_goes_wrong_on_the_way_to_an_oauth_partner_passes_for_an_answer_of_it() {
    let (scene, _partner) = oauth_scene().await;
    scene.everything_that_never_reaches_the_partner().await;
}

#[tokio::test]
async fn nothing_that_goes_wrong_on_the_way_to_teamviewer_passes_for_an_answer_of_it() {
    let (scene, _partner) = teamviewer_scene().await;
    scene.everything_that_never_reaches_the_partner().await;
}

#[tokio::test]
async fn a_partner_that_cannot_be_asked_where_it_answers_is_not_asked_anything_else() {
    let proxy = FaultProxy::start();
    let partner = OAuthPartner::setup(crate::connection::REDIRECT).start_behind(&proxy);
    let connector = connector(&oauth2(partner.issuer()), OAuthPartner::SECRET);
    let trap = Trap::start();
    for (fault, kind) in [
        (Fault::Refuse, NotDone),
        (Fault::Reset, NotDone),
        (Fault::busy(7), NotDone),
        (Fault::Garbage(Garbage::Html), NotDone),
        (Fault::Garbage(Garbage::OtherJson), NotDone),
        (Fault::Redirect(302, trap.url()), Rejected),
        (Fault::Json(404, "{}".to_owned()), Rejected),
    ] {
        proxy.dial(fault.clone());
        let failure = connector.redeem(&secret("c"), &verifier()).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{fault:?}: {failure:?}");
    }
    assert!(proxy.requests().iter().all(|request| request.method == "GET"));
    trap.is_untouched();
    proxy.dial(Fault::Pass);
    connect_oauth(&*connector, &partner).await;
}

#[tokio::test]
async fn an_oauth_partner_whose_answer_is_lost_has_done_it_and_can_be_asked_again() {
    for fault in [Fault::LoseAnswer, Fault::HalfAnswer] {
        let (scene, partner) = oauth_scene().await;
        let (connector, Tokens { access, refresh }) = (&scene.patient, &scene.tokens);
        scene.proxy.dial(fault);
        let lost = connector.revoke_refresh_token(refresh).await;
        scene.proxy.dial(Fault::Pass);
        // Of an answer without a body, half is a head without an end.
        assert_eq!(lost.unwrap_err().kind, Unclear);
        assert!(!partner.is_active(refresh.expose()).await && !partner.is_active(access.expose()).await);
        connector.revoke_refresh_token(refresh).await.unwrap();
        let seen = introspected(&**connector, (access, refresh)).await;
        assert_eq!(seen, (Some(Life::Dead), Some(Life::Dead)));
    }
}

#[tokio::test]
async fn a_code_whose_tokens_were_lost_is_refused_the_second_time_and_kills_them() {
    let (scene, partner) = oauth_scene().await;
    let connector = &scene.patient;
    let callback = partner.consent(&crate::connection::consent_page(&**connector).await).await;
    let before = partner.usable().await;
    let code = secret(&callback.code());
    scene.proxy.dial(Fault::LoseAnswer);
    assert_eq!(connector.redeem(&code, &verifier()).await.unwrap_err().kind, Unclear);
    scene.proxy.dial(Fault::Pass);
    assert_eq!(partner.usable().await.refresh_tokens, before.refresh_tokens + 1, "it gave tokens");
    assert_eq!(connector.redeem(&code, &verifier()).await.unwrap_err().kind, CallFailure::Refused);
    assert_eq!(partner.usable().await.refresh_tokens, before.refresh_tokens, "and took them back");
}

#[tokio::test]
async fn of_a_grant_of_which_half_came_that_half_is_kept_and_shown_to_nobody() {
    let (scene, partner) = oauth_scene().await;
    let connector = &scene.patient;
    let callback = partner.consent(&crate::connection::consent_page(&**connector).await).await;
    scene.proxy.dial(Fault::HalfAnswer);
    let failure = connector.redeem(&secret(&callback.code()), &verifier()).await.unwrap_err();
    scene.proxy.dial(Fault::Pass);
    let unread = failure.unread.clone().unwrap();
    assert_eq!(failure.kind, Unclear);
    assert!(unread.expose().starts_with('{') && connector.read_again(&unread).is_none());
    assert!(!format!("{failure} {failure:?}").contains(unread.expose()), "{failure:?}");
}

#[tokio::test]
async fn teamviewer_whose_answer_is_lost_has_done_it_and_says_so_when_asked_again() {
    let (scene, partner) = teamviewer_scene().await;
    let (connector, Tokens { access, refresh }) = (&scene.patient, &scene.tokens);
    scene.proxy.dial(Fault::LoseAnswer);
    assert_eq!(connector.revoke_access_token(access).await.unwrap_err().kind, Unclear);
    scene.proxy.dial(Fault::Pass);
    assert!(!partner.is_alive(access.expose()));
    assert_eq!(connector.revoke_access_token(access).await.unwrap_err().kind, CallFailure::Refused);
    assert_eq!(used(&**connector, access).await, Some(Life::Dead));
    assert_eq!(connector.refresh(refresh).await.unwrap_err().kind, CallFailure::Refused);
}

/// A name that leads to this machine is not called without being allowed, even where it answers.
#[tokio::test]
async fn a_partner_inside_our_own_network_is_not_called_unless_that_is_allowed() {
    let trap = Trap::start();
    let address: SocketAddr = trap.url().trim_start_matches("http://").parse().unwrap();
    let settings = ProfileSettings {
        issuer: Some(format!("https://localhost:{}", address.port())),
        client_secret_file: None,
        ..oauth2("")
    };
    let base = "https://gangway.example".parse().unwrap();
    let registry = gangway_server::connector::Registry::new(&[settings], &base).unwrap();
    let name = "partner".parse().unwrap();
    let found =
        gangway_engine::Connectors::connector(&registry, gangway_domain::ConnectorKind::OAuth2, Some(&name));
    let failure = found.unwrap().redeem(&secret("c"), &verifier()).await.unwrap_err();
    assert!(failure.kind == Rejected && failure.answer.contains("loopback"), "{failure:?}");
    trap.is_untouched();
}
