//! Commits of several nodes, and what gets in their way.

use std::future::Future;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use gangway_domain::{Activity, Partner, Release, TenantId, Transition};
use gangway_engine::{
    Changeset, CommitError, Effect, Lease, NodeId, Record, Store, StoreError, StoredAttempt, deadline,
};
use gangway_store::{Finding, KnownHeads, PostgresAudit, PostgresStore, RetryReason};

use crate::distributed::harness::database::{Database, retries, somebody_waits};
use crate::samples::*;

const BUSY: Answer = Err(CommitError::Store(StoreError::Busy));

async fn two_nodes(database: &Database) -> [PostgresStore; 2] {
    [database.open().await, database.open().await]
}

/// Renames the partner so often, whoever else does too.
async fn rename(store: &PostgresStore, partner: &Partner, times: usize) {
    for n in 0..times {
        loop {
            let before = read(store, partner).await.unwrap();
            match store.commit(update(&before, &renamed(&before, &format!("Name {n}")))).await {
                STALE => {}
                answer => break assert_eq!(answer, APPLIED),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_nodes_that_change_one_partner_each_version_is_won_by_one() {
    const TIMES: usize = 25;
    let database = Database::new().await;
    let [one, other] = two_nodes(&database).await;
    let partner = stored(&one, CONTOSO).await;
    tokio::join!(
        rename(&one, &partner, TIMES),
        rename(&one, &partner, TIMES),
        rename(&other, &partner, TIMES),
        rename(&other, &partner, TIMES)
    );
    let after = read(&other, &partner).await.unwrap();
    assert_eq!(after.version.0, partner.version.0 + 4 * u64::try_from(TIMES).unwrap());
    assert_eq!(events_about(&one, &partner).await.len(), 4 * TIMES + 1);
    assert_whole(&database, CONTOSO, 4 * TIMES + 1).await;
}

/// So many links, one after the other, each made of the one before.
async fn assert_whole(database: &Database, tenant: TenantId, links: usize) {
    let audit = PostgresAudit::open(&database.0).await.unwrap();
    let report = audit.verify(&key(), Some(tenant), &KnownHeads::default()).await.unwrap().chains.remove(0);
    assert_eq!((report.links, report.unlinked), (u64::try_from(links).unwrap(), 0), "{report:?}");
    assert!(matches!(report.finding, Finding::Whole(Some(_))), "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_add_to_one_chain_make_neither_gap_nor_fork() {
    const EACH: usize = 40;
    let database = Database::new().await;
    let stores = two_nodes(&database).await;
    let add = async |store: &PostgresStore| {
        for _ in 0..EACH {
            done(store, insert(&partner_of(CONTOSO))).await;
        }
    };
    let [one, other] = &stores;
    tokio::join!(add(one), add(other), add(one), add(other), add(other));
    assert_whole(&database, CONTOSO, 5 * EACH).await;
}

#[tokio::test]
async fn what_a_node_decided_before_its_lease_was_lost_is_stale() {
    let database = Database::new().await;
    let stores = two_nodes(&database).await;
    let (partner, lasts) = (partner_of(CONTOSO), Duration::from_secs(30));
    let (release, _) = pending(&stores[0], &partner, at(0)).await;
    let node = [NodeId(fresh_uuid()), NodeId(fresh_uuid())];
    stores[0].lease_parts(node[0], at(0), lasts).await.unwrap();
    let lease = |node, epoch| Lease { node, epoch };
    let first = lease_of(&stores[0], node[0]).await;
    stores[1].lease_parts(node[1], at(31), lasts).await.unwrap();
    let second = lease_of(&stores[1], node[1]).await;
    assert!(second.epoch > first.epoch, "{first:?} {second:?}");
    let tried = |lease| beside(&partner, vec![update_release(&release, &confirmed(&release), Some(lease))]);
    for lost in [first, lease(node[0], second.epoch), lease(node[1], first.epoch)] {
        assert_eq!(stores[0].commit(tried(lost)).await, STALE, "{lost:?}");
    }
    assert_eq!(release_in(&stores[0], &release).await, release);
    assert_eq!(stores[1].commit(tried(second)).await, APPLIED);
}

async fn lease_of(store: &PostgresStore, node: NodeId) -> Lease {
    store.due_releases(node, at(5), 1).await.unwrap()[0].lease
}

async fn release_in(store: &PostgresStore, release: &Release) -> Release {
    store.release(release.tenant, release.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn who_waits_too_long_for_what_somebody_else_has_is_told_that_nothing_was_done() {
    let database = Database::new().await;
    let store = database
        .open_as(|options| {
            options.point_lasts = Duration::from_secs(3);
            options.commit_lasts = Duration::from_secs(3);
        })
        .await;
    let (partner, _) = connected(&store, CONTOSO).await;
    let holder = database.outsider().await;
    for locked in ["UPDATE partners SET version = version", "UPDATE audit_heads SET seq = seq"] {
        let before = read(&store, &partner).await.unwrap();
        holder.batch_execute(&format!("BEGIN; {locked}")).await.unwrap();
        let change = update(&before, &renamed(&before, "Other"));
        assert_eq!(store.commit(change.clone()).await, BUSY, "{locked}");
        holder.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(read(&store, &partner).await, Some(before), "{locked}");
        done(&store, change).await;
    }
}

#[tokio::test]
async fn what_never_goes_through_is_given_up_in_time() {
    const NEVER: &str = "
        CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'never' USING ERRCODE = '40001'; END $$;
        CREATE TRIGGER never BEFORE INSERT ON partners EXECUTE FUNCTION never()";
    let database = Database::new().await;
    let store = database.open().await;
    database.outsider().await.batch_execute(NEVER).await.unwrap();
    let (begun, lasts) = (Instant::now(), Duration::from_secs(1));
    let partner = partner_of(CONTOSO);
    let answer = deadline::within(lasts, store.commit(insert(&partner))).await;
    // Which of both depends on whether its time is over during a try or between two.
    assert!(matches!(answer, BUSY | Err(CommitError::Store(StoreError::Unavailable(_)))), "{answer:?}");
    assert!(begun.elapsed() < 10 * lasts);
    assert_eq!(store.partner(CONTOSO, partner.id).await, Ok(None));
}

/// The database ends the transaction of one of two that wait for each other: here the store's, as the other one has all the
/// time there is.
#[tokio::test]
async fn a_deadlock_is_tried_again() {
    let database = Database::new().await;
    let store = database.open().await;
    let before = stored(&store, CONTOSO).await;
    let (holder, observer) = (database.outsider().await, database.outsider().await);
    holder
        .batch_execute("SET deadlock_timeout = '1h'; BEGIN; UPDATE partners SET status = status")
        .await
        .unwrap();
    let change = update(&before, &renamed(&before, "Other"));
    let holding = async {
        somebody_waits(&observer, 1).await;
        holder.batch_execute("UPDATE audit_heads SET seq = seq").await.unwrap();
        holder.batch_execute("COMMIT").await.unwrap();
    };
    let (answer, ()) = tokio::join!(store.commit(change), holding);
    assert_eq!(answer, APPLIED);
    assert!(retries(&store, RetryReason::Deadlock) > 0);
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    loop {
        let seen: i64 = observer.query_one(deadlocks, &[]).await.unwrap().get(0);
        // There may be another: whoever tries again may be faster than who has waited.
        if seen > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Asked for so often and then left alone.
async fn abandoned(store: &PostgresStore, change: Changeset, polls: usize) -> bool {
    let mut commit = Box::pin(store.commit(change));
    for _ in 0..polls {
        if commit.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    false
}

/// As several statements.
fn refused_thrice(partner: &Partner, attempt: &StoredAttempt) -> Changeset {
    let transition = Transition::Changed { before: partner, after: partner };
    let record = Record::Event(event(Activity::RefuseCallback, transition));
    Changeset { record, ..beside(partner, vec![Effect::CountRefusal { id: attempt.id }; 3]) }
}

#[tokio::test]
async fn several_statements_that_are_left_alone_are_all_done_or_none() {
    const ALONE: usize = 24;
    let database = Database::new().await;
    let store = database.open().await;
    let partner = stored(&store, CONTOSO).await;
    let spare = opened(&store, &partner).await;
    let mut changes = Vec::new();
    let mut answered = Vec::new();
    for n in 0..ALONE {
        let attempt = opened(&store, &partner).await;
        let change = refused_thrice(&partner, &attempt);
        // Every other time there is a connection that knows the statements, and the end of the chain is known.
        if n % 2 == 0 {
            done(&store, refused_thrice(&partner, &spare)).await;
        }
        answered.push(abandoned(&store, change.clone(), n / 4).await);
        changes.push((attempt.id, change));
    }
    store.close().await;
    let outsider = database.outsider().await;
    nobody_is_connected(&outsider).await;
    let mut there = 0;
    for ((attempt, change), answered) in changes.iter().zip(answered) {
        let row =
            outsider.query_one("SELECT refusals FROM attempts WHERE id = $1", &[&attempt.0]).await.unwrap();
        let id = told(change).id.0;
        let events = outsider.query("SELECT seq FROM audit_events WHERE id = $1", &[&id]).await.unwrap();
        let done = (row.get::<_, i64>(0), events.len());
        assert!(done == (3, 1) || (done == (0, 0) && !answered), "{done:?} {answered}");
        there += events.len();
    }
    assert!(0 < there && there < ALONE, "{there}");
    assert_whole(&database, CONTOSO, 1 + ALONE / 2 + there).await;
}

/// What was sent over a connection is done before it ends.
async fn nobody_is_connected(outsider: &tokio_postgres::Client) {
    const OTHERS: &str =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while !outsider.query(OTHERS, &[]).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
