use std::time::Duration;

use gangway_private_postgres::Server;

use super::{content, copied, differing, postgres, sqlite, with_a_store};

/// Stops a copy somewhere, again and again, ever later; says how often.
async fn torn(from: &gangway_store::Database, to: &gangway_store::Database) -> u32 {
    for tries in 1.. {
        let lasts = Duration::from_millis(u64::from(tries) * 7);
        if let Ok(done) = tokio::time::timeout(lasts, copied(from, to)).await {
            done.unwrap();
            return tries;
        }
    }
    0
}

#[tokio::test]
async fn a_copy_that_is_stopped_anywhere_goes_on_when_it_is_begun_again() {
    let (_kept, path) = with_a_store(30).await;
    let back = tempfile::tempdir().unwrap();
    let back = back.path().join("gangway.db");
    let (there, _) = postgres();
    let before = content(&path);
    let there_and_back = [torn(&sqlite(&path), &there).await, torn(&there, &sqlite(&back)).await];
    assert!(there_and_back.iter().all(|tries| *tries > 3), "{there_and_back:?}");
    assert_eq!(content(&back), before);
    assert_eq!(differing(&sqlite(&path), &there).await, []);
}

/// Chains of tenants in every quarter of the parts arrive side by side: a copy that is stopped leaves some of each.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_under_way_in_several_ranges_goes_on_in_all_of_them() {
    let (_kept, path) = with_a_store(160).await;
    let (there, options) = postgres();
    let database = options.url.rsplit('/').next().unwrap();
    let quarters = "SELECT count(DISTINCT part / 64) FROM audit_heads";
    let ask = |sql: &str| Server::shared().psql(database, sql).trim().parse::<u32>().unwrap();
    let mut lasts = Duration::from_millis(20);
    loop {
        let outcome = tokio::time::timeout(lasts, copied(&sqlite(&path), &there)).await;
        assert!(outcome.is_err(), "it was never seen half done");
        if ask("SELECT count(*) FROM pg_tables WHERE tablename = 'audit_heads'") == 1 && ask(quarters) > 1 {
            break;
        }
        lasts += Duration::from_millis(5);
    }
    // What had arrived of the last chain of a quarter but for its end, and what had not arrived of another.
    for harm in [
        "DELETE FROM audit_heads WHERE (part, tenant) IN (SELECT part, tenant FROM audit_heads ORDER BY part DESC LIMIT 1)",
        "DELETE FROM audit_heads WHERE part = (SELECT min(part) FROM audit_heads)",
        "DELETE FROM audit_events WHERE part = (SELECT min(part) FROM audit_events)",
    ] {
        Server::shared().psql(database, harm);
    }
    copied(&sqlite(&path), &there).await.unwrap();
    assert_eq!(ask(quarters), 4);
    assert_eq!(differing(&sqlite(&path), &there).await, []);
}

#[tokio::test]
async fn no_chain_ends_by_an_event_that_has_not_arrived() {
    let (_kept, path) = with_a_store(12).await;
    let (there, options) = postgres();
    let database = options.url.rsplit('/').next().unwrap();
    gangway_store::migrate(&options).await.unwrap();
    let ask = |sql: &str| Server::shared().psql(database, sql);
    ask("ALTER TABLE audit_events ADD CONSTRAINT harm CHECK (part < 128 OR seq < 3)");
    let refused = copied(&sqlite(&path), &there).await.unwrap_err();
    assert!(refused.to_string().contains("harm"), "{refused}");
    let ends = "SELECT count(*) FROM audit_heads AS h WHERE NOT EXISTS \
        (SELECT 1 FROM audit_events AS e WHERE e.part = h.part AND e.tenant = h.tenant AND e.seq = h.seq)";
    assert_eq!(ask(ends).trim(), "0");
    ask("ALTER TABLE audit_events DROP CONSTRAINT harm");
    copied(&sqlite(&path), &there).await.unwrap();
    assert_eq!(differing(&sqlite(&path), &there).await, []);
}
