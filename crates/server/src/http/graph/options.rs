//! What a request says beside its path and body: query options, format, preferences.

use gangway_domain::Operation;
use gangway_engine::schema;
use gangway_odata::model::StructuredType;
use gangway_odata::{Applies, Query, Rules, query_options};
use http::HeaderMap;

use super::format::Format;
use super::prefer::Preferences;
use super::routes::Version;
use super::types::{device_management, partner_type};
use crate::http::error::ApiError;

/// What the client wants beside the thing itself.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) query: Query,
    pub(super) format: Format,
    pub(super) preferences: Preferences,
}

impl Options {
    /// Reads them, checked against the type they are about.
    ///
    /// # Errors
    /// An option that does not apply, or that says what cannot be understood.
    pub(super) fn read(
        (operation, version): (Operation, Version),
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Self, ApiError> {
        let (of, applies) = subject(operation, version);
        let bare_names = version == Version::Beta;
        let rules = Rules { namespace: schema::NAMESPACE, bare_names, applies };
        let query = Query::parse(query_options(query), of, rules)?;
        // What is below the singleton has lists of its own, with pages, permissions and limits of their own.
        if let Some(expand) = query.expand.first() {
            return Err(ApiError::Expand(expand.navigation.name));
        }
        let format = Format::asked(query.format.as_deref(), headers)?;
        Ok(Self { query, format, preferences: Preferences::of(headers) })
    }
}

impl Options {
    /// Refuses any query option.
    ///
    /// # Errors
    /// The first that there is.
    pub(super) fn refuse(version: Version, query: &str) -> Result<(), ApiError> {
        let rules = Rules { namespace: schema::NAMESPACE, bare_names: false, applies: Applies::Nothing };
        Query::parse(query_options(query), device_management(version), rules)?;
        Ok(())
    }
}

/// What the options of an operation are about, and which of them it takes.
pub(super) const fn subject(operation: Operation, version: Version) -> (&'static StructuredType, Applies) {
    use Operation as O;
    match operation {
        O::ListPartners => (partner_type(version), Applies::Collection),
        O::CountPartners => (partner_type(version), Applies::Count),
        O::GetPartner => (partner_type(version), Applies::Entity),
        O::CreatePartner | O::UpdatePartner | O::DeletePartner | O::BeginOnboarding | O::Disconnect => {
            (partner_type(version), Applies::Nothing)
        }
        O::ListAuditEvents => (&schema::AUDIT_EVENT, Applies::Collection),
        O::CountAuditEvents => (&schema::AUDIT_EVENT, Applies::Count),
        O::GetAuditEvent => (&schema::AUDIT_EVENT, Applies::Entity),
        O::GetAuditCategories | O::GetAuditActivityTypes => (&schema::AUDIT_EVENT, Applies::Nothing),
        O::GetSettings => (&schema::SETTINGS, Applies::Entity),
        O::UpdateSettings => (&schema::SETTINGS, Applies::Nothing),
        O::GetDeviceManagement => (device_management(version), Applies::Entity),
    }
}
