//! The frame of the few pages people see.

use std::fmt::Write as _;

use bytes::Bytes;
use gangway_engine::Connected;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;

/// A page with this in it. What comes from elsewhere has to be [`escaped`] before.
pub(in crate::http) fn page(status: StatusCode, content: &str) -> Response<Full<Bytes>> {
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
        // The address of a callback has a code in it.
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

/// The text, unable to write into the page.
pub(in crate::http) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

pub(in crate::http) const NOTHING_HERE: &str = "<p>There is nothing here.</p>";
pub(in crate::http) const TRY_AGAIN: &str =
    "<p>This could not be done just now, and nothing has changed. Please try again.</p>";
pub(in crate::http) const NO_WAY: &str =
    "<p>The partner does not answer as it should, and nothing was connected. Please try again later.</p>";

/// What an administrator sees when a partner is connected.
pub(in crate::http) fn connected(connected: &Connected) -> String {
    let Connected { name, account, account_before } = connected;
    let shown = |account: &gangway_domain::Account| match &account.name {
        Some(name) => format!("<b>{}</b> ({})", escaped(name), escaped(&account.id)),
        None => format!("<b>{}</b>", escaped(&account.id)),
    };
    let mut text = format!("<p>Connected: <b>{}</b>", escaped(name));
    if let Some(account) = account {
        let _ = write!(text, ", to the account {}", shown(account));
    }
    text.push_str(".</p>");
    if let Some(before) = account_before {
        let _ = write!(text, "<p>Before, it was connected to another account: {}.</p>", shown(before));
    }
    text.push_str("<p>You can close this page.</p>");
    text
}
