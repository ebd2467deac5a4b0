//! The dialect of partners that speak OAuth 2.0 as the RFCs have it: the code flow with PKCE (RFC 6749, 7636),
//! revocation (RFC 7009), introspection (RFC 7662), discovery (RFC 8414, `OpenID` Connect Discovery) and the issuer in
//! the answer (RFC 9207).

mod discovery;
mod probe;

use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gangway_domain::{Account, Probe, TokenKind};
use gangway_engine::{
    CallFailure, CallResult, Connector, Future, Grant, ProbeAnswer, Revokes, Secret, ShownAnswer,
};
use url::Url;

use super::answer::{Purpose, Words, rejected};
use super::outbound::{Authorization, Expected, Form, Outbound, Response};
use super::plan::{Client, Endpoints};
use super::tokens;

use discovery::Discovery;

/// A partner that speaks OAuth 2.0.
#[derive(Debug)]
pub(super) struct OAuth2 {
    pub(super) display_name: String,
    pub(super) redirect_uri: Url,
    pub(super) client: Client,
    pub(super) scopes: Vec<String>,
    pub(super) issuer: Option<String>,
    pub(super) described: EndpointSource,
    pub(super) words: Words,
    pub(super) outbound: Outbound,
    pub(super) snapshot: Secret,
}

/// How it is known where the partner answers.
#[derive(Debug)]
pub(super) enum EndpointSource {
    /// The operator says so.
    Here(Arc<Endpoints>),
    /// The partner says so.
    There(Discovery),
}

impl EndpointSource {
    pub(super) fn new(issuer: Option<&str>, endpoints: Option<&Endpoints>) -> Option<Self> {
        match (endpoints, issuer) {
            (Some(endpoints), _) => Some(Self::Here(Arc::new(endpoints.clone()))),
            (None, Some(issuer)) => Some(Self::There(Discovery::for_issuer(issuer))),
            (None, None) => None,
        }
    }
}

/// RFC 7009, section 2.1.
#[derive(Debug, Clone, Copy)]
enum Hint {
    AccessToken,
    RefreshToken,
}

impl Hint {
    const fn for_kind(kind: TokenKind) -> Self {
        match kind {
            TokenKind::Access => Self::AccessToken,
            TokenKind::Refresh => Self::RefreshToken,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}

impl OAuth2 {
    async fn endpoints(&self) -> CallResult<Arc<Endpoints>> {
        match &self.described {
            EndpointSource::Here(endpoints) => Ok(Arc::clone(endpoints)),
            EndpointSource::There(discovery) => discovery.endpoints(&self.outbound).await,
        }
    }

    /// Posts a form as the client we are; a public client only says its name (RFC 6749, section 3.2.1).
    async fn post(&self, url: &Url, form: Form, expected: Expected) -> CallResult<Response> {
        self.post_by(&self.outbound, url, form, expected).await
    }

    async fn post_by(
        &self,
        outbound: &Outbound,
        url: &Url,
        form: Form,
        expected: Expected,
    ) -> CallResult<Response> {
        let Client { id, secret } = &self.client;
        let (by, form) = match secret {
            Some(secret) => (Authorization::Client { id, secret }, form),
            None => (Authorization::Anybody, form.with("client_id", id)),
        };
        Ok(outbound.post(url, by, Some(form), expected).await?)
    }

    /// How we say who we are.
    const fn as_client(&self) -> Purpose {
        Purpose::AsClient { by_header: self.client.secret.is_some() }
    }

    /// Asks for tokens. All of it ends within the time of one call, discovery included: for longer nobody takes it that an
    /// answer may be on its way.
    async fn grant(&self, form: Form) -> CallResult<Grant> {
        let begun = Instant::now();
        let endpoints = self.endpoints().await?;
        let outbound = self.outbound.after(begun.elapsed())?;
        let response = self.post_by(&outbound, &endpoints.token, form, Expected::Tokens).await?;
        tokens::grant(&response, &self.words, self.as_client())
    }

    async fn revoke(&self, token: &Secret, hint: Hint) -> CallResult<ShownAnswer> {
        let endpoints = self.endpoints().await?;
        let url =
            endpoints.revocation.as_ref().ok_or_else(|| rejected("the partner offers no revocation"))?;
        let begun = Instant::now();
        let form = || Form::default().with("token", token.expose());
        let hinted = form().with("token_type_hint", hint.as_str());
        match self.revoke_by(&self.outbound, url, hinted).await? {
            // Some know revocation and no hint, or not this one. Nobody has to give one (RFC 7009, section 2.1).
            Err(failure) if failure.kind == CallFailure::Rejected => {
                match self.outbound.after(begun.elapsed()) {
                    Ok(outbound) => self.revoke_by(&outbound, url, form()).await?,
                    Err(_) => Err(failure),
                }
            }
            answered => answered,
        }
    }

    /// What the partner answers, if it answers at all.
    async fn revoke_by(
        &self,
        outbound: &Outbound,
        url: &Url,
        form: Form,
    ) -> CallResult<CallResult<ShownAnswer>> {
        let response = self.post_by(outbound, url, form, Expected::Word).await?;
        // RFC 7009 answers 200 for a token that is no good; some do not.
        let done = self.words.is_done(&response);
        let failure = || self.words.failure(&response, self.as_client());
        Ok(if done { Ok(response.answer()) } else { Err(failure()) })
    }

    async fn consent_page(&self, state: &str, verifier: &Secret) -> CallResult<String> {
        let mut url = self.endpoints().await?.authorization.clone();
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.expose().as_bytes()));
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client.id)
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("state", state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if !self.scopes.is_empty() {
            query.append_pair("scope", &self.scopes.join(" "));
        }
        drop(query);
        Ok(url.into())
    }

    /// Where the partner says that it always names itself, an answer that does not is refused, and any name there is
    /// must be the one that is known (RFC 9207, section 2.4). Where none is known, neither can be a name that is
    /// given, so it is refused too: the operator may say which it is, by `issuer`.
    async fn names_this(&self, issuer: Option<&str>) -> CallResult<bool> {
        match (issuer, &self.issuer) {
            (Some(given), Some(known)) => Ok(given == known),
            (Some(_), None) => Ok(false),
            (None, _) => Ok(!self.endpoints().await?.names_itself),
        }
    }
}

impl Connector for OAuth2 {
    fn authorization_url<'a>(
        &'a self,
        state: &'a str,
        verifier: &'a Secret,
    ) -> Future<'a, CallResult<String>> {
        Box::pin(self.consent_page(state, verifier))
    }

    fn is_issuer<'a>(&'a self, issuer: Option<&'a str>) -> Future<'a, CallResult<bool>> {
        Box::pin(self.names_this(issuer))
    }

    fn redeem<'a>(&'a self, code: &'a Secret, verifier: &'a Secret) -> Future<'a, CallResult<Grant>> {
        let form = Form::default()
            .with("grant_type", "authorization_code")
            .with("code", code.expose())
            .with("redirect_uri", self.redirect_uri.as_str())
            .with("code_verifier", verifier.expose());
        Box::pin(self.grant(form))
    }

    fn account<'a>(&'a self, access_token: &'a Secret) -> Future<'a, CallResult<Option<Account>>> {
        Box::pin(async move {
            let endpoints = self.endpoints().await?;
            let Some(url) = &endpoints.account else { return Ok(None) };
            let response = self.outbound.get(url, Authorization::Bearer(access_token)).await?;
            match tokens::account(&response, "sub", &["name", "email"]) {
                Some(account) => Ok(Some(account)),
                None => Err(self.words.failure(&response, Purpose::Resource)),
            }
        })
    }

    fn refresh<'a>(&'a self, refresh_token: &'a Secret) -> Future<'a, CallResult<Grant>> {
        let form =
            Form::default().with("grant_type", "refresh_token").with("refresh_token", refresh_token.expose());
        Box::pin(self.grant(form))
    }

    fn revokes(&self) -> Revokes {
        match &self.described {
            EndpointSource::Here(endpoints) if endpoints.revocation.is_none() => Revokes::Nothing,
            // Whether there is one is not known before it is asked.
            EndpointSource::Here(_) | EndpointSource::There(_) => Revokes::EachToken,
        }
    }

    fn revoke_access_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<ShownAnswer>> {
        Box::pin(self.revoke(token, Hint::AccessToken))
    }

    fn revoke_refresh_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<ShownAnswer>> {
        Box::pin(self.revoke(token, Hint::RefreshToken))
    }

    fn probe<'a>(
        &'a self,
        probe: Probe,
        kind: TokenKind,
        token: &'a Secret,
    ) -> Future<'a, CallResult<Option<ProbeAnswer>>> {
        Box::pin(self.seen(probe, kind, token))
    }

    fn read_again(&self, unread: &Secret) -> Option<Grant> {
        tokens::read_again(unread)
    }

    fn open_sessions<'a>(&'a self, _access_token: &'a Secret) -> Future<'a, CallResult<Option<u64>>> {
        Box::pin(async { Ok(None) })
    }

    fn snapshot(&self) -> Secret {
        self.snapshot.clone()
    }

    fn by_hand(&self) -> String {
        let host = match &self.described {
            EndpointSource::Here(endpoints) => endpoints.authorization.host_str().unwrap_or_default(),
            EndpointSource::There(discovery) => discovery.issuer(),
        };
        format!(
            "Sign in to {} ({host}) with the account that consented, and remove the access of the application with \
             the client id {}.",
            self.display_name, self.client.id
        )
    }
}

#[cfg(test)]
mod tests;
