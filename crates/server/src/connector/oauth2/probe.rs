//! Whether tokens are still good, as far as a partner says.

use gangway_domain::Proof;
use gangway_engine::{Answer, CallFailure, CallResult, Life, Liveness, Secret};
use serde::Deserialize;
use url::Url;

use super::super::outbound::{By, Form};
use super::{Hint, OAuth2};

#[derive(Deserialize)]
struct Introspection {
    active: bool,
}

/// What was seen of one token, and what may be shown of it.
struct Seen(Life, String);

impl OAuth2 {
    /// Asks introspection for both tokens. Where that is not offered, or not to us, an access token shows whether it
    /// is good at the account endpoint, and nothing shows it of a refresh token.
    pub(super) async fn look(
        &self,
        access_token: &Secret,
        refresh_token: Option<&Secret>,
    ) -> CallResult<Liveness> {
        let endpoints = self.endpoints().await?;
        let (mut access, mut refresh) = (None, None);
        if let Some(url) = &endpoints.introspection {
            access = self.introspect(url, access_token, Hint::AccessToken).await?;
            if let Some(token) = refresh_token {
                refresh = self.introspect(url, token, Hint::RefreshToken).await?;
            }
        }
        if access.is_none()
            && let Some(url) = &endpoints.account
        {
            access = Some(self.knock(url, access_token).await?);
        }
        let not_asked = || Seen(Life::Unknown, "cannot be asked for".into());
        let Seen(access_life, access) = access.unwrap_or_else(not_asked);
        let Seen(refresh_life, refresh) = refresh.unwrap_or_else(not_asked);
        let answer = match refresh_token {
            Some(_) => format!("access token: {access}; refresh token: {refresh}"),
            None => format!("access token: {access}"),
        };
        Ok(Liveness { access_token: access_life, refresh_token: refresh_life, answer: Answer(answer) })
    }

    /// `None` if the partner does not tell us.
    async fn introspect(&self, url: &Url, token: &Secret, hint: Hint) -> CallResult<Option<Seen>> {
        let form = Form::default().with("token", token.expose()).with("token_type_hint", hint.as_str());
        let response = self.post(url, form).await?;
        let proof = match hint {
            Hint::AccessToken => Proof::AccessTokenInactive,
            Hint::RefreshToken => Proof::RefreshTokenInactive,
        };
        if response.status == 200
            && let Ok(Introspection { active }) = serde_json::from_slice(&response.body)
        {
            let (life, word) = if active { (Life::Alive, "active") } else { (Life::Dead(proof), "inactive") };
            return Ok(Some(Seen(life, format!("HTTP 200 {word}"))));
        }
        let failure = response.failure(|_| false);
        match failure.kind {
            CallFailure::Rejected => Ok(None),
            CallFailure::Refused | CallFailure::Unclear => Err(failure),
        }
    }

    /// Uses the access token where it shows only whose it is.
    async fn knock(&self, url: &Url, token: &Secret) -> CallResult<Seen> {
        let response = self.outbound.get(url, By::Bearer(token)).await?;
        let life = match response.status {
            200 => Life::Alive,
            401 => Life::Dead(Proof::AccessTokenRefused),
            _ => {
                let failure = response.failure(|_| false);
                match failure.kind {
                    CallFailure::Unclear => return Err(failure),
                    // It may be good for other things (RFC 6750, section 3.1, `insufficient_scope`).
                    CallFailure::Refused | CallFailure::Rejected => Life::Unknown,
                }
            }
        };
        Ok(Seen(life, response.answer().0))
    }
}
