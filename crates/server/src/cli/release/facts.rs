//! A receipt in plain words.

use std::fmt::Write as _;

use super::super::plain;
use crate::receipt::{By, ByKind, Outcome, Receipt};

/// What a receipt says, a line each. People chose some of these words, so no line can be made by them.
pub(super) fn facts(receipt: &Receipt) -> String {
    let mut facts = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(facts, "{name:<10}{}", plain(value));
    };
    line("release", &receipt.release.to_string());
    line("tenant", &receipt.tenant.to_string());
    line("partner", &format!("{} ({})", receipt.partner.name, receipt.partner.id));
    if let Some(account) = &receipt.account {
        line("account", &format!("{} ({})", account.name.as_deref().unwrap_or("unnamed"), account.id));
    }
    let asked = &receipt.asked;
    line("asked", &format!("{}, by {}, {}", asked.at, who(&asked.by), asked.activity));
    line("outcome", &outcome(receipt));
    if let Some(forced) = &receipt.forced {
        line("reason", &forced.reason);
        line("by hand", &forced.by_hand);
    }
    let calls = receipt.calls.len() as u64 + receipt.omitted_calls;
    line("tries", &format!("{}, with {calls} calls to the partner", receipt.tries));
    for call in &receipt.calls {
        line("call", &format!("{} {}: {}", call.at, call.step, call.answer));
    }
    line("issued", &receipt.issued_at.to_string());
    facts
}

fn outcome(receipt: &Receipt) -> String {
    match (receipt.outcome, &receipt.evidence, &receipt.forced) {
        (Outcome::Pending, ..) => "pending: the grant may still live".into(),
        (Outcome::Confirmed, Some(evidence), _) => {
            format!("confirmed at {}: {}", evidence.at, evidence.proofs.join(", "))
        }
        (Outcome::Forced, _, Some(forced)) => {
            format!("given up at {} by {}: the grant may still live", forced.at, who(&forced.by))
        }
        (Outcome::Confirmed, None, _) => "confirmed, but without evidence".into(),
        (Outcome::Forced, _, None) => "given up: the grant may still live".into(),
    }
}

fn who(by: &By) -> String {
    let kind = match by.kind {
        ByKind::User => "user",
        ByKind::PersonalUser => "personal account",
        ByKind::Application => "application",
        ByKind::Partner => return "the partner".into(),
        ByKind::Gangway => return "Gangway".into(),
        ByKind::Operator => return "whoever runs the server".into(),
    };
    let name = by.principal_name.as_deref().or(by.id.as_deref()).unwrap_or("unknown");
    match by.application_id.as_deref().filter(|_| by.kind != ByKind::Application) {
        Some(application) => format!("{kind} {name} through application {application}"),
        None => format!("{kind} {name}"),
    }
}
