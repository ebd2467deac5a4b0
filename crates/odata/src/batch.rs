//! Many requests in one body: what each of them is, and which may run when.
//!
//! Source: OData JSON Format Version 4.01, section 19, as Microsoft Graph narrows it ("Combine
//! multiple HTTP requests using JSON batching" and its known issues). What neither settles is ours,
//! and said so where it is decided.

mod body;
mod dependencies;
mod error;
mod responses;
#[cfg(test)]
mod tests;
mod url;
mod waves;
mod written;

use std::borrow::Cow;

pub use error::{BatchError, ItemError};
pub use responses::Responses;
pub use url::Origin;

use serde_json::value::RawValue;
use written::{Payload, Written, text};

/// The most requests a batch may have.
pub(crate) const MAX_REQUESTS: usize = 20;
/// The longest id, in bytes. Ids are repeated in answers and errors.
pub(crate) const MAX_ID: usize = 128;
/// The most headers one request may have.
pub(crate) const MAX_HEADERS: usize = 100;
/// The longest url of one request, in bytes.
pub(crate) const MAX_URL: usize = 16 * 1024;

/// The requests of a batch, in the order they were written. There is at least one.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    items: Vec<Item<'a>>,
}

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
type Header<'a> = (Cow<'a, str>, Cow<'a, str>);

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

impl<'a> Batch<'a> {
    /// Reads a batch. Members that are not known are passed over, except those that ask for what a
    /// server may not leave out in silence (`atomicityGroup`, `if`).
    ///
    /// # Errors
    /// If the whole batch is to be refused: then nothing of it may run.
    pub fn parse(body: &'a [u8], origin: &Origin<'_>) -> Result<Self, BatchError> {
        let payload = Payload::read(body)?;
        let mut items: Vec<Item<'a>> = Vec::with_capacity(payload.requests.len());
        for (index, written) in payload.requests.iter().enumerate() {
            let item = Item::read(written, index, &items, origin)?;
            items.push(item);
        }
        dependencies::check_pattern(&items)?;
        Ok(Self { items })
    }

    /// The requests, in the order they were written.
    #[must_use]
    pub fn items(&self) -> &[Item<'a>] {
        &self.items
    }

    /// Which requests, by index, may run at once, in the order they have to: all of one wave before
    /// the next. Each is in one wave. Whatever a request depends on is in an earlier wave than it,
    /// and so is the write before each write.
    #[must_use]
    pub fn waves(&self) -> Vec<Vec<usize>> {
        waves::plan(&self.items)
    }

    /// Why the request with this index must not run, if it must not. `statuses` has what was
    /// answered to those of the waves before, by index. What is answered in place of it is 424,
    /// which is no success either.
    #[must_use]
    pub fn blocked(&self, index: usize, statuses: &[u16]) -> Option<FailedDependency<'_>> {
        let after = self.items.get(index)?.after?;
        let succeeded = statuses.get(after).is_some_and(|status| *status < 400);
        if succeeded { None } else { self.items.get(after).map(|item| FailedDependency { on: &item.id }) }
    }
}

impl<'a> Item<'a> {
    fn read(
        written: &Written<'a>,
        index: usize,
        before: &[Self],
        origin: &Origin<'_>,
    ) -> Result<Self, BatchError> {
        let id = written.id(index + 1)?;
        if before.iter().any(|other| dependencies::same_id(&other.id, &id)) {
            return Err(BatchError::DuplicateId(id.into_owned()));
        }
        written.refuse_unkept(&id)?;
        let after = dependencies::read(written, &id, before)?;
        let head = Head::read(written);
        if head.as_ref().is_ok_and(|head| head.lacks_type(written)) {
            return Err(BatchError::NoContentType(id.into_owned()));
        }
        let request = head.and_then(|head| head.with(written, origin));
        Ok(Self { id, after, request })
    }

    /// Whether it may change something. What cannot be asked for changes nothing.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.request.as_ref().is_ok_and(|request| request.method != Method::Get)
    }
}

/// What has to be known of a request before its body can be read.
struct Head<'a> {
    method: Method,
    headers: Vec<Header<'a>>,
}

impl<'a> Head<'a> {
    fn read(written: &Written<'a>) -> Result<Self, ItemError> {
        let method = Method::read(text(written.method).as_deref())?;
        Ok(Self { method, headers: written.headers()? })
    }

    /// The body, if it is looked at: that of a GET is not, in a batch as alone.
    fn body(&self, written: &Written<'a>) -> Option<&'a str> {
        written.body.filter(|_| self.method != Method::Get).map(RawValue::get)
    }

    fn content_type(&self) -> &str {
        find(&self.headers, "content-type").unwrap_or_default().trim()
    }

    fn lacks_type(&self, written: &Written<'a>) -> bool {
        self.content_type().is_empty() && self.body(written).is_some()
    }

    fn with(self, written: &Written<'a>, origin: &Origin<'_>) -> Result<Request<'a>, ItemError> {
        let body = self.body(written).map(|body| body::read(body, self.content_type())).transpose()?;
        let url = text(written.url).ok_or(ItemError::NoUrl)?;
        let (path, query) = url::resolve(url, origin)?;
        Ok(Request { method: self.method, path, query, headers: self.headers, body })
    }
}

impl Request<'_> {
    /// The value of this header, whose name is written in lower case here.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'h>(headers: &'h [Header<'_>], name: &str) -> Option<&'h str> {
    headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
}

impl Method {
    fn read(text: Option<&str>) -> Result<Self, ItemError> {
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
