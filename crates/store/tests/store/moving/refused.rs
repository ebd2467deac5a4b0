use gangway_private_postgres::Server;
use gangway_store::{MoveError, OpenError, PostgresError, PostgresStore, SqliteOptions, SqliteStore};
use rusqlite::Connection;

use super::{copied, differing, opened_at, postgres, reopened, sqlite, with_a_store};
use crate::samples::{CONTOSO, key, stored};

fn database(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

#[tokio::test]
async fn a_difference_planted_anywhere_is_found() {
    let (_kept, path) = with_a_store(2).await;
    let (there, options) = postgres();
    copied(&sqlite(&path), &there).await.unwrap();
    let psql = |sql: &str| Server::shared().psql(database(&options.url), sql);
    for (table, harm, mend) in [
        (
            "partners",
            "UPDATE partners SET version = version + 1",
            "UPDATE partners SET version = version - 1",
        ),
        (
            "credentials",
            "UPDATE credentials SET sealed = sealed || '\\x00'",
            "UPDATE credentials SET sealed = substring(sealed FROM 1 FOR length(sealed) - 1)",
        ),
        (
            "settings",
            "UPDATE settings SET block_chat = NOT block_chat",
            "UPDATE settings SET block_chat = NOT block_chat",
        ),
        (
            "audit_heads",
            "UPDATE audit_heads SET adopted = adopted + 1",
            "UPDATE audit_heads SET adopted = adopted - 1",
        ),
    ] {
        psql(harm);
        if table == "audit_heads" {
            let refused = gangway_store::check_copy(&sqlite(&path), &there, &mut |_| {}).await.unwrap_err();
            assert!(matches!(refused, MoveError::UnprovenEnd { .. }), "{refused}");
        } else {
            assert_eq!(differing(&sqlite(&path), &there).await.first().map(|of| of.0), Some(table));
        }
        psql(mend);
        assert_eq!(differing(&sqlite(&path), &there).await, []);
    }
    psql("UPDATE audit_events SET partner_name = 'other' WHERE seq = 2");
    let broken = gangway_store::check_copy(&sqlite(&path), &there, &mut |_| {}).await.unwrap_err();
    assert!(matches!(broken, MoveError::BrokenChain { .. }), "{broken}");
}

#[tokio::test]
async fn nobody_serves_from_what_has_moved_or_is_half_there() {
    let (_kept, path) = with_a_store(1).await;
    let (there, options) = postgres();
    let begun = tokio::sync::Notify::new();
    let (source, mut watch) = (sqlite(&path), |_| begun.notify_one());
    tokio::select! {
        biased;
        () = begun.notified() => {}
        done = gangway_store::copy(&source, &there, &mut watch) => panic!("{done:?}"),
    }
    let mut refused = PostgresStore::open(&options, &key()).await.map(drop).unwrap_err();
    assert!(matches!(refused, PostgresError::HalfACopy { .. }), "{refused}");
    copied(&sqlite(&path), &there).await.unwrap();
    PostgresStore::open(&options, &key()).await.unwrap().close().await;
    let moved = SqliteStore::open(&SqliteOptions::at(&path), &key()).unwrap_err();
    assert!(matches!(&moved, OpenError::Moved { to, .. } if options.url.ends_with(to)), "{moved}");
    let again = copied(&sqlite(&path), &there).await.unwrap_err();
    assert!(matches!(again, MoveError::Moved { .. }), "{again}");

    reopened(&sqlite(&path)).await;
    stored(&opened_at(&path), CONTOSO).await;
    let other = tempfile::tempdir().unwrap();
    copied(&there, &sqlite(&other.path().join("gangway.db"))).await.unwrap();
    refused = PostgresStore::open(&options, &key()).await.map(drop).unwrap_err();
    assert!(matches!(refused, PostgresError::Moved { .. }), "{refused}");
    reopened(&there).await;
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    stored(&store, CONTOSO).await;
}

#[tokio::test]
async fn what_has_data_of_its_own_is_never_copied_over() {
    let (_kept, path) = with_a_store(1).await;
    let (_kept_too, other) = with_a_store(1).await;
    let (there, options) = postgres();
    let refused = copied(&sqlite(&path), &sqlite(&other)).await.unwrap_err();
    assert!(matches!(refused, MoveError::NotEmpty(_)), "{refused}");
    let refused = copied(&sqlite(&path), &sqlite(&path)).await.unwrap_err();
    assert!(matches!(refused, MoveError::Sqlite(_) | MoveError::Same(_)), "{refused}");
    stored(&PostgresStore::open(&options, &key()).await.unwrap(), CONTOSO).await;
    let refused = copied(&sqlite(&path), &there).await.unwrap_err();
    assert!(matches!(refused, MoveError::NotEmpty(_)), "{refused}");
    assert!(!refused.to_string().contains("private:"), "no password: {refused}");
}

#[tokio::test]
async fn chains_that_were_both_added_to_are_not_made_one() {
    let (_kept, path) = with_a_store(1).await;
    let (there, options) = postgres();
    copied(&sqlite(&path), &there).await.unwrap();
    reopened(&sqlite(&path)).await;
    let tenant = super::tenant(0);
    stored(&opened_at(&path), tenant).await;
    stored(&PostgresStore::open(&options, &key()).await.unwrap(), tenant).await;
    Connection::open(&path).unwrap().execute("INSERT INTO moving VALUES (1, 'to', 'x')", []).unwrap();
    let refused = copied(&there, &sqlite(&path)).await.unwrap_err();
    assert!(matches!(refused, MoveError::Diverged { tenant: of, .. } if of == tenant), "{refused}");
}

fn harmed(path: &std::path::Path, sql: &str) -> usize {
    Connection::open(path).unwrap().execute(sql, []).unwrap()
}

#[tokio::test]
async fn what_is_wrong_in_one_range_of_parts_is_found_whichever_it_is() {
    for first in [0, 64, 128, 192] {
        let (_kept, path) = with_a_store(16).await;
        let (_other_kept, other) = with_a_store(16).await;
        let of = format!("part BETWEEN {first} AND {}", first + 63);
        let (there, _) = postgres();
        copied(&sqlite(&path), &there).await.unwrap();
        let rows = harmed(&path, &format!("UPDATE settings SET version = version + 1 WHERE {of}"));
        assert_eq!(differing(&sqlite(&path), &there).await, [("settings", rows as u64)]);

        let broken = "UPDATE audit_events SET partner_name = 'other' WHERE seq = 2 AND tenant = \
            (SELECT max(tenant) FROM audit_heads WHERE ";
        assert_eq!(harmed(&other, &format!("{broken}{of})")), 1);
        let refused = copied(&sqlite(&other), &postgres().0).await.unwrap_err();
        let MoveError::BrokenChain { tenant, .. } = refused else { panic!("{refused}") };
        assert!((first..first + 64).contains(&tenant.part().0.into()), "{tenant}");
    }
}

/// What nobody committed does not come along, nor is it left behind in silence.
#[tokio::test]
async fn a_source_that_was_tampered_with_is_not_copied() {
    for (harm, expected) in [
        (
            "DELETE FROM audit_events WHERE seq = 9; UPDATE audit_heads SET seq = 8, hash = (SELECT e.hash FROM \
          audit_events AS e WHERE e.tenant = audit_heads.tenant AND e.seq = 8)",
            "the end of the audit",
        ),
        (
            "DELETE FROM audit_events WHERE tenant = (SELECT min(tenant) FROM audit_heads); \
          DELETE FROM audit_heads WHERE tenant = (SELECT min(tenant) FROM audit_heads)",
            "has other tenants",
        ),
        (
            "INSERT INTO audit_events (part, tenant, id, at, activity, operation, correlation, actor, partner, partner_name, \
          generation, changes) SELECT part, tenant, randomblob(16), at, activity, operation, correlation, actor, partner, \
          partner_name, generation, changes FROM audit_events LIMIT 1",
            "without a place",
        ),
    ] {
        let (_kept, path) = with_a_store(3).await;
        Connection::open(&path).unwrap().execute_batch(harm).unwrap();
        let refused = copied(&sqlite(&path), &postgres().0).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

/// Each database has a key of its own, and what is copied is proven by the target's.
#[tokio::test]
async fn what_is_copied_is_proven_by_the_key_of_the_target() {
    let (_kept, path) = with_a_store(3).await;
    let other = gangway_store::AuditKey::new(&zeroize::Zeroizing::new([9; 32]));
    let (_, options) = postgres();
    let there = gangway_store::Database::Postgres(options.clone(), other.clone());
    copied(&sqlite(&path), &there).await.unwrap();
    let verify = async |key| {
        let audit = gangway_store::PostgresAudit::open(&options).await.unwrap();
        audit.verify(key, None, &gangway_store::KnownHeads::default()).await.unwrap()
    };
    assert!(verify(&other).await.is_whole() && !verify(&key()).await.is_whole());
    PostgresStore::open(&options, &other).await.unwrap().close().await;
    assert!(PostgresStore::open(&options, &key()).await.is_err());
}
