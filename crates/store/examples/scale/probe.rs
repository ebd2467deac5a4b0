//! Measures what a store is asked for most: of tenants in no order, so that nothing is where it was a moment ago.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gangway_domain::{HeldCredential, Timestamp};
use gangway_engine::{Listing, NodeId, Store};
use gangway_store::{AnyStore, PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use uuid::Uuid;

use crate::cpu::cpu_time;
use crate::{Outcomes, audit_key, rows};

/// Callers at a time where many ask.
const MANY: u64 = 32;
/// Releases a node asks for at a time.
const CLAIMED: usize = 64;
/// How long a lease lasts.
const LASTS: Duration = Duration::from_secs(15);

/// What is asked.
#[derive(Debug, Clone, Copy)]
enum Question {
    Get,
    List,
    Events,
    Claim,
    Disconnect,
}

/// Where the probe goes next.
struct Walk {
    tenants: u64,
    step: AtomicU64,
    node: NodeId,
    /// When the releases are due.
    due: Timestamp,
}

pub(crate) async fn probe(at: &str, tenants: u64, seconds: f64, due: i64) -> Outcomes<String> {
    let store = if at.starts_with("postgres") {
        AnyStore::from(
            PostgresStore::open(&PostgresOptions::at(at), &audit_key::of_directory(&std::env::temp_dir())?)
                .await?,
        )
    } else {
        AnyStore::from(SqliteStore::open(
            &SqliteOptions::at(Path::new(at).join("gangway.db")),
            &audit_key::of_directory(Path::new(at))?,
        )?)
    };
    let store = Arc::new(store);
    let node = NodeId(Uuid::from_u128(u128::from(std::process::id())));
    let walk = Walk { tenants, step: AtomicU64::new(0), node, due: Timestamp::from_unix_seconds(due) };
    let line = measure(&store, Arc::new(walk), Duration::from_secs_f64(seconds)).await?;
    store.close().await;
    Ok(line)
}

async fn measure<S: Store>(store: &Arc<S>, walk: Arc<Walk>, lasts: Duration) -> Outcomes<String> {
    store.lease_parts(walk.node, walk.due, LASTS).await?;
    let mut line = format!("{{\"tenants\":{}", walk.tenants);
    for (question, name, callers) in [
        (Question::Get, "get", 1),
        (Question::List, "list", 1),
        (Question::Events, "events", 1),
        (Question::Claim, "claim", 1),
        (Question::Disconnect, "disconnect", 1),
        (Question::Get, "get", MANY),
        (Question::Disconnect, "disconnect", MANY),
    ] {
        let measured = ask_for_a_while(store, &walk, question, (callers, lasts)).await?;
        write!(line, ",\"{name}@{callers}\":{measured}")?;
    }
    line.push('}');
    Ok(line)
}

/// Asks again and again from so many callers, and answers how often, how long it took and what it cost this process.
async fn ask_for_a_while<S: Store>(
    store: &Arc<S>,
    walk: &Arc<Walk>,
    question: Question,
    (callers, lasts): (u64, Duration),
) -> Outcomes<String> {
    let (cpu, begun) = (cpu_time()?, Instant::now());
    let asking = (0..callers).map(|_| {
        let (store, walk) = (Arc::clone(store), Arc::clone(walk));
        tokio::spawn(async move {
            let mut taken = Vec::new();
            let most = walk.most(question, callers);
            for _ in 0..most {
                if begun.elapsed() >= lasts {
                    break;
                }
                let asked = Instant::now();
                if ask(&*store, &walk, question).await? {
                    taken.push(asked.elapsed());
                }
            }
            Outcomes::Ok(taken)
        })
    });
    let mut taken = Vec::new();
    for caller in asking.collect::<Vec<_>>() {
        taken.extend(caller.await??);
    }
    let (took, cpu) = (begun.elapsed(), cpu_time()?.saturating_sub(cpu));
    taken.sort_unstable();
    let at = |per_mille: usize| taken.get(taken.len() * per_mille / 1000).copied().unwrap_or_default();
    let count = f64::from(u32::try_from(taken.len())?);
    Ok(format!(
        "{{\"per_second\":{:.0},\"cpu_us\":{:.2},\"p50_us\":{:.1},\"p99_us\":{:.1}}}",
        count / took.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / count,
        at(500).as_secs_f64() * 1e6,
        at(990).as_secs_f64() * 1e6,
    ))
}

/// Asks once; `false` if there was nothing to ask there.
async fn ask(store: &impl Store, walk: &Walk, question: Question) -> Outcomes<bool> {
    let (n, step) = walk.next();
    let (tenant, id) = (rows::tenant(n), rows::partner_id(n));
    match question {
        Question::Get => drop(store.partner(tenant, id).await?.ok_or("lost")?),
        Question::List => drop(store.partners(tenant, Listing::first(100)).await?),
        Question::Events => drop(store.audit_events(tenant, Listing::first(50)).await?),
        Question::Claim => {
            let due = store.due_releases(walk.node, walk.due, CLAIMED).await?;
            if due.is_empty() {
                return Err("nothing is due".into());
            }
        }
        Question::Disconnect => {
            let before = store.partner(tenant, id).await?.ok_or("lost")?;
            drop(store.credential(tenant, id).await?);
            if before.attempt().is_some()
                || rows::disconnected(n, &before, step, HeldCredential::Nothing).is_err()
            {
                return Ok(false);
            }
            store.commit(rows::disconnected(n, &before, step, HeldCredential::Nothing)?).await?;
        }
    }
    Ok(true)
}

impl Walk {
    /// How often each of so many callers may ask, so that there are partners left to disconnect.
    const fn most(&self, question: Question, callers: u64) -> u64 {
        match question {
            Question::Disconnect => self.tenants * 2 / 5 / callers,
            Question::Get | Question::List | Question::Events | Question::Claim => u64::MAX,
        }
    }

    /// A tenant, each once before any comes again, and the number of the step, which no event of the filling has.
    fn next(&self) -> (u64, u64) {
        let step = self.step.fetch_add(1, Ordering::Relaxed);
        // Prime, and no divisor of any number of tenants there is.
        let n = u128::from(step) * 1_000_003_931 % u128::from(self.tenants);
        (u64::try_from(n).unwrap_or(0), 1000 + step)
    }
}
