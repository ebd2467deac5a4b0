//! A client: it does this and that to partners that others use too, and one thing after the other
//! to a partner of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::SmallRng;

use crate::cluster::node::front;
use crate::cluster::partner;
use crate::history::{Connection, PartnerKey, SeenAccount};
use crate::model::{Action, Kind, Outcome, State, Status};
use crate::tools::http::{Request, ask};
use crate::tools::{ids, time};
use crate::workload::request::Asker;
use crate::workload::world::World;

/// Who asks one node directly, past everything that may be cut.
pub(crate) const PAST_ALL: &str = "past all";

/// Between two requests, in milliseconds: the machine has other work.
const PAUSE: std::ops::Range<u64> = 10..60;

pub(crate) struct Client {
    world: Arc<World>,
    name: String,
    rng: SmallRng,
    own: Own,
    named: usize,
}

/// A link of this client's own.
struct Own {
    key: PartnerKey,
    /// What it is, as long as no answer was missing: what nobody knows may yet be done at any time.
    status: Option<Status>,
}

/// Starts a client, which goes on until it is told to stop.
pub(crate) fn start(
    world: &Arc<World>,
    number: usize,
    rng: SmallRng,
    stop: &Arc<AtomicBool>,
) -> JoinHandle<()> {
    let (world, stop) = (Arc::clone(world), Arc::clone(stop));
    thread::spawn(move || {
        let key = PartnerKey { tenant: world.tenant(number).to_owned(), id: ids::random() };
        world.history.note(|recorded| {
            recorded.starts.insert(key.clone(), State::absent(Kind::Link));
        });
        let own = Own { key, status: None };
        let mut client = Client { world, name: format!("client{number}"), rng, own, named: 0 };
        client.create_own();
        while !stop.load(Ordering::Relaxed) {
            client.step();
            thread::sleep(Duration::from_millis(client.rng.random_range(PAUSE)));
        }
    })
}

impl Client {
    fn step(&mut self) {
        if self.rng.random_bool(0.35) {
            return self.step_with_own();
        }
        let (key, _) = self.world.shared[self.rng.random_range(0..self.world.shared.len())].clone();
        match self.rng.random_range(0..20) {
            0..8 => drop(self.ask(&key, Action::Read, false)),
            8..10 => {
                let name = self.new_name();
                self.ask(&key, Action::Rename(name), true);
            }
            10..15 => self.onboard(&key),
            15..18 => drop(self.ask(&key, Action::Disconnect, false)),
            _ => self.look(&key),
        }
    }

    fn ask(&self, partner: &PartnerKey, action: Action, certain: bool) -> Outcome {
        let address = front();
        Asker { world: &self.world, name: &self.name, address: &address, partner }.ask(action, certain)
    }

    /// A name nothing had before.
    fn new_name(&mut self) -> String {
        self.named += 1;
        format!("{} {}", self.name, self.named)
    }

    fn create_own(&mut self) {
        let name = self.new_name();
        if self.ask(&self.own.key, Action::Create(name), true) == Outcome::Done {
            self.own.status = Some(Status::NotOnboarded);
        }
    }

    /// What a client does by itself leaves no doubt what changed something.
    fn step_with_own(&mut self) {
        let key = self.own.key.clone();
        match self.rng.random_range(0..8) {
            0..2 => drop(self.ask(&key, Action::Read, false)),
            2..4 => {
                let name = self.new_name();
                self.ask(&key, Action::Rename(name), true);
            }
            4..6 => self.turn(Action::Begin, Status::NotOnboarded, Status::Onboarded),
            _ => self.turn(Action::Disconnect, Status::Onboarded, Status::NotOnboarded),
        }
    }

    /// Asks for what takes it from one status to another.
    fn turn(&mut self, action: Action, from: Status, to: Status) {
        let certain = self.own.status == Some(from);
        let outcome = self.ask(&self.own.key, action, certain);
        self.own.status = self.own.status.filter(|_| outcome == Outcome::Done).map(|_| to);
    }

    /// Begins, and goes to the partner and back as a browser does.
    fn onboard(&mut self, key: &PartnerKey) {
        self.ask(key, Action::Begin, false);
        let Outcome::Seen(view) = self.ask(key, Action::Read, false) else { return };
        let Some(attempt) = view.attempt else { return };
        // Some go no further.
        if self.rng.random_bool(0.8) {
            self.consent(key, &attempt);
        }
    }

    fn consent(&self, key: &PartnerKey, attempt: &str) -> Option<()> {
        let (address, path) = (front(), attempt.splitn(4, '/').last()?);
        let page = Request { method: "GET", target: &format!("/{path}"), ..Request::default() };
        let sent = ask(&address, &page, Duration::from_secs(8)).ok().filter(|answer| answer.status == 302)?;
        let cookie = sent.header("set-cookie")?.split(';').next()?;
        let (grant, back) = self.world.partner.consent(sent.header("location")?).ok()?;
        let asker = Asker { world: &self.world, name: &self.name, address: &address, partner: key };
        if asker.finish(attempt, &back, cookie) == Outcome::Done {
            let since = time::now();
            self.world.history.note(|recorded| {
                recorded.connections.push(Connection { partner: key.clone(), grant, since });
            });
        }
        Some(())
    }

    /// Has one of the nodes ask the partner whether the connection is good, which uses it.
    fn look(&mut self, key: &PartnerKey) {
        let side = &self.world.sides[self.rng.random_range(0..self.world.sides.len())];
        let target = format!("/gangway/v1/partners/{}/{}/check", key.tenant, key.id);
        let token = Some(self.world.token(&key.tenant));
        let json = Some(serde_json::json!({}));
        let request = Request { method: "POST", target: &target, token, headers: &[], json };
        let asked = time::now();
        let answer = ask(&format!("{side}:8081"), &request, Duration::from_secs(8));
        let found = answer.ok().map(|answer| answer.json()).filter(|found| found["connection"] == "good");
        let account = found.and_then(|found| Some(found["account"]["id"].as_str()?.to_owned()));
        let look = SeenAccount { partner: key.clone(), asked, answered: time::now(), account };
        self.world.history.note(|recorded| recorded.looks.push(look));
    }
}

/// Creates a partner every tenth of a second, whatever became of those before: so it is seen when
/// writes answer again.
pub(crate) fn probe(world: &Arc<World>, stop: &Arc<AtomicBool>) -> JoinHandle<()> {
    let (world, stop) = (Arc::clone(world), Arc::clone(stop));
    thread::spawn(move || {
        let mut waiting: Vec<JoinHandle<()>> = Vec::new();
        for n in 0.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            waiting.retain(|thread| !thread.is_finished());
            let world = Arc::clone(&world);
            waiting.push(thread::spawn(move || create(&world, n, "probe", &front())));
            thread::sleep(Duration::from_millis(100));
        }
        for thread in waiting {
            drop(thread.join());
        }
    })
}

fn create(world: &World, n: usize, name: &str, address: &str) {
    let key = PartnerKey { tenant: world.tenant(n).to_owned(), id: ids::random() };
    world.history.note(|recorded| {
        recorded.starts.insert(key.clone(), State::absent(Kind::Link));
    });
    let asker = Asker { world, name, address, partner: &key };
    asker.ask(Action::Create(format!("{name} {n}")), true);
}

/// The number of the grant that an account stands for.
pub(crate) fn grant_of(account: &str, grants: usize) -> Option<usize> {
    (0..grants).find(|grant| partner::account(*grant) == account)
}

/// Asks one node for partners four times a second, past everything that may be cut, and answers how
/// long each took and what came of it.
pub(crate) fn ask_past_all(
    world: &Arc<World>,
    side: &str,
    stop: &Arc<AtomicBool>,
) -> JoinHandle<Vec<ReadTiming>> {
    let (world, stop, address) = (Arc::clone(world), Arc::clone(stop), format!("{side}:8080"));
    thread::spawn(move || {
        let mut reads = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let partner = &world.shared[reads.len() % world.shared.len()].0;
            let by = Asker { world: &world, name: PAST_ALL, address: &address, partner };
            let asked = time::now();
            let outcome = by.ask(Action::Read, false);
            reads.push(ReadTiming {
                asked,
                took: time::now().saturating_sub(asked),
                shown: matches!(outcome, Outcome::Seen(_)),
            });
            thread::sleep(Duration::from_millis(250));
        }
        reads
    })
}

/// Creates partners by one node, past everything that may be cut, one after the other.
pub(crate) fn create_past_all(world: &Arc<World>, side: &str, stop: &Arc<AtomicBool>) -> JoinHandle<()> {
    let (world, stop, address) = (Arc::clone(world), Arc::clone(stop), format!("{side}:8080"));
    thread::spawn(move || {
        for n in 0.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            create(&world, n, PAST_ALL, &address);
            thread::sleep(Duration::from_millis(250));
        }
    })
}

/// One read of a node that may have lost its database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadTiming {
    pub(crate) asked: Duration,
    pub(crate) took: Duration,
    pub(crate) shown: bool,
}
