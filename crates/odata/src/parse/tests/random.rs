//! Trees of every shape the parser makes are written out, and read back as they were.

use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::filters::path;
use super::{EVENT, MANAGEMENT, RULES, STATUS, filter, option, parse_of};
use crate::parse::{Applies, Rules};
use crate::tree::{Comparison, Filter, Literal, Operand, Path, Root, TextTest};

fn written(filter: &Filter) -> String {
    match filter {
        Filter::Constant(None) => "null".into(),
        Filter::Constant(Some(holds)) => holds.to_string(),
        Filter::And(all) => all.iter().map(inside).collect::<Vec<_>>().join(" and "),
        Filter::Or(any) => any.iter().map(inside).collect::<Vec<_>>().join(" or "),
        Filter::Not(inner) => format!("not {}", inside(inner)),
        Filter::Compare { left, comparison, right } => {
            let how = format!("{comparison:?}").to_lowercase();
            format!("{} {how} {}", operand(left), operand(right))
        }
        Filter::In { operand: value, list } => {
            format!("{} in ({})", operand(value), list.iter().map(literal).collect::<Vec<_>>().join(","))
        }
        Filter::Text { test, text, part } => {
            format!("{}({},{})", format!("{test:?}").to_lowercase(), operand(text), operand(part))
        }
        Filter::Property(path) => named(path),
        Filter::Any { collection, condition: None } => format!("{}/any()", named(collection)),
        Filter::Any { collection, condition: Some(inner) } => {
            format!("{}/any({}:{})", named(collection), variable(collection), written(inner))
        }
        Filter::All { collection, condition } => {
            format!("{}/all({}:{})", named(collection), variable(collection), written(condition))
        }
    }
}

fn inside(filter: &Filter) -> String {
    match filter {
        Filter::And(_) | Filter::Or(_) | Filter::Compare { .. } => format!("({})", written(filter)),
        Filter::Constant(_)
        | Filter::Not(_)
        | Filter::In { .. }
        | Filter::Text { .. }
        | Filter::Property(_)
        | Filter::Any { .. }
        | Filter::All { .. } => written(filter),
    }
}

/// Collections of the item have the outer variable, those of a variable the inner one.
fn variable(collection: &Path) -> &'static str {
    if collection.root == Root::Item { "x" } else { "y" }
}

fn named(path: &Path) -> String {
    let root = match path.root {
        Root::Item => None,
        Root::Variable(0) => Some("x"),
        Root::Variable(_) => Some("y"),
    };
    root.into_iter().chain(path.steps.iter().map(|step| step.name)).collect::<Vec<_>>().join("/")
}

fn operand(of: &Operand) -> String {
    match of {
        Operand::Literal(of) => literal(of),
        Operand::Path(path) => named(path),
        Operand::Lower(inner) => format!("tolower({})", operand(inner)),
        Operand::Upper(inner) => format!("toupper({})", operand(inner)),
    }
}

fn literal(of: &Literal) -> String {
    match of {
        Literal::Null => "null".into(),
        Literal::String(text) => format!("'{}'", text.replace('\'', "''")),
        Literal::Boolean(holds) => holds.to_string(),
        Literal::Guid(guid) => guid.to_string(),
        Literal::Int64(number) => number.to_string(),
        Literal::DateTimeOffset(steps) => {
            let since = jiff::SignedDuration::from_nanos_i128(i128::from(*steps) * 100);
            format!("{}Z", jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0) + since)
        }
        Literal::Enum(name) => format!("microsoft.graph.{}'{name}'", STATUS.name),
    }
}

/// Paths and literals of one type; within how many `any` and `all` of the resources it is says what
/// there is.
fn values(depth: usize) -> Vec<(Vec<&'static str>, BoxedStrategy<Literal>)> {
    let mut texts = vec!["id", "displayName", "actor/userPrincipalName"];
    texts.extend(["x/displayName", "x/resourceId"].into_iter().filter(|_| depth > 0));
    texts.extend(["y/displayName", "y/newValue"].into_iter().filter(|_| depth > 1));
    vec![
        (texts, "[ -~éß']{0,6}".prop_map(Literal::String).boxed()),
        (vec!["size"], any::<i64>().prop_map(Literal::Int64).boxed()),
        (vec!["correlationId"], any::<u128>().prop_map(|n| Literal::Guid(Uuid::from_u128(n))).boxed()),
        (
            vec!["activityDateTime"],
            (-621_355_968_000_000_000_i64..=2_534_023_007_999_999_999)
                .prop_map(Literal::DateTimeOffset)
                .boxed(),
        ),
    ]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    prop::sample::select(vec![Eq, Ne, Gt, Ge, Lt, Le])
}

fn text(depth: usize) -> impl Strategy<Value = Operand> {
    let path = prop::sample::select(values(depth).remove(0).0).prop_map(|p| Operand::Path(path(p)));
    path.prop_recursive(2, 3, 1, |inner| {
        prop_oneof![
            inner.clone().prop_map(|o| Operand::Lower(Box::new(o))),
            inner.prop_map(|o| Operand::Upper(Box::new(o)))
        ]
    })
}

fn compared(depth: usize) -> BoxedStrategy<Filter> {
    let of_one_type = prop::sample::select((0..values(depth).len()).collect::<Vec<_>>());
    of_one_type
        .prop_flat_map(move |kind| {
            let (paths, literals) = values(depth).remove(kind);
            let left = prop::sample::select(paths.clone()).prop_map(|p| Operand::Path(path(p)));
            let other = prop::sample::select(paths).prop_map(|p| Operand::Path(path(p)));
            let right = prop_oneof![literals.clone().prop_map(Operand::Literal), other];
            let list = vec(prop_oneof![literals, Just(Literal::Null)], 1..4);
            (left, comparison(), right, list, any::<(bool, bool)>())
        })
        .prop_map(|(left, comparison, right, list, (is_list, swapped))| match (is_list, swapped) {
            (true, _) => Filter::In { operand: left, list },
            (false, true) => Filter::Compare { left: right, comparison, right: left },
            (false, false) => Filter::Compare { left, comparison, right },
        })
        .boxed()
}

fn leaf(depth: usize) -> BoxedStrategy<Filter> {
    let test = prop::sample::select(vec![TextTest::Contains, TextTest::StartsWith, TextTest::EndsWith]);
    let null = Operand::Literal(Literal::Null);
    let known = prop_oneof![Just(Comparison::Eq), Just(Comparison::Ne)];
    let status = prop::sample::select(STATUS.members).prop_map(|m| Operand::Literal(Literal::Enum(m)));
    prop_oneof![
        4 => compared(depth),
        1 => (test, text(depth), text(depth)).prop_map(|(test, text, part)| Filter::Text { test, text, part }),
        1 => any::<Option<bool>>().prop_map(Filter::Constant),
        1 => Just(Filter::Property(path("secret"))),
        1 => (text(depth), known.clone())
            .prop_map(move |(left, comparison)| Filter::Compare { left, comparison, right: null.clone() }),
        1 => (known, status).prop_map(|(comparison, right)| Filter::Compare {
            left: Operand::Path(path("status")),
            comparison,
            right
        }),
        1 => Just(Filter::Any { collection: path("resources"), condition: None }),
    ]
    .boxed()
}

fn tree(depth: usize) -> BoxedStrategy<Filter> {
    let inner = match depth {
        0 => prop_oneof![3 => leaf(0), 1 => lambda("resources", tree(1))].boxed(),
        1 => prop_oneof![3 => leaf(1), 1 => lambda("x/modifiedProperties", tree(2))].boxed(),
        _ => leaf(depth),
    };
    inner
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 2..4).prop_map(Filter::And),
                vec(inner.clone(), 2..4).prop_map(Filter::Or),
                inner.prop_map(|f| Filter::Not(Box::new(f))),
            ]
        })
        .boxed()
}

fn lambda(collection: &'static str, condition: BoxedStrategy<Filter>) -> BoxedStrategy<Filter> {
    (any::<bool>(), condition)
        .prop_map(move |(any, condition)| {
            let (collection, condition) = (path(collection), Box::new(condition));
            if any {
                Filter::Any { collection, condition: Some(condition) }
            } else {
                Filter::All { collection, condition }
            }
        })
        .boxed()
}

const NAMES: [&str; 8] =
    ["$filter", "$orderby", "$select", "$expand", "$search", "$top", "$count", "$format"];

/// What is nearly an option's value: such texts get deeper into parsers than any others.
fn nearly() -> impl Strategy<Value = String> {
    let words = "id|size|eq|and|or|not|in|'|''|\\(|\\)|,|/|:|;|=|\\*|resources|any|all|tolower|contains|null|true|5|-|\
                 2025-01-01|T00:00:00Z|actor|r|\\$filter|\\$expand|auditEvents|\"|\\\\|NOT|OR|é| ";
    let word = proptest::string::string_regex(words).unwrap();
    (vec(word, 0..24), any::<bool>()).prop_map(|(words, spaced)| words.join(if spaced { " " } else { "" }))
}

proptest! {
    #[test]
    fn what_is_written_out_is_read_back(tree in tree(0)) {
        let text = written(&tree);
        prop_assume!(text.len() <= 8192);
        prop_assert_eq!(filter(&text), tree, "{}", text);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in prop_oneof![nearly(), "\\PC{0,40}", any::<String>()]) {
        for name in NAMES {
            if let Err(wrong) = option(name, &text) {
                prop_assert!(wrong.position() <= text.len(), "{name} {text}: {wrong}");
                prop_assert!(wrong.to_string().len() < 1000);
            }
        }
        let rules = Rules { bare_names: true, applies: Applies::Collection, ..RULES };
        let _ = parse_of(&text, &EVENT, rules);
        let _ = parse_of(&format!("$expand={text}"), &MANAGEMENT, rules);
        let _ = parse_of(&format!("$expand=auditEvents({text})"), &MANAGEMENT, rules);
    }

    #[test]
    fn a_search_is_read_whatever_its_words(words in vec("[^\\s\"()\\x00]{1,5}", 1..5)) {
        let quoted: Vec<_> = words.iter().map(|w| format!("\"{}\"", w.replace('\\', "\\\\"))).collect();
        let found = option("$search", &quoted.join(" OR ")).unwrap().search.unwrap();
        let mut expected: Vec<_> = words.into_iter().map(crate::tree::Search::Term).collect();
        let expected =
            if expected.len() == 1 { expected.remove(0) } else { crate::tree::Search::Or(expected) };
        prop_assert_eq!(found, expected);
    }
}
