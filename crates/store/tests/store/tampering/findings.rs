use gangway_store::{Adoption, Finding, RosterFinding, RosterReport};

use super::{EVENTS, House, in_each_house};
use crate::samples::*;

in_each_house! {
    what_nobody_touched_is_whole,
    a_forged_event_without_a_place_is_found,
    a_cut_end_with_a_head_from_the_row_before_is_found,
    events_that_were_altered_and_unlinked_are_found,
    a_tenant_removed_with_its_head_is_found,
    a_column_for_filters_that_says_something_else_is_found,
    an_altered_field_is_found,
    a_removed_event_is_found,
    swapped_events_are_found,
    an_end_put_back_with_its_proof_is_found_against_heads_kept_elsewhere_only,
    an_altered_or_removed_roster_is_found,
    a_head_of_another_tenant_is_found,
    a_removed_head_is_found,
    a_head_that_says_less_of_what_was_adopted_is_found,
    events_in_a_part_of_another_tenant_are_found,
}

fn part_of_both() -> u8 {
    CONTOSO.part().0
}

async fn what_nobody_touched_is_whole(house: &House) {
    let report = house.report_against(&house.known().await).await;
    assert!(report.is_whole() && report.chains.len() == 2, "{report:?}");
    assert!(report.chains.iter().all(|chain| chain.links == EVENTS.unsigned_abs()));
    assert!(report.chains.iter().all(|chain| chain.adopted == Adoption::default()));
}

async fn a_forged_event_without_a_place_is_found(house: &House) {
    house
        .harm(
            "INSERT INTO audit_events (part, tenant, id, ALL) SELECT part, tenant, NEW_ID, ALL FROM audit_events \
             WHERE tenant = CONTOSO AND seq = 1",
        )
        .await;
    let found = house.found().await;
    assert!(matches!(found.finding, Finding::Unlinked { .. }) && found.unlinked == 1, "{found:?}");
}

async fn a_cut_end_with_a_head_from_the_row_before_is_found(house: &House) {
    house
        .harm(
            "DELETE FROM audit_events WHERE tenant = CONTOSO AND seq > 4; UPDATE audit_heads SET seq = 4, \
             hash = (SELECT hash FROM audit_events WHERE tenant = CONTOSO AND seq = 4) WHERE tenant = CONTOSO",
        )
        .await;
    assert_eq!(house.found().await.finding, Finding::HeadUnproven { seq: 4 });
}

async fn events_that_were_altered_and_unlinked_are_found(house: &House) {
    let unlinked =
        "UPDATE audit_events SET changes = '[]', seq = NULL, hash = NULL WHERE tenant = CONTOSO AND seq";
    house.harm(&format!("{unlinked} = 3")).await;
    let found = house.found().await;
    assert_eq!((found.finding, found.unlinked), (Finding::Missing { seq: 3 }, 1));
    house.harm(&format!("{unlinked} > 0; DELETE FROM audit_heads WHERE tenant = CONTOSO")).await;
    let found = house.found().await;
    assert!(matches!(found.finding, Finding::Unlinked { .. }), "{found:?}");
    assert_eq!(found.unlinked, EVENTS.unsigned_abs());
}

async fn a_tenant_removed_with_its_head_is_found(house: &House) {
    let all =
        "DELETE FROM audit_events WHERE tenant = CONTOSO; DELETE FROM audit_heads WHERE tenant = CONTOSO";
    let known = house.known().await;
    house.harm(all).await;
    let report = house.report().await;
    let finding = RosterFinding::Differs { said: 2, found: 1 };
    assert_eq!(report.rosters, [RosterReport { part: part_of_both(), finding }]);
    assert!(!report.is_whole() && report.broken() == 0);
    let report = house.report_against(&known).await;
    let lost = report.chains.iter().find(|chain| chain.tenant == CONTOSO).unwrap();
    assert_eq!(lost.finding, Finding::BeforeKnown { seq: 0, known: EVENTS });
}

/// In the embedded store these columns are computed when they are read: that is refused, and to put others in their place is
/// found.
async fn a_column_for_filters_that_says_something_else_is_found(house: &House) {
    for column in ["actor_kind", "user_principal_name", "user_id", "application_id", "application_name"] {
        if let House::Sqlite(place) = house {
            let database = rusqlite::Connection::open(place.path().join("gangway.db")).unwrap();
            let set = format!("UPDATE audit_events SET {column} = 'other'");
            let refused = database.execute(&set, []).unwrap_err().to_string();
            assert!(refused.contains("generated column"), "{refused}");
            let replace = format!(
                "DROP INDEX IF EXISTS audit_events_by_user; ALTER TABLE audit_events DROP COLUMN {column}; \
                 ALTER TABLE audit_events ADD COLUMN {column} TEXT; \
                 UPDATE audit_events SET {column} = 'gangway' WHERE '{column}' = 'actor_kind'"
            );
            database.execute_batch(&replace).unwrap();
        }
        house
            .harm(&format!("UPDATE audit_events SET {column} = 'x' WHERE tenant = CONTOSO AND seq = 2"))
            .await;
        let found = house.found().await;
        assert!(
            matches!(found.finding, Finding::ColumnDiffers { seq: 2, column: of, .. } if of == column),
            "{found:?}"
        );
        let mend = if column == "actor_kind" { "'gangway'" } else { "NULL" };
        house
            .harm(&format!("UPDATE audit_events SET {column} = {mend} WHERE tenant = CONTOSO AND seq = 2"))
            .await;
        assert!(house.report().await.is_whole(), "{column}");
    }
}

async fn an_altered_field_is_found(house: &House) {
    house.harm("UPDATE audit_events SET partner_name = 'other' WHERE tenant = CONTOSO AND seq = 6").await;
    let found = house.found().await;
    assert!(matches!(found.finding, Finding::Altered { seq: 6, .. }), "{found:?}");
}

async fn a_removed_event_is_found(house: &House) {
    house.harm("DELETE FROM audit_events WHERE tenant = CONTOSO AND seq = 6").await;
    assert_eq!(house.found().await.finding, Finding::HeadDiffers { seq: 5 });
    house.harm("DELETE FROM audit_events WHERE tenant = CONTOSO AND seq = 3").await;
    assert_eq!(house.found().await.finding, Finding::Missing { seq: 3 });
}

async fn swapped_events_are_found(house: &House) {
    let swap = "UPDATE audit_events SET seq = CASE seq WHEN 2 THEN 3 ELSE 2 END WHERE tenant = CONTOSO AND seq IN (2, 3)";
    house.harm(swap).await;
    let found = house.found().await;
    assert!(matches!(found.finding, Finding::Altered { seq: 2, .. }), "{found:?}");
}

/// No key tells an end that was true once from one that is. What was written down elsewhere does.
async fn an_end_put_back_with_its_proof_is_found_against_heads_kept_elsewhere_only(house: &House) {
    house.harm("CREATE TABLE kept AS SELECT * FROM audit_heads").await;
    let store = house.open().await;
    stored(&store, CONTOSO).await;
    store.close().await;
    let known = house.known().await;
    house
        .harm(
            "DELETE FROM audit_events WHERE tenant = CONTOSO AND seq = 7; \
             DELETE FROM audit_heads WHERE tenant = CONTOSO; \
             INSERT INTO audit_heads SELECT * FROM kept WHERE tenant = CONTOSO; DROP TABLE kept",
        )
        .await;
    assert!(house.report().await.is_whole(), "this is what --since is for");
    let finding = async || {
        let report = house.report_against(&known).await;
        report.chains.into_iter().find(|chain| chain.tenant == CONTOSO).unwrap().finding
    };
    assert_eq!(finding().await, Finding::BeforeKnown { seq: 6, known: 7 });
    let store = house.open().await;
    stored(&store, CONTOSO).await;
    store.close().await;
    assert!(house.report().await.is_whole(), "nor does it show when the server has gone on from there");
    assert_eq!(finding().await, Finding::OtherThanKnown { seq: 7 });
}

async fn an_altered_or_removed_roster_is_found(house: &House) {
    let rosters = async |sql: String| {
        house.harm(&sql).await;
        house.report().await.rosters
    };
    let found = |finding| vec![RosterReport { part: part_of_both(), finding }];
    let of = format!("WHERE part = {}", part_of_both());
    let altered = rosters(format!("UPDATE audit_rosters SET tenants = tenants - 1 {of}")).await;
    assert_eq!(altered, found(RosterFinding::Unproven));
    let other = format!(
        "DELETE FROM audit_rosters {of}; INSERT INTO audit_rosters SELECT {}, tenants, members, mac \
         FROM audit_rosters WHERE part = {}",
        part_of_both(),
        part_of_both() ^ 1
    );
    assert_eq!(rosters(other).await, found(RosterFinding::Unproven));
    assert_eq!(rosters(format!("DELETE FROM audit_rosters {of}")).await, found(RosterFinding::Missing));
}

async fn a_head_of_another_tenant_is_found(house: &House) {
    house
        .harm(
            "UPDATE audit_heads SET hash = (SELECT o.hash FROM audit_heads AS o WHERE o.tenant = FABRIKAM), \
             mac = (SELECT o.mac FROM audit_heads AS o WHERE o.tenant = FABRIKAM) WHERE tenant = CONTOSO",
        )
        .await;
    assert_eq!(house.found().await.finding, Finding::HeadUnproven { seq: EVENTS });
}

async fn a_removed_head_is_found(house: &House) {
    house.harm("DELETE FROM audit_heads WHERE tenant = CONTOSO").await;
    assert_eq!(house.found().await.finding, Finding::HeadMissing { seq: EVENTS });
    assert_eq!(house.report().await.rosters.len(), 1);
}

async fn a_head_that_says_less_of_what_was_adopted_is_found(house: &House) {
    house.harm("UPDATE audit_heads SET adopted = 6 WHERE tenant = CONTOSO").await;
    assert_eq!(house.found().await.finding, Finding::HeadUnproven { seq: EVENTS });
}

async fn events_in_a_part_of_another_tenant_are_found(house: &House) {
    house.harm("UPDATE audit_events SET part = part + 1 WHERE tenant = CONTOSO AND seq = 6").await;
    let report = house.report().await;
    let misplaced = |finding: &Finding| matches!(finding, Finding::Misplaced { .. });
    assert_eq!(report.chains.iter().filter(|chain| misplaced(&chain.finding)).count(), 1, "{report:?}");
}
