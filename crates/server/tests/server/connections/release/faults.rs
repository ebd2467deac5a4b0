//! Whatever goes wrong between Gangway and a partner, a release waits, says what was answered, and is done when it is
//! over.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::partners::{Authority, Fault, FaultProxy, Flaw, Garbage, Matching, OAuthPartner, Trap, block_on};
use crate::scene::{Profile, Scene, Tokens, name, redirect_uri, with_teamviewer};

/// What a release comes to when nothing goes wrong any more.
#[derive(Clone, Copy, Debug)]
enum End {
    Confirmed,
    /// An answer to a refresh never came.
    Lost,
    /// What came for a refresh may have had tokens in it.
    Unread,
}

/// A tenant's connection, and what goes wrong with everything that is said of its tokens.
struct Cut {
    tenant: String,
    id: String,
    tokens: Tokens,
    fault: Fault,
    /// What is told of it.
    answer: &'static str,
    end: End,
}

const NOT_ASKED_FOR: &str = "probe: HTTP 200, but not with what was asked for";
const LATE: &str = "revokeRefreshToken: no answer within 3 s";
const LOST: &str = "revokeRefreshToken: the connection was lost before there was a whole answer";

fn faults(trap: &Trap) -> Vec<(Fault, &'static str, End)> {
    let mut faults = vec![
        (Fault::Reset, LOST, End::Confirmed),
        (Fault::HangUp, LOST, End::Confirmed),
        (Fault::LoseAnswer, LOST, End::Lost),
        (Fault::HalfAnswer, LOST, End::Lost),
        (Fault::Garbage(Garbage::NotHttp), LOST, End::Confirmed),
        (Fault::Stall, LATE, End::Confirmed),
        (Fault::Drip, LATE, End::Confirmed),
        (Fault::Status(500), "revokeRefreshToken: HTTP 500 server_error", End::Confirmed),
        (Fault::busy(4), "revokeRefreshToken: HTTP 503 server_error, Retry-After 4 s", End::Confirmed),
        (Fault::Json(429, "{}".to_owned()), "revokeRefreshToken: HTTP 429", End::Confirmed),
        (Fault::Redirect(307, format!("{}/token", trap.url())), "refresh: HTTP 307", End::Confirmed),
        (Fault::Garbage(Garbage::Empty), NOT_ASKED_FOR, End::Lost),
    ];
    let garbage = [Garbage::Nonsense, Garbage::OtherJson, Garbage::Html, Garbage::CutJson];
    faults.extend(garbage.map(|garbage| (Fault::Garbage(garbage), NOT_ASKED_FOR, End::Unread)));
    faults
}

/// This call with this answer is among those of a release, and the last of them is listed.
#[track_caller]
fn was_told(scene: &Scene, release: &Value, answer: &str) {
    let receipt = scene.receipt(release);
    let calls = receipt["calls"].as_array().unwrap().iter();
    let text =
        |call: &Value| format!("{}: {}", call["step"].as_str().unwrap(), call["answer"].as_str().unwrap());
    let told: Vec<_> = calls.map(text).collect();
    assert!(told.iter().any(|told| told == answer), "not {answer:?}: {told:?}");
    assert!(told.iter().any(|told| release["lastAnswer"] == **told), "{release}: {told:?}");
}

/// Where an answer to a refresh was lost or could not be read, that is not forgotten when everything that is known is dead.
#[track_caller]
fn ends(scene: &Scene, id: &str, end: End) {
    match end {
        End::Confirmed => drop(scene.confirmed(id)),
        End::Lost => drop(scene.unaccounted(id, "refreshAnswerLost")),
        End::Unread => {
            let is_kept = |release: &Value| release["obstacle"] == "unreadAnswer";
            let release = scene.release_that(id, "only what cannot be read is left", is_kept);
            assert_eq!(release["state"], "pending", "{release}");
        }
    }
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
fn whatever_goes_wrong_at_a_partner_a_release_waits_and_ends_as_it_should_when_it_is_over() {
    let (proxy, trap) = (FaultProxy::start(), Trap::start());
    let partner = OAuthPartner::setup(&redirect_uri("helpdesk")).start_behind(&proxy);
    let scene = Scene::start(&[Profile::oauth2("helpdesk", partner.issuer()).timeout(3)]);
    let mut cuts = Vec::new();
    for (number, (fault, answer, end)) in faults(&trap).into_iter().enumerate() {
        let (tenant, id, tokens) = connected(&scene, &proxy, &partner, number);
        for token in [&tokens.access, &tokens.refresh] {
            proxy.plan(Matching::any().with(token), fault.clone());
        }
        cuts.push(Cut { tenant, id, tokens, fault, answer, end });
    }
    for cut in &cuts {
        scene.caller_of(&cut.tenant).disconnect(&cut.id).is(204);
    }
    for cut in &cuts {
        let release = scene.tried(&cut.id);
        was_told(&scene, &release, cut.answer);
        let obstacle = if matches!(cut.fault, Fault::Redirect(..)) { "stillAlive" } else { "unreachable" };
        assert_eq!(release["obstacle"], obstacle, "{:?}: {release}", cut.fault);
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
        ends(&scene, &cut.id, cut.end);
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
    const LOST: &str = "revokeAccessToken: the connection was lost before there was a whole answer";
    for (fault, answer, end) in [
        (Fault::Reset, LOST, End::Confirmed),
        (Fault::LoseAnswer, LOST, End::Confirmed),
        (Fault::busy(1), "revokeAccessToken: HTTP 503 server_error, Retry-After 1 s", End::Confirmed),
        (Fault::Garbage(Garbage::Html), NOT_ASKED_FOR, End::Unread),
    ] {
        let (proxy, partner, scene) = with_teamviewer();
        let id = scene.connect("teamviewer", &partner);
        proxy.dial(fault.clone());
        scene.caller().disconnect(&id).is(204);
        was_told(&scene, &scene.tried(&id), answer);
        proxy.dial(Fault::Pass);
        ends(&scene, &id, end);
        assert!(
            partner.live_access_tokens().is_empty() && partner.live_refresh_tokens().is_empty(),
            "{fault:?}"
        );
        assert_eq!(partner.revocations(), 1, "{fault:?}");
    }
}
