//! Many requests in one body: what each of them is, and which may run when.
//!
//! Source: OData JSON Format Version 4.01, section 19, as Microsoft Graph narrows it ("Combine
//! multiple HTTP requests using JSON batching" and its known issues). What neither settles is ours,
//! and said so where it is decided.

mod body;
mod dependencies;
mod error;
mod item;
mod limits;
mod responses;
#[cfg(test)]
mod tests;
mod url;
mod waves;
mod written;

pub use error::{BatchError, ItemError};
pub use item::{FailedDependency, Item, Method, Request};
pub use responses::Responses;
pub use url::Origin;

use item::{Header, find};
use serde_json::value::RawValue;
use written::{Payload, Written, text};

/// The requests of a batch, in the order they were written. There is at least one.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    items: Vec<Item<'a>>,
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
