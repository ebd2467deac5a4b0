//! Whether a caller may do what a request asks.

use std::sync::Arc;

use bytes::Bytes;
use gangway_domain::{Actor, Caller, Correlated};
use gangway_graph::{Operation, OperationRow, Version, authorize};
use http::{HeaderMap, Method, Response};
use http_body_util::Full;

use super::options::Options;
use super::target::Target;
use crate::Engine;
use crate::http::context::Context;
use crate::http::error::ApiError;
use crate::http::public::Public;
use crate::metrics::Label;

/// A request for something of Graph's: one that came over a connection, or a part of a batch.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct GraphRequest<'a> {
    pub(in crate::http) method: &'a Method,
    pub(in crate::http) target: &'a Target<'a>,
    /// As it stands behind the question mark.
    pub(in crate::http) query: &'a str,
    pub(in crate::http) headers: &'a HeaderMap,
}

/// What came of it; with it, what to count it as.
pub(in crate::http) type Answered = (Result<Response<Full<Bytes>>, ApiError>, Label);

/// A request whose caller may do what it asks. Only [`Allowed::ask`] makes one, so that no handler can forget to
/// ask: it would have no caller and no engine.
pub(super) struct Allowed<'a> {
    pub(super) engine: &'a Engine,
    pub(super) public: &'a Public,
    pub(super) context: &'a Context,
    pub(super) operation: &'static OperationRow,
    pub(super) version: Version,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) options: Options,
    pub(super) caller: Arc<Caller>,
}

impl<'a> Allowed<'a> {
    /// Asks.
    ///
    /// # Errors
    /// Why they may not, or what of their options cannot be understood.
    pub(super) fn ask(
        public: &'a Public,
        context: &'a Context,
        operation: Operation,
        caller: Arc<Caller>,
        asked: GraphRequest<'a>,
    ) -> Result<Self, ApiError> {
        let row = operation.row();
        authorize(public.options.permissions, row.access, &caller)?;
        public.admit(&caller, operation)?;
        let GraphRequest { target, query, headers, .. } = asked;
        let options = Options::read((row, target.version), query, headers)?;
        Ok(Self {
            engine: &public.engine,
            public,
            context,
            operation: row,
            version: target.version,
            query,
            headers,
            options,
            caller,
        })
    }

    /// Who asks, for the audit.
    pub(super) fn by(&self) -> Correlated {
        let actor = Actor::Caller(Box::new(Caller::clone(&self.caller)));
        Correlated { actor, correlation: self.context.correlation }
    }
}
