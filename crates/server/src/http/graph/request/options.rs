//! What a request says beside its path and body: query options, format, preferences.

use gangway_graph::names::NAMESPACE;
use gangway_graph::{OperationRow, Resource, Version};
use gangway_odata::{Applies, Query, Rules, query_options};
use http::HeaderMap;

use super::format::Format;
use super::prefer::Preferences;
use crate::http::error::ApiError;

/// What the client wants beside the thing itself.
#[derive(Debug)]
pub(in crate::http::graph) struct Options {
    pub(in crate::http::graph) query: Query,
    pub(in crate::http::graph) format: Format,
    pub(in crate::http::graph) preferences: Preferences,
}

impl Options {
    /// Reads them, checked against the type they are about.
    ///
    /// # Errors
    /// An option that does not apply, or that says what cannot be understood.
    pub(in crate::http::graph) fn read(
        (operation, version): (&OperationRow, Version),
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Self, ApiError> {
        let of = operation.resource.structured_type(version);
        let bare_names = version == Version::Beta;
        let rules = Rules { namespace: NAMESPACE, bare_names, applies: operation.applies };
        let query = Query::parse(query_options(query), of, rules)?;
        // What is below the singleton has lists of its own, with pages, permissions and limits of their own.
        if let Some(expand) = query.expand.first() {
            return Err(ApiError::Expand(expand.navigation.name));
        }
        let format = Format::asked(query.format.as_deref(), headers)?;
        Ok(Self { query, format, preferences: Preferences::from_headers(headers) })
    }

    /// Refuses any query option.
    ///
    /// # Errors
    /// The first that there is.
    pub(in crate::http::graph) fn refuse(version: Version, query: &str) -> Result<(), ApiError> {
        let rules = Rules { namespace: NAMESPACE, bare_names: false, applies: Applies::Nothing };
        Query::parse(query_options(query), Resource::DeviceManagement.structured_type(version), rules)?;
        Ok(())
    }
}
