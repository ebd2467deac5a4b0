//! Our own pages, below `/gangway/`: onboarding, callbacks, and the keys that others verify tokens and receipts with.

mod callback;
mod cookie;
mod issuer;
mod onboarding;
mod page;
mod receipt_keys;

use bytes::Bytes;
use http::Response;
use http::request::Parts;
use http_body_util::Full;

use super::context::Context;
use super::public::Public;

pub(super) use onboarding::{is_page_of, url};

/// What all their addresses begin with.
pub(super) const PREFIX: &str = "/gangway/";

/// The page that is asked for, or one that says that there is none.
pub(super) async fn answer(public: &Public, parts: &Parts, context: &Context) -> Response<Full<Bytes>> {
    let issuer = public.dev_issuer.as_deref().and_then(|issuer| issuer::answer(issuer, parts));
    if let Some(response) = issuer.or_else(|| receipt_keys::answer(&public.receipt_keys, parts)) {
        return response;
    }
    match callback::answer(public, parts, context).await {
        Some(response) => response,
        None => onboarding::answer(public, parts, context).await,
    }
}
