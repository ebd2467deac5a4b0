use gangway_domain::{AuditEvent, Partner, PartnerId, Settings, TenantId};
use gangway_engine::{About, Changeset, Listing, PartnerChange, Position, Record, SettingsChange, Store};
use gangway_odata::model::Type;
use gangway_odata::{Comparison, Filter, Literal, Operand, OrderBy, Path};

use crate::queries::dice::Dice;
use crate::queries::evaluation::listed;
use crate::queries::trees::{Trees, Values, inside, item_of, paths};
use crate::queries::{Items, by, path};
use crate::samples::*;

/// In each tenant so many of each.
const ITEMS: usize = 50;
const TREES: usize = 1000;

async fn fill(store: &impl Store, dice: &mut Dice, tenant: TenantId) -> (Vec<Partner>, Vec<AuditEvent>) {
    let (mut partners, mut events) = (Vec::new(), Vec::new());
    for _ in 0..ITEMS {
        let (partner, event) = (dice.partner(tenant), dice.event(tenant));
        done(store, Changeset { record: silent(), ..insert(&partner) }).await;
        tell(store, event.clone()).await;
        partners.push(partner);
        events.push(event);
    }
    (partners, events)
}

/// Has the event recorded, with as little beside it as there can be.
async fn tell(store: &impl Store, event: AuditEvent) {
    let tenant = event.tenant;
    let about = if event.resource == tenant.into() {
        let before = store.settings(tenant).await.unwrap().unwrap_or_else(|| Settings::unset(tenant));
        let settings = Settings { version: before.version.next(), ..before };
        About::Settings(SettingsChange { settings, read: before.version })
    } else {
        About::Partner(PartnerChange::Keep { tenant, id: PartnerId(event.resource.0) })
    };
    done(store, Changeset { about, effects: vec![], record: Record::Event(event) }).await;
}

/// All pages of a listing, so many items each.
async fn pages<T: Items>(store: &impl Store, tenant: TenantId, mut listing: Listing) -> Vec<T> {
    let mut all = Vec::new();
    loop {
        let page = T::page(store, tenant, listing.clone()).await.unwrap();
        assert!(page.items.len() <= listing.limit);
        all.extend(page.items);
        assert!(all.len() <= ITEMS, "there are no more");
        let Some(end) = page.end else { return all };
        assert_eq!(all.len() % listing.limit, 0, "a page before the last is full");
        listing.after = Some(end);
    }
}

async fn random_queries<T: Items>(store: &impl Store, dice: &mut Dice, tenant: TenantId, items: &[T]) {
    let (values, scope) = (Values::of(items.iter().map(Items::node)), item_of(T::TYPE));
    let mut telling = 0;
    for number in 0..TREES {
        let mut trees = Trees { dice, values: &values };
        let (filter, order_by) = (trees.filter(&scope, 4), trees.order(&scope));
        let told = format!("seed {}, tree {number}\n{filter:#?}\n{order_by:#?}", dice.seed);
        let wanted = listed(items, Some(&filter), &order_by);
        telling += usize::from(!wanted.is_empty() && wanted.len() < items.len());
        let count = T::count(store, tenant, Some(filter.clone())).await;
        assert_eq!(count, Ok(wanted.len() as u64), "{told}");
        let limit = if dice.one_in(3) { 1 + dice.below(7) } else { usize::MAX };
        let listing = Listing { filter: Some(filter), order_by, limit, ..Listing::default() };
        let found: Vec<T> = pages(store, tenant, listing).await;
        assert!(found == wanted, "{limit} at a time, {told}\n{found:#?}\n{wanted:#?}");
    }
    assert!(telling > TREES / 5, "only {telling} filters tell items apart: seed {}", dice.seed);
}

pub(super) async fn random_queries_about_partners_are_answered_as_by_hand(store: &impl Store) {
    let mut dice = Dice::new();
    fill(store, &mut dice, FABRIKAM).await;
    let (partners, _) = fill(store, &mut dice, CONTOSO).await;
    random_queries(store, &mut dice, CONTOSO, &partners).await;
}

pub(super) async fn random_queries_about_audit_events_are_answered_as_by_hand(store: &impl Store) {
    let mut dice = Dice::new();
    fill(store, &mut dice, FABRIKAM).await;
    let (_, events) = fill(store, &mut dice, CONTOSO).await;
    random_queries(store, &mut dice, CONTOSO, &events).await;
}

/// Asks about every property there is; one that is kept nowhere is an error.
async fn ask_about_everything<T: Items>(store: &impl Store) {
    // What there is to ask about, and the collections whose members are asked about there.
    let mut open = vec![(item_of(T::TYPE), Vec::<Path>::new())];
    while let Some((scope, around)) = open.pop() {
        let innermost = scope.last().unwrap().0;
        for (path, of) in paths(&scope).into_iter().filter(|(path, _)| path.root == innermost) {
            if let Type::Collection(_) = of {
                open.push((inside(&scope, of), [around.clone(), vec![path]].concat()));
                continue;
            }
            let key = Operand::Path(path);
            let right = Operand::Literal(Literal::Null);
            let is_null = Filter::Compare { left: key.clone(), comparison: Comparison::Eq, right };
            let filter = around.iter().rev().fold(is_null, |inner, collection| Filter::Any {
                collection: collection.clone(),
                condition: Some(Box::new(inner)),
            });
            assert!(T::count(store, CONTOSO, Some(filter)).await.is_ok(), "{key:?}");
            if around.is_empty() {
                let order_by = vec![OrderBy { key: key.clone(), descending: true }];
                let listing = Listing { order_by, ..Listing::all() };
                assert!(T::page(store, CONTOSO, listing).await.is_ok(), "{key:?}");
            }
        }
    }
}

pub(super) async fn every_property_of_the_schema_can_be_asked_about(store: &impl Store) {
    let mut dice = Dice::new();
    fill(store, &mut dice, CONTOSO).await;
    ask_about_everything::<Partner>(store).await;
    ask_about_everything::<AuditEvent>(store).await;
}

pub(super) async fn pages_one_after_the_other_are_the_whole_list(store: &impl Store) {
    let mut dice = Dice::new();
    let (_, mut events) = fill(store, &mut dice, CONTOSO).await;
    fill(store, &mut dice, FABRIKAM).await;
    let name = |descending| by::<AuditEvent>("actor/userPrincipalName", descending);
    let time = |descending| by::<AuditEvent>("activityDateTime", descending);
    for order_by in [
        vec![],
        vec![time(true)],
        vec![name(false)],
        vec![name(true)],
        vec![name(false), time(true)],
        vec![name(true), time(false)],
        vec![by::<AuditEvent>("componentName", true), time(false)],
        vec![by::<AuditEvent>("id", true), time(false)],
    ] {
        let listing = Listing { order_by: order_by.clone(), ..Listing::first(7) };
        let found: Vec<AuditEvent> = pages(store, CONTOSO, listing).await;
        assert_eq!(found, listed(&events, None, &order_by), "{order_by:?}");
    }
    events.sort_by_key(|event| event.id);
    let exactly = store.audit_events(CONTOSO, Listing::first(ITEMS)).await.unwrap();
    assert_eq!((exactly.items, exactly.end), (events, None), "nothing follows the last item");
}

pub(super) async fn what_comes_while_pages_are_read_neither_repeats_nor_hides_anything(store: &impl Store) {
    let mut dice = Dice::new();
    let (_, events) = fill(store, &mut dice, CONTOSO).await;
    for order_by in [vec![], vec![by::<AuditEvent>("activityDateTime", true)]] {
        let mut listing = Listing { order_by: order_by.clone(), ..Listing::first(3) };
        let mut found = Vec::new();
        loop {
            let page = store.audit_events(CONTOSO, listing.clone()).await.unwrap();
            found.extend(page.items);
            let Some(end) = page.end else { break };
            listing.after = Some(end);
            tell(store, dice.event(CONTOSO)).await;
        }
        let old: Vec<_> = found.iter().filter(|event| events.contains(event)).cloned().collect();
        assert_eq!(old, listed(&events, None, &order_by), "all that was there at first, in order");
        let mut once = found.clone();
        once.dedup();
        assert_eq!(once, found, "nothing twice");
    }
}

pub(super) async fn a_page_goes_on_behind_an_item_that_is_gone(store: &impl Store) {
    let mut partners = Vec::new();
    for name in ["a", "b", "b", "c"] {
        let partner = Partner { display_name: name.into(), ..partner_of(CONTOSO) };
        done(store, insert(&partner)).await;
        partners.push(partner);
    }
    let order_by = vec![by::<Partner>("displayName", false)];
    let listing = Listing { order_by, ..Listing::first(2) };
    let page = store.partners(CONTOSO, listing.clone()).await.unwrap();
    assert_eq!(page.items, partners[..2]);
    done(store, delete(&partners[1])).await;
    let rest = store.partners(CONTOSO, Listing { after: page.end, ..listing }).await.unwrap();
    assert_eq!((rest.items, rest.end), (partners[2..].to_vec(), None));
}

pub(super) async fn a_place_in_another_order_is_refused(store: &impl Store) {
    stored(store, CONTOSO).await;
    let after = Some(Position { keys: vec![], id: fresh_uuid() });
    let order_by = vec![by::<Partner>("displayName", false)];
    assert!(store.partners(CONTOSO, Listing { order_by, after, ..Listing::all() }).await.is_err());
}

pub(super) async fn items_are_left_out_at_the_beginning_and_none_beyond_the_end(store: &impl Store) {
    let mut partners = Vec::new();
    for _ in 0..5 {
        partners.push(stored(store, CONTOSO).await);
    }
    for (skip, limit) in [(0, 2), (2, 2), (3, 2), (3, 9), (5, 1), (9, 1), (u64::MAX, usize::MAX), (1, 0)] {
        let page = store.partners(CONTOSO, Listing { skip, ..Listing::first(limit) }).await.unwrap();
        let begin = usize::try_from(skip.min(5)).unwrap();
        let end = begin.saturating_add(limit).min(5);
        assert_eq!(page.items, partners[begin..end], "{skip} {limit}");
        let more = begin < end && end < 5;
        assert_eq!(page.end.map(|end| end.id), more.then(|| partners[end - 1].id.0), "{skip} {limit}");
    }
}

pub(super) async fn a_query_with_more_values_than_there_can_be_is_refused_whole(store: &impl Store) {
    stored(store, CONTOSO).await;
    let list = (0..40_000).map(|n| Literal::String(n.to_string())).collect();
    let filter = Some(Filter::In { operand: path::<Partner>("displayName"), list });
    assert!(store.count_partners(CONTOSO, filter).await.is_err());
    let names = |n: i32| Filter::Compare {
        left: path::<Partner>("displayName"),
        comparison: Comparison::Eq,
        right: Operand::Literal(Literal::String(if n == 0 { "Remote help".into() } else { n.to_string() })),
    };
    let long = Some(Filter::Or((0..5000).map(names).collect()));
    assert_eq!(store.count_partners(CONTOSO, long).await, Ok(1), "a long one is no deep one");
}
