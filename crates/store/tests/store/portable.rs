//! Whether every statement is one that PostgreSQL and all of its kin understand: it is parsed, and everything in its tree has
//! to be on a list. What the store prepares is looked at when it is prepared, whichever test has it do so; no statement can
//! be forgotten.

mod biting;
mod lists;
mod schema;
mod tree;
mod watch;

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use lists::Allowed;
pub(crate) use watch::Watch;

/// What is wrong with a statement that the store prepares.
pub(crate) fn check(sql: &str) -> Result<(), String> {
    let tree = parse(sql)?;
    tree::only_what_is_allowed(&tree, &Allowed::STATEMENTS)?;
    tree::no_table_is_changed_twice(&tree)?;
    tree::nothing_is_inserted_beside_a_with(&tree)?;
    tree::what_changes_a_part_names_it(&tree)
}

/// What is wrong with a statement of the schema. What such a one fills tables with is a statement like others.
fn check_of_schema(sql: &str) -> Result<(), String> {
    let tree = parse(sql)?;
    if tree.get("Insert").is_some() {
        check(sql)?;
    } else {
        tree::only_what_is_allowed(&tree, &Allowed::SCHEMA)?;
    }
    tree::can_be_done_twice(&tree)
}

/// One statement, as a tree of JSON: each thing there can be in it has a name there.
fn parse(sql: &str) -> Result<serde_json::Value, String> {
    let statements = Parser::parse_sql(&PostgreSqlDialect {}, sql).map_err(|error| error.to_string())?;
    let [statement] = &statements[..] else { return Err("it is not one statement".into()) };
    serde_json::to_value(statement).map_err(|error| error.to_string())
}
