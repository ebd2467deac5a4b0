//! Whether a caller may do what a request asks.

use std::sync::Arc;

use gangway_domain::{Actor, Caller, Correlated};
use gangway_graph::{Operation, OperationRow, Version, authorize};
use http::HeaderMap;

use super::request::{GraphRequest, Options};
use crate::Engine;
use crate::http::context::Context;
use crate::http::error::ApiError;
use crate::http::public::Public;

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
        request: GraphRequest<'a>,
    ) -> Result<Self, ApiError> {
        let row = operation.row();
        authorize(public.options.permissions, row.access, &caller)?;
        public.admit(&caller, operation)?;
        let GraphRequest { target, query, headers, .. } = request;
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
