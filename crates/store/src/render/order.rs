use gangway_engine::{Position, SortKey};
use gangway_odata::OrderBy;

use super::condition::Condition;
use super::filter::Renderer;
use super::value::{Open, RenderedValue};
use super::{Dialect, Sql, Unrenderable};

const ID: &str = "item.id";

/// By what items are ordered.
pub(super) struct Order {
    /// For each key that was asked for what it is selected by, or what it always is.
    pub(super) keys: Vec<Result<Sql, SortKey>>,
    /// What there is to sort by, the id last.
    sorts: Vec<Sort>,
}

struct Sort {
    /// Which of the keys it is; none is the item's id.
    key: Option<usize>,
    sql: Sql,
    nullable: bool,
    descending: bool,
}

impl Order {
    pub(super) fn new<D: Dialect>(
        renderer: &Renderer<D>,
        order_by: &[OrderBy],
    ) -> Result<Self, Unrenderable> {
        let (mut keys, mut sorts) = (Vec::new(), Vec::new());
        for (place, by) in order_by.iter().enumerate() {
            let open = match renderer.value(&by.key, &[])? {
                RenderedValue::Known(key) => {
                    keys.push(Err(key));
                    continue;
                }
                RenderedValue::Id(sql) => Open { sql, nullable: false, is_column: true },
                value @ (RenderedValue::Words(_) | RenderedValue::Open(_)) => value.open::<D>(),
            };
            keys.push(Ok(open.sql.clone()));
            sorts.push(Sort {
                key: Some(place),
                sql: open.sql,
                nullable: open.nullable,
                descending: by.descending,
            });
        }
        // No two items have the same id: what comes after it decides nothing.
        if let Some(place) = sorts.iter().position(|sort| sort.sql.text() == ID) {
            sorts.truncate(place + 1);
        } else {
            let descending = order_by.last().is_some_and(|by| by.descending);
            sorts.push(Sort { key: None, sql: Sql::new(ID), nullable: false, descending });
        }
        Ok(Self { keys, sorts })
    }

    /// What follows `ORDER BY`. Null comes before everything else.
    pub(super) fn sql(&self) -> Sql {
        let terms = self.sorts.iter().map(|sort| {
            let template = match (sort.descending, sort.nullable) {
                (false, false) => "{}",
                (false, true) => "{} NULLS FIRST",
                (true, false) => "{} DESC",
                (true, true) => "{} DESC NULLS LAST",
            };
            Sql::from_template(template, [sort.sql.clone()])
        });
        Sql::joined(terms, ", ")
    }

    /// What comes after this place.
    pub(super) fn after(&self, place: &Position) -> Result<Condition, Unrenderable> {
        if place.keys.len() != self.keys.len() {
            return Err(Unrenderable::OtherOrder);
        }
        let id = SortKey::Bytes(place.id.as_bytes().to_vec());
        let values: Vec<SortKey> = (self.sorts.iter())
            .map(|sort| sort.key.and_then(|key| place.keys.get(key)).unwrap_or(&id).clone())
            .collect();
        let descending = self.sorts.first().is_some_and(|sort| sort.descending);
        let plain = |sort: &Sort| !sort.nullable && sort.descending == descending;
        Ok(if self.sorts.iter().all(plain) {
            self.beyond_as_one(values, descending)
        } else {
            self.beyond_one_by_one(&values)
        })
    }

    /// All keys at once, which an index of them serves as one range.
    fn beyond_as_one(&self, values: Vec<SortKey>, descending: bool) -> Condition {
        let keys = Sql::joined(self.sorts.iter().map(|sort| sort.sql.clone()), ", ");
        let values = Sql::joined(values.into_iter().map(Sql::value), ", ");
        Condition::When(Sql::from_template(
            if descending { "({}) < ({})" } else { "({}) > ({})" },
            [keys, values],
        ))
    }

    /// Beyond in the first key, or equal there and beyond in the second, and so on; and, for an index of the first, not
    /// before it in that.
    fn beyond_one_by_one(&self, values: &[SortKey]) -> Condition {
        let pairs: Vec<_> = self.sorts.iter().zip(values).collect();
        let places = (0..pairs.len()).map(|last| {
            let equal = pairs[..last].iter().map(|(sort, value)| sort.equal(value));
            Condition::all(equal.chain(pairs[last..].first().map(|(sort, value)| sort.beyond(value))))
        });
        let exact = Condition::any(places);
        let range = pairs.first().map_or(Condition::Always, |(sort, value)| sort.not_before(value));
        Condition::all([range, exact])
    }
}

impl Sort {
    fn equal(&self, value: &SortKey) -> Condition {
        if *value == SortKey::Null {
            return Condition::When(Sql::from_template("{} IS NULL", [self.sql.clone()]));
        }
        self.to(value, "{} = {}")
    }

    fn beyond(&self, value: &SortKey) -> Condition {
        match (self.descending, value == &SortKey::Null) {
            (false, true) => Condition::When(Sql::from_template("{} IS NOT NULL", [self.sql.clone()])),
            (false, false) => self.to(value, "{} > {}"),
            (true, true) => Condition::Never,
            (true, false) => Condition::any([self.to(value, "{} < {}"), self.null()]),
        }
    }

    fn not_before(&self, value: &SortKey) -> Condition {
        match (self.descending, value == &SortKey::Null) {
            (false, true) => Condition::Always,
            (false, false) => self.to(value, "{} >= {}"),
            (true, true) => self.null(),
            (true, false) => Condition::any([self.to(value, "{} <= {}"), self.null()]),
        }
    }

    fn null(&self) -> Condition {
        if !self.nullable {
            return Condition::Never;
        }
        Condition::When(Sql::from_template("{} IS NULL", [self.sql.clone()]))
    }

    fn to(&self, value: &SortKey, template: &str) -> Condition {
        Condition::When(Sql::from_template(template, [self.sql.clone(), Sql::value(value.clone())]))
    }
}
