use super::{EVENT, filter};
use crate::tree::{Comparison, Filter, Literal, Operand, Path, Root, TextTest};

use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};

/// The path that a test calls so: `x` is the variable number 0, `y` number 1.
pub(super) fn path(text: &str) -> Path {
    let mut names = text.split('/').peekable();
    let root = match names.peek() {
        Some(&"x") => Root::Variable(0),
        Some(&"y") => Root::Variable(1),
        _ => Root::Item,
    };
    let skip = usize::from(root != Root::Item);
    let name = |name| all_properties().find(|p| p.name == name).unwrap_or_else(|| panic!("{name}"));
    let mut within = &EVENT;
    let mut steps = Vec::new();
    for step in names.skip(skip) {
        let found = within.property(step).filter(|_| root == Root::Item).unwrap_or_else(|| name(step));
        if let crate::model::Type::Complex(part) = found.of {
            within = part;
        }
        steps.push(found);
    }
    Path { root, steps }
}

fn all_properties() -> impl Iterator<Item = &'static crate::model::Property> {
    let parts = [&super::RESOURCE, &super::CHANGE, &super::ACTOR, &EVENT];
    parts.into_iter().flat_map(|part| part.properties)
}

fn at(text: &str) -> Operand {
    Operand::Path(path(text))
}

fn text(value: &str) -> Literal {
    Literal::String(value.into())
}

fn is(left: &str, comparison: Comparison, right: Literal) -> Filter {
    Filter::Compare { left: at(left), comparison, right: Operand::Literal(right) }
}

fn has(test: TextTest, left: Operand, part: &str) -> Filter {
    Filter::Text { test, text: left, part: Operand::Literal(text(part)) }
}

fn not(inner: Filter) -> Filter {
    Filter::Not(Box::new(inner))
}

fn some(collection: &str, condition: Filter) -> Filter {
    Filter::Any { collection: path(collection), condition: Some(Box::new(condition)) }
}

const YEAR_2025: i64 = 17_356_896_000_000_000;

#[test]
fn filters_that_people_send_are_read() {
    let after = is("activityDateTime", Gt, Literal::DateTimeOffset(YEAR_2025));
    for (written, expected) in [
        (
            "componentName eq 'X' and (activityDateTime gt 2025-01-01T00:00:00Z) and activityOperationType ne 'Get'",
            Filter::And(vec![
                is("componentName", Eq, text("X")),
                after.clone(),
                is("activityOperationType", Ne, text("Get")),
            ]),
        ),
        ("activityDateTime gt 2025-01-01T02:00:00%2B02:00".replace("%2B", "+").leak(), after.clone()),
        ("activityDateTime gt 2025-01-01", after),
        ("status eq 'onboarded'", is("status", Eq, Literal::Enum("onboarded"))),
        (
            "status ne microsoft.graph.remoteAssistanceOnboardingStatus'Onboarded'",
            is("status", Ne, Literal::Enum("onboarded")),
        ),
        ("displayName eq 'it''s ''''ok'", is("displayName", Eq, text("it's ''ok"))),
        ("displayName eq null", is("displayName", Eq, Literal::Null)),
        (
            "correlationId eq 6a4d0c7e-1111-4222-8333-abcdefabcdef",
            is("correlationId", Eq, Literal::Guid(uuid::uuid!("6a4d0c7e-1111-4222-8333-abcdefabcdef"))),
        ),
        (
            "correlationId ne abcdefab-1111-4222-8333-abcdefabcdef",
            is("correlationId", Ne, Literal::Guid(uuid::uuid!("abcdefab-1111-4222-8333-abcdefabcdef"))),
        ),
        ("size le -5", is("size", Le, Literal::Int64(-5))),
        ("SIZE GE 9223372036854775807", is("size", Ge, Literal::Int64(i64::MAX))),
        ("secret", Filter::Property(path("secret"))),
        ("not secret", not(Filter::Property(path("secret")))),
        ("secret eq false", is("secret", Eq, Literal::Boolean(false))),
        ("actor/userPrincipalName eq 'a@b'", is("actor/userPrincipalName", Eq, text("a@b"))),
        ("$it/displayName lt 'b'", is("displayName", Lt, text("b"))),
        ("startswith(displayName,'Con')", has(TextTest::StartsWith, at("displayName"), "Con")),
        ("not endsWith(displayName, 'so')", not(has(TextTest::EndsWith, at("displayName"), "so"))),
        (
            "contains(tolower(displayName),tolower('RÉMOTE'))",
            has(TextTest::Contains, Operand::Lower(Box::new(at("displayName"))), "rémote"),
        ),
        (
            "toupper(displayName) eq toupper('ß')",
            Filter::Compare {
                left: Operand::Upper(Box::new(at("displayName"))),
                comparison: Eq,
                right: Operand::Literal(text("SS")),
            },
        ),
        (
            "displayName in ('a', null,'b')",
            Filter::In { operand: at("displayName"), list: vec![text("a"), Literal::Null, text("b")] },
        ),
        (
            "not status in ('onboarding')",
            not(Filter::In { operand: at("status"), list: vec![Literal::Enum("onboarding")] }),
        ),
        ("resources/any()", Filter::Any { collection: path("resources"), condition: None }),
        ("resources/any(r:r/displayName eq 'x')", some("resources", is("x/displayName", Eq, text("x")))),
        (
            "actor/userPermissions/any(p: p eq 'Read')",
            some("actor/userPermissions", is("x", Eq, text("Read"))),
        ),
    ] {
        assert_eq!(filter(written), expected, "{written}");
    }
}

#[test]
fn an_inner_any_sees_its_own_variable_the_outer_one_and_the_item() {
    let inner = Filter::All {
        collection: path("x/modifiedProperties"),
        condition: Box::new(Filter::Or(vec![
            Filter::Compare { left: at("y/newValue"), comparison: Eq, right: at("x/displayName") },
            Filter::Compare { left: at("y/displayName"), comparison: Ne, right: at("displayName") },
        ])),
    };
    let written = "resources/any(r: r/modifiedProperties/all(m: m/newValue eq r/displayName or \
                   m/displayName ne displayName))";
    assert_eq!(filter(written), some("resources", inner));
    // Behind its parenthesis a variable is gone, and its name free.
    let twice = "resources/any(r: r/resourceId eq 'a') and resources/any(r: r/resourceId eq 'b')";
    assert_eq!(
        filter(twice),
        Filter::And(vec![
            some("resources", is("x/resourceId", Eq, text("a"))),
            some("resources", is("x/resourceId", Eq, text("b"))),
        ])
    );
}

#[test]
fn and_binds_more_than_or_and_not_more_than_both() {
    let one = |n| is("size", Eq, Literal::Int64(n));
    for (written, expected) in [
        (
            "size eq 1 or size eq 2 and size eq 3 or size eq 4",
            Filter::Or(vec![one(1), Filter::And(vec![one(2), one(3)]), one(4)]),
        ),
        (
            "(size eq 1 or size eq 2)and(size eq 3)",
            Filter::And(vec![Filter::Or(vec![one(1), one(2)]), one(3)]),
        ),
        ("not (size eq 1) and size eq 2", Filter::And(vec![not(one(1)), one(2)])),
        ("size eq 1 and (size eq 2 and size eq 3)", {
            Filter::And(vec![one(1), Filter::And(vec![one(2), one(3)])])
        }),
    ] {
        assert_eq!(filter(written), expected, "{written}");
    }
}

#[test]
fn what_does_not_depend_on_the_item_is_settled() {
    for (written, expected) in [
        ("true", Some(true)),
        ("null", None),
        ("'a' eq 'a'", Some(true)),
        ("'a' lt 'b'", Some(true)),
        ("'Z' lt 'a'", Some(true)),
        ("'\u{ffff}' lt '\u{10000}'", Some(true)),
        ("null eq null", Some(true)),
        ("null ne null", Some(false)),
        ("null ge null", Some(false)),
        ("'a' ne null", Some(true)),
        ("1 gt 2", Some(false)),
        ("2025-01-01 eq 2025-01-01T00:00:00Z", Some(true)),
        ("2025-01-01T00:00:00+02:00 lt 2025-01-01", Some(true)),
        ("6a4d0c7e-1111-4222-8333-abcdefabcdef eq 6A4D0C7E-1111-4222-8333-ABCDEFABCDEF", Some(true)),
        ("false lt true", Some(true)),
        ("microsoft.graph.remoteAssistanceOnboardingStatus'onboarding' gt 'notOnboarded'", Some(true)),
        ("displayName gt null", Some(false)),
        ("contains('abc','b')", Some(true)),
        ("startswith('abc','b')", Some(false)),
        ("endswith('abc','bc')", Some(true)),
        ("contains(displayName,null)", None),
        ("contains(tolower(null),'x')", None),
        ("contains('abc','b') eq true", Some(true)),
        ("contains(displayName,null) eq true", Some(false)),
        ("contains(displayName,null) ne true", None),
        ("'a' in ('b','a')", Some(true)),
        ("null in ('b','a')", Some(false)),
    ] {
        let expected = if written == "contains(displayName,null) ne true" {
            not(Filter::Constant(Some(false)))
        } else {
            Filter::Constant(expected)
        };
        assert_eq!(filter(written), expected, "{written}");
    }
}

#[test]
fn the_order_of_few_values_is_written_out() {
    let list = |path: &str, list: &[Literal]| Filter::In { operand: at(path), list: list.to_vec() };
    let (onboarding, onboarded) = (Literal::Enum("onboarding"), Literal::Enum("onboarded"));
    for (written, expected) in [
        ("status gt 'notOnboarded'", list("status", &[onboarding.clone(), onboarded.clone()])),
        ("'onboarding' le status", list("status", &[onboarding, onboarded])),
        ("status gt 'onboarded'", Filter::Constant(Some(false))),
        ("secret ge true", list("secret", &[Literal::Boolean(true)])),
    ] {
        assert_eq!(filter(written), expected, "{written}");
    }
}

#[test]
fn a_condition_compared_with_a_constant_is_never_null() {
    let starts = || has(TextTest::StartsWith, at("displayName"), "a");
    let known = || is("displayName", Ne, Literal::Null);
    let one = || is("size", Eq, Literal::Int64(1));
    let wanted = |b| is("secret", Eq, Literal::Boolean(b));
    for (written, expected) in [
        ("startswith(displayName,'a') eq true", Filter::And(vec![starts(), known()])),
        ("true eq startswith(displayName,'a')", Filter::And(vec![starts(), known()])),
        ("startswith(displayName,'a') eq false", Filter::And(vec![not(starts()), known()])),
        ("startswith(displayName,'a') ne false", not(Filter::And(vec![not(starts()), known()]))),
        ("startswith(id,'a') eq true", has(TextTest::StartsWith, at("id"), "a")),
        ("(size eq 1) eq false", not(one())),
        ("size eq 1 eq true", not(not(one()))),
        ("(size eq 1 and secret) eq false", Filter::Or(vec![not(one()), wanted(false)])),
        ("(size eq 1 or not secret) eq true", Filter::Or(vec![one(), wanted(false)])),
        ("(size eq 1 or secret) eq false", Filter::And(vec![not(one()), wanted(false)])),
        ("size gt 1 eq true", is("size", Gt, Literal::Int64(1))),
    ] {
        if written == "size eq 1 eq true" {
            // A chain of one kind of operator wants parentheses.
            assert!(super::option("$filter", written).is_err());
            continue;
        }
        assert_eq!(filter(written), expected, "{written}");
    }
}
