use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};
use uuid::Uuid;

use crate::render::simple_case;
use crate::render::{Dialect, Sql};

/// How `SQLite` spells what backends spell differently. Its own `lower` and `upper` know ASCII only, and its `length` ends at
/// the first NUL, so some functions are ours: [`add_functions`].
pub(super) struct Sqlite;

impl Dialect for Sqlite {
    fn placeholder(number: usize) -> String {
        format!("?{number}")
    }

    fn lower(text: Sql) -> Sql {
        Sql::from_template("unicode_lower({})", [text])
    }

    fn upper(text: Sql) -> Sql {
        Sql::from_template("unicode_upper({})", [text])
    }

    fn contains(text: Sql, part: Sql) -> Sql {
        Sql::from_template("instr({}, {}) > 0", [text, part])
    }

    fn starts_with(text: Sql, part: Sql) -> Sql {
        Sql::from_template("starts_with({}, {})", [text, part])
    }

    fn ends_with(text: Sql, part: Sql) -> Sql {
        Sql::from_template("ends_with({}, {})", [text, part])
    }

    fn id_text(id: Sql) -> Sql {
        Sql::from_template("id_text({})", [id])
    }

    fn members(column: &str, field: Option<&str>, name: &str) -> String {
        match field {
            Some(field) => format!("json_each({column}, '$.{field}') AS {name}"),
            None => format!("json_each({column}) AS {name}"),
        }
    }

    fn member(name: &str) -> String {
        format!("{name}.value")
    }

    fn field_of_member(name: &str, field: &str) -> String {
        format!("({name}.value ->> '$.{field}')")
    }
}

/// Gives the connection what rendered statements call. Each answers null if anything it is given is null.
pub(in crate::sqlite) fn add_functions(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS
        | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("unicode_lower", 1, flags, |call| cased(call, simple_case::lower))?;
    connection.create_scalar_function("unicode_upper", 1, flags, |call| cased(call, simple_case::upper))?;
    connection.create_scalar_function("starts_with", 2, flags, |call| Ok(both(call, <[u8]>::starts_with)))?;
    connection.create_scalar_function("ends_with", 2, flags, |call| Ok(both(call, <[u8]>::ends_with)))?;
    connection.create_scalar_function("id_text", 1, flags, |call| {
        let id: Option<[u8; 16]> = call.get(0)?;
        Ok(id.map(|id| Uuid::from_bytes(id).as_hyphenated().to_string()))
    })
}

fn cased(call: &Context<'_>, case: fn(&str) -> String) -> Result<Option<String>> {
    let text = call.get_raw(0).as_str_or_null();
    Ok(text.map_err(|error| Error::UserFunctionError(error.into()))?.map(case))
}

fn both(call: &Context<'_>, is: fn(&[u8], &[u8]) -> bool) -> Option<bool> {
    match (call.get_raw(0), call.get_raw(1)) {
        (ValueRef::Text(text), ValueRef::Text(part)) => Some(is(text, part)),
        _ => None,
    }
}
