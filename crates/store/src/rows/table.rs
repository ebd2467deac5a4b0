//! What columns a table has, said once. A table's description stands in the file that reads its rows, and from it follow what
//! is selected and written in either store, and what is copied between them: so a new column is a line in the description,
//! what reads it, and a step of either schema.
//!
//! ```text
//! table! {
//!     pub(crate) enum SettingsColumn in "settings", key 2, selected by settings_columns {
//!         Part: "part" Part,
//!         Tenant: "tenant" Id,
//!         BlockChat: "block_chat" Truth,
//!     }
//! }
//! ```
//!
//! gives the enum `SettingsColumn`, with `SettingsColumn::ALL` in this order; `SettingsColumn::TABLE`; and a macro,
//! `settings_columns!()`, which is the literal `"part, tenant, block_chat"`. A match over the enum that makes a row's values has
//! no wildcard, so a column that nothing writes stops the build.

use std::fmt::Write as _;

/// What is in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Part,
    Id,
    Number,
    Text,
    Bytes,
    Truth,
    /// A sealed secret. `PostgreSQL` has it in the row, as `sealed`; the embedded store has it in a row of its own, whose
    /// number is the row's `secret`.
    Secret,
}

/// A table, in the words of `PostgreSQL`'s schema.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// How many of the columns, from the first on, are the key: part, tenant, and mostly an id.
    pub(crate) key: usize,
    pub(crate) columns: &'static [(&'static str, Kind)],
    /// How many of the columns, from the last on, each database makes for itself.
    pub(crate) own: usize,
}

/// A value of a row on its way into a database. Not for showing: it may be a secret, if a sealed one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnValue<'a> {
    Null,
    Number(i64),
    Text(&'a str),
    /// Of ids too.
    Bytes(&'a [u8]),
    Truth(bool),
}

impl<'a> ColumnValue<'a> {
    /// A generation or a version. The integers of databases have a sign; what has no room beside it was refused with its
    /// changeset.
    pub(crate) fn count(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }

    pub(crate) fn text_or_null(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }

    pub(crate) fn number_or_null(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Number)
    }

    pub(crate) fn bytes_or_null(bytes: Option<&'a [u8]>) -> Self {
        bytes.map_or(Self::Null, Self::Bytes)
    }
}

impl Table {
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|(name, _)| *name)
    }

    /// The names of the key's columns.
    pub(crate) fn key_names(&self) -> String {
        listed(self.names().take(self.key), |text, name, _| text.push_str(name))
    }

    /// The names of all columns.
    pub(crate) fn all_names(&self) -> String {
        listed(self.names(), |text, name, _| text.push_str(name))
    }

    /// A parameter for each column, by its number from 1: `?1, ?2, ?3`.
    pub(crate) fn parameters(&self) -> String {
        listed(self.names(), |text, _, number| write(text, format_args!("?{number}")))
    }

    /// What follows `SET` where all columns but the key and these are set to the parameters of their numbers.
    pub(crate) fn set_all_but(&self, others: &[&str]) -> String {
        let mut text = String::new();
        for (number, name) in
            (1..).zip(self.names()).skip(self.key).filter(|(_, name)| !others.contains(name))
        {
            let separator = if text.is_empty() { "" } else { ", " };
            write(&mut text, format_args!("{separator}{name} = ?{number}"));
        }
        text
    }

    /// Has a row with these columns take the place of one with the same key.
    pub(crate) fn on_conflict(&self, columns: &[&str]) -> String {
        let columns = columns.iter().skip(self.key);
        let set: Vec<_> = columns.map(|name| format!("{name} = excluded.{name}")).collect();
        let set =
            if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) };
        format!("ON CONFLICT ({}) DO {set}", self.key_names())
    }

    /// Whether two rows say the same, but for what each database makes for itself.
    pub(crate) fn are_same<C: PartialEq>(&self, one: &[C], other: &[C]) -> bool {
        let common = self.columns.len() - self.own;
        one.iter().take(common).eq(other.iter().take(common))
    }

    /// Which column a secret is in, if there is one.
    pub(crate) fn secret(&self) -> Option<usize> {
        self.columns.iter().position(|(_, kind)| *kind == Kind::Secret)
    }
}

fn listed(
    names: impl Iterator<Item = &'static str>,
    add: impl Fn(&mut String, &'static str, usize),
) -> String {
    let mut text = String::new();
    for (number, name) in (1..).zip(names) {
        text.push_str(if number == 1 { "" } else { ", " });
        add(&mut text, name, number);
    }
    text
}

/// Writing to a string does not fail.
fn write(text: &mut String, more: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(more);
}

/// Describes a table; see the module.
macro_rules! table {
    (
        $(#[$about:meta])*
        pub(crate) enum $column:ident in $name:literal, key $key:literal, selected by $selected:ident {
            $first:ident: $first_name:literal $first_kind:ident,
            $($other:ident: $other_name:literal $other_kind:ident,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $column {
            $first,
            $($other,)*
        }

        impl $column {
            pub(crate) const ALL: &'static [Self] = &[Self::$first, $(Self::$other,)*];

            pub(crate) const TABLE: $crate::rows::table::Table = $crate::rows::table::Table {
                name: $name,
                key: $key,
                columns: &[
                    ($first_name, $crate::rows::table::Kind::$first_kind),
                    $(($other_name, $crate::rows::table::Kind::$other_kind),)*
                ],
                own: 0,
            };

            /// Its place among the columns, from 0.
            pub(crate) const fn index(self) -> usize {
                self as usize
            }
        }

        /// The names of all columns, in the order of the table.
        macro_rules! $selected {
            () => {
                concat!($first_name $(, ", ", $other_name)*)
            };
        }
        pub(crate) use $selected;
    };
}
pub(super) use table;
