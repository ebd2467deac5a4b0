//! The page that plays a partner's consent: where a simulated partner's `onboardingUrl` leads while an attempt is
//! under way. `GET` shows it, `POST` consents. Whoever knows the attempt's id may; it is shown to those who may
//! read the partner, and a simulated partner has nothing to protect.

use bytes::Bytes;
use gangway_domain::{AttemptId, Partner, PartnerId, TenantId};
use gangway_engine::Error as EngineError;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use tracing::{info, warn};
use uuid::Uuid;

use super::context::Context;
use super::service::Public;

const PREFIX: &str = "/gangway/v1/onboarding/";

/// Where an administrator goes on with this attempt.
pub(super) fn url(base: &str, partner: &Partner, attempt: AttemptId) -> String {
    format!("{base}{PREFIX}{}/{}/{attempt}", partner.tenant, partner.id)
}

/// Whether this URL is one that [`url`] makes for this partner, on whatever host.
pub(super) fn is_page_of(url: &str, tenant: TenantId, partner: PartnerId) -> bool {
    let path = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
    path.and_then(link).is_some_and(|link| link.tenant == tenant && link.partner == partner)
}

struct Link {
    tenant: TenantId,
    partner: PartnerId,
    attempt: AttemptId,
}

fn link(path: &str) -> Option<Link> {
    let mut ids = path.strip_prefix(PREFIX)?.split('/').map(|text| Uuid::try_parse(text).ok());
    let (tenant, partner, attempt) = (ids.next()??, ids.next()??, ids.next()??);
    ids.next().is_none().then_some(Link {
        tenant: TenantId(tenant),
        partner: PartnerId(partner),
        attempt: AttemptId(attempt),
    })
}

/// Answers whatever is asked under `/gangway/`.
pub(super) async fn answer(public: &Public, parts: &Parts, context: &Context) -> Response<Full<Bytes>> {
    let Some(Link { tenant, partner, attempt }) = link(parts.uri.path()) else {
        info!(request_id = context.request_id, path = parts.uri.path(), "no such page");
        return page(StatusCode::NOT_FOUND, NOTHING_HERE);
    };
    let outcome = match parts.method {
        Method::GET => {
            let pending = public.engine.pending_attempt(tenant, partner, attempt).await;
            pending.map(|name| page(StatusCode::OK, &consent(&name)))
        }
        Method::POST => {
            let done = public.engine.complete_onboarding(tenant, partner, attempt, context.correlation).await;
            done.map(|()| page(StatusCode::OK, CONNECTED))
        }
        _ => {
            info!(request_id = context.request_id, method = %parts.method, "no such verb on a page");
            return page(StatusCode::METHOD_NOT_ALLOWED, NOTHING_HERE);
        }
    };
    outcome.unwrap_or_else(|error| failure(&error, context))
}

fn failure(error: &EngineError, context: &Context) -> Response<Full<Bytes>> {
    let request_id = &context.request_id;
    match error {
        EngineError::NoSuchPartner(_) | EngineError::IdTaken(_) | EngineError::Refused(_) => {
            info!(%request_id, %error, "onboarding not completed");
            page(StatusCode::NOT_FOUND, NOT_VALID)
        }
        EngineError::Contended(_) | EngineError::Store(_) => {
            warn!(%request_id, %error, "onboarding not completed");
            page(StatusCode::SERVICE_UNAVAILABLE, TRY_AGAIN)
        }
    }
}

const NOTHING_HERE: &str = "<p>There is nothing here.</p>";
const NOT_VALID: &str =
    "<p>This link is not valid, or not any more. Begin the onboarding again to get a new one.</p>";
const CONNECTED: &str = "<p>Connected. You can close this page.</p>";
const TRY_AGAIN: &str = "<p>This could not be saved just now, and nothing has changed. Please try again.</p>";

fn consent(name: &str) -> String {
    let name = escaped(name);
    format!(
        "<p>The partner <b>{name}</b> is <i>simulated</i>: this page stands in for its consent.</p>\
         <form method=\"post\"><button>Connect</button></form>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn page(status: StatusCode, content: &str) -> Response<Full<Bytes>> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Gangway</title>\
         <style>body{{font:1rem/1.5 system-ui;max-width:36rem;margin:4rem auto;padding:0 1rem}}</style>\
         <h1>Gangway</h1>{content}</html>\n"
    );
    let mut response = Response::new(Full::new(html.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_three_ids_and_nothing_else() {
        let id = "6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a";
        assert!(link(&format!("{PREFIX}{id}/{id}/{id}")).is_some());
        for path in [format!("{PREFIX}{id}/{id}"), format!("{PREFIX}{id}/{id}/{id}/"), "/gangway/".into()] {
            assert!(link(&path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_name_cannot_write_into_the_page() {
        assert!(consent("<script>alert('x')</script>").contains("&lt;script&gt;alert(&#39;x&#39;)"));
    }
}
