//! Whatever goes wrong between Gangway and a partner, a release waits, says what was answered, and is done when it is
//! over.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::partners::{Authority, Fault, FaultProxy, Flaw, Garbage, Matching, OAuthPartner, Trap, block_on};
use crate::scene::{Profile, Scene, Tokens, name, redirect_uri, with_teamviewer};

/// A tenant's connection, and what goes wrong with everything that is said of its tokens.
struct Cut {
    tenant: String,
    id: String,
    tokens: Tokens,
    fault: Fault,
    /// What is told of it.
    answer: &'static str,
}

const NOT_ASKED_FOR: &str = "probe: HTTP 200, but not with what was asked for";
const LATE: &str = "revokeRefreshToken: no answer within 3 s";
const LOST: &str = "revokeRefreshToken: the connection was lost before there was a whole answer";

fn faults(trap: &Trap) -> Vec<(Fault, &'static str)> {
    let mut faults = vec![
        (Fault::Reset, LOST),
        (Fault::HangUp, LOST),
        (Fault::LoseAnswer, LOST),
        (Fault::HalfAnswer, LOST),
        (Fault::Garbage(Garbage::NotHttp), LOST),
        (Fault::Stall, LATE),
        (Fault::Drip, LATE),
        (Fault::Status(500), "revokeRefreshToken: HTTP 500 server_error"),
        (Fault::busy(4), "revokeRefreshToken: HTTP 503 server_error, Retry-After 4 s"),
        (Fault::Json(429, "{}".to_owned()), "revokeRefreshToken: HTTP 429"),
        (Fault::Redirect(307, format!("{}/token", trap.url())), "refresh: HTTP 307"),
    ];
    let garbage = [Garbage::Nonsense, Garbage::OtherJson, Garbage::Html, Garbage::CutJson, Garbage::Empty];
    faults.extend(garbage.map(|garbage| (Fault::Garbage(garbage), NOT_ASKED_FOR)));
    faults
}

fn connected(
    scene: &Scene,
    proxy: &FaultProxy,
    partner: &OAuthPartner,
    number: usize,
) -> (String, String, Tokens) {
    let tenant = format!("aaaabbbb-0000-cccc-1111-{number:012x}");
    let id = scene.connect_as(&tenant, "helpdesk", partner);
    let tokens = Tokens::of(scene, proxy, &tenant, &id);
    (tenant, id, tokens)
}

/// Nothing of it is told to anybody.
fn shows_no_secret(scene: &Scene, cut: &Cut) {
    let release = name(&scene.releases(&cut.id)[0]);
    for shown in [
        scene.gangway.log(),
        scene.prints(&["release", "show", &release]),
        scene.prints(&["release", "list"]),
    ] {
        for secret in [&cut.tokens.access, &cut.tokens.refresh] {
            assert!(!shown.contains(secret), "{:?}: {shown}", cut.fault);
        }
    }
}

#[test]
fn whatever_goes_wrong_at_a_partner_a_release_waits_and_is_confirmed_when_it_is_over() {
    let (proxy, trap) = (FaultProxy::start(), Trap::start());
    let partner = OAuthPartner::setup(&redirect_uri("helpdesk")).start_behind(&proxy);
    let scene = Scene::start(&[Profile::oauth2("helpdesk", partner.issuer()).timeout(3)]);
    let mut cuts = Vec::new();
    for (number, (fault, answer)) in faults(&trap).into_iter().enumerate() {
        let (tenant, id, tokens) = connected(&scene, &proxy, &partner, number);
        for token in [&tokens.access, &tokens.refresh] {
            proxy.plan(Matching::any().with(token), fault.clone());
        }
        cuts.push(Cut { tenant, id, tokens, fault, answer });
    }
    for cut in &cuts {
        scene.caller_of(&cut.tenant).disconnect(&cut.id).is(204);
    }
    for cut in &cuts {
        let release = scene.tried(&cut.id);
        let answer = release["lastAnswer"].as_str();
        assert_eq!(answer, Some(cut.answer), "{:?}", cut.fault);
        shows_no_secret(&scene, cut);
        if matches!(cut.fault, Fault::RetryAfter(..)) {
            let calls = scene.receipt(&release)["calls"].take();
            let last = calls.as_array().unwrap().last().unwrap();
            let asked: Timestamp = last["at"].as_str().unwrap().parse().unwrap();
            let next: Timestamp = release["nextTry"].as_str().unwrap().parse().unwrap();
            assert!(next.duration_since(asked) >= SignedDuration::from_secs(4), "{release}");
        }
    }
    trap.is_untouched();
    proxy.forget_plans();
    for cut in &cuts {
        scene.confirmed(&cut.id);
        assert_eq!(cut.tokens.alive(&partner), 0, "{:?}", cut.fault);
        assert_eq!(scene.releases(&cut.id).len(), 1, "{:?}", cut.fault);
        shows_no_secret(&scene, cut);
    }
    let usable = block_on(partner.usable());
    assert_eq!((usable.access_tokens, usable.refresh_tokens), (0, 0));
}

#[test]
fn a_partner_that_cannot_be_reached_or_trusted_is_told_nothing() {
    let authority = Arc::new(Authority::new());
    let proxy = FaultProxy::start_with_tls(&authority);
    let partner = OAuthPartner::setup(&redirect_uri("helpdesk")).start_behind(&proxy);
    let profile = Profile::oauth2("helpdesk", partner.issuer());
    let scene = Scene::start(&[profile.set("ca_file", authority.file().to_str().unwrap())]);
    let faults = [
        (Fault::Refuse, "could not connect: "),
        (Fault::Tls(Flaw::WrongName), "could not connect: invalid peer certificate"),
        (Fault::Tls(Flaw::Expired), "could not connect: invalid peer certificate"),
        (Fault::Tls(Flaw::SelfSigned), "could not connect: invalid peer certificate"),
    ];
    let connections: Vec<_> =
        (0..faults.len()).map(|number| connected(&scene, &proxy, &partner, number)).collect();
    let before = proxy.requests().len();
    for ((tenant, id, tokens), (fault, answer)) in connections.iter().zip(faults) {
        proxy.dial(fault.clone());
        scene.caller_of(tenant).disconnect(id).is(204);
        let release = scene.tried(id);
        let told = release["lastAnswer"].as_str().unwrap();
        assert!(told.contains(answer), "{fault:?}: {told}");
        assert_eq!(tokens.alive(&partner), 2, "{fault:?}");
    }
    assert_eq!(proxy.requests().len(), before);
    proxy.dial(Fault::Pass);
    for (_, id, tokens) in &connections {
        scene.confirmed(id);
        assert_eq!(tokens.alive(&partner), 0);
    }
}

#[test]
fn what_is_lost_on_the_way_to_teamviewer_is_done_again() {
    for (fault, answer) in [
        (Fault::Reset, "revokeAccessToken: the connection was lost before there was a whole answer"),
        (Fault::LoseAnswer, "revokeAccessToken: the connection was lost before there was a whole answer"),
        (Fault::busy(1), "revokeAccessToken: HTTP 503 server_error, Retry-After 1 s"),
        (Fault::Garbage(Garbage::Html), NOT_ASKED_FOR),
    ] {
        let (proxy, partner, scene) = with_teamviewer();
        let id = scene.connect("teamviewer", &partner);
        proxy.dial(fault.clone());
        scene.caller().disconnect(&id).is(204);
        assert_eq!(scene.tried(&id)["lastAnswer"], answer, "{fault:?}");
        proxy.dial(Fault::Pass);
        scene.confirmed(&id);
        assert!(
            partner.live_access_tokens().is_empty() && partner.live_refresh_tokens().is_empty(),
            "{fault:?}"
        );
        assert_eq!(partner.revocations(), 1, "{fault:?}");
    }
}
