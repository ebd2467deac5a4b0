use std::borrow::Cow;

use super::limits::Limit;

/// What is wrong with a query option; shown in the words of Graph, or of the library it uses
/// (OData.NET), where they are known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    option: String,
    position: usize,
    problem: Problem,
    message: String,
}

/// In which way a query option is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// There is no such option, or it does not apply to what is asked.
    NotSupported,
    /// It is there twice.
    Repeated,
    /// Its value asks for more than is allowed.
    Limit(Limit),
    /// Its value is not of its form, or does not fit the types.
    Invalid,
}

impl QueryError {
    pub(super) fn not_supported(name: &str) -> Self {
        let message = format!("The query parameter '{}' is not supported.", shown(name));
        Self { option: shown(name).into_owned(), position: 0, problem: Problem::NotSupported, message }
    }

    pub(super) fn repeated(name: &'static str) -> Self {
        let message = format!(
            "Query option '{name}' was specified more than once, but it must be specified at most once."
        );
        Self { option: name.into(), position: 0, problem: Problem::Repeated, message }
    }

    pub(super) fn in_value(name: &'static str, prefix: &str, fault: Fault) -> Self {
        let Fault { at, what, problem } = fault;
        Self { option: name.into(), position: at, problem, message: format!("{prefix}{what}") }
    }

    /// The name of the option: with its `$` if it is one of OData's, else as it was written,
    /// shortened.
    #[must_use]
    pub fn option(&self) -> &str {
        &self.option
    }

    /// Where in the option's decoded value, in bytes. The text counts in bytes as well.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// In which way it is wrong.
    #[must_use]
    pub const fn problem(&self) -> Problem {
        self.problem
    }
}

/// What is wrong, and where in the text that is parsed.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    what: String,
    problem: Problem,
}

pub(super) type Parsed<T> = Result<T, Fault>;

impl Fault {
    pub(super) fn new(at: usize, what: impl Into<String>) -> Self {
        Self { at, what: what.into(), problem: Problem::Invalid }
    }

    /// The text ends with the position and the text that is parsed.
    pub(super) fn placed(at: usize, what: &str, text: &str) -> Self {
        Self::new(at, format!("{what} at position {at} in '{}'.", shown(text)))
    }

    /// Texts have every character but this one: PostgreSQL keeps none with it, and nothing that is
    /// kept has it.
    pub(super) fn nul(at: usize, text: &str) -> Self {
        Self::placed(at, "A string literal cannot have the character U+0000", text)
    }

    pub(super) fn limit(at: usize, limit: Limit) -> Self {
        let (what, unit) = limit.exceeded();
        Self { at, what: format!("{what} {} {unit}.", limit.most()), problem: Problem::Limit(limit) }
    }

    /// The text that was parsed begins there in a longer one.
    pub(super) fn from(mut self, start: usize) -> Self {
        self.at += start;
        self
    }
}

const SHOWN: usize = 100;

/// What a client wrote, to be repeated in an error: cut, and without control characters.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if text.len() <= SHOWN && !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let head = text.get(..text.floor_char_boundary(SHOWN)).unwrap_or_default();
    let rest = if head.len() < text.len() { "…" } else { "" };
    Cow::Owned(head.replace(char::is_control, "\u{fffd}") + rest)
}
