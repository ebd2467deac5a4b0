//! Everything of one database to another, and back.

mod copying;
mod interrupted;
mod refused;

use std::path::Path;

use gangway_domain::{Partner, TenantId};
use gangway_engine::{Effect, ReleaseSecret, Store};
use gangway_private_postgres::Server;
use gangway_store::{CopyFacts, Database, MoveError, OpenError, PostgresOptions, SqliteOptions, SqliteStore};
use rusqlite::Connection;
use rusqlite::types::Value;
use uuid::Uuid;

use crate::samples::{
    at, begin, beside, confirmed, connected, delete, disconnecting, done, key, onboarding_until, opened,
    partner_of, patched, pending, put_off, redeeming, stored, update_release,
};

/// One in a part of its own, as far as there are parts enough.
fn tenant(number: u128) -> TenantId {
    TenantId(Uuid::from_u128(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)))
}

fn sqlite(path: &Path) -> Database {
    Database::Sqlite(path.to_owned(), key())
}

/// An empty database. What was begun in it is over soon.
fn postgres() -> (Database, PostgresOptions) {
    let mut options = PostgresOptions::at(Server::shared().new_database());
    options.commit_lasts = std::time::Duration::from_millis(100);
    options.point_lasts = options.commit_lasts;
    (Database::Postgres(options.clone(), key()), PostgresOptions::at(options.url))
}

async fn copied(from: &Database, to: &Database) -> Result<CopyFacts, MoveError> {
    loop {
        match gangway_store::copy(from, to, &mut |_| {}).await {
            Err(MoveError::Sqlite(OpenError::InUse(_))) => not_at_once().await,
            outcome => return outcome,
        }
    }
}

async fn reopened(at: &Database) {
    while let Err(error) = gangway_store::reopen(at, crate::samples::at(REOPENED)).await {
        assert!(matches!(error, MoveError::Sqlite(OpenError::InUse(_))), "{error}");
        not_at_once().await;
    }
}

/// When everything is opened again here, in seconds after whatever else happens.
const REOPENED: i64 = 2_000_000;
const A_WHILE: std::time::Duration = std::time::Duration::from_millis(5);

/// What is still at work when a copy is given up is at the next point where it waits. And a program that another test starts has all the locks of this process until it is that program.
async fn not_at_once() {
    tokio::time::sleep(A_WHILE).await;
}

/// How many rows differ, table by table.
async fn differing(from: &Database, to: &Database) -> Vec<(&'static str, u64)> {
    let compared = gangway_store::check_copy(from, to, &mut |_| {}).await.unwrap();
    compared.into_iter().map(|table| (table.table, table.differing)).filter(|table| table.1 > 0).collect()
}

/// A store with every kind of row, of so many tenants.
async fn filled(store: &impl Store, tenants: std::ops::Range<u128>) {
    for tenant in tenants.map(tenant) {
        let kept = stored(store, tenant).await;
        done(store, crate::samples::update(&kept, &crate::samples::renamed(&kept, "Zoë \u{10ffff} '\"")))
            .await;
        let removed = stored(store, tenant).await;
        done(store, delete(&removed)).await;
        let tried = Partner { status: onboarding_until(at(99)), ..partner_of(tenant) };
        done(store, crate::samples::insert(&tried)).await;
        opened(store, &tried).await;
        let (attempt, _) = redeeming(store, &tried).await;
        let late = crate::samples::release_of(&tried, at(0));
        let taken = begin(&late, ReleaseSecret::Code(attempt.id));
        let close = Effect::CloseAttempt { id: attempt.id, read: attempt.phase };
        done(store, beside(&tried, vec![taken, close])).await;
        connected(store, tenant).await;
        let (cut, held) = connected(store, tenant).await;
        let release = crate::samples::release_of(&cut, at(3));
        done(store, disconnecting(&cut, vec![begin(&release, ReleaseSecret::Credential(held.id))])).await;
        let (over, _) = pending(store, &kept, at(1)).await;
        done(store, beside(&kept, vec![update_release(&over, &confirmed(&over), None)])).await;
        let (later, _) = pending(store, &kept, at(1)).await;
        done(store, beside(&kept, vec![update_release(&later, &put_off(&later, at(900)), None)])).await;
        let update = gangway_domain::SettingsUpdate { block_chat: Some(true), ..Default::default() };
        done(store, patched(&gangway_domain::Settings::unset(tenant), update).1).await;
    }
}

/// Everything an embedded store has that is anybody's, secrets without the places they lie in.
fn content(path: &Path) -> Vec<String> {
    let database = Connection::open(path).unwrap();
    let mut all = Vec::new();
    for table in [
        "partners",
        "departed_partners",
        "audit_events",
        "audit_heads",
        "attempts",
        "credentials",
        "releases",
        "settings",
        "commits",
    ] {
        let mut statement = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let names: Vec<_> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells = names.iter().enumerate().map(|(n, name)| {
                let value: Value = row.get(n).unwrap();
                if let (Value::Integer(id), "secret") = (&value, name.as_str()) {
                    return format!("{:?}", secret(&database, *id));
                }
                format!("{value:?}")
            });
            all.push(format!("{table}: {}", cells.collect::<Vec<_>>().join(" ")));
        }
    }
    let secrets: i64 = database.query_row("SELECT count(*) FROM secrets", [], |row| row.get(0)).unwrap();
    all.push(format!("{secrets} secrets"));
    all
}

fn secret(database: &Connection, id: i64) -> Vec<u8> {
    database.query_row("SELECT sealed FROM secrets WHERE id = ?1", [id], |row| row.get(0)).unwrap()
}

fn opened_at(path: &Path) -> SqliteStore {
    loop {
        match SqliteStore::open(&SqliteOptions::at(path), &key()) {
            Err(OpenError::InUse(_)) => std::thread::sleep(A_WHILE),
            store => return store.unwrap(),
        }
    }
}

/// A directory, and an embedded store in it that is filled and closed.
async fn with_a_store(tenants: u128) -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gangway.db");
    filled(&opened_at(&path), 0..tenants).await;
    (directory, path)
}
