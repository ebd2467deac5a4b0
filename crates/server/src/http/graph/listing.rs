//! Lists: what is asked for, page by page.

use gangway_engine::{Listing, Position, SortKey};
use gangway_odata::model::Property;
use gangway_odata::token::{PageKey, PageState, Scope};
use gangway_odata::{Filter, OrderBy, Path, QueryOption, Root, query_options};
use http::Response;

use super::allowed::Allowed;
use super::answer;
use super::request::Preferences;
use crate::http::error::ApiError;
use crate::http::limits::MAX_URI;

/// How many items a page has if nobody says.
const DEFAULT_PAGE: usize = 100;
/// How many items a page has at most.
const LONGEST_PAGE: usize = 1000;

/// What a client asks of a collection.
#[derive(Debug)]
pub(super) struct ListQuery {
    pub(super) listing: Listing,
    /// Whether the items are to be counted.
    pub(super) count: bool,
    /// The collection, as it stands in addresses.
    resource: &'static str,
    /// The page size that the client preferred and was given.
    preferred: Option<usize>,
}

impl ListQuery {
    /// What is asked of a collection, whose items are searched in these properties and are in this order if nobody says.
    ///
    /// # Errors
    /// If the page that is asked for is of another list.
    pub(super) fn new(
        allowed: &Allowed<'_>,
        resource: &'static str,
        searched: &[Path],
        order: Vec<OrderBy>,
    ) -> Result<Self, ApiError> {
        let query = &allowed.options.query;
        let preferred = allowed.options.preferences.max_page_size.map(|size| size.min(LONGEST_PAGE));
        let top = query.top.map(|top| usize::try_from(top).unwrap_or(usize::MAX));
        let limit = page_length(top, preferred);
        let after = match &query.skip_token {
            Some(token) => Some(opened(allowed, resource, token)?),
            None => None,
        };
        let found = query.search.as_ref().map(|search| search.over(searched));
        let filter = match (query.filter.clone(), found) {
            (Some(filter), Some(found)) => Some(Filter::And(vec![filter, found])),
            (filter, found) => filter.or(found),
        };
        let order_by = if query.order_by.is_empty() { order } else { query.order_by.clone() };
        // What a next link leads to has been skipped already.
        let skip = if after.is_some() { 0 } else { query.skip };
        let listing = Listing { filter, order_by, skip, limit, after };
        Ok(Self { listing, count: query.count, resource, preferred })
    }

    /// The address of the page behind this item: on the host that the client used, with every option that it gave.
    ///
    /// # Errors
    /// If that is longer than an address may be.
    pub(super) fn next_link(&self, allowed: &Allowed<'_>, end: &Position) -> Result<String, ApiError> {
        let state = PageState { keys: end.keys.iter().map(to_token).collect(), id: end.id };
        let token = allowed.public.paging.seal(&scope(allowed, self.resource), &state);
        let token = token.map_err(|_| ApiError::LongNextLink)?;
        let mut link = format!("{}/{}?", answer::root(allowed), self.resource);
        // As they were written, not as they were read.
        let written = allowed
            .query
            .split('&')
            .filter(|option| query_options(option).any(|read| is_for_every_page(&read)));
        for option in written {
            link.push_str(option);
            link.push('&');
        }
        link.push_str("$skiptoken=");
        link.push_str(&token);
        if link.len() > MAX_URI { Err(ApiError::LongNextLink) } else { Ok(link) }
    }

    /// Says how long pages are, if the client had a wish.
    pub(super) fn say_page_size<B>(&self, response: &mut Response<B>) {
        if let Some(size) = self.preferred {
            Preferences::applied_page_size(size, response.headers_mut());
        }
    }
}

/// The smaller of what the request and the preference say, if either says anything.
fn page_length(top: Option<usize>, preferred: Option<usize>) -> usize {
    let asked = [top, preferred].into_iter().flatten().min();
    asked.unwrap_or(DEFAULT_PAGE).min(LONGEST_PAGE)
}

/// Whether an option of the first page is one of the next ones as well.
fn is_for_every_page(option: &QueryOption<'_>) -> bool {
    let name = option.name.strip_prefix('$').unwrap_or(&option.name);
    !name.eq_ignore_ascii_case("skiptoken") && !name.eq_ignore_ascii_case("skip")
}

/// The path of these properties, each of which is one of the one before.
pub(super) fn path(steps: &[&'static Property]) -> Path {
    Path { root: Root::Item, steps: steps.to_vec() }
}

/// Where the page begins that a token stands for.
fn opened(allowed: &Allowed<'_>, resource: &str, token: &str) -> Result<Position, ApiError> {
    let state =
        allowed.public.paging.open(&scope(allowed, resource), token).map_err(|_| ApiError::SkipToken)?;
    Ok(Position { keys: state.keys.into_iter().map(from_token).collect(), id: state.id })
}

/// What a page token holds for: this tenant, this list, these options.
fn scope(allowed: &Allowed<'_>, resource: &str) -> Scope {
    let options = query_options(allowed.query).filter(is_for_every_page);
    let tenant = allowed.caller.tenant.0.into_bytes();
    Scope::new(tenant, resource, options)
}

fn to_token(key: &SortKey) -> PageKey {
    match key {
        SortKey::Null => PageKey::Null,
        SortKey::Integer(number) => PageKey::Integer(*number),
        SortKey::Text(text) => PageKey::Text(text.clone()),
        SortKey::Bytes(bytes) => PageKey::Bytes(bytes.clone()),
    }
}

fn from_token(key: PageKey) -> SortKey {
    match key {
        PageKey::Null => SortKey::Null,
        PageKey::Integer(number) => SortKey::Integer(number),
        PageKey::Text(text) => SortKey::Text(text),
        PageKey::Bytes(bytes) => SortKey::Bytes(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_as_long_as_the_smaller_wish_and_never_longer_than_the_longest() {
        assert_eq!(page_length(None, None), DEFAULT_PAGE);
        assert_eq!((page_length(Some(7), None), page_length(None, Some(7))), (7, 7));
        assert_eq!((page_length(Some(7), Some(9)), page_length(Some(9), Some(7))), (7, 7));
        assert_eq!(page_length(Some(0), Some(7)), 0);
        assert_eq!(page_length(Some(usize::MAX), None), LONGEST_PAGE);
    }
}
