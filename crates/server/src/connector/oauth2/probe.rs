//! Whether a token is still good, as far as a partner says.

use gangway_domain::{Life, Probe, TokenKind};
use gangway_engine::{CallFailure, CallResult, ProbeAnswer, Secret, ShownAnswer};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::super::answer::{Purpose, without_mark};
use super::super::outbound::{Authorization, Expected, Form, Response};
use super::{Hint, OAuth2};

#[derive(Deserialize)]
struct Introspection {
    active: bool,
}

impl OAuth2 {
    /// `None` if the partner cannot be asked so, or not by us.
    pub(super) async fn seen(
        &self,
        probe: Probe,
        kind: TokenKind,
        token: &Secret,
    ) -> CallResult<Option<ProbeAnswer>> {
        if (probe, kind) == (Probe::Use, TokenKind::Refresh) {
            return Ok(None);
        }
        let endpoints = self.endpoints().await?;
        match (probe, &endpoints.introspection, &endpoints.account) {
            (Probe::Introspection, Some(url), _) => self.introspect(url, token, Hint::for_kind(kind)).await,
            (Probe::Use, _, Some(url)) => self.knock(url, token).await,
            (Probe::Introspection, None, _) | (Probe::Use, _, None) => Ok(None),
        }
    }

    async fn introspect(&self, url: &Url, token: &Secret, hint: Hint) -> CallResult<Option<ProbeAnswer>> {
        let form = Form::default().with("token", token.expose()).with("token_type_hint", hint.as_str());
        let response = self.post(url, form, Expected::Word).await?;
        if response.is_success()
            && let Ok(Introspection { active }) = serde_json::from_slice(without_mark(&response.body))
        {
            let (life, word) = if active { (Life::Alive, "active") } else { (Life::Dead, "inactive") };
            return Ok(Some(ProbeAnswer {
                life,
                answer: ShownAnswer(format!("HTTP {} {word}", response.status)),
            }));
        }
        let failure = self.words.failure(&response, Purpose::Introspection);
        match failure.kind {
            // It is offered to others.
            CallFailure::Rejected => Ok(None),
            CallFailure::Refused | CallFailure::RefusesUs | CallFailure::NotDone | CallFailure::Unclear => {
                Err(failure)
            }
        }
    }

    /// Uses the access token where it shows only whose it is.
    async fn knock(&self, url: &Url, token: &Secret) -> CallResult<Option<ProbeAnswer>> {
        let response = self.outbound.get(url, Authorization::Bearer(token)).await?;
        if self.words.is_done(&response) && is_about_somebody(&response) {
            return Ok(Some(ProbeAnswer { life: Life::Alive, answer: response.answer() }));
        }
        let failure = self.words.failure(&response, Purpose::Resource);
        match failure.kind {
            CallFailure::Refused => {
                Ok(Some(ProbeAnswer { life: Life::Dead, answer: ShownAnswer(failure.answer) }))
            }
            // It may be good for other things (RFC 6750, section 3.1, `insufficient_scope`).
            CallFailure::Rejected | CallFailure::RefusesUs => Ok(None),
            CallFailure::NotDone | CallFailure::Unclear => Err(failure),
        }
    }
}

/// Whether this is in a form in which accounts are told, and not a page to sign in on: an object, or one that is signed
/// (`OpenID` Connect Core, section 5.3.2).
fn is_about_somebody(response: &Response) -> bool {
    let body = without_mark(&response.body).trim_ascii();
    let in_jwt = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    let parts = body.split(|b| *b == b'.').count();
    serde_json::from_slice::<Map<String, Value>>(body).is_ok()
        || (matches!(parts, 3 | 5) && body.iter().all(in_jwt))
}
