//! What `/metrics` tells of releases.

use super::exposition::Exposition;
use crate::partners::{Call, Family, Fault, Lost, OldRefreshToken, Revocation};
use crate::scene::{Consents as _, Scene, name, with_family_behind};

const TRIES: &str = "gangway_release_tries_total";
const ENDED: &str = "gangway_releases_ended_total";
const MISSING: &str = "gangway_tokens_missing_total";

#[track_caller]
fn counts(scene: &Scene, expected: &[(&str, &str, &str, f64)]) -> Exposition {
    let answer = scene.gangway.page("/metrics").is(200);
    let metrics = Exposition::parse(answer.text());
    for (name, label, value, count) in expected {
        assert_eq!(metrics.value(name, &[(label, value)]), Some(*count), "{name} {value}\n{}", answer.text());
    }
    metrics
}

#[test]
fn the_metrics_count_releases_by_how_they_end_and_tokens_by_how_they_came_to_be_missing() {
    let family = Family { revocation: Revocation::OfTheToken, ..Family::renewing() };
    let (proxy, partner, mut scene) =
        with_family_behind(Family { old_refresh_token: OldRefreshToken::Lives, ..family });
    let id = scene.connect("helpdesk", &partner);
    proxy.dial(Fault::Refuse);
    scene.caller().disconnect(&id).is(204);
    let given_up = name(&scene.tried(&id));
    scene.prints(&["release", "force", &given_up, "--reason", "because"]);
    proxy.dial(Fault::Pass);

    scene.connect("helpdesk", &partner);
    scene.caller().disconnect(&id).is(204);
    scene.confirmed(&id);

    scene.connect("helpdesk", &partner);
    partner.loses(Call::Refresh, Lost::AfterTheAct, 1);
    scene.renew(&partner, &id);
    scene.caller().disconnect(&id).is(204);
    scene.unaccounted(&id, "refreshAnswerLost");

    let metrics = counts(
        &scene,
        &[
            (TRIES, "outcome", "confirmed", 1.0),
            (TRIES, "outcome", "unaccounted", 1.0),
            (ENDED, "outcome", "forced", 1.0),
            (ENDED, "outcome", "confirmed", 1.0),
            (ENDED, "outcome", "unaccounted", 1.0),
            (MISSING, "reason", "refreshAnswerLost", 1.0),
        ],
    );
    assert!(metrics.value(TRIES, &[("outcome", "pending")]) >= Some(1.0), "it was tried in vain");
    assert_eq!([TRIES, ENDED, MISSING].map(|name| metrics.series(name)), [3, 3, 1], "and nothing else");

    let mut attempt = scene.begin(&id);
    let callback = partner.consents(&attempt.consent_url);
    partner.loses(Call::Redeem, Lost::AfterTheAct, 1);
    attempt.browser.get(&callback.target()).is(502);
    partner.is_left_alone();
    scene.start_again_when_all_is_due();
    scene.unaccounted(&id, "codeAnswerLost");
    counts(&scene, &[(ENDED, "outcome", "unaccounted", 1.0), (MISSING, "reason", "codeAnswerLost", 1.0)]);
}
