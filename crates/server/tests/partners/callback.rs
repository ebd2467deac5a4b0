use std::collections::BTreeMap;

use url::Url;

/// Where a partner sends the administrator's browser back to. Nobody has gone there yet.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    pub(crate) url: Url,
}

impl Callback {
    pub(super) fn new(url: &str) -> Self {
        Self { url: Url::parse(url).unwrap() }
    }

    /// Its path and query, to be sent to a server that listens elsewhere than it is known.
    pub(crate) fn target(&self) -> String {
        self.url[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
    }

    /// One field of its query.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        self.fields().remove(name)
    }

    pub(crate) fn fields(&self) -> BTreeMap<String, String> {
        self.url.query_pairs().into_owned().collect()
    }

    #[track_caller]
    pub(crate) fn code(&self) -> String {
        self.field("code").unwrap_or_else(|| panic!("no code: {:?}", self.field("error")))
    }

    pub(crate) fn state(&self) -> Option<String> {
        self.field("state")
    }

    /// Who says that it answers (RFC 9207).
    pub(crate) fn issuer(&self) -> Option<String> {
        self.field("iss")
    }

    pub(crate) fn error(&self) -> Option<String> {
        self.field("error")
    }
}
