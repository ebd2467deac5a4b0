use gangway_engine::SortKey;

use super::error::Unrenderable;

/// The most values a statement takes: what every backend takes, and far more than a query has that a client writes.
const MAX_VALUES: usize = 10_000;

/// A piece of SQL, with a `?` for each value that is bound.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sql {
    text: String,
    values: Vec<SortKey>,
}

/// What a backend is given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) values: Vec<SortKey>,
}

impl Sql {
    /// Text of ours, without values.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    pub(super) fn value(value: SortKey) -> Self {
        Self { text: "?".into(), values: vec![value] }
    }

    /// The template, with a part in the place of each `{}`.
    pub(crate) fn from_template<const N: usize>(template: &str, parts: [Self; N]) -> Self {
        let mut whole = Self::new(String::with_capacity(template.len()));
        let mut parts = parts.into_iter();
        for (place, text) in template.split("{}").enumerate() {
            if let Some(part) = (place > 0).then(|| parts.next()).flatten() {
                whole.push(part);
            }
            whole.text.push_str(text);
        }
        whole
    }

    /// The parts one after the other.
    pub(super) fn joined(parts: impl IntoIterator<Item = Self>, separator: &str) -> Self {
        let mut whole = Self::new("");
        for (place, part) in parts.into_iter().enumerate() {
            if place > 0 {
                whole.text.push_str(separator);
            }
            whole.push(part);
        }
        whole
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    fn push(&mut self, part: Self) {
        self.text.push_str(&part.text);
        self.values.extend(part.values);
    }

    /// The statement, with the backend's own placeholders.
    pub(super) fn finish<D: Dialect>(self) -> Result<Statement, Unrenderable> {
        if self.values.len() > MAX_VALUES {
            return Err(Unrenderable::TooManyValues);
        }
        let mut text = String::with_capacity(self.text.len() + 2 * self.values.len());
        for (number, piece) in self.text.split('?').enumerate() {
            if number > 0 {
                text.push_str(&D::placeholder(number));
            }
            text.push_str(piece);
        }
        Ok(Statement { text, values: self.values })
    }
}

/// What backends spell differently. Everything else of a statement is the same for all of them: texts are compared by
/// code points, and `IS NOT TRUE` and `IS [NOT] DISTINCT FROM` are there.
pub(crate) trait Dialect {
    /// The value with this number, counted from 1.
    fn placeholder(number: usize) -> String;

    /// A text in lower case, letter by letter as [`crate::render::simple_case`] has it.
    fn lower(text: Sql) -> Sql;

    /// A text in upper case, in the same way.
    fn upper(text: Sql) -> Sql;

    /// Whether the part is anywhere in the text.
    fn contains(text: Sql, part: Sql) -> Sql;

    /// Whether the text begins with the part.
    fn starts_with(text: Sql, part: Sql) -> Sql;

    /// Whether the text ends with the part.
    fn ends_with(text: Sql, part: Sql) -> Sql;

    /// An id as it is shown: in lower case, with hyphens.
    fn id_text(id: Sql) -> Sql;

    /// The members of the JSON array in a column, or in a field of the object there, to select from under this name.
    fn members(column: &str, field: Option<&str>, name: &str) -> String;

    /// The text that a member is.
    fn member(name: &str) -> String;

    /// The text in a field of a member.
    fn field_of_member(name: &str, field: &str) -> String;
}
