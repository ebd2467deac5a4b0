//! How the statements of a changeset are put together.
//!
//! Whatever updates, deletes or checks is a fragment of a `WITH`, each of which finds one row on conditions of its own. Behind
//! them stands a `SELECT` that divides by zero unless every fragment has found its row, so that the statement does all of it or
//! nothing. Whatever inserts is a statement of its own: databases that spread tables over machines send a `WITH` that inserts
//! not to the one machine that has the rows, but through another. Texts depend on which fragments there are, never on values:
//! there are few texts, and each is prepared once.

use std::fmt::Write as _;

use crate::postgres::client::value::Value;
use crate::postgres::migrations::moved::has_moved;

/// What a fragment writes to, or reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DraftTable {
    Partners,
    Departed,
    Settings,
    Heads,
    Rosters,
    Events,
    Attempts,
    Credentials,
    Releases,
    Commits,
}

/// One write of one row, or a check. In its text `?` stands for the next of its values, `@` for the partner that the changeset is
/// about, `$1` and `$2` for the key that all of a tenant's rows begin with.
#[derive(Debug)]
pub(super) struct Fragment<'a> {
    sql: &'static str,
    values: Vec<Value<'a>>,
    inserts: bool,
    writes: Option<DraftTable>,
    reads: Option<DraftTable>,
}

impl<'a> Fragment<'a> {
    /// An `INSERT`. What finds no row to insert has to be found out by a fragment behind it.
    pub(super) const fn insert(table: DraftTable, sql: &'static str, values: Vec<Value<'a>>) -> Self {
        Self { sql, values, inserts: true, writes: Some(table), reads: None }
    }

    /// An `UPDATE` or a `DELETE`, which has to find its row.
    pub(super) const fn change(table: DraftTable, sql: &'static str, values: Vec<Value<'a>>) -> Self {
        Self { sql, values, inserts: false, writes: Some(table), reads: None }
    }

    /// A `SELECT`, which has to find a row.
    pub(super) const fn check(table: DraftTable, sql: &'static str, values: Vec<Value<'a>>) -> Self {
        Self { sql, values, inserts: false, writes: None, reads: Some(table) }
    }

    /// The same, which has to see what fragments before it have written there.
    pub(super) fn behind(mut self, table: DraftTable) -> Self {
        self.reads = Some(table);
        self
    }
}

/// A statement, and what is bound to its parameters.
#[derive(Debug)]
pub(super) struct DraftStatement<'a> {
    pub(super) text: String,
    pub(super) values: Vec<Value<'a>>,
}

/// The statements of a changeset, while they are put together.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    key: [Value<'a>; 2],
    partner: Value<'a>,
    drafts: Vec<Draft<'a>>,
}

impl<'a> Builder<'a> {
    /// For rows whose key begins like this, and a changeset about this partner, if it is about one.
    pub(super) const fn new(key: [Value<'a>; 2], partner: Value<'a>) -> Self {
        Self { key, partner, drafts: Vec::new() }
    }

    /// Fragments of one `WITH` do not see what the others did, and no row may be written twice. So a fragment goes into the last
    /// `WITH` unless that or a statement behind it writes what it touches. What is written stays in its order all the same, as what
    /// is wrong with a changeset is told by what fails first.
    pub(super) fn add(&mut self, fragment: Fragment<'a>) {
        let last = self.drafts.iter().rposition(|draft| !draft.inserts);
        let joins = last.filter(|last| {
            let mut from_there = self.drafts.iter().skip(*last);
            let may_go_before = fragment.writes.is_none() || *last + 1 == self.drafts.len();
            !fragment.inserts && may_go_before && !from_there.any(|draft| draft.is_in_the_way_of(&fragment))
        });
        let at = joins.unwrap_or_else(|| {
            self.drafts.push(Draft::new(self.key.clone(), fragment.inserts));
            self.drafts.len() - 1
        });
        if let Some(draft) = self.drafts.get_mut(at) {
            draft.add(fragment, &self.partner);
        }
    }

    /// The statements, in their order. A `WITH` fails unless every fragment of it has found its row, and if everything is moving
    /// to another database.
    pub(super) fn finish(self) -> Vec<DraftStatement<'a>> {
        self.drafts.into_iter().map(Draft::finish).collect()
    }
}

/// A statement that is being put together.
#[derive(Debug)]
struct Draft<'a> {
    text: String,
    inserts: bool,
    fragments: usize,
    written: Vec<DraftTable>,
    values: Vec<Value<'a>>,
    /// The parameter that the partner is bound to, if it is.
    partner_is: Option<usize>,
}

impl<'a> Draft<'a> {
    fn new(key: [Value<'a>; 2], inserts: bool) -> Self {
        let text = String::with_capacity(1024);
        Self { text, inserts, fragments: 0, written: Vec::new(), values: key.into(), partner_is: None }
    }

    fn is_in_the_way_of(&self, fragment: &Fragment<'a>) -> bool {
        let mut touched = fragment.writes.iter().chain(&fragment.reads);
        touched.any(|table| self.written.contains(table))
    }

    fn add(&mut self, fragment: Fragment<'a>, partner: &Value<'a>) {
        let Fragment { sql, values, inserts, writes, reads: _ } = fragment;
        self.written.extend(writes);
        self.fragments += 1;
        if inserts {
            return self.bind(sql, values.into_iter(), partner);
        }
        let number = self.fragments;
        let begins = if number == 1 { "WITH" } else { "," };
        self.push(format_args!("{begins} s{number} AS ("));
        self.bind(sql, values.into_iter(), partner);
        self.text.push(')');
    }

    fn bind(&mut self, sql: &'static str, mut values: impl Iterator<Item = Value<'a>>, partner: &Value<'a>) {
        let mut rest = sql;
        while let Some((before, mark)) = rest.find(['?', '@']).and_then(|at| rest.split_at_checked(at)) {
            self.text.push_str(before);
            let (mark, after) = mark.split_at_checked(1).unwrap_or((mark, ""));
            rest = after;
            let number = if mark == "?" { self.next(values.next()) } else { self.partner(partner) };
            self.push(format_args!("${number}"));
        }
        self.text.push_str(rest);
    }

    fn next(&mut self, value: Option<Value<'a>>) -> usize {
        self.values.extend(value);
        self.values.len()
    }

    fn partner(&mut self, partner: &Value<'a>) -> usize {
        if let Some(number) = self.partner_is {
            return number;
        }
        let number = self.next(Some(partner.clone()));
        self.partner_is = Some(number);
        number
    }

    fn finish(mut self) -> DraftStatement<'a> {
        if !self.inserts {
            self.text.push_str(concat!(" SELECT 1 / CASE WHEN NOT ", has_moved!()));
            for number in 1..=self.fragments {
                self.push(format_args!(" AND EXISTS (SELECT 1 FROM s{number})"));
            }
            self.text.push_str(" THEN 1 ELSE 0 END");
        }
        DraftStatement { text: self.text, values: self.values }
    }

    /// Writing to a string does not fail.
    fn push(&mut self, sql: std::fmt::Arguments<'_>) {
        let _ = self.text.write_fmt(sql);
    }
}
