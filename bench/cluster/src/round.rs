//! One fault, while clients work: it breaks, what has to go on goes on, it is mended, and what was
//! recorded is checked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::Fallible;
use crate::cluster::Cluster;
use crate::fault::Fault;
use crate::history::Recorded;
use crate::model::Action;
use crate::tools::sql::Sql;
use crate::tools::{shell, time};
use crate::workload::client::{self, ReadTiming};
use crate::workload::request::Asker;
use crate::workload::world::World;

const CLIENTS: usize = 6;

/// How long Patroni may take to promote another database: the time a lock lives, and some turns of
/// its loop.
const PROMOTED_WITHIN: Duration = Duration::from_mins(1);

/// When what happened.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) fault: Fault,
    pub(crate) broken: Duration,
    /// When another database took writes.
    pub(crate) promoted: Option<Duration>,
    /// When it began to be mended.
    pub(crate) healed: Duration,
    pub(crate) recorded: Recorded,
    /// What the node on the host that was cut off answered meanwhile.
    pub(crate) stranded: Vec<ReadTiming>,
}

/// Lets a fault happen once.
pub(crate) fn run(cluster: &mut Cluster, fault: Fault, rng: &mut SmallRng) -> Fallible<Story> {
    let primary = cluster.wait_until_whole()?;
    let sides = cluster.hosts.iter().map(crate::cluster::host::Host::side).collect();
    let world = World::new(&cluster.issuer, &cluster.partner, sides)?;
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| client::start(&world, number, SmallRng::from_rng(rng), &stop))
        .chain([client::probe(&world, &stop)])
        .collect();
    thread::sleep(Duration::from_millis(rng.random_range(1500..2500)));

    let story = break_and_mend(cluster, fault, primary, &world);
    // What is mended is used for a while.
    let whole = cluster.wait_until_whole();
    thread::sleep(Duration::from_secs(1));
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        drop(client.join());
    }
    let mut story = story?;
    whole?;
    look_at_all(cluster, &world);
    story.recorded = world.history.so_far();
    Ok(story)
}

fn break_and_mend(
    cluster: &mut Cluster,
    fault: Fault,
    primary: usize,
    world: &Arc<World>,
) -> Fallible<Story> {
    let stop = Arc::new(AtomicBool::new(false));
    let side = cluster.hosts[primary].side();
    let stranded = fault.strands_node().then(|| client::ask_past_all(world, &side, &stop));
    let writes = fault.strands_node().then(|| client::create_past_all(world, &side, &stop));
    fault.inject(cluster, primary)?;
    let broken = time::now();
    let promoted = if fault.promotes() { Some(promotion(cluster, primary)?) } else { None };
    thread::sleep(Fault::lasts() / 2);
    fault.change(cluster, primary)?;
    thread::sleep(Fault::lasts() / 2);
    stop.store(true, Ordering::Relaxed);
    let stranded = stranded.and_then(|reads| reads.join().ok()).unwrap_or_default();
    drop(writes.map(thread::JoinHandle::join));
    let healed = time::now();
    fault.heal(cluster, primary)?;
    Ok(Story { fault, broken, promoted, healed, recorded: Recorded::default(), stranded })
}

/// When a database other than this takes writes.
fn promotion(cluster: &Cluster, primary: usize) -> Fallible<Duration> {
    let others = || cluster.hosts.iter().enumerate().filter(|(number, _)| *number != primary);
    let mut connections =
        others().map(|(_, host)| Sql::connect(&host.side(), "postgres")).collect::<Fallible<Vec<_>>>()?;
    shell::until("another database is promoted", PROMOTED_WITHIN, || {
        let takes_writes =
            |sql: &mut Sql| sql.rows("SELECT pg_is_in_recovery()").is_ok_and(|rows| rows == [["f"]]);
        connections.iter_mut().any(takes_writes).then(time::now)
    })
}

/// Every node shows every partner once more, when all is quiet.
fn look_at_all(cluster: &Cluster, world: &World) {
    let partners: Vec<_> = world.history.so_far().starts.into_keys().collect();
    for host in &cluster.hosts {
        let address = format!("{}:8080", host.side());
        for partner in &partners {
            Asker { world, name: "at the end", address: &address, partner }.ask(Action::Read, false);
        }
    }
}
