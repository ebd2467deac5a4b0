//! An [`Identity`] under test, with a clock that stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gangway_domain::{Caller, Permission, Timestamp};
use gangway_engine::{Clock, Random};
use gangway_server::identity::{DevIssuer, Identity, IdentitySettings, IssuerSettings, TokenError};
use http::HeaderValue;

pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const WRITE: &str = "DeviceManagementServiceConfig.ReadWrite.All";
pub(crate) const NOW: i64 = 1_800_000_000;

/// Stands still until it is stepped.
#[derive(Debug)]
pub(crate) struct SteppedClock(AtomicI64);

impl SteppedClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(NOW)))
    }

    pub(crate) fn step(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.0.load(Ordering::SeqCst))
    }
}

#[derive(Debug)]
pub(crate) struct Same;

impl Random for Same {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

/// An identity module and the clock it reads.
pub(crate) struct Subject {
    pub(crate) identity: Arc<Identity>,
    pub(crate) clock: Arc<SteppedClock>,
}

impl Subject {
    pub(crate) fn new(settings: &IdentitySettings, dev: Option<&DevIssuer>) -> Self {
        let clock = SteppedClock::new();
        let identity = Identity::new(settings, dev, Arc::clone(&clock) as _, Arc::new(Same)).unwrap();
        Self { identity: Arc::new(identity), clock }
    }

    pub(crate) fn trusting(issuer: &str) -> Self {
        Self::new(&trusting(issuer), None)
    }

    pub(crate) async fn ask(&self, token: &str) -> Result<Arc<Caller>, TokenError> {
        let header = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        self.identity.caller(Some(&header)).await
    }
}

pub(crate) fn trusting(issuer: &str) -> IdentitySettings {
    IdentitySettings { issuers: vec![IssuerSettings::new(issuer)], ..IdentitySettings::default() }
}

pub(crate) fn may_write(caller: &Caller) -> bool {
    caller.permissions.has_any(&[Permission::ServiceConfigReadWrite])
}
