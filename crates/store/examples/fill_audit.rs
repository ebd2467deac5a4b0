//! Fills the database of a data directory with audit events of one tenant, as its server would have committed them but many
//! at a time: real changesets, real chains. No server may be running on it.
//!
//! `cargo run --release -p gangway-store --example fill_audit -- DIR EVENTS TENANT` prints one line of JSON. The events are ten
//! seconds apart and the last is at `last`; three of five are actions, and fifty users did them.

#[path = "common/audit_key.rs"]
mod audit_key;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gangway_domain::{
    Activity, Actor, AuditEvent, AuditEventId, Audited, AuditedChange, Caller, Correlated, Generation,
    PartnerId, Permission, Subject, TenantId, Timestamp,
};
use gangway_engine::{Changeset, PartnerChange, Record, Store as _};
use gangway_store::{SqliteOptions, SqliteStore};
use tokio::task::JoinSet;
use uuid::{Builder, Uuid};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// So many are handed to the store before any is waited for, and share a transaction.
const TOGETHER: u64 = 4096;
const FIRST: i64 = 1_760_000_000;
const SECONDS_BETWEEN: i64 = 10;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, events, tenant] = arguments.as_slice() else {
        return Err("usage: fill_audit DIR EVENTS TENANT".into());
    };
    let (events, tenant): (u64, _) = (events.parse()?, TenantId(tenant.parse()?));
    let directory = PathBuf::from(directory);
    std::fs::create_dir_all(&directory)?;
    let many = usize::try_from(TOGETHER)?;
    let options = SqliteOptions {
        group_length: many,
        queue_length: 2 * many,
        queue_timeout: Duration::from_mins(1),
        ..SqliteOptions::at(directory.join("gangway.db"))
    };
    let begun = Instant::now();
    let store = Arc::new(SqliteStore::open(&options, &audit_key::of_directory(&directory)?)?);
    fill(&store, tenant, events).await?;
    store.close();
    #[expect(clippy::print_stdout, reason = "it is what this program is for")]
    {
        let (last, took) = (time(events.saturating_sub(1))?, begun.elapsed().as_secs_f64());
        println!(
            "{{\"events\":{events},\"first\":\"{}\",\"last\":\"{last}\",\"seconds\":{took:.1}}}",
            time(0)?
        );
    }
    Ok(())
}

async fn fill(store: &Arc<SqliteStore>, tenant: TenantId, events: u64) -> Outcome<()> {
    let mut waiting = JoinSet::new();
    for n in 0..events {
        if waiting.len() >= usize::try_from(TOGETHER)? {
            while let Some(done) = waiting.join_next().await {
                done??;
            }
        }
        let (store, event) = (Arc::clone(store), event(tenant, n)?);
        let about = PartnerChange::Keep { tenant, id: PartnerId(event.resource.0) }.into();
        let change = Changeset { about, effects: vec![], record: Record::Event(event) };
        waiting.spawn(async move { store.commit(change).await.map(drop) });
    }
    while let Some(done) = waiting.join_next().await {
        done??;
    }
    Ok(())
}

fn event(tenant: TenantId, n: u64) -> Outcome<AuditEvent> {
    let activities = [
        Activity::Create,
        Activity::Patch,
        Activity::Disconnect,
        Activity::BeginOnboarding,
        Activity::CompleteOnboarding,
    ];
    let caller = Caller {
        tenant,
        subject: Subject::User {
            id: Uuid::from_u64_pair(7, n % 50).to_string(),
            principal_name: Some(format!("user{}@example.com", n % 50)),
        },
        permissions: [Permission::ServiceConfigReadWrite].into_iter().collect(),
        application_id: Some("14d82eec-204b-4c2f-b7e8-296a70dab67e".into()),
        application_name: Some("Intune automation".into()),
    };
    let at = time(n)?;
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    let id = Builder::from_unix_timestamp_millis(u64::try_from(at.unix_millis())?, &random).into_uuid();
    let status = AuditedChange {
        old: Some("onboarded".into()),
        ..AuditedChange::now(Audited::Reason, "notOnboarded")
    };
    Ok(AuditEvent {
        id: AuditEventId(id),
        tenant,
        at,
        // Not in step with the users.
        activity: activities[usize::try_from(n / 3 % 5)?],
        by: Correlated {
            actor: Actor::Caller(Box::new(caller)),
            correlation: Uuid::from_u64_pair(9, n.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        },
        resource: PartnerId(Uuid::from_u64_pair(0x7000, n % 20)).into(),
        resource_name: format!("Partner {}", n % 20),
        generation: Generation::FIRST,
        changes: vec![status],
    })
}

fn time(n: u64) -> Outcome<Timestamp> {
    Ok(Timestamp::from_unix_seconds(FIRST + i64::try_from(n)? * SECONDS_BETWEEN))
}
