use std::collections::BTreeMap;
use std::fmt;

use url::form_urlencoded;

/// A request as it came. `Debug` shows its first line without the query, which may hold a secret.
#[derive(Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query as they were sent.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    /// The fields of its query.
    pub(crate) fn query(&self) -> BTreeMap<String, String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The first header of this name, which is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The fields of a form in its body.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path())
    }
}

/// Which requests are meant: all of them, until something more is said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Matching {
    method: Option<&'static str>,
    path: String,
    body: String,
    nth: Option<usize>,
}

impl Matching {
    pub(crate) fn any() -> Self {
        Self::default()
    }

    /// A POST whose path has this in it, in whatever case.
    pub(crate) fn post(path: &str) -> Self {
        Self { method: Some("POST"), path: path.to_lowercase(), ..Self::default() }
    }

    /// As [`Matching::post`], for GET.
    pub(crate) fn get(path: &str) -> Self {
        Self { method: Some("GET"), ..Self::post(path) }
    }

    /// Only with this in the body, such as `grant_type=refresh_token`.
    pub(crate) fn with(self, body: &str) -> Self {
        Self { body: body.to_owned(), ..self }
    }

    /// Only the first, second, third … of them, counted from when this is handed over.
    pub(crate) fn nth(self, nth: usize) -> Self {
        assert!(nth > 0, "requests are counted from 1");
        Self { nth: Some(nth), ..self }
    }

    /// Whether a request is one of these, wherever it stands in the row.
    pub(crate) fn fits(&self, request: &Request) -> bool {
        self.method.is_none_or(|method| method == request.method)
            && request.path().to_lowercase().contains(&self.path)
            && request.text().contains(&self.body)
    }

    /// Whether the one of this number is meant.
    pub(super) fn is_turn(&self, number: usize) -> bool {
        self.nth.is_none_or(|nth| nth == number)
    }

    /// Whether no request after the one of this number can be meant.
    pub(super) fn is_over(&self, number: usize) -> bool {
        self.nth.is_some_and(|nth| nth <= number)
    }

    /// The first of them, if no other was said.
    pub(super) fn one(self) -> Self {
        Self { nth: Some(self.nth.unwrap_or(1)), ..self }
    }
}
