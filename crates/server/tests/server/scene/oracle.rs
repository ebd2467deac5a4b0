//! What must be true of releases whatever a partner does, by what the partner knows.

use std::time::{Duration, Instant};

use gangway_domain::MissingKind;
use serde_json::Value;

use super::Scene;
use crate::partners::{Call, Minted, Unruly};
use crate::support::{Outcome, until};

/// How long a release may take that nothing stands in the way of.
const SOON: Duration = Duration::from_secs(20);

impl Scene {
    /// What `gangway partner check` comes to.
    pub(crate) fn check(&self, id: &str) -> Outcome {
        self.run(&["partner", "check", id])
    }

    /// Has a connection's tokens renewed, by a check once the time that was said of them is over.
    #[track_caller]
    pub(crate) fn renew(&self, partner: &Unruly, id: &str) -> Outcome {
        until("the access token's time is over", || partner.said_time_is_over().then_some(()));
        let before = partner.count(Call::Refresh);
        let outcome = self.check(id);
        assert!(partner.count(Call::Refresh) > before, "nothing was renewed: {outcome:?}");
        outcome
    }

    /// The newest release of a partner once it was tried, whatever came of it.
    #[track_caller]
    pub(crate) fn tried_or_over(&self, id: &str) -> Value {
        self.release_that(id, "its release is tried", |release| {
            release["tries"].as_u64() > Some(0) || release["state"] != "pending"
        })
    }

    /// The releases of a partner, newest first: when all of them are over, or as they are when it was waited long enough.
    pub(crate) fn in_the_end(&self, id: &str) -> Vec<Value> {
        self.by(Instant::now() + SOON, id)
    }

    /// As [`Scene::in_the_end`], waiting no longer than until then.
    pub(crate) fn by(&self, end: Instant, id: &str) -> Vec<Value> {
        loop {
            let releases = self.releases(id);
            let over = !releases.is_empty() && releases.iter().all(|release| release["state"] != "pending");
            if over || Instant::now() > end {
                return releases;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Nothing that this partner ever gave opens anything.
#[track_caller]
pub(crate) fn is_dead(partner: &Unruly) {
    let alive = partner.alive();
    assert!(alive.is_empty(), "alive: {}", named(&alive));
}

#[track_caller]
pub(crate) fn is_honest(scene: &Scene, partner: &Unruly, releases: &[Value]) {
    if let Some(lie) = dishonest(scene, partner, releases) {
        panic!("{lie}: {releases:?}");
    }
}

/// What is said in vain of the releases of a partner that is cut off, if anything is.
pub(crate) fn dishonest(scene: &Scene, partner: &Unruly, releases: &[Value]) -> Option<String> {
    let states: Vec<_> = releases.iter().map(|release| release["state"].as_str().unwrap()).collect();
    let told_wrong = releases.iter().find_map(|release| {
        let receipt = scene.receipt(release);
        contradicts_itself(release, &receipt).or_else(|| malformed(&receipt))
    });
    if told_wrong.is_some() {
        return told_wrong;
    }
    if states.contains(&"pending") {
        return None;
    }
    let alive = partner.alive();
    let unaccounted = states.contains(&"unaccounted");
    if !unaccounted && !alive.is_empty() {
        return Some(format!("{states:?}, and alive: {}", named(&alive)));
    }
    if alive.iter().any(|token| token.heard) {
        return Some(format!("{states:?}, and alive, though known: {}", named(&alive)));
    }
    if unaccounted && !partner.kept_someone_waiting() {
        return Some(format!("{states:?}, and no answer was lost"));
    }
    None
}

/// Whether anything in a receipt says that there may be tokens which nobody has.
pub(crate) fn says_that_tokens_are_missing(receipt: &Value) -> bool {
    let text = receipt.to_string();
    MissingKind::ALL.iter().any(|kind| text.contains(kind.as_str()))
}

/// What in a receipt does not go with the state of its release.
fn contradicts_itself(release: &Value, receipt: &Value) -> Option<String> {
    let missing = receipt["missing"].as_array().map_or(0, Vec::len);
    let unproved = receipt["tokens"].as_array().into_iter().flatten().find(|token| token["proof"].is_null());
    match release["state"].as_str().unwrap() {
        "confirmed" if missing > 0 || says_that_tokens_are_missing(receipt) => {
            Some(format!("confirmed, but an answer is missing: {receipt}"))
        }
        "unaccounted" if missing == 0 => Some(format!("unaccounted, and nothing is missing: {receipt}")),
        "confirmed" | "unaccounted" => unproved.map(|token| format!("over, without a proof of {token}")),
        _ => None,
    }
}

/// What can prove that a token of this kind is dead.
fn proofs(kind: &str) -> &'static [&'static str] {
    match kind {
        "accessToken" => &["accessTokenInactive", "accessTokenRefused", "accessTokenExpired"],
        "refreshToken" => &["refreshTokenInactive", "refreshTokenRefused", "refreshTokenExpired"],
        _ => &[],
    }
}

/// The first of a receipt's tokens that is not told as tokens are.
fn malformed(receipt: &Value) -> Option<String> {
    let tokens = receipt["tokens"].as_array()?;
    let same = |id: &Value| tokens.iter().filter(|token| token["id"] == *id).count();
    let is_refresh = |id: &Value| tokens.iter().any(|it| it["id"] == *id && it["kind"] == "refreshToken");
    let is_well = |token: &Value| {
        let text = |name: &str| token[name].as_str().unwrap_or_default();
        same(&token["id"]) == 1
            && ["accessToken", "refreshToken"].contains(&text("kind"))
            && ["code", "refresh", "unknown"].contains(&text("origin"))
            && token["obtainedAt"].is_string()
            && (token["refreshToken"].is_null() || is_refresh(&token["refreshToken"]))
            && (token["proof"].is_null() || proofs(text("kind")).contains(&text("proof")))
            && token["proof"].is_null() == token["provedAt"].is_null()
    };
    let other = tokens.iter().find(|token| !is_well(token))?;
    Some(format!("{other} is no token as the others are: {receipt}"))
}

fn named(tokens: &[Minted]) -> String {
    let heard = |token: &Minted| if token.heard { "" } else { ", which nobody heard of" };
    let named =
        tokens.iter().map(|token| format!("{:?} token by {:?}{}", token.kind, token.origin, heard(token)));
    named.collect::<Vec<_>>().join("; ")
}
