//! What is held of a statement's tree. `sqlparser` gives every statement as nested structures; written as JSON, each kind of
//! thing that can stand in SQL has a name there, as a field (`"on_conflict"`), as a kind (`"BinaryOp"`) or as a word (`"Eq"`).
//! So one walk over the JSON sees everything there is, and what is not on a list ([`Allowed`]) is refused, whether or not
//! anybody thought of it: a new construct has to be put on the list on purpose, with the engines' documentation at hand.
//! Blank fields say that something is *not* there, and need not be on it.
//!
//! `SELECT a FROM partners FOR UPDATE` becomes, in part,
//!
//! ```text
//! {"Query": {"body": {"Select": {"projection": [{"UnnamedExpr": {"Identifier": {"value": "a", …}}}],
//!                                "from": [{"relation": {"Table": {"name": …}}}], "distinct": null, …}},
//!            "locks": [{"lock_type": "Update", …}], …}}
//! ```
//!
//! and is refused with "'locks' is not on the list". Of a statement without the clause that field is an empty list, which is
//! blank, as `"distinct"` is here. `what_is_refused_is_named` holds this.

use std::collections::HashSet;

use serde_json::Value;

use super::lists::{Allowed, TABLES_WITHOUT_PARTS};

/// Every name in the tree is on the list, but where nothing is in it.
pub(super) fn only_what_is_allowed(tree: &Value, allowed: &Allowed) -> Result<(), String> {
    match tree {
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            if is_blank(value) || name == "span" || name.ends_with("_token") {
                return Ok(());
            }
            if !allowed.names.contains(&name.as_str()) {
                return Err(format!("'{name}' is not on the list"));
            }
            let called = match name.as_str() {
                "Function" => Some(value),
                // What is selected from with arguments is a function too.
                "Table" => Some(value).filter(|table| !is_blank(&table["args"])),
                _ => None,
            };
            if let Some(function) = called.map(last_name)
                && !allowed.functions.contains(&function.as_str())
            {
                return Err(format!("the function '{function}' is not on the list"));
            }
            let is_free = matches!(name.as_str(), "value" | "Placeholder" | "SingleQuotedString" | "Number");
            if is_free && !value.is_object() { Ok(()) } else { only_what_is_allowed(value, allowed) }
        }),
        Value::Array(many) => many.iter().try_for_each(|one| only_what_is_allowed(one, allowed)),
        Value::String(word) if !allowed.words.contains(&word.as_str()) => {
            Err(format!("'{word}' is not on the list"))
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// CockroachDB refuses it, and PostgreSQL does not say which change remains.
pub(super) fn no_table_is_changed_twice(tree: &Value) -> Result<(), String> {
    let mut changed = HashSet::new();
    for change in changes(tree) {
        if !changed.insert(change.table.clone()) {
            return Err(format!("it changes '{}' twice", change.table));
        }
    }
    Ok(())
}

/// So that it goes to one machine, where a database is spread over several.
pub(super) fn what_changes_a_part_names_it(tree: &Value) -> Result<(), String> {
    for change in changes(tree) {
        if !TABLES_WITHOUT_PARTS.contains(&change.table.as_str()) && !change.names_part() {
            return Err(format!("what it changes in '{}' has no part", change.table));
        }
    }
    Ok(())
}

/// Where tables are spread over machines, such a statement is done by way of another machine than the one that has its rows, and
/// its transaction is committed in two phases.
pub(super) fn nothing_is_inserted_beside_a_with(tree: &Value) -> Result<(), String> {
    let inserts = changes(tree).into_iter().any(|change| !change.what["columns"].is_null());
    if inserts && has_fragments(tree) { Err("it inserts beside a WITH".into()) } else { Ok(()) }
}

fn has_fragments(tree: &Value) -> bool {
    match tree {
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name == "cte_tables" && !is_blank(value) || has_fragments(value)),
        Value::Array(many) => many.iter().any(has_fragments),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// `IF NOT EXISTS`, `ON CONFLICT DO NOTHING`
pub(super) fn can_be_done_twice(tree: &Value) -> Result<(), String> {
    let made = ["CreateTable", "CreateIndex"].iter().any(|kind| tree[kind]["if_not_exists"] == true);
    let changes = tree["AlterTable"]["operations"].as_array();
    let added = changes.is_some_and(|all| all.iter().all(|one| one["AddColumn"]["if_not_exists"] == true));
    let filled = tree["Insert"]["on"]["OnConflict"]["action"] == "DoNothing";
    if made || added || filled { Ok(()) } else { Err("it cannot be done twice".into()) }
}

/// An `INSERT`, `UPDATE` or `DELETE`.
struct Change<'a> {
    table: String,
    what: &'a Value,
}

fn changes(tree: &Value) -> Vec<Change<'_>> {
    let mut found = Vec::new();
    collect(tree, &mut found);
    found
}

fn collect<'a>(tree: &'a Value, found: &mut Vec<Change<'a>>) {
    match tree {
        Value::Object(fields) => {
            for (name, value) in fields {
                let table = match name.as_str() {
                    "Insert" if value.get("table").is_some() => Some(&value["table"]["TableName"]),
                    "Update" if value.get("table").is_some() => {
                        Some(&value["table"]["relation"]["Table"]["name"])
                    }
                    "Delete" if value.get("from").is_some() => {
                        Some(&value["from"]["WithFromKeyword"][0]["relation"]["Table"]["name"])
                    }
                    _ => None,
                };
                if let Some(table) = table {
                    found.push(Change { table: last_of(table), what: value });
                }
                collect(value, found);
            }
        }
        Value::Array(many) => many.iter().for_each(|one| collect(one, found)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Change<'_> {
    /// Among its columns, or as one of the conditions that all have to hold.
    fn names_part(&self) -> bool {
        if let Some(columns) = self.what["columns"].as_array() {
            return columns.iter().any(|column| last_of(column) == "part");
        }
        let mut open = vec![&self.what["selection"]];
        while let Some(condition) = open.pop() {
            let both = &condition["BinaryOp"];
            let any = &condition["AnyOp"];
            if both["op"] == "And" {
                open.extend([&both["left"], &both["right"]]);
            } else if both["op"] == "Eq" && is_part(&both["left"])
                || any["compare_op"] == "Eq" && is_part(&any["left"])
            {
                return true;
            }
        }
        false
    }
}

fn is_part(side: &Value) -> bool {
    let whole = &side["CompoundIdentifier"];
    let name =
        if whole.is_null() { side["Identifier"]["value"].clone() } else { last(whole)["value"].clone() };
    name == "part"
}

fn last(of: &Value) -> &Value {
    of.as_array().and_then(|names| names.last()).unwrap_or(of)
}

/// The last part of a name that may have several.
fn last_of(name: &Value) -> String {
    last(name)["Identifier"]["value"].as_str().unwrap_or_default().to_lowercase()
}

fn last_name(of: &Value) -> String {
    last_of(&of["name"])
}

pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) | Value::Number(_) => false,
        Value::String(word) => word == "None",
        Value::Array(many) => many.iter().all(is_blank),
        // What begins with a capital is a kind of something, and says something without having anything in it.
        Value::Object(fields) => fields.iter().all(|(name, value)| {
            let is_kind = name.starts_with(char::is_uppercase) && name != "Expressions";
            !is_kind && is_blank(value)
        }),
    }
}
