//! Several nodes that tell each other.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use gangway_domain::TenantId;
use gangway_graph::ThrottleFamily;
use proptest::prelude::*;
use uuid::Uuid;

use super::super::usage::counter;
use super::super::{Limit, ThrottleSettings, Usage};
use super::*;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));

fn settings(tenant_requests: u32) -> ThrottleSettings {
    ThrottleSettings {
        enabled: true,
        window_seconds: 3600,
        sync_interval_milliseconds: 1000,
        tenant_writes: tenant_requests,
        tenant_requests,
        application_writes: tenant_requests,
        application_requests: tenant_requests,
    }
}

/// Whose, what, and which node's.
type Counter = (TenantId, [u8; 16], usize);

/// What all nodes have told.
#[derive(Default)]
struct Board {
    told: Mutex<HashMap<Counter, (u32, u32)>>,
    away: AtomicBool,
    rows: AtomicUsize,
}

/// One node's way to it.
struct Way<'a>(&'a Board, usize);

impl Counts for Way<'_> {
    async fn sync(&self, _: Duration, used: &[Used]) -> Result<Vec<UsedElsewhere>, StoreError> {
        if self.0.away.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("away".into()));
        }
        self.0.rows.fetch_add(used.len(), Ordering::SeqCst);
        let mut board = self.0.told.lock().unwrap();
        let mut heard = Vec::new();
        for (index, used) in used.iter().enumerate() {
            let own = board.entry((used.tenant, used.counter, self.1)).or_default();
            *own = (own.0 + used.requests, own.1 + used.writes);
            for ((tenant, counter, node), (requests, writes)) in &*board {
                if (*tenant, *counter) == (used.tenant, used.counter) && *node != self.1 {
                    heard.push(UsedElsewhere { index, age: 0, requests: *requests, writes: *writes });
                }
            }
        }
        Ok(heard)
    }

    async fn forget(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn nodes(count: usize, limit: u32) -> Vec<Throttle> {
    (0..count).map(|_| Throttle::new(&settings(limit), Instant::now()).unwrap()).collect()
}

fn ask(node: &Throttle, application: Option<&str>) -> bool {
    let asked = Usage { tenant: TENANT, application, family: ThrottleFamily::RemoteAssistance, write: true };
    node.admit(asked, Instant::now()).is_ok()
}

/// Whether the node wants to tell something at once.
fn wants_to_tell(node: &Throttle) -> bool {
    futures_util::FutureExt::now_or_never(node.urgent.notified()).is_some()
}

proptest! {
    /// Whoever is asked in whatever order, if each tells as soon as it has to: E is a tenth of the limit then.
    #[test]
    fn three_nodes_take_no_more_than_the_limit_and_a_tenth_each(
        asked in prop::collection::vec(0..3_usize, 1..700),
        limit in 1..200_u32,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (nodes, board) = (nodes(3, limit), Board::default());
        let mut taken = 0;
        for which in asked {
            taken += u32::from(ask(&nodes[which], None));
            if wants_to_tell(&nodes[which]) {
                runtime.block_on(nodes[which].sync(&Way(&board, which))).unwrap();
            }
        }
        prop_assert!(taken <= limit + 3 * limit.div_ceil(10), "{taken} of {limit}");
    }

    /// Alone, a node takes exactly the limit, whatever it tells and hears.
    #[test]
    fn what_a_node_hears_of_itself_is_not_counted_again(limit in 1..200_u32, tells in 1..20_u32) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (nodes, board) = (nodes(1, limit), Board::default());
        let mut taken = 0;
        for n in 0..limit * 2 {
            taken += u32::from(ask(&nodes[0], None));
            if n % tells == 0 {
                runtime.block_on(nodes[0].sync(&Way(&board, 0))).unwrap();
            }
        }
        prop_assert_eq!(taken, limit);
    }
}

#[tokio::test]
async fn what_is_little_is_told_to_nobody() {
    let (nodes, board) = (nodes(1, 1000), Board::default());
    for _ in 0..99 {
        assert!(ask(&nodes[0], Some("a")));
    }
    nodes[0].sync(&Way(&board, 0)).await.unwrap();
    assert!(!wants_to_tell(&nodes[0]));
    assert_eq!(board.rows.load(Ordering::SeqCst), 0);
    assert!(ask(&nodes[0], Some("a")) && wants_to_tell(&nodes[0]));
    nodes[0].sync(&Way(&board, 0)).await.unwrap();
    assert_eq!(board.rows.load(Ordering::SeqCst), 2, "the tenant's and the application's");
    let told: Vec<_> = board.told.lock().unwrap().values().copied().collect();
    assert_eq!(told, [(100, 100), (100, 100)], "all of it");
}

#[tokio::test]
async fn while_the_database_is_away_each_node_holds_to_the_limit_by_itself_and_tells_later() {
    let (nodes, board) = (nodes(2, 50), Board::default());
    board.away.store(true, Ordering::SeqCst);
    let mut taken = 0;
    for _ in 0..100 {
        taken += u32::from(ask(&nodes[0], None));
        let told = nodes[0].sync(&Way(&board, 0)).await;
        assert_eq!(told.is_err(), taken >= 5, "{taken}");
    }
    assert_eq!(taken, 50);
    board.away.store(false, Ordering::SeqCst);
    nodes[0].sync(&Way(&board, 0)).await.unwrap();
    for _ in 0..5 {
        assert!(ask(&nodes[1], None), "it has heard nothing yet");
    }
    nodes[1].sync(&Way(&board, 1)).await.unwrap();
    let asked =
        Usage { tenant: TENANT, application: None, family: ThrottleFamily::RemoteAssistance, write: true };
    let refused = nodes[1].admit(asked, Instant::now()).unwrap_err();
    assert_eq!(refused.limit, Limit::TenantWrites);
}

#[test]
fn nodes_call_the_same_alike_and_nothing_else() {
    let second = Duration::from_secs(1);
    let same = counter(ThrottleFamily::RemoteAssistance, Some("a"), second);
    assert_eq!(same, counter(ThrottleFamily::RemoteAssistance, Some("a"), second));
    for other in [
        counter(ThrottleFamily::Auditing, Some("a"), second),
        counter(ThrottleFamily::RemoteAssistance, Some("b"), second),
        counter(ThrottleFamily::RemoteAssistance, Some(""), second),
        counter(ThrottleFamily::RemoteAssistance, None, second),
        counter(ThrottleFamily::RemoteAssistance, Some("a"), 2 * second),
    ] {
        assert_ne!(other, same);
    }
    assert_ne!(
        counter(ThrottleFamily::RemoteAssistance, None, second),
        counter(ThrottleFamily::RemoteAssistance, Some(""), second)
    );
}
