//! That the manual names what is counted as it is counted.

use std::collections::BTreeSet;
use std::fs;

use gangway_domain::{
    Activity, Actor, CallLog, ConnectorKind, Correlated, Evidence, Forced, Generation, Missing, MissingKind,
    PartnerId, Proof, ReleaseId, ReleaseState, RequestedBy, TenantId, TokenLog, Version,
};
use uuid::Uuid;

use super::*;

fn release(state: ReleaseState) -> Release {
    Release {
        tenant: TenantId(Uuid::nil()),
        id: ReleaseId(Uuid::nil()),
        partner: PartnerId(Uuid::nil()),
        partner_name: "Helpdesk".into(),
        generation: Generation(1),
        connector: ConnectorKind::OAuth2,
        profile: None,
        account: None,
        asked: RequestedBy {
            by: Correlated { actor: Actor::Gangway, correlation: Uuid::nil() },
            activity: Activity::Disconnect,
            at: at(),
        },
        state,
        tries: 1,
        tokens: TokenLog::default(),
        calls: CallLog::default(),
        version: Version(2),
    }
}

fn at() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// Metrics after everything that is counted with words of ours, whatever it comes to.
fn counted() -> Metrics {
    let metrics = Metrics::new(false);
    let evidence = || Evidence { at: at(), proofs: vec![Proof::RefreshTokenRefused] };
    let missing = MissingKind::ALL.map(|what| Missing { what, at: at() });
    metrics.release_tried(None);
    for state in [
        ReleaseState::Pending { next_try: at(), obstacle: None },
        ReleaseState::Confirmed(evidence()),
        ReleaseState::Unaccounted(evidence(), missing.to_vec()),
    ] {
        metrics.release_tried(Some(&release(state)));
    }
    let forced = Forced { by: Actor::Gangway, at: at(), reason: "because".into() };
    metrics.release_ended(&release(ReleaseState::Forced(forced)));
    metrics.tokens(Stats { cache_hits: 1, signatures_checked: 1, key_fetches: 1, ..Stats::default() });
    metrics
}

/// The values that this label has in what the server shows.
fn shown(text: &str, name: &str, label: &str) -> BTreeSet<String> {
    let samples = text.lines().filter_map(|line| line.strip_prefix(&format!("{name}{{{label}=\"")));
    samples.map(|rest| rest.split_once('"').unwrap().0.to_owned()).collect()
}

/// The values of a label that the manual names, in the column behind the metric's.
fn named(manual: &str, name: &str, label: &str) -> BTreeSet<String> {
    let begins = format!("| `{name}{{{label}}}` |");
    let row =
        manual.lines().find(|line| line.starts_with(&begins)).unwrap_or_else(|| panic!("no row {begins}"));
    let values = row.split('|').nth(2).unwrap();
    values.trim().split(", ").map(|value| value.trim_matches('`').to_owned()).collect()
}

#[test]
fn the_manual_names_every_value_that_a_label_can_have_and_no_other() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operate/monitor.md");
    let manual = fs::read_to_string(page).unwrap();
    let text = counted().encode().unwrap();
    for (name, label) in [
        ("gangway_token_checks_total", "result"),
        ("gangway_release_tries_total", "outcome"),
        ("gangway_releases_ended_total", "outcome"),
        ("gangway_tokens_missing_total", "reason"),
    ] {
        assert_eq!(named(&manual, name, label), shown(&text, name, label), "{name}");
    }
}
