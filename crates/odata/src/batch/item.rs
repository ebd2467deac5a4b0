//! What one request of a batch asks for.

use std::borrow::Cow;

use super::error::ItemError;

/// One request of a batch.
#[derive(Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// Its name, as it was written; no other has it, in whatever case.
    pub id: Cow<'a, str>,
    /// Which one has to succeed before it may run: an index below its own.
    pub after: Option<usize>,
    /// What it asks for, or why that cannot be asked for, which is then its answer.
    pub request: Result<Request<'a>, ItemError>,
}

/// A header's name and value.
pub(super) type Header<'a> = (Cow<'a, str>, Cow<'a, str>);

/// What one request of a batch asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The path below the version. It begins with a slash, and holds only what a URI may; it is not
    /// decoded.
    pub path: Cow<'a, str>,
    /// The query, without its question mark; it too holds only what a URI may.
    pub query: Option<Cow<'a, str>>,
    /// Its headers: each name is a token and there once, in whatever case; no value has a control
    /// character in it but tabs.
    pub headers: Vec<Header<'a>>,
    /// Its body, as it would be sent alone: JSON just as it was written, anything else decoded.
    pub body: Option<Cow<'a, [u8]>>,
}

/// A method that a request of a batch may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PATCH`
    Patch,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
}

/// Why a request of a batch is not run, and answered 424: the one that it depends on did not
/// succeed. The text is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The request was not run, because the request with id '{on}', on which it depends, did not succeed.")]
pub struct FailedDependency<'a> {
    /// The id of the one that did not succeed.
    pub on: &'a str,
}

impl Item<'_> {
    /// Whether it may change something. What cannot be asked for changes nothing.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.request.as_ref().is_ok_and(|request| request.method != Method::Get)
    }
}

impl Request<'_> {
    /// The value of this header, whose name is written in lower case here.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

pub(super) fn find<'h>(headers: &'h [Header<'_>], name: &str) -> Option<&'h str> {
    headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
}

impl Method {
    pub(super) fn read(text: Option<&str>) -> Result<Self, ItemError> {
        const ALL: [Method; 5] = [Method::Get, Method::Post, Method::Patch, Method::Put, Method::Delete];
        let text = text.unwrap_or_default();
        ALL.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(text)).ok_or(ItemError::Method)
    }

    /// The method as HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}
