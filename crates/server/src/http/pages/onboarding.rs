//! Where an `onboardingUrl` leads while an attempt is under way: to the partner, with a cookie that tells this browser
//! from others; or, for a simulated partner, to a page that plays its consent. `GET` shows it, `POST` consents. Whoever
//! knows the attempt's id may; it is shown to those who may read the partner.

mod address;

use std::sync::Arc;

use bytes::Bytes;
use gangway_engine::{Error as EngineError, Visit};
use http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use tracing::{info, warn};

use super::cookie;
use super::page::{NO_WAY, NOTHING_HERE, TRY_AGAIN, connected, escaped, page};
use crate::http::context::Context;
use crate::http::public::Public;
use address::{Link, link};

pub(in crate::http) use address::{is_page_of, url};

/// Answers what is asked of these pages.
pub(in crate::http) async fn answer(
    public: &Public,
    parts: &Parts,
    context: &Context,
) -> Response<Full<Bytes>> {
    let Some(link) = link(parts.uri.path()) else {
        info!(request_id = context.request_id, path = parts.uri.path(), "no such page");
        return page(StatusCode::NOT_FOUND, NOTHING_HERE);
    };
    let outcome = match parts.method {
        Method::GET => visit(public, &link, context).await,
        Method::POST => consent(public, &link, context).await,
        _ => {
            info!(request_id = context.request_id, method = %parts.method, "no such verb on a page");
            return page(StatusCode::METHOD_NOT_ALLOWED, NOTHING_HERE);
        }
    };
    outcome.unwrap_or_else(|error| failure(&error, context))
}

async fn visit(
    public: &Public,
    link: &Link,
    context: &Context,
) -> Result<Response<Full<Bytes>>, EngineError> {
    let &Link { tenant, partner, attempt } = link;
    match public.engine.visit(tenant, partner, attempt).await? {
        Visit::Consent(name) => Ok(page(StatusCode::OK, &consent_page(&name))),
        Visit::Elsewhere { url, browser_key } => {
            let cookie =
                cookie::set(attempt, browser_key.expose(), public.options.attempt_timeout, &context.base);
            Ok(redirect(&url, cookie).unwrap_or_else(|| page(StatusCode::BAD_GATEWAY, NO_WAY)))
        }
    }
}

fn redirect(url: &str, cookie: Option<HeaderValue>) -> Option<Response<Full<Bytes>>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    headers.insert(LOCATION, HeaderValue::from_str(url).ok()?);
    headers.insert(SET_COOKIE, cookie?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Some(response)
}

async fn consent(
    public: &Public,
    link: &Link,
    context: &Context,
) -> Result<Response<Full<Bytes>>, EngineError> {
    let &Link { tenant, partner, attempt } = link;
    let (engine, correlation) = (Arc::clone(&public.engine), context.correlation);
    let consent = async move { engine.consent_to_simulated(tenant, partner, attempt, correlation).await };
    match public.code_redemptions.to_the_end(consent).await {
        Some(done) => Ok(page(StatusCode::OK, &connected(&done?))),
        None => Ok(page(StatusCode::SERVICE_UNAVAILABLE, TRY_AGAIN)),
    }
}

fn failure(error: &EngineError, context: &Context) -> Response<Full<Bytes>> {
    let request_id = &context.request_id;
    match error {
        EngineError::NoSuchPartner(_)
        | EngineError::NoSuchAuditEvent(_)
        | EngineError::IdTaken(_)
        | EngineError::Refused(_)
        | EngineError::NoProfile(_)
        | EngineError::NotConnected(_)
        | EngineError::Callback(_)
        | EngineError::NoSuchRelease(_)
        | EngineError::ReleaseOver(_) => {
            info!(%request_id, %error, "onboarding not completed");
            page(StatusCode::NOT_FOUND, NOT_VALID)
        }
        EngineError::Partner(_) => {
            warn!(%request_id, %error, "onboarding not completed");
            page(StatusCode::BAD_GATEWAY, NO_WAY)
        }
        EngineError::Contended(_) | EngineError::Store(_) | EngineError::Vault(_) => {
            warn!(%request_id, %error, "onboarding not completed");
            page(StatusCode::SERVICE_UNAVAILABLE, TRY_AGAIN)
        }
    }
}

const NOT_VALID: &str =
    "<p>This link is not valid, or not any more. Begin the onboarding again to get a new one.</p>";
fn consent_page(name: &str) -> String {
    let name = escaped(name);
    format!(
        "<p>The partner <b>{name}</b> is <i>simulated</i>: this page stands in for its consent.</p>\
         <form method=\"post\"><button>Connect</button></form>"
    )
}

#[cfg(test)]
mod tests {
    use gangway_engine::Connected;

    use super::*;

    #[test]
    fn a_name_cannot_write_into_the_page() {
        assert!(consent_page("<script>alert('x')</script>").contains("&lt;script&gt;alert(&#39;x&#39;)"));
        let account = gangway_domain::Account::new("<b>", Some("<i>"));
        let page = connected(&Connected { name: "<u>".into(), account: Some(account), account_before: None });
        assert!(
            page.contains("&lt;b&gt;") && page.contains("&lt;i&gt;") && page.contains("&lt;u&gt;"),
            "{page}"
        );
    }
}
