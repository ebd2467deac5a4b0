//! Conditions over items with nulls, worked out as OData says.

use proptest::prelude::*;

use super::filters::path;
use super::{filter, option};
use crate::parse::expression::truth;
use crate::tree::{Comparison, Filter, Literal, Operand, Path, Root, TextTest};

#[derive(Debug)]
struct Item {
    display_name: Option<&'static str>,
    id: &'static str,
    secret: Option<bool>,
}

impl Item {
    fn at(&self, path: &Path) -> Literal {
        let text = |text: &str| Literal::String(text.to_owned());
        match path.steps[0].name {
            "displayName" => self.display_name.map_or(Literal::Null, text),
            "id" => text(self.id),
            "secret" => self.secret.map_or(Literal::Null, Literal::Boolean),
            other => unreachable!("{other}"),
        }
    }

    fn value(&self, operand: &Operand) -> Literal {
        match operand {
            Operand::Literal(literal) => literal.clone(),
            Operand::Path(path) => self.at(path),
            Operand::Lower(inner) => {
                let value = self.value(inner);
                if let Literal::String(text) = value { Literal::String(text.to_lowercase()) } else { value }
            }
            Operand::Upper(_) => unreachable!(),
        }
    }

    fn is(&self, filter: &Filter) -> Option<bool> {
        match filter {
            Filter::Constant(known) => *known,
            Filter::And(all) => {
                let all: Vec<_> = all.iter().map(|one| self.is(one)).collect();
                if all.contains(&Some(false)) {
                    Some(false)
                } else {
                    all.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
                }
            }
            Filter::Or(any) => {
                let any: Vec<_> = any.iter().map(|one| self.is(one)).collect();
                if any.contains(&Some(true)) {
                    Some(true)
                } else {
                    any.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
                }
            }
            Filter::Not(inner) => self.is(inner).map(|holds| !holds),
            Filter::Compare { left, comparison, right } => {
                Some((self.value(left) == self.value(right)) == (*comparison == Comparison::Eq))
            }
            Filter::In { operand, list } => Some(list.contains(&self.value(operand))),
            Filter::Text { text, part, .. } => match (self.value(text), self.value(part)) {
                (Literal::String(text), Literal::String(part)) => Some(text.contains(&part)),
                _ => None,
            },
            Filter::Property(_) => self.secret,
            Filter::Any { .. } | Filter::All { .. } => unreachable!(),
        }
    }
}

fn condition() -> impl Strategy<Value = Filter> {
    let text = || prop::sample::select(vec!["displayName", "id"]).prop_map(|p| Operand::Path(path(p)));
    let how = prop_oneof![Just(Comparison::Eq), Just(Comparison::Ne)];
    let literal = prop_oneof![Just(Literal::Null), Just(Literal::String("a".into()))];
    let leaf = prop_oneof![
        any::<Option<bool>>().prop_map(Filter::Constant),
        Just(Filter::Property(path("secret"))),
        (text(), text()).prop_map(|(text, part)| Filter::Text { test: TextTest::Contains, text, part }),
        (text(), how, literal.clone()).prop_map(|(left, comparison, right)| Filter::Compare {
            left,
            comparison,
            right: Operand::Literal(right)
        }),
        (text(), literal).prop_map(|(operand, literal)| Filter::In { operand, list: vec![literal] }),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Filter::Or),
            inner.prop_map(|f| Filter::Not(Box::new(f))),
        ]
    })
}

fn item() -> impl Strategy<Value = Item> {
    let name = prop::sample::select(vec![None, Some("a"), Some("Ab"), Some("")]);
    (name, prop::sample::select(vec!["a", "b"]), any::<Option<bool>>())
        .prop_map(|(display_name, id, secret)| Item { display_name, id, secret })
}

proptest! {
    #[test]
    fn null_is_neither_true_nor_false(condition in condition(), item in item()) {
        let is = item.is(&condition);
        prop_assert_eq!(item.is(&truth::holds(condition.clone())), Some(is == Some(true)));
        prop_assert_eq!(item.is(&truth::fails(condition)), Some(is == Some(false)));
    }
}

#[test]
fn a_member_of_a_collection_may_be_null_itself() {
    let written = filter("actor/userPermissions/any(p:startswith(p,'a') eq true)");
    let Filter::Any { condition: Some(condition), .. } = written else { panic!("{written:?}") };
    let Filter::And(parts) = *condition else { panic!("{condition:?}") };
    let member = Operand::Path(Path { root: Root::Variable(0), steps: Vec::new() });
    let known =
        Filter::Compare { left: member, comparison: Comparison::Ne, right: Operand::Literal(Literal::Null) };
    assert_eq!(parts.last(), Some(&known));
}

#[test]
fn a_search_finds_words_in_any_case_and_its_not_is_about_the_item() {
    let named = |display_name| Item { display_name, id: "b", secret: None };
    let finds = |text: &str, display_name| {
        let search = option("$search", text).unwrap().search.unwrap();
        named(display_name).is(&search.over(&[path("displayName"), path("id")])) == Some(true)
    };
    let ab = Some("Ab");
    for text in ["A", "ab", "a OR x", "a b", "NOT x", "NOT (a x)", "b NOT x", "NOT NOT a"] {
        assert!(finds(text, ab), "{text}");
    }
    for text in ["x", "a x", "NOT a", "NOT NOT x", "\"a b\""] {
        assert!(!finds(text, ab), "{text}");
    }
    assert!(finds("NOT x", None) && finds("B", None) && !finds("x", None));
    assert!(!finds("NOT NOT x", None));
    let search = option("$search", "a").unwrap().search.unwrap();
    assert_eq!(search.over(&[]), Filter::Constant(Some(false)));
}
