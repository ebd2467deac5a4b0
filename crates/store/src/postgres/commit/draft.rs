//! Statements as they are put together of steps.
//!
//! A step is one or more fragments of a `WITH`, each of which writes one row on conditions of its own. Behind them stands a
//! `SELECT` that divides by zero unless every fragment has found its row, so that the statement does all of it or nothing.
//! Its text depends on which steps there are, never on values: there are few texts, and each is prepared once.

use std::fmt::Write as _;

use super::super::moved::has_moved;
use super::super::value::Value;

/// What a fragment writes to.
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

/// One write of one row, or what is read for it. In its text `?` stands for the next of its values, `@` for the partner that
/// the changeset is about, `~` for the fragment before it and `~2` for the one before that, `$1` and `$2` for the key that all of a
/// tenant's rows begin with.
#[derive(Debug)]
pub(super) struct Fragment<'a> {
    pub(super) table: Option<DraftTable>,
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value<'a>>,
}

/// A statement, and what is bound to its parameters.
#[derive(Debug)]
pub(super) struct DraftStatement<'a> {
    pub(super) text: String,
    pub(super) values: Vec<Value<'a>>,
}

/// A statement that is being put together.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    text: String,
    fragments: usize,
    written: Vec<DraftTable>,
    values: Vec<Value<'a>>,
    partner: Value<'a>,
    /// The parameter that the partner is bound to, if it is.
    partner_is: Option<usize>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(key: [Value<'a>; 2], partner: Value<'a>) -> Self {
        let text = String::with_capacity(2048);
        Self { text, fragments: 0, written: Vec::new(), values: key.into(), partner, partner_is: None }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.fragments == 0
    }

    /// Whether a step can go into this statement. Fragments do not see what others of the same statement did, and no row may
    /// be written twice, so each has a table to itself.
    pub(super) fn has_room_for(&self, step: &[Fragment<'a>]) -> bool {
        step.iter().filter_map(|fragment| fragment.table).all(|table| !self.written.contains(&table))
    }

    pub(super) fn add(&mut self, step: Vec<Fragment<'a>>) {
        for Fragment { table, sql, values } in step {
            let begins = if self.is_empty() { "WITH" } else { "," };
            self.written.extend(table);
            self.fragments += 1;
            let number = self.fragments;
            self.push(format_args!("{begins} s{number} AS ("));
            self.bind(sql, values.into_iter());
            self.text.push(')');
        }
    }

    fn bind(&mut self, sql: &'static str, mut values: impl Iterator<Item = Value<'a>>) {
        let mut rest = sql;
        while let Some((before, mark)) = rest.find(['?', '@', '~']).and_then(|at| rest.split_at_checked(at)) {
            self.text.push_str(before);
            let (mark, after) = mark.split_at_checked(1).unwrap_or((mark, ""));
            rest = after;
            match mark {
                "?" => {
                    self.values.extend(values.next());
                    self.push(format_args!("${}", self.values.len()));
                }
                "@" => {
                    let number = self.partner();
                    self.push(format_args!("${number}"));
                }
                _ => {
                    let back = if let Some(after) = after.strip_prefix('2') {
                        rest = after;
                        2
                    } else {
                        1
                    };
                    self.push(format_args!("s{}", self.fragments - back));
                }
            }
        }
        self.text.push_str(rest);
    }

    fn partner(&mut self) -> usize {
        *self.partner_is.get_or_insert_with(|| {
            self.values.push(self.partner.clone());
            self.values.len()
        })
    }

    /// The statement. It fails unless every fragment has found its row, and if everything is moving to another database.
    pub(super) fn finish(mut self) -> DraftStatement<'a> {
        self.text.push_str(concat!(" SELECT 1 / CASE WHEN NOT ", has_moved!()));
        for number in 1..=self.fragments {
            self.push(format_args!(" AND EXISTS (SELECT 1 FROM s{number})"));
        }
        self.text.push_str(" THEN 1 ELSE 0 END");
        DraftStatement { text: self.text, values: self.values }
    }

    /// Writing to a string does not fail.
    fn push(&mut self, sql: std::fmt::Arguments<'_>) {
        let _ = self.text.write_fmt(sql);
    }
}
