//! A receipt in plain words.

use std::fmt::Write as _;

use crate::receipt::{By, ByKind, Outcome, Receipt, Token};
use crate::system::terminal::plain;

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
    if let Some(obstacle) = &receipt.obstacle {
        line("obstacle", &format!("{}: {}", obstacle.word, obstacle.help));
    }
    for missing in &receipt.missing {
        line("missing", &format!("{} at {}", missing.what, missing.at));
    }
    if let Some(by_hand) = &receipt.by_hand {
        line("by hand", by_hand);
    }
    for token in &receipt.tokens {
        line("token", &token_line(token));
    }
    if receipt.omitted_tokens > 0 {
        line("token", &format!("{} more that are dead, each by a proof of its own", receipt.omitted_tokens));
    }
    let calls = receipt.calls.len() as u64 + receipt.omitted_calls;
    line("tries", &format!("{}, with {calls} calls to the partner", receipt.tries));
    for call in &receipt.calls {
        let token = call.token.as_deref().map(|token| format!(" {token}")).unwrap_or_default();
        line("call", &format!("{} {}{token}: {}", call.at, call.step, call.answer));
    }
    line("issued", &receipt.issued_at.to_string());
    facts
}

fn token_line(token: &Token) -> String {
    let Token { id, kind, origin, refresh_token, proof, proved_at, .. } = token;
    let from = match refresh_token {
        Some(refresh_token) => format!("{origin} with {refresh_token}"),
        None => origin.clone(),
    };
    match (proof, proved_at) {
        (Some(proof), Some(at)) => format!("{id} {kind}, from {from}: {proof} at {at}"),
        _ => format!("{id} {kind}, from {from}: no proof that it is dead"),
    }
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
        (Outcome::Unaccounted, Some(evidence), _) => {
            let proofs = evidence.proofs.join(", ");
            format!(
                "unaccounted at {}: what is known is dead ({proofs}), but there may be tokens that were lost",
                evidence.at
            )
        }
        (Outcome::Unaccounted, None, _) => "unaccounted: there may be tokens that were lost".into(),
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
        ByKind::Operator => return "the operator".into(),
    };
    let name = by.principal_name.as_deref().or(by.id.as_deref()).unwrap_or("unknown");
    match by.application_id.as_deref().filter(|_| by.kind != ByKind::Application) {
        Some(application) => format!("{kind} {name} through application {application}"),
        None => format!("{kind} {name}"),
    }
}
