//! Which index answers what people really ask, without a word of advice to the planner in the statement.

use gangway_engine::Position;
use gangway_graph::schema::{AUDIT_EVENT, PARTNER_BETA};
use gangway_odata::model::{StructuredType, Type};
use gangway_odata::{Comparison, Literal, Operand, OrderBy, Path, Root, TextTest};
use uuid::Uuid;

use super::*;
use crate::render::{AUDIT_EVENTS, PARTNERS};
use crate::sqlite::file::migrations::plan;

const TENANT: TenantId = TenantId(Uuid::nil());

fn path(of: &'static StructuredType, names: &str) -> Operand {
    let mut of = of;
    let mut steps = Vec::new();
    for name in names.split('/') {
        let property = of.property(name).unwrap();
        if let Type::Complex(part) = property.of {
            of = part;
        }
        steps.push(property);
    }
    Operand::Path(Path { root: Root::Item, steps })
}

fn compare(left: Operand, comparison: Comparison, right: Literal) -> Filter {
    Filter::Compare { left, comparison, right: Operand::Literal(right) }
}

fn event(names: &str) -> Operand {
    path(&AUDIT_EVENT, names)
}

fn text(text: &str) -> Literal {
    Literal::String(text.into())
}

fn time_between() -> [Filter; 2] {
    let time = || event("activityDateTime");
    [
        compare(time(), Comparison::Gt, Literal::DateTimeOffset(1)),
        compare(time(), Comparison::Le, Literal::DateTimeOffset(9)),
    ]
}

/// Newest first, from the beginning and from a place on.
fn newest(filter: Option<Filter>) -> [String; 2] {
    let order_by = vec![OrderBy { key: event("activityDateTime"), descending: true }];
    let listing = Listing { filter, order_by, ..Listing::first(50) };
    let place = Position { keys: vec![SortKey::Integer(5)], id: Uuid::nil() };
    [listing.clone(), Listing { after: Some(place), ..listing }].map(|listing| {
        let list = render::list::<Sqlite>(&AUDIT_EVENTS, "at, actor", TENANT, &listing).unwrap();
        only_step(&list.statement.text)
    })
}

fn partners(filter: Option<Filter>, by: Option<&str>, after: Option<SortKey>) -> String {
    let order_by = by.map(|by| OrderBy { key: path(&PARTNER_BETA, by), descending: false });
    let after = after.map(|key| Position { keys: vec![key], id: Uuid::nil() });
    let listing = Listing { filter, order_by: order_by.into_iter().collect(), after, ..Listing::first(50) };
    let list = render::list::<Sqlite>(&PARTNERS, "display_name, version", TENANT, &listing).unwrap();
    only_step(&list.statement.text)
}

/// What the statement does; nothing is sorted.
fn only_step(sql: &str) -> String {
    let mut steps = plan(sql);
    assert_eq!(steps.len(), 1, "{sql}\n{steps:#?}");
    steps.remove(0)
}

fn uses(step: &str, index: &str, bounds: &str) {
    let wanted = format!("{index} (part=? AND tenant=?{bounds})");
    assert!(step.ends_with(&wanted), "{step}\nand not {wanted}");
}

#[test]
fn audit_events_are_listed_in_the_order_of_an_index() {
    let by_id = render::list::<Sqlite>(&AUDIT_EVENTS, "at", TENANT, &Listing::all()).unwrap();
    uses(&only_step(&by_id.statement.text), "PRIMARY KEY", "");
    let [first, next] = newest(None);
    uses(&first, "audit_events_by_time", "");
    uses(&next, "audit_events_by_time", " AND (at,id)<(?,?)");
}

#[test]
fn audit_events_of_an_operation_in_a_time_are_found_by_an_index() {
    let operation = compare(event("activityOperationType"), Comparison::Eq, text("Action"));
    let [after, before] = time_between();
    let [first, next] = newest(Some(Filter::And(vec![operation.clone(), after.clone()])));
    uses(&first, "audit_events_by_operation", " AND operation=? AND at>?");
    uses(&next, "audit_events_by_operation", " AND operation=? AND at>? AND (at,id)<(?,?)");
    let [_, deep] = newest(Some(Filter::And(vec![before, operation.clone(), after])));
    uses(&deep, "audit_events_by_operation", " AND operation=? AND at>? AND (at,id)<(?,?)");
    let count = render::count::<Sqlite>(&AUDIT_EVENTS, TENANT, Some(&operation)).unwrap();
    uses(&only_step(&count.text), "COVERING INDEX audit_events_by_operation", " AND operation=?");
}

#[test]
fn audit_events_of_a_user_are_found_by_an_index() {
    let user = compare(event("actor/userPrincipalName"), Comparison::Eq, text("zoe@example.com"));
    let [first, next] = newest(Some(user.clone()));
    uses(&first, "audit_events_by_user", " AND user_principal_name=?");
    uses(&next, "audit_events_by_user", " AND user_principal_name=? AND (at,id)<(?,?)");
    let [of_time, _] = newest(Some(Filter::And([vec![user], time_between().to_vec()].concat())));
    uses(&of_time, "audit_events_by_user", " AND user_principal_name=? AND at>? AND at<?");
}

#[test]
fn what_is_the_same_for_all_events_is_no_question_to_the_database() {
    let component = compare(event("componentName"), Comparison::Eq, text("RemoteAssistance"));
    let [first, next] = newest(Some(Filter::And([vec![component], time_between().to_vec()].concat())));
    uses(&first, "audit_events_by_time", " AND at>? AND at<?");
    uses(&next, "audit_events_by_time", " AND at>? AND (at,id)<(?,?)");
}

#[test]
fn partners_are_found_by_their_status_and_their_name() {
    assert!(partners(None, None, None).ends_with("PRIMARY KEY (part=? AND tenant=?)"));
    let status = compare(path(&PARTNER_BETA, "onboardingStatus"), Comparison::Eq, Literal::Enum("onboarded"));
    uses(&partners(Some(status), None, None), "partners_by_status", " AND status=?");
    let name = || path(&PARTNER_BETA, "displayName");
    let called = compare(name(), Comparison::Eq, text("Remote help"));
    uses(&partners(Some(called), None, None), "partners_by_name", " AND display_name=?");
    let part = Operand::Literal(text("Remote"));
    let begins = Filter::Text { test: TextTest::StartsWith, text: name(), part };
    let begins = partners(Some(begins), Some("displayName"), None);
    uses(&begins, "partners_by_name", " AND display_name>? AND display_name<?");
    uses(&partners(None, Some("displayName"), None), "partners_by_name", "");
    let next = partners(None, Some("displayName"), Some(SortKey::Text("R".into())));
    uses(&next, "partners_by_name", " AND (display_name,id)>(?,?)");
}

#[test]
fn partners_and_events_are_found_by_their_ids() {
    let id = text("0a0b0c0d-0000-7000-8000-abcdef000000");
    let count = |table, of, names: &str| {
        let filter = compare(path(of, names), Comparison::Eq, id.clone());
        only_step(&render::count::<Sqlite>(table, TENANT, Some(&filter)).unwrap().text)
    };
    uses(&count(&PARTNERS, &PARTNER_BETA, "id"), "PRIMARY KEY", " AND id=?");
    uses(&count(&AUDIT_EVENTS, &AUDIT_EVENT, "id"), "PRIMARY KEY", " AND id=?");
}

/// Documentation that is made of what the code does.
#[test]
fn the_example_at_the_head_of_render_is_what_is_rendered() {
    let name = || path(&PARTNER_BETA, "displayName");
    let status =
        compare(path(&PARTNER_BETA, "onboardingStatus"), Comparison::Ne, Literal::Enum("onboarding"));
    let (lower, help) = (Operand::Lower(Box::new(name())), Operand::Literal(text("help")));
    let contains = Filter::Text { test: TextTest::Contains, text: lower, part: help };
    let listing = Listing {
        filter: Some(Filter::And(vec![status, Filter::Not(Box::new(contains))])),
        order_by: vec![OrderBy { key: name(), descending: false }],
        after: Some(Position { keys: vec![SortKey::Text("Remote".into())], id: Uuid::from_u128(7) }),
        ..Listing::first(25)
    };
    let list = render::list::<Sqlite>(&PARTNERS, "display_name, version", TENANT, &listing).unwrap();
    let values = list.statement.values.iter().zip(1..).map(|(value, n)| format!("?{n} = {value:?}"));
    let rendered: Vec<_> = [list.statement.text].into_iter().chain(values).collect();
    let (_, example) = include_str!("../../../render.rs").split_once("//! ```sql").unwrap();
    let (example, _) = example.split_once("//! ```").unwrap();
    let lines = example.lines().map(|line| line.trim_start_matches("//!").trim());
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&lines.collect::<Vec<_>>().join(" ")), words(&rendered.join(" ")));
}
