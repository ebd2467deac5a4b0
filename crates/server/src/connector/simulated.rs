//! A partner in this process, for trying Gangway out and for testing with it. Its tokens open nothing.

mod behaviour;

use std::collections::{HashSet, VecDeque};
use std::fmt::Write as _;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use gangway_domain::{Account, Life, Probe, TokenKind};
use gangway_engine::{
    CallError, CallFailure, CallResult, Connector, Future, Grant, ProbeAnswer, Random, Revokes, Secret,
    ShownAnswer,
};

use super::answer::{failed, rejected};

pub use behaviour::Behaviour;

/// How long an access token is good, as it says.
const LIFE: Duration = Duration::from_hours(1);
/// How long it asks to be left alone when it is busy.
const BUSY_FOR: Duration = Duration::from_secs(2);
/// How many revoked grants and used codes it remembers. What it has forgotten is good again.
const MOST_REMEMBERED: usize = 100_000;

/// The simulated partner. It redeems any code once; a code that comes again kills what it gave, as RFC 6749 asks for.
/// A token is good until it, or another of its grant, is revoked: each carries its grant's name, so nothing that is
/// good has to be remembered, and it stays good when the process starts anew.
pub struct SimulatedPartner {
    random: Arc<dyn Random>,
    snapshot: Secret,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    behaviour: Behaviour,
    used: Remembered<FamilyId>,
    revoked: Remembered<FamilyId>,
}

/// The name of a grant, which its tokens carry.
type FamilyId = [u8; 16];

/// The last so many of something.
struct Remembered<T> {
    set: HashSet<T>,
    order: VecDeque<T>,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { set: HashSet::new(), order: VecDeque::new() }
    }
}

impl<T: Copy + Eq + Hash> Remembered<T> {
    /// Whether it was new.
    fn insert(&mut self, item: T) -> bool {
        let new = self.set.insert(item);
        if new {
            self.order.push_back(item);
            if self.order.len() > MOST_REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.set.remove(&oldest);
            }
        }
        new
    }
}

impl std::fmt::Debug for SimulatedPartner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatedPartner").field("behaviour", &self.behaviour()).finish_non_exhaustive()
    }
}

impl SimulatedPartner {
    pub(super) fn new(random: Arc<dyn Random>, snapshot: Secret) -> Self {
        Self { random, snapshot, memory: Mutex::default() }
    }

    /// How it behaves now.
    #[must_use]
    pub fn behaviour(&self) -> Behaviour {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).behaviour
    }

    /// From now on it behaves so.
    pub fn behave(&self, behaviour: Behaviour) {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).behaviour = behaviour;
    }

    /// Does something as the present behaviour has it.
    fn act<T>(&self, act: impl FnOnce(&mut Memory) -> CallResult<T>) -> CallResult<T> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        match memory.behaviour {
            Behaviour::Ok | Behaviour::KeepsAlive => act(&mut memory),
            Behaviour::Unreachable => Err(failed(CallFailure::NotDone, "simulated: no answer")),
            Behaviour::Busy => {
                let busy = failed(CallFailure::NotDone, "simulated: HTTP 503 temporarily_unavailable");
                Err(CallError { retry_after: Some(BUSY_FOR), ..busy })
            }
            Behaviour::LosesAnswers => {
                drop(act(&mut memory));
                Err(failed(CallFailure::Unclear, "simulated: the answer was lost"))
            }
        }
    }

    fn grant(&self, family: FamilyId) -> Grant {
        Grant {
            access_token: self.token(family, ACCESS),
            refresh_token: Some(self.token(family, REFRESH)),
            expires_in: Some(LIFE),
            refresh_expires_in: None,
            beside: false,
            answer: ShownAnswer("simulated: HTTP 200".into()),
        }
    }

    fn token(&self, family: FamilyId, sort: &str) -> Secret {
        let mut random = [0; 16];
        self.random.fill(&mut random);
        Secret::new(format!("simulated.{sort}.{}.{}", hex(family), hex(random)))
    }

    fn redeem_now(&self, code: &Secret) -> CallResult<Grant> {
        self.act(|memory| {
            let family = family_of_code(code);
            if memory.used.insert(family) {
                return Ok(self.grant(family));
            }
            memory.revoked.insert(family);
            Err(refused("simulated: HTTP 400 invalid_grant, the code was used before"))
        })
    }

    fn refresh_now(&self, token: &Secret) -> CallResult<Grant> {
        self.act(|memory| match memory.alive(token, REFRESH) {
            Some(family) => Ok(self.grant(family)),
            None => Err(refused("simulated: HTTP 400 invalid_grant")),
        })
    }

    fn revoke_now(&self, token: &Secret, sort: &str) -> CallResult<ShownAnswer> {
        self.act(|memory| {
            if let Some(family) = family_of_token(token, sort)
                && memory.behaviour != Behaviour::KeepsAlive
            {
                memory.revoked.insert(family);
            }
            Ok(ShownAnswer("simulated: HTTP 200".into()))
        })
    }

    fn with_live_token<T>(&self, token: &Secret, answer: T) -> CallResult<T> {
        self.act(|memory| match memory.alive(token, ACCESS) {
            Some(_) => Ok(answer),
            None => Err(refused("simulated: HTTP 401")),
        })
    }

    fn seen(&self, probe: Probe, kind: TokenKind, token: &Secret) -> CallResult<Option<ProbeAnswer>> {
        let sort = match (probe, kind) {
            (Probe::Introspection | Probe::Use, TokenKind::Access) => ACCESS,
            (Probe::Introspection, TokenKind::Refresh) => REFRESH,
            (Probe::Use, TokenKind::Refresh) => return Ok(None),
        };
        self.act(|memory| {
            let (life, answer) = match (memory.alive(token, sort), probe) {
                (Some(_), Probe::Introspection) => (Life::Alive, "simulated: HTTP 200 active"),
                (Some(_), Probe::Use) => (Life::Alive, "simulated: HTTP 200"),
                (None, Probe::Introspection) => (Life::Dead, "simulated: HTTP 200 inactive"),
                (None, Probe::Use) => (Life::Dead, "simulated: HTTP 401"),
            };
            Ok(Some(ProbeAnswer { life, answer: ShownAnswer(answer.into()) }))
        })
    }
}

const ACCESS: &str = "access";
const REFRESH: &str = "refresh";

impl Memory {
    /// The grant of a token that is good.
    fn alive(&self, token: &Secret, sort: &str) -> Option<FamilyId> {
        family_of_token(token, sort).filter(|family| !self.revoked.set.contains(family))
    }
}

fn refused(answer: &str) -> CallError {
    failed(CallFailure::Refused, answer)
}

fn hex(bytes: [u8; 16]) -> String {
    bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn family_of_code(code: &Secret) -> FamilyId {
    let hash = digest(&SHA256, code.expose().as_bytes());
    let mut family = FamilyId::default();
    for (to, from) in family.iter_mut().zip(hash.as_ref()) {
        *to = *from;
    }
    family
}

fn family_of_token(token: &Secret, sort: &str) -> Option<FamilyId> {
    let (family, _) =
        token.expose().strip_prefix("simulated.")?.strip_prefix(sort)?.strip_prefix('.')?.split_once('.')?;
    if family.len() != 32 {
        return None;
    }
    u128::from_str_radix(family, 16).ok().map(u128::to_be_bytes)
}

impl Connector for SimulatedPartner {
    fn authorization_url<'a>(
        &'a self,
        _state: &'a str,
        _verifier: &'a Secret,
    ) -> Future<'a, CallResult<String>> {
        Box::pin(async { Err(rejected("simulated: its consent is a page of Gangway")) })
    }

    fn is_issuer<'a>(&'a self, issuer: Option<&'a str>) -> Future<'a, CallResult<bool>> {
        Box::pin(async move { Ok(issuer.is_none()) })
    }

    fn redeem<'a>(&'a self, code: &'a Secret, _verifier: &'a Secret) -> Future<'a, CallResult<Grant>> {
        Box::pin(async move { self.redeem_now(code) })
    }

    fn account<'a>(&'a self, access_token: &'a Secret) -> Future<'a, CallResult<Option<Account>>> {
        let account = Account::new("simulated", Some("Simulated account"));
        Box::pin(async move { self.with_live_token(access_token, Some(account)) })
    }

    fn refresh<'a>(&'a self, refresh_token: &'a Secret) -> Future<'a, CallResult<Grant>> {
        Box::pin(async move { self.refresh_now(refresh_token) })
    }

    fn revokes(&self) -> Revokes {
        Revokes::EachToken
    }

    fn revoke_access_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<ShownAnswer>> {
        Box::pin(async move { self.revoke_now(token, ACCESS) })
    }

    fn revoke_refresh_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<ShownAnswer>> {
        Box::pin(async move { self.revoke_now(token, REFRESH) })
    }

    fn probe<'a>(
        &'a self,
        probe: Probe,
        kind: TokenKind,
        token: &'a Secret,
    ) -> Future<'a, CallResult<Option<ProbeAnswer>>> {
        Box::pin(async move { self.seen(probe, kind, token) })
    }

    fn issue(&self) -> Option<Grant> {
        let mut family = FamilyId::default();
        self.random.fill(&mut family);
        Some(self.grant(family))
    }

    /// Its answers are never cut off.
    fn read_again(&self, _unread: &Secret) -> Option<Grant> {
        None
    }

    fn open_sessions<'a>(&'a self, access_token: &'a Secret) -> Future<'a, CallResult<Option<u64>>> {
        Box::pin(async move { self.with_live_token(access_token, Some(0)) })
    }

    fn snapshot(&self) -> Secret {
        self.snapshot.clone()
    }

    fn by_hand(&self) -> String {
        "Nothing: the partner is simulated, and its tokens open nothing.".into()
    }
}

#[cfg(test)]
mod tests;
