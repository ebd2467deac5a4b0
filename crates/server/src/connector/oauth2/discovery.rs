//! What a partner says of itself (`OpenID` Connect Discovery 1.0, RFC 8414).

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use gangway_domain::Timestamp;
use gangway_engine::{CallError, CallFailure, CallResult};
use serde::Deserialize;
use url::Url;

use super::super::answer::{Purpose, Words, failed, rejected};
use super::super::below;
use super::super::outbound::{Authorization, Outbound};
use super::super::plan::Endpoints;

/// How long the document counts.
const GOOD_FOR: Duration = Duration::from_hours(1);

/// The description of one issuer: fetched when it is needed, kept for a while.
#[derive(Debug)]
pub(in crate::connector) struct Discovery {
    issuer: String,
    /// Until when it counts, and what it says.
    known: RwLock<Option<(Timestamp, Arc<Endpoints>)>>,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: Option<String>,
    introspection_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Discovery {
    pub(super) fn for_issuer(issuer: &str) -> Self {
        Self { issuer: issuer.to_owned(), known: RwLock::default() }
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where the partner answers.
    ///
    /// # Errors
    /// `NotDone` if it did not say, because what this was to be found out for was not done then; `Rejected` if what it says
    /// cannot be used.
    pub(super) async fn endpoints(&self, outbound: &Outbound) -> CallResult<Arc<Endpoints>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((until, endpoints)) = known
            && outbound.now() < until
        {
            return Ok(endpoints);
        }
        let endpoints = Arc::new(self.fetch(outbound).await?);
        let until = outbound.now().plus(GOOD_FOR);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some((until, Arc::clone(&endpoints)));
        Ok(endpoints)
    }

    async fn fetch(&self, outbound: &Outbound) -> CallResult<Endpoints> {
        let issuer: Url = self.issuer.parse().map_err(|_| rejected("discovery: the issuer is no URL"))?;
        let mut at_root = issuer.clone();
        at_root.set_path("/.well-known/oauth-authorization-server");
        // RFC 8414, section 3.1, puts the issuer's path behind the well-known one, OpenID Connect before it.
        let path = issuer.path().trim_matches('/');
        let at_root = if path.is_empty() { at_root } else { below(&at_root, path) };
        for place in [below(&issuer, ".well-known/openid-configuration"), at_root] {
            let response = outbound
                .get(&place, Authorization::Anybody)
                .await
                .map_err(|none| in_discovery(none.into()))?;
            if response.status == 200 {
                return self.understand(&response.body, outbound);
            }
            let failure = Words::for_oauth2(Vec::new()).failure(&response, Purpose::Description);
            if failure.kind != CallFailure::Rejected {
                return Err(in_discovery(failure));
            }
        }
        Err(rejected("discovery: the issuer has no description of itself"))
    }

    fn understand(&self, json: &[u8], outbound: &Outbound) -> CallResult<Endpoints> {
        let what = "discovery: what the issuer answers is no description of it";
        let document: Document =
            serde_json::from_slice(json).map_err(|_| failed(CallFailure::NotDone, what))?;
        if document.issuer != self.issuer {
            return Err(rejected("discovery: the description is of another issuer"));
        }
        let url = |key: &str, text: &str| {
            let url: Url = text.parse().map_err(|_| rejected(&format!("discovery: {key} is no URL")))?;
            outbound.may_call(&url).map_err(|why| rejected(&format!("discovery: {key} {why}")))?;
            Ok::<Url, CallError>(url)
        };
        let optional = |key: &str, text: Option<&str>| text.map(|text| url(key, text)).transpose();
        Ok(Endpoints {
            authorization: url("authorization_endpoint", &document.authorization_endpoint)?,
            token: url("token_endpoint", &document.token_endpoint)?,
            revocation: optional("revocation_endpoint", document.revocation_endpoint.as_deref())?,
            introspection: optional("introspection_endpoint", document.introspection_endpoint.as_deref())?,
            account: optional("userinfo_endpoint", document.userinfo_endpoint.as_deref())?,
            names_itself: document.authorization_response_iss_parameter_supported,
        })
    }
}

fn in_discovery(error: CallError) -> CallError {
    let kind = match error.kind {
        CallFailure::Unclear | CallFailure::NotDone => CallFailure::NotDone,
        CallFailure::Refused | CallFailure::RefusesUs | CallFailure::Rejected => CallFailure::Rejected,
    };
    CallError { kind, answer: format!("discovery: {}", error.answer), ..error }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use gangway_engine::Clock;

    use super::*;
    use crate::connector::guard::system_lookup;
    use crate::connector::outbound::Reach;
    use crate::connector::testing::{Reply, Told};

    struct Stepped(Mutex<Timestamp>);

    impl Clock for Stepped {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    #[tokio::test]
    async fn a_description_counts_for_an_hour_and_no_longer() {
        let clock = Arc::new(Stepped(Mutex::new(Timestamp::from_unix_seconds(0))));
        let reach = Reach { allow_private: true, ca_pem: None, timeout: Duration::from_secs(10) };
        let outbound = Outbound::new(&reach, system_lookup(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let partner = Told::to(|asked| {
            let issuer = format!("http://{}", asked.header("host").unwrap());
            let at = format!("{issuer}/x");
            let document = serde_json::json!({
                "issuer": issuer, "authorization_endpoint": at, "token_endpoint": at,
            });
            Reply::json(200, &document.to_string())
        })
        .await;
        let discovery = Discovery::for_issuer(partner.url("").as_str().trim_end_matches('/'));
        for (seconds, asked) in [(0, 1), (3599, 1), (3600, 2), (7199, 2), (7200, 3)] {
            *clock.0.lock().unwrap() = Timestamp::from_unix_seconds(seconds);
            discovery.endpoints(&outbound).await.unwrap();
            assert_eq!(partner.asked().len(), asked, "after {seconds} s");
        }
    }
}
