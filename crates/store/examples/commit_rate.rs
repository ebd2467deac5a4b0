//! How fast the embedded store commits, without any HTTP before it: disconnects of partners that are new and
//! onboarded, from many callers at once. Each partner is read before it is cut, as the engine does.
//!
//! `cargo run --release -p gangway-store --example commit_rate -- --partners 10000 --callers 32 --data DIR`
//! prints one line of JSON.

mod common {
    pub(crate) mod audit_key;
    pub(crate) mod cpu;
    pub(crate) mod scrambled;
}

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gangway_domain::{
    Activity, Actor, AuditEvent, AuditEventId, Caller, Command, ConnectorKind, Correlated, Decision,
    HeldCredential, Outcome, Partner, PartnerId, Permission, PermissionSet, Release, ReleaseId, RequestedBy,
    Status, Subject, TenantId, Timestamp, Transition, decide,
};
use gangway_engine::{Changeset, Effect, PartnerChange, Record, ReleaseSecret, Store as _};
use gangway_store::{SqliteOptions, SqliteStore};
use uuid::{Builder, Uuid};

use common::cpu::cpu_time;
use common::scrambled::scrambled;

type Outcomes<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// One tenant, as in the benchmark over HTTP.
const TENANT: TenantId = TenantId(Uuid::from_u128(0xaaaa_bbbb_0000_cccc_1111_dddd_2222_eeee));

struct Arguments {
    partners: u64,
    callers: u64,
    data: PathBuf,
}

fn main() -> Outcomes<()> {
    let arguments = Arguments::parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let line = runtime.block_on(measure(arguments))?;
    #[expect(clippy::print_stdout, reason = "it is what this program is for")]
    {
        println!("{line}");
    }
    Ok(())
}

async fn measure(arguments: Arguments) -> Outcomes<String> {
    std::fs::create_dir_all(&arguments.data)?;
    let key = common::audit_key::of_directory(&arguments.data)?;
    let options = SqliteOptions::at(arguments.data.join("gangway.db"));
    let store = Arc::new(SqliteStore::open(&options, &key)?);
    let run = Instant::now().elapsed().as_nanos() ^ u128::from(std::process::id());
    let partners = arguments.partners;
    on_all_callers(&arguments, move |store, n| create(store, run, n), &store).await?;

    let (cpu, begun) = (cpu_time()?, Instant::now());
    let mut taken = on_all_callers(&arguments, move |store, n| disconnect(store, run, n), &store).await?;
    let (took, cpu) = (begun.elapsed(), cpu_time()?.saturating_sub(cpu));

    let begun = Instant::now();
    for n in 0..partners {
        store.partner(TENANT, partner_id(n)).await?.ok_or("lost")?;
    }
    let read = begun.elapsed();
    store.close();

    taken.sort_unstable();
    let at = |percent: usize| taken.get(taken.len() * percent / 100).copied().unwrap_or_default();
    let per = |time: Duration| time.as_secs_f64() * 1e6 / count(partners);
    Ok(format!(
        "{{\"partners\":{partners},\"callers\":{},\"commits_per_second\":{:.0},\"cpu_us_per_commit\":{:.1},\
         \"p50_ms\":{:.2},\"p99_ms\":{:.2},\"max_ms\":{:.2},\"read_us\":{:.2}}}",
        arguments.callers,
        count(partners) / took.as_secs_f64(),
        per(cpu),
        milliseconds(at(50)),
        milliseconds(at(99)),
        milliseconds(taken.last().copied().unwrap_or_default()),
        per(read),
    ))
}

/// Does it once for every partner, and answers how long each took.
async fn on_all_callers<F>(
    arguments: &Arguments,
    act: impl Fn(Arc<SqliteStore>, u64) -> F + Send + Sync + 'static,
    store: &Arc<SqliteStore>,
) -> Outcomes<Vec<Duration>>
where
    F: Future<Output = Outcomes<()>> + Send,
{
    let (next, act) = (Arc::new(AtomicU64::new(0)), Arc::new(act));
    let callers: Vec<_> = (0..arguments.callers)
        .map(|_| {
            let (next, act, store, partners) = (next.clone(), act.clone(), store.clone(), arguments.partners);
            tokio::spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= partners {
                        return Outcomes::Ok(taken);
                    }
                    let begun = Instant::now();
                    act(store.clone(), n).await?;
                    taken.push(begun.elapsed());
                }
            })
        })
        .collect();
    let mut taken = Vec::new();
    for caller in callers {
        taken.extend(caller.await??);
    }
    Ok(taken)
}

async fn create(store: Arc<SqliteStore>, run: u128, n: u64) -> Outcomes<()> {
    let partner = Partner {
        display_name: format!("Partner {n}"),
        onboarding_url: Some("https://example.com/onboardingUrl/".into()),
        status: Status::Onboarded,
        last_connection: now(n),
        ..Partner::blank(TENANT, partner_id(n), ConnectorKind::Simulated)
    };
    let audit = record(n, run ^ (1 << 100), Activity::Create, Transition::Created(&partner));
    let partner = PartnerChange::Insert(partner);
    store.commit(Changeset { about: partner.into(), effects: vec![], record: Record::Event(audit) }).await?;
    Ok(())
}

async fn disconnect(store: Arc<SqliteStore>, run: u128, n: u64) -> Outcomes<()> {
    let before = store.partner(TENANT, partner_id(n)).await?.ok_or("lost")?;
    // As the engine does, to see what there is to release.
    let credential = store.credential(TENANT, partner_id(n)).await?;
    let Decision::Changed(change) = decide(&before, &Command::Disconnect, now(n))? else {
        return Err("not onboarded".into());
    };
    let Outcome::Becomes(partner) = change.outcome else {
        return Err("gone".into());
    };
    let transition = Transition::Changed { before: &before, after: &partner };
    let audit = record(n, run ^ (2 << 100), change.activity, transition);
    if credential.is_some() {
        return Err("these partners hold no credential".into());
    }
    let asked = RequestedBy { by: audit.by.clone(), activity: change.activity, at: audit.at };
    let release = Release::begin(ReleaseId(audit.id.0), &before, HeldCredential::Nothing, asked);
    let effects = vec![Effect::BeginRelease { release, secret: ReleaseSecret::Nothing }];
    let partner = PartnerChange::Update { partner, read: before.version };
    store.commit(Changeset { about: partner.into(), effects, record: Record::Event(audit) }).await?;
    Ok(())
}

fn record(n: u64, seed: u128, activity: Activity, transition: Transition<'_>) -> AuditEvent {
    let caller = Caller {
        tenant: TENANT,
        subject: Subject::User {
            id: scrambled(7, 7).to_string(),
            principal_name: Some("admin@example.com".into()),
        },
        permissions: PermissionSet::from_iter([Permission::ServiceConfigReadWrite]),
        application_id: Some(scrambled(8, 8).to_string()),
        application_name: Some("Intune automation".into()),
    };
    let by = Correlated { actor: Actor::Caller(Box::new(caller)), correlation: scrambled(seed, n) };
    AuditEvent::record(AuditEventId(time_ordered(seed, n)), now(n), by, activity, transition)
}

/// `00000000-0000-7000-8000-` and the number, as the benchmark over HTTP has them.
fn partner_id(n: u64) -> PartnerId {
    PartnerId(Uuid::from_u128((0x7000_8000 << 48) | u128::from(n)))
}

fn now(n: u64) -> Timestamp {
    Timestamp::from_unix_seconds(1_790_000_000).plus(Duration::from_micros(n * 100))
}

fn time_ordered(seed: u128, n: u64) -> Uuid {
    let mut random = [0; 10];
    random.copy_from_slice(&scrambled(seed, n).as_bytes()[..10]);
    Builder::from_unix_timestamp_millis(u64::try_from(now(n).unix_millis()).unwrap_or(0), &random).into_uuid()
}

fn count(partners: u64) -> f64 {
    f64::from(u32::try_from(partners).unwrap_or(u32::MAX))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl Arguments {
    fn parse() -> Outcomes<Self> {
        let mut parsed = Self { partners: 10_000, callers: 32, data: PathBuf::from("commit-rate-data") };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--partners" => parsed.partners = value.parse()?,
                "--callers" => parsed.callers = value.parse()?,
                "--data" => parsed.data = value.into(),
                _ => {
                    return Err(format!("unknown: {word}; there are --partners, --callers and --data").into());
                }
            }
        }
        Ok(parsed)
    }
}
