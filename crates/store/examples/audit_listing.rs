//! How long a page of audit events takes, without any HTTP before it: `activityOperationType eq 'Action' and
//! activityDateTime gt T`, newest first, 50 of them, one after the other; T is another in every turn.
//!
//! `cargo run --release -p gangway-store --example audit_listing -- DIR TENANT` measures in what `fill_audit` has filled, and
//! prints one line of JSON.

#[path = "common/audit_key.rs"]
mod audit_key;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use gangway_domain::TenantId;
use gangway_engine::{Listing, Store as _};
use gangway_graph::schema::AUDIT_EVENT;
use gangway_odata::{Comparison, Filter, Literal, Operand, OrderBy, Path as Steps, Root};
use gangway_store::{SqliteOptions, SqliteStore};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const TURNS: usize = 2000;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, tenant] = arguments.as_slice() else {
        return Err("usage: audit_listing DIR TENANT".into());
    };
    let tenant = TenantId(tenant.parse()?);
    let key = audit_key::of_directory(Path::new(directory))?;
    let store = SqliteStore::open(&SqliteOptions::at(Path::new(directory).join("gangway.db")), &key)?;
    let begun = Instant::now();
    let events = store.count_audit_events(tenant, None).await?;
    let counted = begun.elapsed();
    let newest = page(&store, tenant, i64::MIN).await?.ok_or("there are no events")?;
    let mut taken = Vec::new();
    for turn in 0..TURNS {
        // From a day to some weeks ago.
        let since = newest - 864_000_000_000 * i64::try_from(1 + turn % 30)?;
        let begun = Instant::now();
        page(&store, tenant, since).await?.ok_or("nothing was found")?;
        taken.push(begun.elapsed());
    }
    taken.sort_unstable();
    let at = |percent: usize| milliseconds(taken[(taken.len() * percent / 100).min(taken.len() - 1)]);
    #[expect(clippy::print_stdout, reason = "it is what this program is for")]
    {
        println!(
            "{{\"events\":{events},\"p50_ms\":{:.3},\"p99_ms\":{:.3},\"max_ms\":{:.3},\"count_all_ms\":{:.1}}}",
            at(50),
            at(99),
            at(100),
            milliseconds(counted)
        );
    }
    Ok(())
}

/// Reads one page, and answers with the time of its first event.
async fn page(store: &SqliteStore, tenant: TenantId, since: i64) -> Outcome<Option<i64>> {
    let path = |name| -> Outcome<Operand> {
        let property = AUDIT_EVENT.property(name).ok_or("no such property")?;
        Ok(Operand::Path(Steps { root: Root::Item, steps: vec![property] }))
    };
    let operation = Filter::Compare {
        left: path("activityOperationType")?,
        comparison: Comparison::Eq,
        right: Operand::Literal(Literal::String("Action".into())),
    };
    let time = Filter::Compare {
        left: path("activityDateTime")?,
        comparison: Comparison::Gt,
        right: Operand::Literal(Literal::DateTimeOffset(since)),
    };
    let listing = Listing {
        filter: Some(Filter::And(vec![operation, time])),
        order_by: vec![OrderBy { key: path("activityDateTime")?, descending: true }],
        ..Listing::first(50)
    };
    let page = store.audit_events(tenant, listing).await?;
    Ok(page.items.first().map(|event| event.at.ticks()))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
