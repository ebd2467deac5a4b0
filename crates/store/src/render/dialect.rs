use super::Sql;

/// What backends spell differently. Everything else of a statement is the same for all of them: texts are compared by
/// code points, and `IS NOT TRUE` and `IS [NOT] DISTINCT FROM` are there.
pub(crate) trait Dialect {
    /// The value with this number, counted from 1.
    fn placeholder(number: usize) -> String;

    /// A text in lower case, letter by letter as [`crate::letters`] has it.
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
