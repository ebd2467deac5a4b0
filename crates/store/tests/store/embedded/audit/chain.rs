use gangway_domain::{Settings, SettingsUpdate, TenantId};
use gangway_engine::Store;
use gangway_store::{Adoption, ChainReport, Finding, OpenError, SqliteStore};

use crate::embedded::Place;
use crate::samples::*;

const EVENTS: u64 = 6;

async fn with_a_history(place: &Place) -> SqliteStore {
    let store = place.open();
    for tenant in [CONTOSO, FABRIKAM] {
        let mut current = stored(&store, tenant).await;
        for n in 1..EVENTS {
            let after = renamed(&current, &format!("Name {n}"));
            assert_eq!(store.commit(update(&current, &after)).await, APPLIED);
            current = after;
        }
    }
    store
}

fn report(place: &Place, tenant: TenantId) -> ChainReport {
    verified(&place.path(), Some(tenant)).chains.remove(0)
}

fn is_whole(report: &ChainReport, links: u64) -> bool {
    report.links == links && matches!(report.finding, Finding::Whole(Some(_)))
}

#[tokio::test]
async fn the_chain_of_every_tenant_is_whole_beside_a_running_store() {
    let place = Place::new();
    let store = with_a_history(&place).await;
    let reports = verified(&place.path(), None).chains;
    assert_eq!(reports.iter().map(|report| report.tenant).collect::<Vec<_>>(), [CONTOSO, FABRIKAM]);
    assert!(reports.iter().all(|report| is_whole(report, EVENTS)), "{reports:?}");
    drop(store);
    assert_eq!(verified(&place.path(), None).chains, reports, "and beside none");
}

#[tokio::test]
async fn a_change_of_settings_is_a_link_like_any_other() {
    let place = Place::new();
    let store = with_a_history(&place).await;
    let on = SettingsUpdate { block_chat: Some(true), ..SettingsUpdate::default() };
    let (_, change) = patched(&Settings::unset(CONTOSO), on);
    done(&store, change).await;
    let partner = stored(&store, CONTOSO).await;
    done(&store, update(&partner, &renamed(&partner, "Later"))).await;
    assert!(is_whole(&report(&place, CONTOSO), EVENTS + 3));
    place
        .outsider()
        .execute_batch("UPDATE audit_events SET changes = '[]' WHERE activity = 'patchSettings'")
        .unwrap();
    let broken = report(&place, CONTOSO);
    assert!(matches!(broken.finding, Finding::Altered { seq: 7, .. }), "{broken:?}");
}

#[tokio::test]
async fn a_tenant_without_events_has_a_whole_chain_without_links() {
    let place = Place::new();
    drop(place.open());
    let (adopted, finding) = (Adoption::default(), Finding::Whole(None));
    let nothing = ChainReport { tenant: CONTOSO, links: 0, unlinked: 0, adopted, finding };
    assert_eq!(report(&place, CONTOSO), nothing);
}

#[tokio::test]
async fn whatever_is_altered_in_an_event_breaks_the_chain_there_and_nowhere_else() {
    for alteration in [
        "at = at + 1",
        "activity = 'delete'",
        "operation = 'Delete'",
        "correlation = zeroblob(16)",
        "actor = '{\"kind\":\"partner\"}'",
        "partner = zeroblob(16)",
        "partner_name = partner_name || ' '",
        "generation = generation + 1",
        "changes = '[]'",
        "id = zeroblob(16)",
        "hash = zeroblob(32)",
        "hash = NULL",
        "seq = 2",
    ] {
        let place = Place::new();
        drop(with_a_history(&place).await);
        let sql = format!(
            "PRAGMA ignore_check_constraints = 1; UPDATE audit_events SET {alteration} WHERE seq = 3 AND tenant = x'{}'",
            CONTOSO.0.simple()
        );
        place.outsider().execute_batch(&sql).unwrap();
        let found = report(&place, CONTOSO);
        let here = matches!(found.finding, Finding::Altered { seq: 3, .. });
        // Where two claim to be the second, the third is altered or missing.
        let moved = alteration == "seq = 2" && !matches!(found.finding, Finding::Whole(_));
        assert!((here && found.links == 2) || moved, "{alteration}: {found:?}");
        assert!(is_whole(&report(&place, FABRIKAM), EVENTS), "{alteration}");
    }
}

#[tokio::test]
async fn an_event_that_was_taken_out_is_missing_and_a_cut_end_shows() {
    let place = Place::new();
    drop(with_a_history(&place).await);
    let outsider = place.outsider();
    outsider.execute_batch("DELETE FROM audit_events WHERE seq = 6").unwrap();
    assert_eq!(report(&place, CONTOSO).finding, Finding::HeadDiffers { seq: 5 });
    outsider.execute_batch("DELETE FROM audit_events WHERE seq = 3").unwrap();
    assert_eq!(report(&place, CONTOSO).finding, Finding::Missing { seq: 3 });
    outsider.execute_batch("DELETE FROM audit_events").unwrap();
    assert_eq!(report(&place, CONTOSO).finding, Finding::HeadDiffers { seq: 0 });
}

#[tokio::test]
async fn two_events_that_changed_places_are_found() {
    let place = Place::new();
    drop(with_a_history(&place).await);
    let swap = "UPDATE audit_events SET seq = CASE seq WHEN 2 THEN 3 ELSE 2 END WHERE seq IN (2, 3)";
    place.outsider().execute_batch(swap).unwrap();
    assert!(matches!(report(&place, CONTOSO).finding, Finding::Altered { seq: 2, .. }));
}

#[tokio::test]
async fn events_from_before_there_were_chains_are_put_in_one_and_it_says_so() {
    let place = Place::new();
    let before_chains = include_str!("../../../../migrations/sqlite/0001_partners_and_audit_events.sql");
    let older = place.outsider();
    older.execute_batch(before_chains).unwrap();
    let event = format!(
        "PRAGMA application_id = 0x474e4757; PRAGMA user_version = 1;
         INSERT INTO audit_events (part, tenant, id, at, activity, operation, correlation, actor, partner, partner_name,
         generation, changes) VALUES ({}, x'{}', zeroblob(16), 0, 'create', 'Create', zeroblob(16),
         '{{\"kind\":\"gangway\"}}', zeroblob(16), 'Old', 1, '[]')",
        CONTOSO.part().0,
        CONTOSO.0.simple()
    );
    older.execute_batch(&event).unwrap();
    drop(older);
    let error = SqliteStore::open(&place.options(), &key()).unwrap_err();
    assert!(
        matches!(error, OpenError::UnprovenAudit { .. }),
        "a key that was there before does not take it: {error:?}"
    );
    let store = SqliteStore::open(&place.options(), &key().adopting()).unwrap();
    stored(&store, CONTOSO).await;
    let found = report(&place, CONTOSO);
    assert!(is_whole(&found, 2) && found.unlinked == 0, "{found:?}");
    assert_eq!(found.adopted, Adoption { events: 1, unlinked: 1 });
    assert_eq!(newest_events(&store, CONTOSO, 10).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_leaves_no_gap_in_the_chain() {
    let place = Place::new();
    let store = place.open();
    let partner = stored(&store, CONTOSO).await;
    let good = insert(&partner_of(CONTOSO));
    let again = good.clone();
    let stale = update(&renamed(&partner, "x"), &renamed(&partner, "y"));
    let other = insert(&partner_of(CONTOSO));
    let answers = tokio::join!(
        store.commit(good),
        store.commit(stale),
        store.commit(again),
        store.commit(unstorable()),
        store.commit(other)
    );
    assert_eq!((answers.0, answers.1, answers.2, answers.4), (APPLIED, STALE, DUPLICATE, APPLIED));
    assert!(is_whole(&report(&place, CONTOSO), 3), "{:?}", report(&place, CONTOSO));
}
