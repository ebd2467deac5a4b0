//! A partner in memory, for tests: an authorization server whose habits are independent switches,
//! with a memory of every token it ever gave and whether that opens anything, and a dial for its
//! failures.

mod habits;
mod memory;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use gangway_domain::{Account, ConnectorKind, Life, Probe, ProfileName, TokenKind};
use gangway_engine::{
    CallError, CallFailure, CallResult, Connector, Connectors, Future, Grant, ProbeAnswer, Revokes, Secret,
    ShownAnswer,
};

use super::{SteppedClock, turn};
pub(crate) use habits::{Code, Introspection, Manner, NewRefresh, OldRefresh, Revocation};
pub(crate) use memory::Death;
use memory::State;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does not arrive.
    Unreached,
    /// It arrives, is done, and the answer does not come back.
    AnswerLost,
    /// It arrives, is not done, and nobody can tell: an answer of 500.
    Failed,
    /// It is told to come again later.
    Busy(Duration),
    /// It is done, and what comes back nobody can read.
    Unreadable,
    /// It is not done: the partner does not know its client.
    RefusesUs,
    /// It is not done, in words that may mean anything.
    Rejected,
}

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Tokens,
    Introspection,
    Anything,
}

/// The partner. Its clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct TestPartner {
    state: Arc<Mutex<State>>,
    clock: Arc<SteppedClock>,
    /// How many seconds its clock is off.
    clock_off_by: i64,
    pub(crate) manner: Manner,
    /// Whether whoever asks this clone waits for ever.
    hangs: bool,
}

impl TestPartner {
    pub(crate) fn new(manner: Manner, clock: &Arc<SteppedClock>) -> Self {
        Self { state: Arc::default(), clock: Arc::clone(clock), clock_off_by: 0, manner, hangs: false }
    }

    /// The same, with a clock of its own.
    pub(crate) fn with_a_clock_off_by(self, seconds: i64) -> Self {
        Self { clock_off_by: seconds, ..self }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap();
        state.now = self.clock.seconds() + self.clock_off_by;
        state
    }

    /// Somebody consents: a code.
    pub(crate) fn consent(&self) -> String {
        self.state().consent()
    }

    /// From now on every call fails so, but for an introspection that calls everything dead.
    pub(crate) fn always(&self, fault: Option<Fault>) {
        self.state().always = fault;
    }

    /// The call after so many more fails so.
    pub(crate) fn fail_later(&self, calls: u64, fault: Fault) {
        let mut state = self.state();
        let call = state.calls + calls;
        state.faults.insert(call, fault);
    }

    /// The next call that asks for tokens fails so.
    pub(crate) fn fail_next_grant(&self, fault: Fault) {
        self.state().grant_fault = Some(fault);
    }

    /// Its introspection calls everything dead from now on, or does so no more.
    pub(crate) fn calls_all_dead(&self, is_so: bool) {
        self.state().lies_until = if is_so { i64::MAX } else { 0 };
    }

    /// Whoever asks it is of a later version, which reads what an earlier one could not.
    pub(crate) fn is_read_again(&self) {
        self.state().is_read_again = true;
    }

    pub(crate) fn forget_faults(&self) {
        let mut state = self.state();
        state.faults.clear();
        state.grant_fault = None;
    }

    pub(crate) fn calls(&self) -> u64 {
        self.state().calls
    }

    pub(crate) fn revocations(&self) -> u64 {
        self.state().revocations
    }

    pub(crate) fn refreshes(&self) -> u64 {
        self.state().refreshes
    }

    /// The owner ends this grant.
    pub(crate) fn end_there(&self, family: usize) {
        self.state().end_there(family);
    }

    pub(crate) fn grants(&self) -> usize {
        self.state().families.len()
    }

    /// Grants of which a token opens something.
    pub(crate) fn alive(&self) -> usize {
        let state = self.state();
        (0..state.families.len()).filter(|family| state.opens_anything(*family)).count()
    }

    /// Whether a token of this grant opens something.
    pub(crate) fn opens_anything(&self, family: usize) -> bool {
        self.state().opens_anything(family)
    }

    /// Whether this very token opens something.
    pub(crate) fn opens(&self, text: &str) -> bool {
        self.state().opens(text)
    }

    /// Why this token is dead.
    pub(crate) fn death_of(&self, text: &str) -> Option<Death> {
        self.state().death_of(text)
    }

    /// The grant that this code or token belongs to.
    pub(crate) fn family_of(&self, text: &str) -> Option<usize> {
        self.state().family_of(text)
    }

    /// How many answers that may have had tokens in them did not come to whoever asked.
    pub(crate) fn lost_answers(&self) -> u64 {
        self.state().lost
    }

    /// Does it, unless a fault comes between. Others get their turn before and after.
    async fn call<T>(&self, act: impl FnOnce(&mut State) -> CallResult<T> + Send) -> CallResult<T> {
        self.call_for(Asked::Anything, act).await
    }

    async fn call_for<T>(
        &self,
        asked: Asked,
        act: impl FnOnce(&mut State) -> CallResult<T> + Send,
    ) -> CallResult<T> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        turn().await;
        let answer = {
            let mut state = self.state();
            let number = state.calls;
            state.calls += 1;
            let gives_tokens = asked == Asked::Tokens;
            let of_grant = if gives_tokens { state.grant_fault.take() } else { None };
            let says_dead = asked == Asked::Introspection && state.lies_until == i64::MAX;
            let always = state.always.filter(|_| !says_dead);
            let fault = state.faults.remove(&number).or(of_grant).or(always);
            match fault {
                None => act(&mut state),
                Some(Fault::AnswerLost) => {
                    let _ = act(&mut state);
                    state.lost += u64::from(gives_tokens);
                    Err(failure(CallFailure::Unclear, "the answer was lost", None))
                }
                Some(Fault::Unreadable) => {
                    let given = act(&mut state).is_ok();
                    // Whoever cannot read it cannot know that nothing was given either.
                    state.lost += u64::from(gives_tokens && !given);
                    let mut error = failure(CallFailure::Unclear, "200, and nobody can read it", None);
                    error.unread = (given && gives_tokens).then(|| Secret::new(state.last_answer()));
                    Err(error)
                }
                Some(Fault::Failed) => Err(failure(CallFailure::Unclear, "500", None)),
                Some(Fault::Unreached) => Err(failure(CallFailure::NotDone, "could not be reached", None)),
                Some(Fault::RefusesUs) => Err(failure(CallFailure::RefusesUs, "401 invalid_client", None)),
                Some(Fault::Rejected) => Err(failure(CallFailure::Rejected, "400 a page", None)),
                Some(Fault::Busy(time)) => Err(failure(CallFailure::NotDone, "429", Some(time))),
            }
        };
        turn().await;
        answer
    }
}

fn failure(kind: CallFailure, answer: &str, retry_after: Option<Duration>) -> CallError {
    CallError { kind, answer: answer.into(), retry_after, unread: None }
}

fn refused() -> CallError {
    failure(CallFailure::Refused, "400 invalid_grant", None)
}

fn ok() -> ShownAnswer {
    ShownAnswer("200".into())
}

impl Connector for TestPartner {
    fn authorization_url<'a>(&'a self, state: &'a str, _: &'a Secret) -> Future<'a, CallResult<String>> {
        Box::pin(async move { Ok(format!("https://partner.example/authorize?state={state}")) })
    }

    fn is_issuer<'a>(&'a self, issuer: Option<&'a str>) -> Future<'a, CallResult<bool>> {
        Box::pin(async move { Ok(issuer == Some("https://partner.example")) })
    }

    fn redeem<'a>(&'a self, code: &'a Secret, _: &'a Secret) -> Future<'a, CallResult<Grant>> {
        let manner = self.manner;
        Box::pin(
            self.call_for(Asked::Tokens, move |state| {
                state.redeem(code.expose(), manner).ok_or_else(refused)
            }),
        )
    }

    fn account<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<Option<Account>>> {
        Box::pin(self.call(move |state| {
            let family = state.family_of(token.expose()).filter(|_| state.opens(token.expose()));
            family.map(|family| Some(Account::new(&family.to_string(), None))).ok_or_else(refused)
        }))
    }

    fn refresh<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<Grant>> {
        let manner = self.manner;
        Box::pin(
            self.call_for(Asked::Tokens, move |state| {
                state.refresh(token.expose(), manner).ok_or_else(refused)
            }),
        )
    }

    fn revokes(&self) -> Revokes {
        self.manner.revokes
    }

    fn revoke_access_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<ShownAnswer>> {
        let manner = self.manner;
        Box::pin(self.call(move |state| {
            state.revocations += 1;
            if manner.revokes == Revokes::LiveAccessToken && !state.opens(token.expose()) {
                return Err(refused());
            }
            state.revoke(token.expose(), manner);
            Ok(ok())
        }))
    }

    fn revoke_refresh_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<ShownAnswer>> {
        let manner = self.manner;
        Box::pin(self.call(move |state| {
            state.revocations += 1;
            state.revoke(token.expose(), manner);
            Ok(ok())
        }))
    }

    fn probe<'a>(
        &'a self,
        probe: Probe,
        kind: TokenKind,
        token: &'a Secret,
    ) -> Future<'a, CallResult<Option<ProbeAnswer>>> {
        let manner = self.manner;
        let look = |life| Ok(Some(ProbeAnswer { life, answer: ok() }));
        Box::pin(async move {
            let asked = match (probe, kind) {
                (Probe::Introspection, _) => manner.introspection != Introspection::Absent,
                (Probe::Use, TokenKind::Access) => manner.can_be_used,
                (Probe::Use, TokenKind::Refresh) => false,
            };
            if !asked {
                return Ok(None);
            }
            let asked = match probe {
                Probe::Introspection => Asked::Introspection,
                Probe::Use => Asked::Anything,
            };
            self.call_for(asked, move |state| match probe {
                Probe::Use if state.opens(token.expose()) => look(Life::Alive),
                Probe::Use => look(Life::Dead),
                Probe::Introspection => match state.introspect(token.expose(), manner) {
                    Some(true) => look(Life::Alive),
                    Some(false) => look(Life::Dead),
                    None => Err(failure(CallFailure::Unclear, "200, a page", None)),
                },
            })
            .await
        })
    }

    fn read_again(&self, unread: &Secret) -> Option<Grant> {
        let reads = self.state().is_read_again;
        reads.then(|| memory::read(unread.expose())).flatten()
    }

    fn issue(&self) -> Option<Grant> {
        let mut state = self.state();
        state.consent();
        let family = state.families.len() - 1;
        state.families[family].code_uses = 1;
        Some(state.grant(family, self.manner, false, None))
    }

    fn open_sessions<'a>(&'a self, _: &'a Secret) -> Future<'a, CallResult<Option<u64>>> {
        Box::pin(self.call(|_| Ok(Some(2))))
    }

    fn snapshot(&self) -> Secret {
        Secret::new("snapshot".into())
    }

    fn by_hand(&self) -> String {
        "end the grant by hand".into()
    }
}

/// Every profile leads to the same partner.
pub(crate) struct TestConnectors {
    pub(crate) partner: TestPartner,
    /// Profiles the configuration does not have any more.
    pub(crate) gone: Mutex<Vec<ProfileName>>,
    /// Where all profiles lead from now on.
    pub(crate) moved: Mutex<Option<TestPartner>>,
    /// Profiles whose partner never answers.
    pub(crate) hanging: Mutex<Vec<ProfileName>>,
}

impl Connectors for TestConnectors {
    fn connector(&self, _: ConnectorKind, profile: Option<&ProfileName>) -> Option<Arc<dyn Connector>> {
        let among = |profiles: &Mutex<Vec<_>>| profile.is_some_and(|p| profiles.lock().unwrap().contains(p));
        let now = self.moved.lock().unwrap().clone().unwrap_or_else(|| self.partner.clone());
        let partner = TestPartner { hangs: among(&self.hanging), ..now };
        (!among(&self.gone)).then(|| Arc::new(partner) as _)
    }

    fn connector_of(
        &self,
        kind: ConnectorKind,
        profile: Option<&ProfileName>,
        snapshot: &Secret,
    ) -> Option<Arc<dyn Connector>> {
        let moved = self.moved.lock().unwrap().is_some();
        let known = snapshot.expose() == "snapshot";
        self.connector(kind, profile)
            .filter(|_| !moved)
            .or_else(|| known.then(|| Arc::new(self.partner.clone()) as _))
    }
}
