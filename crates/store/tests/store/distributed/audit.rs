use gangway_domain::{TenantId, Timestamp};
use gangway_engine::{Listing, Store as _};
use gangway_private_postgres::Server;
use gangway_store::{
    Adoption, ChainReport, Finding, KnownHeads, PostgresAudit, PostgresError, PostgresOptions, PostgresStore,
};

use super::{on_a_thread, options_of_a_new_database};
use crate::portable::Watch;
use crate::samples::*;

const EVENTS: u64 = 6;

async fn with_a_history() -> (PostgresStore, PostgresOptions) {
    let options = options_of_a_new_database().await;
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    for tenant in [CONTOSO, FABRIKAM] {
        let mut current = stored(&store, tenant).await;
        for n in 1..EVENTS {
            let after = renamed(&current, &format!("Name {n}"));
            done(&store, update(&current, &after)).await;
            current = after;
        }
    }
    (store, options)
}

async fn reports(options: &PostgresOptions, tenant: Option<TenantId>) -> Vec<ChainReport> {
    PostgresAudit::open(options)
        .await
        .unwrap()
        .verify(&key(), tenant, &KnownHeads::default())
        .await
        .unwrap()
        .chains
}

async fn outside(options: &PostgresOptions, sql: &str) {
    let (name, sql) = (options.url.rsplit('/').next().unwrap().to_owned(), sql.to_owned());
    on_a_thread(move || Server::shared().psql(&name, &sql)).await;
}

/// What comes behind the break is left unread, and much of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_chain_that_breaks_early_is_told_at_once() {
    let (_store, options) = with_a_history().await;
    let more = "INSERT INTO audit_events SELECT part, tenant, lpad((1000000 + n)::text, 32, '0')::uuid, at, activity, \
        operation, result, correlation, actor, partner, partner_name, generation, changes, n, hash, actor_kind \
        FROM audit_events, generate_series(7, 5000) n WHERE seq = 6";
    outside(&options, more).await;
    outside(&options, "UPDATE audit_events SET changes = '[1]' WHERE seq = 2").await;
    let report = reports(&options, Some(CONTOSO)).await.remove(0);
    assert!(report.links == 1 && matches!(report.finding, Finding::Altered { seq: 2, .. }), "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chain_of_every_tenant_is_whole_beside_a_running_store() {
    let _watch = Watch::new();
    let (_store, options) = with_a_history().await;
    let all = reports(&options, None).await;
    assert_eq!(all.len(), 2);
    for tenant in [CONTOSO, FABRIKAM] {
        let report = all.iter().find(|report| report.tenant == tenant).unwrap();
        assert!(report.links == EVENTS && matches!(report.finding, Finding::Whole(Some(_))), "{report:?}");
        assert_eq!(reports(&options, Some(tenant)).await, std::slice::from_ref(report));
    }
    let nobody = TenantId(fresh_uuid());
    let (adopted, finding) = (Adoption::default(), Finding::Whole(None));
    let nothing = ChainReport { tenant: nobody, links: 0, unlinked: 0, adopted, finding };
    assert_eq!(reports(&options, Some(nobody)).await, [nothing]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_altered_breaks_the_chain_there_and_nowhere_else() {
    let (_store, options) = with_a_history().await;
    let of_third = format!("WHERE tenant = '{CONTOSO}' AND seq = 3");
    for (alteration, repair) in [
        ("at = at + 1", "at = at - 1"),
        ("activity = 'delete'", "activity = 'patch'"),
        ("partner_name = partner_name || ' '", "partner_name = rtrim(partner_name)"),
        ("generation = generation + 1", "generation = generation - 1"),
    ] {
        outside(&options, &format!("UPDATE audit_events SET {alteration} {of_third}")).await;
        let report = reports(&options, Some(CONTOSO)).await.remove(0);
        assert!(matches!(report.finding, Finding::Altered { seq: 3, .. }), "{alteration}: {report:?}");
        assert_eq!(report.links, 2);
        outside(&options, &format!("UPDATE audit_events SET {repair} {of_third}")).await;
    }
    outside(&options, &format!("DELETE FROM audit_events {of_third}")).await;
    assert_eq!(reports(&options, Some(CONTOSO)).await[0].finding, Finding::Missing { seq: 3 });
    let end = format!("DELETE FROM audit_events WHERE tenant = '{FABRIKAM}' AND seq = {EVENTS}");
    outside(&options, &end).await;
    assert_eq!(reports(&options, Some(FABRIKAM)).await[0].finding, Finding::HeadDiffers { seq: 5 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_read_in_the_order_of_their_chain() {
    let _watch = Watch::new();
    let (store, options) = with_a_history().await;
    let audit = PostgresAudit::open(&options).await.unwrap();
    let mut tenants = audit.tenants().await.unwrap();
    tenants.sort();
    assert_eq!(tenants, [CONTOSO, FABRIKAM]);
    assert_eq!(audit.last(CONTOSO).await.unwrap(), EVENTS);
    assert_eq!(audit.without_place(CONTOSO).await.unwrap(), 0);
    let all = audit.events(CONTOSO, (0, EVENTS), Timestamp::NEVER).await.unwrap();
    assert!(all.iter().map(|event| event.sequence).eq(1..=EVENTS));
    let mut known = store.audit_events(CONTOSO, Listing::all()).await.unwrap().items;
    let mut read: Vec<_> = all.iter().map(|chained| chained.event.clone()).collect();
    known.sort_by_key(|event| event.id);
    read.sort_by_key(|event| event.id);
    assert_eq!(read, known);
    assert_eq!(audit.events(CONTOSO, (2, 4), Timestamp::NEVER).await.unwrap(), all[2..4]);
    assert_eq!(audit.events(CONTOSO, (0, EVENTS), Timestamp::LAST).await.unwrap(), []);
    assert_eq!(audit.at(CONTOSO, 3).await.unwrap(), Some(all[2].event.id));
    assert_eq!(audit.at(CONTOSO, EVENTS + 1).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_the_schema_is_left_as_it_is() {
    let url = on_a_thread(|| Server::shared().new_database()).await;
    let error = PostgresAudit::open(&PostgresOptions::at(url)).await.unwrap_err();
    assert!(matches!(error, PostgresError::Older { found: 0, .. }), "{error:?}");
}
