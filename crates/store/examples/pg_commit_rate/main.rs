//! How fast changesets are committed to PostgreSQL, beside what `pgbench` reaches with the very same statements: disconnects
//! over as many connections, of tenants that each has its own, on a private and durable server. The two take turns.
//!
//! `cargo run --release -p gangway-store --example pg_commit_rate -- --connections 32 --each 300 --rounds 5` prints one line of
//! JSON. `bench/postgres` makes a table of it.

#[path = "../common/cpu.rs"]
mod cpu;
mod pgbench;
mod world;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gangway_engine::Store as _;
use gangway_private_postgres::{Durability, Server};
use gangway_store::{AuditKey, PostgresOptions, PostgresStore, migrate};
use zeroize::Zeroizing;

use cpu::cpu_time;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

struct Arguments {
    connections: u32,
    each: u32,
    rounds: u32,
    threads: usize,
}

/// What one of the two did in one round.
#[derive(Debug, Clone, Copy)]
struct Turn {
    per_second: f64,
    cpu_us: f64,
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(arguments.threads).enable_all().build()?;
    let line = runtime.block_on(measure(&arguments))?;
    #[expect(clippy::print_stdout, reason = "it is what this program is for")]
    {
        println!("{line}");
    }
    Ok(())
}

async fn measure(arguments: &Arguments) -> Outcome<String> {
    let server = tokio::task::spawn_blocking(|| Server::start(Durability::Full, &[])).await?;
    let connections = usize::try_from(arguments.connections)?;
    let at = |url| PostgresOptions {
        connections,
        commit_lasts: Duration::from_secs(30),
        ..PostgresOptions::at(url)
    };
    let (our_url, their_url) = (server.new_database(), server.new_database());
    migrate(&at(&their_url)).await?;
    let key = AuditKey::new(&Zeroizing::new([0; AuditKey::BYTES]));
    let store = Arc::new(PostgresStore::open(&at(&our_url), &key).await?);
    let bench = pgbench::Bench::new(&their_url, arguments.connections)?;
    let (our, their) = (name(&our_url), name(&their_url));
    let each = (arguments.rounds + 1) * arguments.each;
    server.psql(our, &world::rows(arguments.connections, each));
    server.psql(their, &bench.rows(each));
    for database in [our, their] {
        server.psql(database, "VACUUM ANALYZE");
    }
    let before = transactions(&server, our)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // The first round is for warming up.
    for round in 0..=arguments.rounds {
        server.psql("postgres", "CHECKPOINT");
        let turn = commit_all(&store, arguments, round).await?;
        server.psql("postgres", "CHECKPOINT");
        let their_turn = bench.run(arguments, round)?;
        if round > 0 {
            ours.push(turn);
            theirs.push(their_turn);
        }
    }
    store.close().await;
    drop(store);
    let trips = (transactions(&server, our)? - before) / f64::from(arguments.connections * each);
    Ok(told(arguments, &ours, &theirs, trips))
}

fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

/// Every caller disconnects its next partners, one after the other.
async fn commit_all(store: &Arc<PostgresStore>, arguments: &Arguments, round: u32) -> Outcome<Turn> {
    let each = arguments.each;
    let (cpu, begun) = (cpu_time()?, Instant::now());
    let callers: Vec<_> = (0..arguments.connections)
        .map(|caller| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                for n in round * each..(round + 1) * each {
                    store.commit(world::disconnect(caller, n)?).await?;
                }
                Outcome::Ok(())
            })
        })
        .collect();
    for caller in callers {
        caller.await??;
    }
    let (took, cpu) = (begun.elapsed(), cpu_time()?.saturating_sub(cpu));
    let commits = f64::from(arguments.connections * each);
    Ok(Turn { per_second: commits / took.as_secs_f64(), cpu_us: cpu.as_secs_f64() * 1e6 / commits })
}

/// How many transactions the server has counted in a database: no commit takes more round trips than transactions. Backends
/// tell it when they end.
fn transactions(server: &Server, database: &str) -> Outcome<f64> {
    std::thread::sleep(Duration::from_secs(1));
    let sql = format!("SELECT xact_commit FROM pg_stat_database WHERE datname = '{database}'");
    Ok(server.psql("postgres", &sql).trim().parse()?)
}

fn told(arguments: &Arguments, ours: &[Turn], theirs: &[Turn], trips: f64) -> String {
    let median = |turns: &[Turn], of: fn(&Turn) -> f64| {
        let mut values: Vec<_> = turns.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let mut ratios: Vec<_> =
        ours.iter().zip(theirs).map(|(our, their)| our.per_second / their.per_second).collect();
    ratios.sort_by(f64::total_cmp);
    format!(
        "{{\"connections\":{},\"commits_a_round\":{},\"commits_per_second\":{:.0},\"pgbench_per_second\":{:.0},\
         \"ratio\":{:.3},\"least_ratio\":{:.3},\"cpu_us_per_commit\":{:.1},\"pgbench_cpu_us\":{:.1},\
         \"round_trips_per_commit\":{:.3}}}",
        arguments.connections,
        arguments.connections * arguments.each,
        median(ours, |turn| turn.per_second),
        median(theirs, |turn| turn.per_second),
        ratios.get(ratios.len() / 2).copied().unwrap_or_default(),
        ratios.first().copied().unwrap_or_default(),
        median(ours, |turn| turn.cpu_us),
        median(theirs, |turn| turn.cpu_us),
        trips,
    )
}

/// What the programs have spent of all processors that this one has run and waited for.
fn cpu_time_of_children() -> Outcome<Duration> {
    cpu::of_stat(13)
}

impl Arguments {
    fn parse() -> Outcome<Self> {
        let mut parsed = Self { connections: 32, each: 300, rounds: 5, threads: 2 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--connections" => parsed.connections = value.parse()?,
                "--each" => parsed.each = value.parse()?,
                "--rounds" => parsed.rounds = value.parse()?,
                "--threads" => parsed.threads = value.parse()?,
                _ => {
                    let known = "--connections, --each, --rounds and --threads";
                    return Err(format!("unknown: {word}; there are {known}").into());
                }
            }
        }
        Ok(parsed)
    }
}
