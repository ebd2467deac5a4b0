use std::time::Duration;

use gangway_domain::{Caller, PermissionSet, Subject};
use gangway_graph::Operation;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const SETTINGS: ThrottleSettings = ThrottleSettings {
    enabled: true,
    window_seconds: 20,
    sync_interval_milliseconds: 1000,
    tenant_writes: 200,
    tenant_requests: 2000,
    application_writes: 100,
    application_requests: 1000,
};
const TENANT: TenantId = TenantId(Uuid::from_u128(1));

/// A throttle and a clock that only tests move.
struct Scene {
    throttle: Throttle,
    now: Instant,
}

impl Scene {
    fn new(settings: &ThrottleSettings) -> Self {
        let now = Instant::now();
        Self { throttle: Throttle::new(settings, now).unwrap(), now }
    }

    fn passes(&mut self, time: Duration) {
        self.now += time;
    }

    fn ask(&self, application: Option<&str>, write: bool) -> Result<(), Throttled> {
        let asked = Usage { tenant: TENANT, application, family: ThrottleFamily::RemoteAssistance, write };
        self.throttle.admit(asked, self.now)
    }

    /// How many of these are taken, and why no more of them.
    fn taken(&self, application: Option<&str>, write: bool) -> (u32, Throttled) {
        let mut taken = 0;
        loop {
            match self.ask(application, write) {
                Ok(()) => taken += 1,
                Err(throttled) => return (taken, throttled),
            }
        }
    }
}

fn refused(retry_after: u64, limit: Limit) -> Throttled {
    Throttled { retry_after, limit }
}

#[test]
fn an_application_has_half_of_what_its_tenant_has() {
    let scene = Scene::new(&SETTINGS);
    assert_eq!(scene.taken(Some("a"), true), (100, refused(21, Limit::ApplicationWrites)));
    assert_eq!(scene.taken(Some("a"), false), (900, refused(21, Limit::ApplicationRequests)));
    assert_eq!(scene.taken(Some("b"), true), (100, refused(21, Limit::ApplicationWrites)));
    assert_eq!(scene.taken(Some("c"), true), (0, refused(21, Limit::TenantWrites)));
    assert_eq!(scene.taken(Some("b"), false), (900, refused(21, Limit::ApplicationRequests)));
    assert_eq!(scene.taken(None, false), (0, refused(21, Limit::TenantRequests)));
}

#[test]
fn an_application_without_a_name_has_the_limits_of_the_tenant() {
    let scene = Scene::new(&SETTINGS);
    assert_eq!(scene.taken(None, true), (200, refused(21, Limit::TenantWrites)));
    assert_eq!(scene.taken(None, false), (1800, refused(21, Limit::TenantRequests)));
}

#[test]
fn tenants_and_families_do_not_share_limits() {
    let scene = Scene::new(&SETTINGS);
    scene.taken(Some("a"), true);
    let other = |tenant, family| {
        let asked = Usage { tenant, application: Some("a"), family, write: true };
        scene.throttle.admit(asked, scene.now)
    };
    assert!(other(TENANT, ThrottleFamily::RemoteAssistance).is_err());
    assert_eq!(other(TENANT, ThrottleFamily::Auditing), Ok(()));
    assert_eq!(other(TenantId(Uuid::from_u128(2)), ThrottleFamily::RemoteAssistance), Ok(()));
}

#[test]
fn what_is_refused_counts_against_nothing() {
    let mut scene = Scene::new(&SETTINGS);
    scene.taken(Some("a"), true);
    for _ in 0..5000 {
        assert!(scene.ask(Some("a"), true).is_err());
    }
    assert_eq!(scene.taken(Some("a"), false).0, 900, "refused writes are no requests");
    assert_eq!(scene.taken(Some("b"), true).0, 100, "nor do they count for the tenant");
    scene.passes(Duration::from_secs(21));
    assert_eq!(scene.taken(Some("a"), true).0, 100, "nor do they put the end off");
}

#[test]
fn after_the_time_that_is_named_one_more_is_taken() {
    let mut scene = Scene::new(&SETTINGS);
    assert_eq!(scene.ask(None, true), Ok(()));
    scene.passes(Duration::from_millis(7300));
    assert_eq!(scene.taken(None, true), (199, refused(14, Limit::TenantWrites)));
    scene.passes(Duration::from_secs(13));
    assert_eq!(scene.ask(None, true), Err(refused(1, Limit::TenantWrites)));
    scene.passes(Duration::from_secs(1));
    assert_eq!(scene.taken(None, true), (1, refused(7, Limit::TenantWrites)));
    scene.passes(Duration::from_hours(1));
    assert_eq!(scene.taken(None, true), (200, refused(21, Limit::TenantWrites)));
}

#[test]
fn a_clock_that_differs_a_little_between_threads_does_not_matter() {
    let mut scene = Scene::new(&SETTINGS);
    let earlier = scene.now;
    scene.passes(Duration::from_secs(30));
    scene.taken(None, true);
    scene.now = earlier;
    assert_eq!(scene.ask(None, true), Err(refused(51, Limit::TenantWrites)));
    assert_eq!(scene.ask(None, false), Ok(()));
}

#[test]
fn nobody_is_throttled_where_that_is_switched_off() {
    assert!(Throttle::new(&ThrottleSettings { enabled: false, ..SETTINGS }, Instant::now()).is_none());
}

#[test]
fn however_many_tenants_there_are_the_memory_is_bounded_and_who_asks_much_is_not_forgotten() {
    let scene = Scene::new(&SETTINGS);
    scene.taken(None, true);
    for tenant in 0..4 * MOST_COUNTED as u128 {
        let asked = Usage {
            tenant: TenantId(Uuid::from_u128(tenant << 32)),
            application: Some("a"),
            family: ThrottleFamily::RemoteAssistance,
            write: false,
        };
        scene.throttle.admit(asked, scene.now).unwrap();
        if tenant % 64 == 0 {
            assert!(scene.ask(None, true).is_err(), "forgotten after {tenant}");
        }
    }
    assert!(scene.throttle.counted.len() <= MOST_COUNTED);
}

#[test]
fn an_action_is_a_write_of_the_callers_application() {
    let caller = Caller {
        tenant: TENANT,
        subject: Subject::User { id: "u".into(), principal_name: None },
        permissions: PermissionSet::default(),
        application_id: Some("a".into()),
        application_name: None,
    };
    for (operation, write) in [(Operation::GetPartner, false), (Operation::Disconnect, true)] {
        let asked = Usage::by(&caller, operation);
        assert_eq!((asked.tenant, asked.application, asked.write), (TENANT, Some("a"), write));
        assert_eq!(asked.family, ThrottleFamily::RemoteAssistance);
    }
}

#[test]
fn threads_together_get_no_more_than_the_limit() {
    let scene = Scene::new(&SETTINGS);
    let taken: u32 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| scene.taken(Some("a"), false).0)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(taken, 1000);
}

proptest! {
    /// Whatever the pace: no window has more than the limit in it, and nobody is refused without as many in the last
    /// window and a slot.
    #[test]
    fn no_window_has_more_than_the_limit(
        steps in prop::collection::vec((0..3000_u64, any::<bool>(), any::<bool>()), 1..300),
        limits in (1..20_u32, 1..20_u32, 1..20_u32, 1..20_u32),
        window_seconds in 1..30_u64,
    ) {
        let (tenant_writes, tenant_requests, application_writes, application_requests) = limits;
        let settings = ThrottleSettings {
            enabled: true, window_seconds, sync_interval_milliseconds: 1000, tenant_writes, tenant_requests, application_writes, application_requests,
        };
        let mut scene = Scene::new(&settings);
        let window = Duration::from_secs(window_seconds);
        let mut taken: Vec<(Instant, bool, bool)> = Vec::new();
        for (pause, named, write) in steps {
            scene.passes(Duration::from_millis(pause));
            let outcome = scene.ask(named.then_some("a"), write);
            if outcome.is_ok() {
                taken.push((scene.now, named, write));
            }
            let counts = |within: Duration| {
                let of = |which: &dyn Fn(bool, bool) -> bool| {
                    let recent = taken.iter().filter(|(at, n, w)| scene.now - *at < within && which(*n, *w));
                    u32::try_from(recent.count()).unwrap()
                };
                [of(&|_, _| true), of(&|_, w| w), of(&|n, _| n), of(&|n, w| n && w)]
            };
            let limits = [tenant_requests, tenant_writes, application_requests, application_writes];
            let kept = counts(window).iter().zip(limits).all(|(count, limit)| *count <= limit);
            prop_assert!(kept, "{:?} {limits:?}", counts(window));
            let Err(throttled) = outcome else { continue };
            let at = Limit::ALL.iter().position(|limit| *limit == throttled.limit).unwrap();
            prop_assert!(counts(window + window / 20)[at] >= limits[at]);
            prop_assert!((1..=window_seconds + 2).contains(&throttled.retry_after));
            if throttled.retry_after > 1 {
                scene.passes(Duration::from_secs(throttled.retry_after - 1));
                prop_assert!(scene.ask(named.then_some("a"), write).is_err(), "it says too much");
            }
        }
        if let Err(throttled) = scene.ask(Some("a"), true) {
            scene.passes(Duration::from_secs(throttled.retry_after));
            prop_assert_eq!(scene.ask(Some("a"), true), Ok(()));
        }
    }
}
