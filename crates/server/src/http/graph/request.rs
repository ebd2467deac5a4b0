//! What a request asks for: its target, and what it says beside its path and body.

mod format;
mod options;
mod prefer;
mod target;

use gangway_graph::Endpoint;
use http::{HeaderMap, Method};

pub(super) use format::{Format, Metadata};
pub(super) use options::Options;
pub(super) use prefer::Preferences;
pub(in crate::http) use target::Target;

/// A request for something of Graph's: one that came over a connection, or a part of a batch.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct GraphRequest<'a> {
    pub(super) method: &'a Method,
    pub(super) target: &'a Target<'a>,
    /// What answers; nothing, if the target does not have the method.
    pub(super) endpoint: Option<Endpoint>,
    /// As it stands behind the question mark.
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
}

impl<'a> GraphRequest<'a> {
    pub(in crate::http) fn new(
        method: &'a Method,
        target: &'a Target<'a>,
        query: &'a str,
        headers: &'a HeaderMap,
    ) -> Self {
        Self { method, target, endpoint: target.endpoint(method), query, headers }
    }
}
