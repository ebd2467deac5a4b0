//! Answers that do not come from where an administrator was sent, or not in time, or twice. Whoever sends them
//! learns nothing and changes nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::partners::{Callback, FaultProxy, OAuthPartner, TeamViewerStandIn, block_on};
use crate::scene::{Browser, OTHER_TENANT, Profile, Scene, TENANT, redirect_uri};
use crate::support::{Answer, until};

/// A server with two partners, one of which is real, and what it answers to somebody who brings nothing.
struct Stage {
    proxy: FaultProxy,
    partner: OAuthPartner,
    _other: TeamViewerStandIn,
    scene: Scene,
    id: String,
    neutral: Answer,
}

fn started() -> Stage {
    let (proxy, other_proxy) = (FaultProxy::start(), FaultProxy::start());
    let partner = OAuthPartner::setup(&redirect_uri("helpdesk")).start_behind(&proxy);
    let other = TeamViewerStandIn::start_behind(&other_proxy, &redirect_uri("teamviewer"));
    let scene = Scene::start(&[
        Profile::oauth2("helpdesk", partner.issuer()),
        Profile::teamviewer("teamviewer", &other.url()),
    ]);
    let id = scene.partner("helpdesk");
    let neutral = Browser::new(scene.gangway.address).get("/gangway/v1/callback/helpdesk").is(400);
    Stage { proxy, partner, _other: other, scene, id, neutral }
}

impl Stage {
    /// A browser at the moment when the partner sends it back.
    fn consented(&self) -> (Browser, Callback) {
        self.consented_for(TENANT, &self.id)
    }

    fn consented_for(&self, tenant: &str, id: &str) -> (Browser, Callback) {
        let attempt = self.scene.begin_as(tenant, id);
        (attempt.browser, block_on(self.partner.consent(&attempt.consent_url)))
    }

    fn refusals(&self) -> usize {
        let activities = self.scene.database().activities(&self.id);
        activities.iter().filter(|activity| *activity == "refuseCallback").count()
    }

    /// It is answered with the neutral page, changes nothing, and leaves so many events.
    #[track_caller]
    fn refuses(&self, what: &str, browser: &mut Browser, target: &str, events: usize) {
        let (status, refusals) = (self.scene.caller().status(&self.id), self.refusals());
        let answer = browser.get(target);
        assert_eq!(answer.status, self.neutral.status, "{what}: {}", answer.text());
        assert_eq!(answer.text(), self.neutral.text(), "{what}");
        let names = |answer: &Answer| answer.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&answer), names(&self.neutral), "{what}");
        assert_eq!(self.scene.caller().status(&self.id), status, "{what}");
        assert_eq!(self.refusals(), refusals + events, "{what}");
    }

    fn nothing_was_redeemed(&self) {
        let requests = self.proxy.requests();
        assert!(requests.iter().all(|request| request.path() != "/token"), "{requests:?}");
    }
}

/// The callback's target with another value of a field, or without it.
fn with(callback: &Callback, name: &str, value: Option<&str>) -> String {
    let mut url = callback.url.clone();
    let others: Vec<_> = callback.fields().into_iter().filter(|(found, _)| found != name).collect();
    url.query_pairs_mut().clear().extend_pairs(others);
    if let Some(value) = value {
        url.query_pairs_mut().append_pair(name, value);
    }
    Callback { url }.target()
}

/// A state with these bytes of it replaced.
fn altered(state: &str, at: std::ops::Range<usize>, by: &str) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(state).unwrap();
    let other = URL_SAFE_NO_PAD.decode(by).unwrap();
    bytes[at.clone()].copy_from_slice(&other[at]);
    URL_SAFE_NO_PAD.encode(bytes)
}

type Change<'a> = Box<dyn Fn(&Callback) -> String + 'a>;

#[test]
fn an_answer_that_is_not_whole_or_not_the_partners_is_refused_like_any_other() {
    let stage = started();
    let issuer = stage.partner.issuer().to_owned();
    let doubled = |callback: &Callback, name: &str| {
        format!("{}&{name}={}", callback.target(), callback.field(name).unwrap())
    };
    let elsewhere =
        |callback: &Callback| callback.target().replace("/callback/helpdesk", "/callback/teamviewer");
    let cases: [(&str, usize, Change<'_>); 11] = [
        ("no state", 0, Box::new(|callback| with(callback, "state", None))),
        ("a state of nobody's", 0, Box::new(|callback| with(callback, "state", Some("x")))),
        ("the state twice", 0, Box::new(|callback| doubled(callback, "state"))),
        ("no code", 1, Box::new(|callback| with(callback, "code", None))),
        ("the code twice", 1, Box::new(|callback| doubled(callback, "code"))),
        ("an error and a code", 1, Box::new(|callback| format!("{}&error=x", callback.target()))),
        ("no issuer, where the partner names itself", 1, Box::new(|callback| with(callback, "iss", None))),
        ("another issuer", 1, Box::new(|callback| with(callback, "iss", Some("https://elsewhere.example")))),
        ("the issuer with a slash", 1, {
            let slashed = format!("{issuer}/");
            Box::new(move |callback| with(callback, "iss", Some(&slashed)))
        }),
        ("the issuer twice", 1, Box::new(|callback| doubled(callback, "iss"))),
        ("another profile's redirect URI", 1, Box::new(elsewhere)),
    ];
    for (what, events, change) in cases {
        let (mut browser, callback) = stage.consented();
        stage.refuses(what, &mut browser, &change(&callback), events);
    }
    stage.nothing_was_redeemed();
}

#[test]
fn an_answer_with_another_browser_or_a_foreign_state_is_refused_like_any_other() {
    let stage = started();
    let elsewhere = stage.scene.partner_of(OTHER_TENANT, "helpdesk");
    let (foreign_browser, foreign) = stage.consented_for(OTHER_TENANT, &elsewhere);
    let (older_browser, older) = stage.consented();
    let (mut browser, callback) = stage.consented();
    let (ours, theirs) = (callback.state().unwrap(), foreign.state().unwrap());
    let mut stranger = Browser::new(stage.scene.gangway.address);
    stage.refuses("no cookie", &mut stranger, &callback.target(), 1);
    stage.refuses("another tenant's browser", &mut foreign_browser.clone(), &callback.target(), 1);
    stage.refuses("the browser of an older attempt", &mut older_browser.clone(), &callback.target(), 1);
    // 16 bytes of tenant, 16 of attempt, 32 of secret and 32 that bind the browser.
    for (what, part, events) in [
        ("another tenant in the state", 0..16, 0),
        ("another tenant's attempt in the state", 16..32, 0),
        ("another attempt's secret in the state", 32..64, 1),
        ("another browser's binding in the state", 64..96, 1),
    ] {
        let target = with(&callback, "state", Some(&altered(&ours, part, &theirs)));
        stage.refuses(what, &mut browser, &target, events);
    }
    let target = with(&callback, "state", Some(&older.state().unwrap()));
    stage.refuses("the state of an older attempt", &mut browser, &target, 1);
    let target = with(&callback, "state", Some(&theirs));
    stage.refuses("the state of another tenant's attempt", &mut browser, &target, 0);
    stage.nothing_was_redeemed();

    let page = browser.get(&callback.target()).is(200);
    assert!(page.text().contains("Connected"), "none of that was in the way: {}", page.text());
    let reasons = stage.scene.database().events(&stage.id, "changes").concat();
    for reason in ["it came with another browser", "its state is not the one that was sent"] {
        assert!(reasons.contains(reason), "no {reason:?} in {reasons}");
    }
}

#[test]
fn an_answer_that_comes_late_or_twice_is_refused_like_any_other() {
    let stage = started();
    let mut caller = stage.scene.caller();
    let (mut browser, replaced) = stage.consented();
    let (mut newer, callback) = stage.consented();
    stage.refuses("after a newer attempt", &mut browser, &replaced.target(), 1);

    caller.disconnect(&stage.id).is(204);
    stage.refuses("after a disconnect", &mut newer, &callback.target(), 1);

    stage.nothing_was_redeemed();

    let (mut browser, callback) = stage.consented();
    let mut thief = browser.clone();
    browser.get(&callback.target()).is(200);
    stage.refuses("a second time", &mut thief, &callback.target(), 1);
    assert_eq!(stage.scene.prints(&["partner", "check", &stage.id]), "the connection is good\n");
}

#[test]
fn an_answer_after_the_attempts_time_is_refused_like_any_other() {
    let mut stage = started();
    let (browser, callback) = stage.consented();
    stage.scene.start_again_when_all_is_late();
    let mut browser = browser.at(stage.scene.gangway.address);
    until("the attempt falls back", || {
        (stage.scene.caller().status(&stage.id) == "notOnboarded").then_some(())
    });
    stage.refuses("after its time", &mut browser, &callback.target(), 1);
    stage.nothing_was_redeemed();
    let activities = stage.scene.database().activities(&stage.id);
    assert_eq!(activities[1..], ["beginOnboarding", "expireOnboarding", "refuseCallback"]);
}

#[test]
fn who_says_no_at_the_partner_is_not_connected_and_may_think_again() {
    let stage = started();
    let mut attempt = stage.scene.begin(&stage.id);
    let no = block_on(stage.partner.deny(&attempt.consent_url));
    stage.refuses("no", &mut attempt.browser, &no.target(), 1);
    assert_eq!(stage.scene.caller().status(&stage.id), "onboarding");
    stage.nothing_was_redeemed();
    let yes = block_on(stage.partner.consent(&attempt.consent_url));
    attempt.browser.get(&yes.target()).is(200);
    assert_eq!(stage.scene.caller().status(&stage.id), "onboarded");
}

#[test]
fn whoever_has_an_attempts_state_cannot_fill_the_audit_with_it() {
    let stage = started();
    let (_, callback) = stage.consented();
    for _ in 0..20 {
        Browser::new(stage.scene.gangway.address).get(&callback.target()).is(400);
    }
    assert_eq!(stage.refusals(), 8);
}
