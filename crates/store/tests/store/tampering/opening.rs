use gangway_engine::{CommitError, Store as _, StoreError};
use gangway_store::{Adoption, Finding};

use super::{EVENTS, House, in_each_house};
use crate::samples::*;

in_each_house! {
    nothing_is_added_to_a_chain_whose_end_is_not_proven,
    no_tenant_is_added_to_a_part_whose_roster_is_not_proven,
    an_audit_whose_proofs_are_gone_is_not_taken_up_again,
    an_audit_of_another_key_is_taken_up_only_by_one_that_replaces_it,
    an_audit_is_taken_up_once_however_many_open_it,
    an_audit_that_was_taken_up_anew_is_found_against_heads_kept_elsewhere,
}

const ALTERED: Answer = Err(CommitError::Store(StoreError::Unavailable(String::new())));

fn is_refused(answer: &Answer) -> bool {
    let text = |answer: &Answer| format!("{answer:?}").replace("the audit was altered", "");
    text(answer) == text(&ALTERED)
}

/// Else the server itself would prove what somebody made of the end.
async fn nothing_is_added_to_a_chain_whose_end_is_not_proven(house: &House) {
    house
        .harm(
            "DELETE FROM audit_events WHERE tenant = CONTOSO AND seq > 4; UPDATE audit_heads SET seq = 4, \
             hash = (SELECT hash FROM audit_events WHERE tenant = CONTOSO AND seq = 4) WHERE tenant = CONTOSO",
        )
        .await;
    let store = house.open().await;
    let answer = store.commit(insert(&partner_of(CONTOSO))).await;
    assert!(is_refused(&answer), "{answer:?}");
    stored(&store, FABRIKAM).await;
    store.close().await;
    assert_eq!(house.found().await.finding, Finding::HeadUnproven { seq: 4 });
}

async fn no_tenant_is_added_to_a_part_whose_roster_is_not_proven(house: &House) {
    let store = house.open().await;
    let part = CONTOSO.part().0;
    house.harm(&format!("UPDATE audit_rosters SET tenants = 1 WHERE part = {part}")).await;
    let newcomer = (1..).map(|n| gangway_domain::TenantId(uuid::Uuid::from_u128(n)));
    let mut newcomer = newcomer.filter(|tenant| tenant.part() == CONTOSO.part());
    let newcomer = newcomer.find(|tenant| *tenant != CONTOSO && *tenant != FABRIKAM).unwrap();
    let answer = store.commit(insert(&partner_of(newcomer))).await;
    assert!(is_refused(&answer), "{answer:?}");
    stored(&store, CONTOSO).await;
    store.close().await;
}

/// One part of it or all: a key that was there before does not prove what it finds, and no key proves half an audit.
async fn an_audit_whose_proofs_are_gone_is_not_taken_up_again(house: &House) {
    house.harm("DELETE FROM audit_rosters WHERE part = 7").await;
    for key in [key(), key().adopting()] {
        let refused = house.open_with(&key).await.map(drop).unwrap_err();
        assert!(refused.contains("the audit is not proven by the audit key"), "{refused}");
    }
    house.harm("DELETE FROM audit_rosters; UPDATE audit_heads SET mac = NULL").await;
    let refused = house.open_with(&key()).await.map(drop).unwrap_err();
    assert!(refused.contains("the audit is not proven by the audit key"), "{refused}");
    let other = gangway_store::AuditKey::new(&zeroize::Zeroizing::new([1; 32]));
    assert!(house.open_with(&other).await.is_err());
    // Nor is it one that has never been, while there are partners.
    house.harm("DELETE FROM audit_events; DELETE FROM audit_heads; DELETE FROM audit_rosters").await;
    let refused = house.open_with(&key()).await.map(drop).unwrap_err();
    assert!(refused.contains("the audit is not proven by the audit key"), "{refused}");
}

/// Whole, without its rosters, or without the proofs of its ends: what somebody once proved is no audit from before that.
async fn an_audit_of_another_key_is_taken_up_only_by_one_that_replaces_it(house: &House) {
    let other = || gangway_store::AuditKey::new(&zeroize::Zeroizing::new([1; 32]));
    for harm in
        ["UPDATE audit_heads SET mac = mac", "UPDATE audit_heads SET mac = NULL", "DELETE FROM audit_rosters"]
    {
        house.harm(harm).await;
        let refused = house.open_with(&other().adopting()).await.map(drop).unwrap_err();
        assert!(refused.contains("the audit is not proven by the audit key"), "{harm}: {refused}");
        if harm.contains("NULL") {
            let store = house.open_with(&other().replacing()).await.unwrap();
            stored(&store, CONTOSO).await;
            store.close().await;
        }
    }
    let store = house.open_with(&other().replacing()).await.unwrap();
    stored(&store, CONTOSO).await;
    store.close().await;
    house.open_with(&other()).await.unwrap().close().await;
}

async fn an_audit_is_taken_up_once_however_many_open_it(house: &House) {
    house
        .harm(
            "DELETE FROM audit_rosters; UPDATE audit_heads SET mac = NULL; \
             INSERT INTO audit_events (part, tenant, id, ALL) SELECT part, tenant, NEW_ID, ALL FROM audit_events \
             WHERE tenant = CONTOSO AND seq < 3",
        )
        .await;
    let opened = (0..4).map(async |_| house.open_with(&key().adopting()).await);
    for store in futures_util::future::join_all(opened).await {
        match (store, house) {
            (Ok(store), _) => {
                stored(&store, CONTOSO).await;
                store.close().await;
            }
            (Err(error), House::Sqlite(_)) => assert!(error.contains("in use"), "{error}"),
            (Err(error), House::Postgres(_)) => panic!("{error}"),
        }
    }
    let report = house.report().await;
    assert!(report.is_whole(), "{report:?}");
    let of = |tenant| report.chains.iter().find(|chain| chain.tenant == tenant).unwrap().adopted;
    assert_eq!(of(CONTOSO), Adoption { events: EVENTS.unsigned_abs() + 2, unlinked: 2 });
    assert_eq!(of(FABRIKAM), Adoption { events: EVENTS.unsigned_abs(), unlinked: 0 });
}

async fn an_audit_that_was_taken_up_anew_is_found_against_heads_kept_elsewhere(house: &House) {
    let known = house.known().await;
    house.harm("DELETE FROM audit_rosters; UPDATE audit_heads SET mac = NULL").await;
    house.open_with(&key().adopting()).await.unwrap().close().await;
    assert!(house.report().await.is_whole());
    let report = house.report_against(&known).await;
    assert!(report.chains.iter().all(|chain| chain.finding == Finding::AdoptedAnew), "{report:?}");
}
