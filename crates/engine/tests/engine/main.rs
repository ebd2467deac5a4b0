//! The use-cases, over a store in memory, a clock that stands still until it is told, and counted randomness.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod memory;
mod races;
mod use_cases;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use gangway_domain::{Actor, ConnectorKind, Correlated, PartnerId, StatusChange, TenantId, Timestamp, Update};
use gangway_engine::{Clock, Engine, NewPartner, Policy, Random};
use memory::MemoryStore;
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const ATTEMPT_LASTS: Duration = Duration::from_mins(15);

/// A clock that stands still until it is told.
#[derive(Debug)]
struct SteppedClock(AtomicI64);

impl SteppedClock {
    fn step(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.0.load(Ordering::SeqCst))
    }
}

/// Numbers that never come twice.
#[derive(Debug, Default)]
struct CountedRandom(AtomicU64);

impl Random for CountedRandom {
    fn fill(&self, buffer: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        for (to, from) in buffer.iter_mut().rev().zip(number.iter().rev().chain(std::iter::repeat(&0))) {
            *to = *from;
        }
    }
}

/// An engine, and what the tests hold on to.
struct House {
    engine: Engine<MemoryStore>,
    clock: Arc<SteppedClock>,
}

impl House {
    fn new() -> Self {
        let clock = Arc::new(SteppedClock(AtomicI64::new(1_800_000_000)));
        let policy = Policy { created_as: ConnectorKind::Simulated, attempt_lasts: ATTEMPT_LASTS };
        let engine = Engine::new(
            MemoryStore::default(),
            Arc::clone(&clock) as _,
            Arc::new(CountedRandom::default()),
            policy,
        );
        Self { engine, clock }
    }

    async fn partner(&self, status: Option<StatusChange>) -> PartnerId {
        let properties = Update { display_name: Some("P".into()), status, ..Update::default() };
        let new = NewPartner { properties, ..NewPartner::default() };
        self.engine.create_partner(TENANT, &by(), &new).await.unwrap().id
    }
}

fn by() -> Correlated {
    Correlated { actor: Actor::Gangway, correlation: Uuid::from_u128(7) }
}
