//! The ports as they are, but for one call at which the process is killed.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gangway_domain::{
    Account, AttemptId, AuditEvent, AuditEventId, ChangesetId, ConnectorKind, Generation, Partner, PartnerId,
    Probe, ProfileName, Release, ReleaseId, Settings, TenantId, Timestamp, TokenKind,
};
use gangway_engine::{
    CallResult, Changeset, CommitError, Committed, Connector, Connectors, DueRelease, Field, Future, Grant,
    Listing, NodeId, Page, PendingReleases, ProbeAnswer, ReleaseFilter, Revokes, Sealed, Secret, SecretPlace,
    ShownAnswer, Store, StoreError, StoredAttempt, StoredCredential, StoredSecret,
};
use gangway_odata::Filter;
use gangway_server::connector::Registry;
use gangway_store::SqliteStore;
use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};

/// On which side of a call the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Side {
    /// Nothing of it was done.
    Before,
    /// All of it was done, and nobody here learns it.
    After,
}

impl Side {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// When the process is killed. Its clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Death {
    at: Option<(usize, Side)>,
    calls: Arc<AtomicUsize>,
}

impl Death {
    pub(crate) fn never() -> Self {
        Self { at: None, calls: Arc::default() }
    }

    /// At the call with this number, counted from 0.
    pub(crate) fn at(number: usize, side: Side) -> Self {
        Self { at: Some((number, side)), calls: Arc::default() }
    }

    async fn call<T>(&self, what: &str, call: impl std::future::Future<Output = T>) -> T {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        let dies = |side| self.at == Some((number, side));
        if self.at.is_some() {
            tell(what);
        }
        if dies(Side::Before) {
            die();
        }
        let done = call.await;
        if dies(Side::After) {
            die();
        }
        done
    }
}

/// For the parent, which takes the last line for the call that was the last.
fn tell(what: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{what}").and_then(|()| out.flush()).unwrap();
}

fn die() -> ! {
    kill_process(getpid(), Signal::KILL).unwrap();
    loop {
        std::thread::park();
    }
}

/// The real store.
pub(crate) struct DyingStore {
    pub(crate) inner: SqliteStore,
    pub(crate) death: Death,
}

macro_rules! store_calls {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Store for DyingStore {
            $(async fn $name(&self, $($argument: $type),*) -> $answer {
                self.death.call(concat!("store.", stringify!($name)), self.inner.$name($($argument),*)).await
            })*

            fn is_shared(&self) -> bool {
                self.inner.is_shared()
            }
        }
    };
}

store_calls! {
    partner(tenant: TenantId, id: PartnerId) -> Result<Option<Partner>, StoreError>;
    partners(tenant: TenantId, listing: Listing) -> Result<Page<Partner>, StoreError>;
    count_partners(tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError>;
    expired_attempts(now: Timestamp, at_most: usize) -> Result<Vec<Partner>, StoreError>;
    audit_events(tenant: TenantId, listing: Listing) -> Result<Page<AuditEvent>, StoreError>;
    count_audit_events(tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError>;
    audit_event(tenant: TenantId, id: AuditEventId) -> Result<Option<AuditEvent>, StoreError>;
    connected_partners(
        after: Option<(TenantId, PartnerId)>, at_most: usize
    ) -> Result<Vec<Partner>, StoreError>;
    settings(tenant: TenantId) -> Result<Option<Settings>, StoreError>;
    attempt(tenant: TenantId, id: AttemptId) -> Result<Option<StoredAttempt>, StoreError>;
    forget_attempts(expired_before: Timestamp, at_most: usize) -> Result<usize, StoreError>;
    credential(tenant: TenantId, partner: PartnerId) -> Result<Option<StoredCredential>, StoreError>;
    release(tenant: TenantId, id: ReleaseId) -> Result<Option<Release>, StoreError>;
    release_secret(tenant: TenantId, id: ReleaseId) -> Result<Option<(Field, Sealed)>, StoreError>;
    releases(wanted: ReleaseFilter, at_most: usize) -> Result<Vec<Release>, StoreError>;
    pending_releases() -> Result<PendingReleases, StoreError>;
    lease_parts(node: NodeId, now: Timestamp, lasts: Duration) -> Result<usize, StoreError>;
    due_releases(node: NodeId, now: Timestamp, at_most: usize) -> Result<Vec<DueRelease>, StoreError>;
    secrets(after: Option<SecretPlace>, at_most: usize) -> Result<Vec<StoredSecret>, StoreError>;
    reseal(old: StoredSecret, sealed: Sealed) -> Result<bool, StoreError>;
    commit(change: Changeset) -> Result<Committed, CommitError>;
    last_generation(tenant: TenantId, id: PartnerId) -> Result<Option<Generation>, StoreError>;
    was_committed(tenant: TenantId, id: ChangesetId) -> Result<bool, StoreError>;
    forget_commits(made_before: Timestamp, at_most: usize) -> Result<usize, StoreError>;
    restored_at() -> Result<Option<Timestamp>, StoreError>;
    ready() -> Result<(), StoreError>;
}

/// The real connectors.
pub(crate) struct DyingConnectors {
    pub(crate) inner: Registry,
    pub(crate) death: Death,
}

impl DyingConnectors {
    fn dying(&self, inner: Arc<dyn Connector>) -> Arc<dyn Connector> {
        Arc::new(DyingConnector { inner, death: self.death.clone() })
    }
}

impl Connectors for DyingConnectors {
    fn connector(&self, kind: ConnectorKind, profile: Option<&ProfileName>) -> Option<Arc<dyn Connector>> {
        self.inner.connector(kind, profile).map(|inner| self.dying(inner))
    }

    fn connector_of(
        &self,
        kind: ConnectorKind,
        profile: Option<&ProfileName>,
        snapshot: &Secret,
    ) -> Option<Arc<dyn Connector>> {
        self.inner.connector_of(kind, profile, snapshot).map(|inner| self.dying(inner))
    }
}

#[derive(Debug)]
struct DyingConnector {
    inner: Arc<dyn Connector>,
    death: Death,
}

macro_rules! connector_calls {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Connector for DyingConnector {
            $(fn $name<'a>(&'a self, $($argument: $type),*) -> Future<'a, CallResult<$answer>> {
                let call = self.inner.$name($($argument),*);
                Box::pin(self.death.call(concat!("partner.", stringify!($name)), call))
            })*

            fn revokes(&self) -> Revokes {
                self.inner.revokes()
            }

            fn read_again(&self, unread: &Secret) -> Option<Grant> {
                self.inner.read_again(unread)
            }

            fn issue(&self) -> Option<Grant> {
                self.inner.issue()
            }

            fn snapshot(&self) -> Secret {
                self.inner.snapshot()
            }

            fn by_hand(&self) -> String {
                self.inner.by_hand()
            }
        }
    };
}

connector_calls! {
    authorization_url(state: &'a str, verifier: &'a Secret) -> String;
    is_issuer(issuer: Option<&'a str>) -> bool;
    redeem(code: &'a Secret, verifier: &'a Secret) -> Grant;
    account(access_token: &'a Secret) -> Option<Account>;
    refresh(refresh_token: &'a Secret) -> Grant;
    revoke_access_token(token: &'a Secret) -> ShownAnswer;
    revoke_refresh_token(token: &'a Secret) -> ShownAnswer;
    probe(probe: Probe, kind: TokenKind, token: &'a Secret) -> Option<ProbeAnswer>;
    open_sessions(access_token: &'a Secret) -> Option<u64>;
}
