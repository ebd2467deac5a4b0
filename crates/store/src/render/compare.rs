//! Conditions about two values, or about one and some literals.

use gangway_engine::SortKey;
use gangway_odata::{Comparison, TextTest};
use uuid::Uuid;

use super::condition::{Condition, Truth};
use super::value::{Open, RenderedValue, compares, decided};
use super::{Dialect, Sql};

/// `eq`, `ne`, `gt`, `ge`, `lt`, `le`.
pub(super) fn compare<D: Dialect>(
    left: RenderedValue,
    comparison: Comparison,
    right: RenderedValue,
) -> Truth {
    if let Some(truth) = decided(&left, &right, |a, b| Some(compares(a, comparison, b))) {
        return truth;
    }
    match (left, right) {
        (RenderedValue::Known(SortKey::Null), other) | (other, RenderedValue::Known(SortKey::Null)) => {
            match comparison {
                Comparison::Eq => is_null::<D>(other),
                Comparison::Ne => is_null::<D>(other).not(),
                Comparison::Gt | Comparison::Ge | Comparison::Lt | Comparison::Le => {
                    Truth::known(Some(false))
                }
            }
        }
        (RenderedValue::Id(id), RenderedValue::Known(key)) => id_and_text::<D>(id, comparison, key),
        (RenderedValue::Known(key), RenderedValue::Id(id)) => id_and_text::<D>(id, turned(comparison), key),
        (RenderedValue::Id(left), RenderedValue::Id(right)) => {
            compared(comparison, &never_null(left), &never_null(right))
        }
        (left, right) => compared(comparison, &left.open::<D>(), &right.open::<D>()),
    }
}

/// Ids in the order of their bytes are in the order of their texts. What is not written as ids are equals none.
fn id_and_text<D: Dialect>(id: Sql, comparison: Comparison, key: SortKey) -> Truth {
    match (id_of(&key), comparison) {
        (Some(bytes), _) => compared(comparison, &never_null(id), &never_null(Sql::value(bytes))),
        (None, Comparison::Eq) => Truth::known(Some(false)),
        (None, Comparison::Ne) => Truth::known(Some(true)),
        (None, Comparison::Gt | Comparison::Ge | Comparison::Lt | Comparison::Le) => {
            compared(comparison, &never_null(D::id_text(id)), &never_null(Sql::value(key)))
        }
    }
}

/// The bytes of the id that has this text.
fn id_of(key: &SortKey) -> Option<SortKey> {
    let SortKey::Text(text) = key else { return None };
    let id = Uuid::try_parse(text).ok()?;
    (id.as_hyphenated().to_string() == *text).then(|| SortKey::Bytes(id.as_bytes().to_vec()))
}

fn is_null<D: Dialect>(value: RenderedValue) -> Truth {
    let Open { sql, nullable, .. } = value.open::<D>();
    if !nullable {
        return Truth::known(Some(false));
    }
    Truth::when(Sql::from_template("{} IS NULL", [sql.clone()]), Sql::from_template("{} IS NOT NULL", [sql]))
}

const fn never_null(sql: Sql) -> Open {
    Open { sql, nullable: false, is_column: false }
}

/// The same comparison with its sides exchanged.
const fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Eq => Comparison::Eq,
        Comparison::Ne => Comparison::Ne,
        Comparison::Gt => Comparison::Lt,
        Comparison::Ge => Comparison::Le,
        Comparison::Lt => Comparison::Gt,
        Comparison::Le => Comparison::Ge,
    }
}

fn compared(comparison: Comparison, left: &Open, right: &Open) -> Truth {
    let (either, both) = (left.nullable || right.nullable, left.nullable && right.nullable);
    let sql = |template: &str| Sql::from_template(template, [left.sql.clone(), right.sql.clone()]);
    let equal = sql(if both { "{} IS NOT DISTINCT FROM {}" } else { "{} = {}" });
    let (holds, opposite) = match comparison {
        Comparison::Eq | Comparison::Ne => {
            let differ = sql(if either { "{} IS DISTINCT FROM {}" } else { "{} <> {}" });
            let truth = Truth::when(equal, differ);
            return if comparison == Comparison::Eq { truth } else { truth.not() };
        }
        Comparison::Gt => ("{} > {}", "{} <= {}"),
        Comparison::Ge => ("{} >= {}", "{} < {}"),
        Comparison::Lt => ("{} < {}", "{} >= {}"),
        Comparison::Le => ("{} <= {}", "{} > {}"),
    };
    // What does not hold because of a null fails.
    let fails = if either { Sql::from_template("({}) IS NOT TRUE", [sql(holds)]) } else { sql(opposite) };
    Truth::when(sql(holds), fails)
}

/// `in`
pub(super) fn is_in<D: Dialect>(value: RenderedValue, list: &[SortKey]) -> Truth {
    let found = |key: &SortKey, _: &SortKey| Some(list.contains(key));
    if let Some(truth) = decided(&value, &RenderedValue::Known(SortKey::Null), found) {
        return truth;
    }
    let (open, list): (Open, Vec<SortKey>) = match value {
        RenderedValue::Id(id) => (never_null(id), list.iter().filter_map(id_of).collect()),
        value @ (RenderedValue::Known(_) | RenderedValue::Words(_) | RenderedValue::Open(_)) => {
            (value.open::<D>(), list.to_vec())
        }
    };
    let values: Vec<_> = list.iter().filter(|key| **key != SortKey::Null).cloned().map(Sql::value).collect();
    let null = is_null::<D>(RenderedValue::Open(open.clone()));
    let with_null = values.len() < list.len();
    if values.is_empty() {
        return if with_null { null } else { Truth::known(Some(false)) };
    }
    let values = Sql::joined(values, ", ");
    let among = Sql::from_template("{} IN ({})", [open.sql.clone(), values.clone()]);
    // Null is `NOT IN` nothing in SQL, which is what is wanted if the list has it.
    let outside = Condition::When(Sql::from_template("{} NOT IN ({})", [open.sql, values]));
    if with_null {
        return Truth { holds: Condition::any([Condition::When(among), null.holds]), fails: outside };
    }
    Truth { holds: Condition::When(among), fails: Condition::any([outside, null.holds]) }
}

/// `contains`, `startswith`, `endswith`.
pub(super) fn text<D: Dialect>(how: TextTest, text: RenderedValue, part: RenderedValue) -> Truth {
    if let Some(truth) = decided(&text, &part, |text, part| has(how, text, part)) {
        return truth;
    }
    if [&text, &part].contains(&&RenderedValue::Known(SortKey::Null)) {
        return Truth::NULL;
    }
    let holds = match (how, text, part) {
        (TextTest::StartsWith, RenderedValue::Open(open), RenderedValue::Known(SortKey::Text(part)))
            if open.is_column =>
        {
            in_range(&open.sql, part)
        }
        (TextTest::StartsWith, text, part) => D::starts_with(text.open::<D>().sql, part.open::<D>().sql),
        (TextTest::Contains, text, part) => D::contains(text.open::<D>().sql, part.open::<D>().sql),
        (TextTest::EndsWith, text, part) => D::ends_with(text.open::<D>().sql, part.open::<D>().sql),
    };
    let fails = Sql::from_template("NOT ({})", [holds.clone()]);
    Truth::when(holds, fails)
}

fn has(how: TextTest, text: &SortKey, part: &SortKey) -> Option<bool> {
    let (SortKey::Text(text), SortKey::Text(part)) = (text, part) else { return None };
    Some(match how {
        TextTest::Contains => text.contains(part.as_str()),
        TextTest::StartsWith => text.starts_with(part.as_str()),
        TextTest::EndsWith => text.ends_with(part.as_str()),
    })
}

/// Everything that begins with this lies between it and what comes after all of that, where an index finds it.
fn in_range(column: &Sql, part: String) -> Sql {
    let end = successor(&part);
    let from = Sql::from_template("{} >= {}", [column.clone(), Sql::value(SortKey::Text(part))]);
    match end {
        Some(end) => {
            Sql::from_template("({} AND {} < {})", [from, column.clone(), Sql::value(SortKey::Text(end))])
        }
        None => from,
    }
}

/// The least text that is greater than all that begin with this one, by code points.
fn successor(text: &str) -> Option<String> {
    let mut chars: Vec<char> = text.chars().collect();
    while let Some(last) = chars.pop() {
        // A range of characters knows of those that are none, the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_everything_that_begins_so() {
        for (text, after) in [
            ("a", Some("b")),
            ("az", Some("a{")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(successor(text).as_deref(), after, "{text:?}");
        }
    }
}
