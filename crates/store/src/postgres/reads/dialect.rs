use crate::render::{Dialect, Sql};

/// How PostgreSQL and its kin spell what backends spell differently. The types that are named are for those of them that do
/// not guess what a parameter is.
pub(in crate::postgres) struct Postgres;

impl Dialect for Postgres {
    fn placeholder(number: usize) -> String {
        format!("${number}")
    }

    fn lower(text: Sql) -> Sql {
        Sql::from_template("lower({})", [text])
    }

    fn upper(text: Sql) -> Sql {
        Sql::from_template("upper({})", [text])
    }

    fn contains(text: Sql, part: Sql) -> Sql {
        Sql::from_template("strpos({}, {}) > 0", [text, part])
    }

    fn starts_with(text: Sql, part: Sql) -> Sql {
        Sql::from_template("left({}, length(CAST({} AS text))) = {}", [text, part.clone(), part])
    }

    fn ends_with(text: Sql, part: Sql) -> Sql {
        Sql::from_template("right({}, length(CAST({} AS text))) = {}", [text, part.clone(), part])
    }

    fn id_text(id: Sql) -> Sql {
        Sql::from_template("CAST({} AS text)", [id])
    }

    fn members(column: &str, field: Option<&str>, name: &str) -> String {
        match field {
            Some(field) => {
                format!("jsonb_array_elements(CAST({column} AS jsonb) -> '{field}') AS {name}(value)")
            }
            None => format!("jsonb_array_elements(CAST({column} AS jsonb)) AS {name}(value)"),
        }
    }

    fn member(name: &str) -> String {
        format!("({name}.value #>> '{{}}')")
    }

    fn field_of_member(name: &str, field: &str) -> String {
        format!("({name}.value ->> '{field}')")
    }
}
