use std::cmp::Ordering;

use gangway_engine::SortKey;
use gangway_odata::{Comparison, Literal};

use super::condition::{Condition, Truth};
use super::{Dialect, Sql};
use crate::render::simple_case;

/// A value that is compared or sorted by.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RenderedValue {
    /// The same for every row.
    Known(SortKey),
    /// One of few, by the word that is kept.
    Words(Words),
    /// A text that is kept as the GUID it is.
    Id(Sql),
    /// Anything else.
    Open(Open),
}

/// A column with few words, and what is shown for each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Words {
    pub(super) sql: &'static str,
    pub(super) words: Vec<(&'static str, SortKey)>,
}

/// What only the database knows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Open {
    pub(super) sql: Sql,
    pub(super) nullable: bool,
    /// Whether it is a column as it is, which an index may be of.
    pub(super) is_column: bool,
}

impl RenderedValue {
    /// Known, if it is the same for all words.
    pub(super) fn words(sql: &'static str, words: Vec<(&'static str, SortKey)>) -> Self {
        match words.split_first() {
            Some(((_, first), rest)) if rest.iter().all(|(_, key)| key == first) => {
                Self::Known(first.clone())
            }
            _ => Self::Words(Words { sql, words }),
        }
    }

    pub(super) fn lower<D: Dialect>(self) -> Self {
        match self {
            Self::Known(key) => Self::Known(cased(key, simple_case::lower)),
            Self::Words(of) => of.cased(simple_case::lower),
            Self::Id(sql) => Self::Id(sql),
            Self::Open(open) => open.cased(D::lower),
        }
    }

    pub(super) fn upper<D: Dialect>(self) -> Self {
        match self {
            Self::Known(key) => Self::Known(cased(key, simple_case::upper)),
            Self::Words(of) => of.cased(simple_case::upper),
            Self::Id(sql) => Open { sql: D::id_text(sql), nullable: false, is_column: false }.cased(D::upper),
            Self::Open(open) => open.cased(D::upper),
        }
    }

    /// As the database has to compute it.
    pub(super) fn open<D: Dialect>(self) -> Open {
        match self {
            Self::Known(key) => {
                Open { nullable: key == SortKey::Null, sql: Sql::value(key), is_column: false }
            }
            Self::Words(of) => of.open(),
            Self::Id(sql) => Open { sql: D::id_text(sql), nullable: false, is_column: false },
            Self::Open(open) => open,
        }
    }
}

impl Open {
    fn cased(self, case: fn(Sql) -> Sql) -> RenderedValue {
        RenderedValue::Open(Self { sql: case(self.sql), nullable: self.nullable, is_column: false })
    }
}

impl Words {
    fn cased(self, case: fn(&str) -> String) -> RenderedValue {
        let words = self.words.into_iter().map(|(word, key)| (word, cased(key, case)));
        RenderedValue::words(self.sql, words.collect())
    }

    /// What is shown where this word is kept.
    fn shown(&self, word: &str) -> SortKey {
        self.words.iter().find(|(kept, _)| *kept == word).map_or(SortKey::Null, |(_, key)| key.clone())
    }

    /// A question about what is shown, answered for each word.
    fn truth(&self, test: impl Fn(&str, &SortKey) -> Option<bool>) -> Truth {
        let answers: Vec<_> = self.words.iter().map(|(word, key)| (*word, test(word, key))).collect();
        let when = |wanted| {
            let fit: Vec<_> = answers.iter().filter(|(_, answer)| *answer == Some(wanted)).collect();
            match fit.as_slice() {
                [] => Condition::Never,
                all if all.len() == answers.len() => Condition::Always,
                [(word, _)] => Condition::When(Sql::new(format!("{} = '{word}'", self.sql))),
                some => {
                    let list: Vec<_> = some.iter().map(|(word, _)| format!("'{word}'")).collect();
                    Condition::When(Sql::new(format!("{} IN ({})", self.sql, list.join(", "))))
                }
            }
        };
        Truth { holds: when(true), fails: when(false) }
    }

    /// What is shown, as text or number; the column itself where that is the same.
    fn open(self) -> Open {
        let same = |(word, key): &(&str, SortKey)| matches!(key, SortKey::Text(text) if text == word);
        if self.words.iter().all(same) {
            return Open { sql: Sql::new(self.sql), nullable: false, is_column: true };
        }
        let cases = self.words.iter().filter_map(|(word, key)| match key {
            SortKey::Integer(number) => Some(format!(" WHEN '{word}' THEN {number}")),
            SortKey::Text(text) => Some(format!(" WHEN '{word}' THEN '{}'", text.replace('\'', "''"))),
            SortKey::Null | SortKey::Bytes(_) => None,
        });
        let sql = Sql::new(format!("CASE {}{} END", self.sql, cases.collect::<String>()));
        let nullable = self.words.iter().any(|(_, key)| *key == SortKey::Null);
        Open { sql, nullable, is_column: false }
    }
}

fn cased(key: SortKey, case: fn(&str) -> String) -> SortKey {
    match key {
        SortKey::Text(text) => SortKey::Text(case(&text)),
        SortKey::Null | SortKey::Integer(_) | SortKey::Bytes(_) => key,
    }
}

/// The answer to a question about two values that can be given without asking the database for either.
pub(super) fn decided(
    left: &RenderedValue,
    right: &RenderedValue,
    test: impl Fn(&SortKey, &SortKey) -> Option<bool>,
) -> Option<Truth> {
    match (left, right) {
        (RenderedValue::Known(left), RenderedValue::Known(right)) => Some(Truth::known(test(left, right))),
        (RenderedValue::Words(words), RenderedValue::Known(key)) => {
            Some(words.truth(|_, shown| test(shown, key)))
        }
        (RenderedValue::Known(key), RenderedValue::Words(words)) => {
            Some(words.truth(|_, shown| test(key, shown)))
        }
        (RenderedValue::Words(left), RenderedValue::Words(right)) if left.sql == right.sql => {
            Some(left.truth(|word, shown| test(shown, &right.shown(word))))
        }
        _ => None,
    }
}

/// Whether two values compare so: `eq` and `ne` treat null as a value, the others do not hold if either is null.
pub(super) fn compares(left: &SortKey, comparison: Comparison, right: &SortKey) -> bool {
    let order = match (left, right) {
        (SortKey::Integer(left), SortKey::Integer(right)) => Some(left.cmp(right)),
        (SortKey::Text(left), SortKey::Text(right)) => Some(left.cmp(right)),
        (SortKey::Bytes(left), SortKey::Bytes(right)) => Some(left.cmp(right)),
        _ => None,
    };
    match comparison {
        Comparison::Eq => left == right,
        Comparison::Ne => left != right,
        Comparison::Gt => order == Some(Ordering::Greater),
        Comparison::Ge => order.is_some_and(Ordering::is_ge),
        Comparison::Lt => order == Some(Ordering::Less),
        Comparison::Le => order.is_some_and(Ordering::is_le),
    }
}

/// What a literal is compared as; a member of an enumeration by its place among these.
pub(super) fn literal(literal: &Literal, members: &[&str]) -> SortKey {
    match literal {
        Literal::Null => SortKey::Null,
        Literal::String(text) => SortKey::Text(text.clone()),
        Literal::Boolean(is) => SortKey::Integer(i64::from(*is)),
        Literal::Guid(id) => SortKey::Bytes(id.as_bytes().to_vec()),
        Literal::Int64(number) | Literal::DateTimeOffset(number) => SortKey::Integer(*number),
        Literal::Enum(name) => {
            let place = members.iter().position(|member| member == name);
            place
                .and_then(|place| i64::try_from(place).ok())
                .map_or_else(|| SortKey::Text((*name).into()), SortKey::Integer)
        }
    }
}
