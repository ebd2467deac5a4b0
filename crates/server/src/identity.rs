//! Who is asking: verifies bearer tokens and tells the caller from their claims.
//!
//! A token is accepted if one of the configured OIDC issuers signed it, for this service, for now, and
//! for a tenant that is served here. The claims are read the way Microsoft Graph's tokens have them. A token that
//! was found good is remembered until it expires or its key leaves the issuer's set, so that it is verified once.
//!
//! [`DevIssuer`] issues tokens on a developer's own machine.

mod cache;
mod claims;
mod dev_issuer;
mod error;
mod fetch;
mod issuer;
mod issuer_name;
mod keys;
mod settings;
mod stats;
mod token;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use gangway_domain::{Caller, TenantId};
use gangway_engine::{Clock, Random};
use http::HeaderValue;
use tokio::task::JoinSet;

use cache::{CachedToken, TokenCache, TokenDigest};
use fetch::KeySource;
use issuer::{Issuer, Pace, Ports, Trusted};
use issuer_name::IssuerName;
use stats::Counters;
use token::Unverified;

pub use dev_issuer::{DevIssuer, DevIssuerError, TokenKind, TokenRequest};
pub use error::{Reason, TokenError};
pub use settings::{IdentitySettings, InvalidSettings, IssuerSettings, TenantsSetting};
pub use stats::Stats;

/// Tells callers from their tokens.
pub struct Identity {
    /// The most specific first: one tenant's own issuer before a template that covers it too.
    issuers: Vec<Arc<Issuer>>,
    tenants: TenantsSetting,
    leeway: i64,
    tokens: TokenCache,
    clock: Arc<dyn Clock>,
    counters: Arc<Counters>,
}

impl Identity {
    /// With these settings, and the dev issuer beside the configured ones if there is one. Fetches nothing yet:
    /// see [`Identity::run`].
    ///
    /// # Errors
    /// The setting that cannot be used.
    pub fn new(
        settings: &IdentitySettings,
        dev_issuer: Option<&DevIssuer>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, InvalidSettings> {
        settings.validate(dev_issuer.is_some())?;
        let counters = Arc::new(Counters::default());
        let pace = Pace {
            refresh: Duration::from_secs(settings.key_refresh_interval_seconds),
            after_unknown_key: Duration::from_secs(settings.unknown_key_refresh_interval_seconds),
        };
        let ports = Ports { clock: Arc::clone(&clock), random, counters: Arc::clone(&counters) };
        let issuer = |trusted| Issuer::new(trusted, pace, ports.clone());
        let mut issuers: Vec<_> = trusted(settings, dev_issuer)?.into_iter().map(issuer).collect();
        issuers.sort_by_key(|issuer| !matches!(issuer.name, IssuerName::Exact(_)));
        Ok(Self {
            issuers,
            tenants: settings.tenants.clone().unwrap_or(TenantsSetting::Any),
            leeway: i64::try_from(settings.leeway_seconds).unwrap_or(0),
            tokens: TokenCache::new(settings.token_cache_size),
            clock,
            counters,
        })
    }

    /// Who is asking, by the request's `Authorization` header. Does not wait for anything if the token is
    /// remembered.
    ///
    /// # Errors
    /// Why the token is not accepted.
    pub async fn caller(&self, authorization: Option<&HeaderValue>) -> Result<Arc<Caller>, TokenError> {
        let token = token::bearer(authorization)?;
        let digest = TokenCache::digest(token);
        if let Some(verified) = self.tokens.get(&digest) {
            self.counters.hit();
            return verified.caller_at(self.clock.now().unix_seconds());
        }
        self.counters.miss();
        self.verified(token, digest).await
    }

    async fn verified(&self, token: &[u8], digest: TokenDigest) -> Result<Arc<Caller>, TokenError> {
        let token = Unverified::parse(token)?;
        let issuer = self.issuer_of(&token).ok_or(TokenError::Invalid(Reason::Issuer))?;
        let key = issuer.key_for(&token).await?;
        self.counters.signature();
        let claims = token.verify(&key)?;
        let now = self.clock.now().unix_seconds();
        let expires = claims.check(&issuer.audiences, now, self.leeway)?;
        let caller = Arc::new(claims.into_caller(&self.tenants)?);
        self.tokens.insert(digest, CachedToken { caller: Arc::clone(&caller), expires, key });
        Ok(caller)
    }

    fn issuer_of(&self, token: &Unverified<'_>) -> Option<&Arc<Issuer>> {
        let iss = token.claims.iss.as_deref()?;
        let tid = token.claims.tid.as_deref();
        self.issuers.iter().find(|issuer| issuer.name.is_of(iss, tid))
    }

    /// Whether callers of this tenant are served.
    #[must_use]
    pub fn serves(&self, tenant: TenantId) -> bool {
        self.tenants.includes(tenant.0)
    }

    /// Keeps the issuers' keys fresh until `shutdown` completes. Without it, keys are fetched only when a token
    /// needs one that is not known.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut tasks: JoinSet<()> =
            self.issuers.iter().map(|issuer| Arc::clone(issuer).keep_fresh()).collect();
        shutdown.await;
        tasks.shutdown().await;
    }

    /// The issuers whose keys could not be fetched yet: none of their tokens can be accepted.
    #[must_use]
    pub fn issuers_without_keys(&self) -> Vec<&str> {
        self.issuers.iter().filter(|i| i.keys.load().is_none()).map(|i| i.label.as_str()).collect()
    }

    /// What was done so far; for metrics.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.counters.stats(self.tokens.len())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers: Vec<_> = self.issuers.iter().map(|issuer| &issuer.label).collect();
        f.debug_struct("Identity")
            .field("issuers", &issuers)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// The issuers of the settings, and the dev issuer.
fn trusted(settings: &IdentitySettings, dev: Option<&DevIssuer>) -> Result<Vec<Trusted>, InvalidSettings> {
    let mut trusted = Vec::new();
    for (n, issuer) in settings.issuers.iter().enumerate() {
        let unusable = |problem: String| InvalidSettings { key: format!("issuers[{n}].discovery"), problem };
        let document = issuer.discovery_url().ok_or_else(|| unusable("is not a URL".into()))?;
        let source = KeySource::discovery(&issuer.issuer, document).map_err(|e| unusable(e.to_string()))?;
        trusted.push(Trusted {
            label: issuer.issuer.clone(),
            name: IssuerName::from_configured(&issuer.issuer),
            audiences: issuer.audiences.as_ref().unwrap_or(&settings.audiences).clone(),
            source,
        });
    }
    trusted.extend(dev.map(|dev| Trusted {
        label: "the dev issuer".to_owned(),
        name: IssuerName::Dev,
        audiences: vec![DevIssuer::AUDIENCE.to_owned()],
        source: KeySource::DevIssuer(dev.data_dir().to_owned()),
    }));
    Ok(trusted)
}
