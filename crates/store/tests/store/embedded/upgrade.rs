use gangway_domain::{
    Activity, Actor, AuditEvent, Caller, ConnectorKind, Partner, PermissionSet, Status, Subject, TenantId,
    Transition,
};
use gangway_engine::{Changeset, Listing, Store};
use gangway_odata::Literal;
use gangway_store::{ChainReport, Finding, verify_audit};

use super::Place;
use crate::queries::{by, is};
use crate::samples::*;

const STEPS: [&str; 2] = [
    include_str!("../../../migrations/sqlite/0001_partners_and_audit_events.sql"),
    include_str!("../../../migrations/sqlite/0002_audit_chain.sql"),
];

/// A database as a program of schema 2 left it: what is in the newer one, in the older tables.
fn as_schema_2(newer: &Place) -> Place {
    let older = Place::new();
    let database = older.outsider();
    database.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    for step in STEPS {
        database.execute_batch(step).unwrap();
    }
    database.execute("ATTACH ?1 AS newer", [newer.path().to_str().unwrap()]).unwrap();
    for (table, columns) in [
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
    ] {
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}");
        assert!(database.execute(&copy, []).unwrap() > 0);
    }
    database.execute_batch("PRAGMA application_id = 0x474e4757; PRAGMA user_version = 2").unwrap();
    older
}

fn chains(place: &Place) -> Vec<ChainReport> {
    verify_audit(&place.path(), None).unwrap()
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
                if let (0, Some(event)) = (n, &mut change.audit) {
                    event.by.actor = zoe();
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
    let (before, new) = (chains(&older), newer.open());
    assert!(before.iter().all(|chain| chain.links == 15 && matches!(chain.finding, Finding::Whole(Some(_)))));

    let store = older.open();
    assert_eq!(chains(&older), before, "not a link is another");
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
    let store = older.open();
    let profile = "an-oauth2-1".parse().ok();
    let after = Partner { connector: ConnectorKind::OAuth2, profile, ..disconnected(&partner) };
    let lost = event(Activity::LoseGrant, Transition::Changed { before: &partner, after: &after });
    done(&store, Changeset { audit: Some(lost), ..update(&partner, &after) }).await;
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
    let older = as_schema_2(&newer);
    older.open();
    let schema = |place: &Place| -> Vec<(String, String)> {
        let database = place.outsider();
        let sql = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(schema(&older), schema(&newer));
    let whole: String = older.outsider().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
}
