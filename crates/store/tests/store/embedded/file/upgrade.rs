use gangway_domain::{
    Activity, Actor, AuditEvent, Caller, ConnectorKind, Partner, PermissionSet, Status, Subject, TenantId,
    Transition,
};
use gangway_engine::{Changeset, Listing, Record, Store};
use gangway_odata::Literal;
use gangway_store::{Adoption, ChainReport, Finding, SqliteStore};

use crate::embedded::Place;
use crate::queries::{by, is};
use crate::samples::*;
use crate::upgraded;

const STEPS: [&str; 7] = [
    include_str!("../../../../migrations/sqlite/0001_partners_and_audit_events.sql"),
    include_str!("../../../../migrations/sqlite/0002_audit_chain.sql"),
    include_str!("../../../../migrations/sqlite/0003_releases.sql"),
    include_str!("../../../../migrations/sqlite/0004_queries.sql"),
    include_str!("../../../../migrations/sqlite/0005_settings_and_export.sql"),
    include_str!("../../../../migrations/sqlite/0006_many_nodes.sql"),
    include_str!("../../../../migrations/sqlite/0007_moving_house.sql"),
];

/// Tables with their columns.
type Tables = [(&'static str, &'static str)];

const TABLES_OF_2: [(&str, &str); 3] = [
    (
        "partners",
        "part, tenant, id, display_name, onboarding_url, connector, status, attempt, attempt_expires,
        last_connection, generation, version",
    ),
    (
        "audit_events",
        "part, tenant, id, at, activity, operation, result, correlation, actor, partner, partner_name,
        generation, changes, seq, hash",
    ),
    ("audit_heads", "part, tenant, seq, hash"),
];

const MORE_TABLES_OF_7: [(&str, &str); 4] = [
    ("secrets", "id, sealed"),
    (
        "attempts",
        "part, tenant, id, partner, generation, state_hash, phase, secret, expires, refusals",
    ),
    (
        "credentials",
        "part, tenant, partner, id, generation, account_id, account_name, secret, obtained",
    ),
    (
        "releases",
        "part, tenant, id, partner, partner_name, generation, connector, profile, account_id, account_name,
        asked_actor, asked_correlation, asked_activity, asked_at, state, next_try, outcome, tries, calls, version,
        secret, secret_field",
    ),
];

/// A database as a program of this schema left it: what is in the newer one, in the older tables.
fn as_schema(number: usize, newer: &Place, tables: &Tables) -> Place {
    let older = Place::new();
    let database = older.outsider();
    database.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    for step in &STEPS[..number] {
        database.execute_batch(step).unwrap();
    }
    database.execute("ATTACH ?1 AS newer", [newer.path().to_str().unwrap()]).unwrap();
    for (table, columns) in tables {
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}");
        assert!(database.execute(&copy, []).unwrap() > 0);
    }
    let say = format!("PRAGMA application_id = 0x474e4757; PRAGMA user_version = {number}");
    database.execute_batch(&say).unwrap();
    older
}

fn as_schema_2(newer: &Place) -> Place {
    as_schema(2, newer, &TABLES_OF_2)
}

fn as_schema_7(newer: &Place) -> Place {
    as_schema(7, newer, &[&TABLES_OF_2[..], &MORE_TABLES_OF_7].concat())
}

#[tokio::test]
async fn a_database_of_schema_7_is_brought_up_to_date_with_everything_in_it() {
    let newer = Place::new();
    let old = upgraded::fill(&newer.open()).await;
    let older = as_schema_7(&newer);
    upgraded::is_up_to_date(&adopted(&older), old).await;
}

/// The store over a database of an older program, by a key that was made for it.
fn adopted(place: &Place) -> SqliteStore {
    SqliteStore::open(&place.options(), &key().adopting()).unwrap()
}

fn chains(place: &Place) -> Vec<ChainReport> {
    verified(&place.path(), None).chains
}

fn zoe() -> Actor {
    let subject = Subject::User { id: "u".into(), principal_name: Some("zoe@example.com".into()) };
    let permissions = PermissionSet::default();
    let caller =
        Caller { tenant: FABRIKAM, subject, permissions, application_id: None, application_name: None };
    Actor::Caller(Box::new(caller))
}

async fn with_a_history(place: &Place) -> Vec<Partner> {
    let store = place.open();
    let mut partners = Vec::new();
    for (tenant, connector) in [(CONTOSO, ConnectorKind::Link), (FABRIKAM, ConnectorKind::Simulated)] {
        for status in [Status::NotOnboarded, Status::Onboarded, onboarding_until(at(60))] {
            let mut current = Partner { status, connector, ..partner_of(tenant) };
            done(&store, insert(&current)).await;
            for n in 0..4 {
                let after = renamed(&current, &format!("名 {n}"));
                let mut change = update(&current, &after);
                if n == 0 {
                    told_otherwise(&mut change).by.actor = zoe();
                }
                done(&store, change).await;
                current = after;
            }
            partners.push(current);
        }
    }
    partners
}

#[tokio::test]
async fn a_database_of_schema_2_is_brought_up_to_date_with_everything_in_it() {
    let newer = Place::new();
    let partners = with_a_history(&newer).await;
    let older = as_schema_2(&newer);
    let (before, new) = (chains(&newer), newer.open());
    assert!(before.iter().all(|chain| chain.links == 15 && matches!(chain.finding, Finding::Whole(Some(_)))));

    let store = adopted(&older);
    let links =
        |chains: Vec<ChainReport>| chains.into_iter().map(|chain| (chain.tenant, chain.links, chain.finding));
    let after = chains(&older);
    assert!(after.iter().all(|chain| chain.adopted == Adoption { events: 15, unlinked: 0 }), "{after:?}");
    assert!(links(after).eq(links(before)), "not a link is another");
    for partner in &partners {
        assert_eq!(read(&store, partner).await.as_ref(), Some(partner));
    }
    for tenant in [CONTOSO, FABRIKAM] {
        let events = newest_events(&store, tenant, 100).await.unwrap();
        assert_eq!(events, newest_events(&new, tenant, 100).await.unwrap());
        assert_eq!(events.len(), 15);
        let hers: Vec<_> = events.into_iter().filter(|event| event.by.actor == zoe()).collect();
        let name = Literal::String("zoe@example.com".into());
        let filter = Some(is::<AuditEvent>("actor/userPrincipalName", name));
        let order_by = vec![by::<AuditEvent>("id", true)];
        let page = store.audit_events(tenant, Listing { filter, order_by, ..Listing::all() }).await.unwrap();
        assert_eq!(
            (page.items.len(), page.items),
            (3, hers),
            "what was there before is found by the new columns"
        );
    }
    let expired: Vec<_> = partners.iter().filter(|partner| partner.attempt().is_some()).cloned().collect();
    assert_eq!(store.expired_attempts(at(60), 10).await, Ok(expired));
}

#[tokio::test]
async fn an_upgraded_database_takes_new_words_and_goes_on_with_its_chains() {
    let newer = Place::new();
    let partner = with_a_history(&newer).await.remove(0);
    let older = as_schema_2(&newer);
    let store = adopted(&older);
    let profile = "an-oauth2-1".parse().ok();
    let after = Partner { connector: ConnectorKind::OAuth2, profile, ..disconnected(&partner) };
    let lost = event(Activity::LoseGrant, Transition::Changed { before: &partner, after: &after });
    done(&store, Changeset { record: Record::Event(lost), ..update(&partner, &after) }).await;
    assert_eq!(read(&store, &after).await, Some(after.clone()));
    let links: Vec<(TenantId, u64)> = chains(&older)
        .into_iter()
        .map(|chain| {
            assert!(matches!(chain.finding, Finding::Whole(Some(_))), "{chain:?}");
            (chain.tenant, chain.links)
        })
        .collect();
    assert_eq!(links, [(CONTOSO, 16), (FABRIKAM, 15)]);
}

#[tokio::test]
async fn an_upgraded_database_has_the_schema_of_a_new_one() {
    let newer = Place::new();
    with_a_history(&newer).await;
    let schema = |place: &Place| -> Vec<(String, String)> {
        let database = place.outsider();
        let sql = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    for number in [2, 7] {
        let older = as_schema(number, &newer, &TABLES_OF_2);
        adopted(&older);
        assert_eq!(schema(&older), schema(&newer), "{number}");
        let whole: String =
            older.outsider().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok");
    }
}
