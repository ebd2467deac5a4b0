use super::{MANAGEMENT, RULES, option, parse_of};
use crate::parse::limits::*;
use crate::parse::{Problem, QueryError};
use crate::tree::Query;

fn limit_of(found: &Result<Query, QueryError>) -> Option<Limit> {
    match found.as_ref().err()?.problem() {
        Problem::Limit(limit) => Some(limit),
        Problem::NotSupported | Problem::Repeated | Problem::Invalid => None,
    }
}

/// As much as is allowed is read; one more is refused, by name and number.
fn bounded(limit: Limit, read: impl Fn(usize) -> Result<Query, QueryError>) {
    if let Err(wrong) = read(limit.most()) {
        panic!("{limit:?}: {wrong}");
    }
    let more = read(limit.most() + 1);
    assert_eq!(limit_of(&more), Some(limit), "{more:?}");
    let text = more.unwrap_err().to_string();
    assert!(text.contains(&format!(" than {} ", limit.most())), "{text}");
}

/// So many `any` inside each other.
fn lambdas(count: usize) -> String {
    joined(count, |n| format!("resources/any(v{n}:"), "") + "true" + &")".repeat(count)
}

fn joined(count: usize, part: impl Fn(usize) -> String, between: &str) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(between)
}

#[test]
fn each_limit_is_kept_to_the_unit() {
    bounded(Limit::OptionLength, |n| option("$filter", &format!("id eq '{}'", "a".repeat(n - 8))));
    bounded(Limit::SkipTokenLength, |n| option("$skiptoken", &"a".repeat(n)));
    bounded(Limit::Depth, |n| option("$filter", &format!("{}true{}", "(".repeat(n), ")".repeat(n))));
    bounded(Limit::Depth, |n| option("$filter", &format!("{}true", "not ".repeat(n))));
    bounded(Limit::Depth, |n| option("$orderby", &format!("{}id{}", "tolower(".repeat(n), ")".repeat(n))));
    bounded(Limit::Depth, |n| option("$filter", &lambdas(n)));
    bounded(Limit::Depth, |n| option("$search", &format!("{}a", "NOT ".repeat(n))));
    bounded(Limit::Depth, |n| option("$search", &format!("{}a{}", "(".repeat(n), ")".repeat(n))));
    bounded(Limit::Nodes, |n| {
        // Each but the first is an operator and a value.
        let one_more = if n.is_multiple_of(2) { "not " } else { "" };
        option("$filter", &(one_more.to_owned() + &joined(n.div_ceil(2), |_| "true".into(), " or ")))
    });
    bounded(Limit::InList, |n| {
        option("$filter", &format!("size in ({})", joined(n, |i| i.to_string(), ",")))
    });
    bounded(Limit::Selected, |n| option("$select", &joined(n, |_| "id".into(), ",")));
    bounded(Limit::SearchTerms, |n| option("$search", &joined(n, |_| "a".into(), " ")));
    bounded(Limit::OrderKeys, |n| option("$orderby", &joined(n, |_| "id desc".into(), ",")));
    bounded(Limit::OrderKeys, |n| {
        let keys = ["id", "displayName", "size", "secret", "status", "componentName"];
        option("$orderby", &keys[..n].join(","))
    });
}

#[test]
fn what_is_too_long_ends_between_characters() {
    let wrong = option("$search", &format!("a{}", "é".repeat(4096))).unwrap_err();
    assert_eq!((wrong.problem(), wrong.position()), (Problem::Limit(Limit::OptionLength), 8191));
}

#[test]
fn expansions_are_bounded_in_depth() {
    let nested = |n: usize| {
        let (mut text, mut of) = (String::new(), ["remoteAssistanceSettings", "back"].iter().cycle());
        for _ in 0..n {
            let name = of.next().unwrap();
            text += if text.is_empty() { "" } else { "($expand=" };
            text += name;
        }
        text += &")".repeat(n - 1);
        parse_of(&format!("$expand={text}"), &MANAGEMENT, RULES)
    };
    bounded(Limit::ExpandDepth, nested);
}

/// What comes from outside must not overflow a stack that is half of what threads of the server
/// have.
#[test]
fn no_nesting_overflows_a_small_stack() {
    let worst = || {
        let deep = |open: &str, inner: &str, close: &str| {
            for n in [MAX_DEPTH, 8192 / (open.len() + close.len()) - inner.len()] {
                let text = open.repeat(n) + inner + &close.repeat(n);
                for name in ["$filter", "$orderby", "$search", "$expand", "$select"] {
                    let _ = option(name, &text);
                    let _ = parse_of(&format!("{name}={text}"), &MANAGEMENT, RULES);
                }
            }
        };
        deep("(", "true", ")");
        deep("not ", "true", "");
        deep("tolower(", "id", ")");
        deep("contains('a',", "id", ")");
        let _ = (option("$filter", &lambdas(MAX_DEPTH)), option("$filter", &lambdas(300)));
        deep("(true eq (", "startswith(displayName,'a')", "))");
        deep("NOT ", "a", "");
        deep("back($expand=", "back", ")");
    };
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(worst).unwrap().join().unwrap();
}
