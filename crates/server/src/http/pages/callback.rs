//! Where a partner sends an administrator's browser back to: `/gangway/v1/callback/{profile}`, one for each profile, so
//! that one partner's answer cannot be taken for another's.

use std::sync::Arc;

use bytes::Bytes;
use gangway_engine::{Callback, Error as EngineError, Secret};
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body_util::Full;
use tracing::{info, warn};
use url::form_urlencoded;

use super::cookie;
use super::page::{NO_WAY, NOTHING_HERE, TRY_AGAIN, connected, page};
use crate::http::context::Context;
use crate::http::public::Public;

const PREFIX: &str = "/gangway/v1/callback/";

/// Answers it, if the path is one of a callback.
pub(in crate::http) async fn answer(
    public: &Public,
    parts: &Parts,
    context: &Context,
) -> Option<Response<Full<Bytes>>> {
    let profile = parts.uri.path().strip_prefix(PREFIX)?;
    let Ok(profile) = profile.parse() else {
        info!(request_id = context.request_id, "no such profile");
        return Some(page(StatusCode::NOT_FOUND, NOTHING_HERE));
    };
    if parts.method != Method::GET {
        info!(request_id = context.request_id, method = %parts.method, "no such verb on a page");
        return Some(page(StatusCode::METHOD_NOT_ALLOWED, NOTHING_HERE));
    }
    let query = parts.uri.query().unwrap_or_default();
    let callback = Callback {
        profile,
        state: only(query, "state"),
        code: only(query, "code").map(Secret::new),
        error: only(query, "error"),
        issuer: only(query, "iss"),
        correlation: context.correlation,
    };
    Some(take(public, parts, context, callback).await)
}

/// The one value of this parameter; none if there are two, because it would be a guess which of them is meant.
fn only(query: &str, name: &str) -> Option<String> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(found, _)| found == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Some(value.into_owned()),
        _ => None,
    }
}

async fn take(
    public: &Public,
    parts: &Parts,
    context: &Context,
    callback: Callback,
) -> Response<Full<Bytes>> {
    let engine = Arc::clone(&public.engine);
    let (headers, base) = (parts.headers.clone(), Arc::clone(&context.base));
    let attempt = Arc::new(std::sync::OnceLock::new());
    let seen = Arc::clone(&attempt);
    let work = async move {
        let key = |attempt| {
            let _ = seen.set(attempt);
            cookie::get(&headers, attempt, &base)
        };
        engine.callback(&callback, key).await
    };
    // Whoever closes the browser now has consented all the same.
    let Some(outcome) = public.code_redemptions.to_the_end(work).await else {
        return page(StatusCode::SERVICE_UNAVAILABLE, TRY_AGAIN);
    };
    let mut response = match outcome {
        Ok(done) => page(StatusCode::OK, &connected(&done)),
        Err(error) => return failure(&error, context),
    };
    if let Some(cleared) = attempt.get().and_then(|attempt| cookie::clear(*attempt, &context.base)) {
        response.headers_mut().insert(SET_COOKIE, cleared);
    }
    response
}

fn failure(error: &EngineError, context: &Context) -> Response<Full<Bytes>> {
    let request_id = &context.request_id;
    match error {
        // One page for all of them: it is nobody's business how close they were.
        EngineError::Callback(_)
        | EngineError::NoSuchPartner(_)
        | EngineError::NoSuchAuditEvent(_)
        | EngineError::Refused(_)
        | EngineError::NoProfile(_)
        | EngineError::NotConnected(_)
        | EngineError::IdTaken(_)
        | EngineError::NoSuchRelease(_)
        | EngineError::ReleaseOver(_) => {
            info!(%request_id, %error, "a callback was refused");
            page(StatusCode::BAD_REQUEST, REFUSED)
        }
        EngineError::Partner(_) => {
            warn!(%request_id, %error, "onboarding not completed");
            page(StatusCode::BAD_GATEWAY, NO_WAY)
        }
        EngineError::Contended(_) | EngineError::Store(_) | EngineError::Vault(_) => {
            warn!(%request_id, %error, "onboarding not completed");
            page(StatusCode::SERVICE_UNAVAILABLE, UNFINISHED)
        }
    }
}

const UNFINISHED: &str = "<p>This could not be finished just now. If the partner does not show as onboarded, begin the \
                          onboarding again.</p>";

const REFUSED: &str = "<p>This answer cannot be used, and nothing was changed. To connect the partner, begin the \
                       onboarding again and follow its link to the end in one browser.</p>";
