//! A partner in memory, for tests: an authorization server with the behaviour that was seen of real ones, and a dial
//! for its failures.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use gangway_domain::{Account, ConnectorKind, ProfileName, Proof};
use gangway_engine::{
    Answer, CallError, CallFailure, CallResult, Connector, Connectors, Future, Grant, Life, Liveness,
    Revokes, Secret,
};

use super::turn;

/// How the partner behaves when it is well.
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manner {
    pub(crate) revokes: Revokes,
    pub(crate) introspects: bool,
    pub(crate) rotates: bool,
    /// Whether it knows codes and refresh tokens again that were used up, and ends the grant when one comes.
    pub(crate) remembers: bool,
    pub(crate) expires_in: Duration,
    /// Whether it says how long its access tokens live, and can be asked about tokens.
    pub(crate) tells: bool,
    /// Whether it calls every token dead that it is asked about.
    pub(crate) lies: bool,
}

impl Manner {
    pub(crate) const OAUTH: Self = Self {
        revokes: Revokes::EachToken,
        introspects: true,
        rotates: true,
        remembers: true,
        expires_in: Duration::from_mins(10),
        tells: true,
        lies: false,
    };
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does not arrive.
    Unreached,
    /// It arrives, is done, and the answer does not come back.
    AnswerLost,
    /// 503 with `Retry-After`.
    Busy(Duration),
}

/// Why a grant is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// Somebody revoked it through the API.
    Revoked,
    /// A token or code that was used up was used again.
    Reused,
    /// Its owner ended it at the partner.
    EndedThere,
}

#[derive(Debug, Default)]
struct Family {
    code: String,
    code_used: bool,
    refresh_tokens: Vec<String>,
    access_tokens: Vec<(String, bool)>,
    death: Option<Death>,
}

#[derive(Debug, Default)]
struct State {
    families: Vec<Family>,
    made: u64,
    faults: HashMap<u64, Fault>,
    calls: u64,
    always: Option<Fault>,
    revocations: u64,
}

/// The partner. Its clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct TestPartner {
    state: Arc<Mutex<State>>,
    pub(crate) manner: Manner,
    /// Whether whoever asks this clone waits for ever.
    hangs: bool,
}

impl TestPartner {
    pub(crate) fn new(manner: Manner) -> Self {
        Self { state: Arc::default(), manner, hangs: false }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Somebody consents: a code.
    pub(crate) fn consent(&self) -> String {
        let mut state = self.state();
        let code = state.name("code");
        state.families.push(Family { code: code.clone(), ..Family::default() });
        code
    }

    /// From now on every call fails so.
    pub(crate) fn always(&self, fault: Option<Fault>) {
        self.state().always = fault;
    }

    /// The call after so many more fails so.
    pub(crate) fn fail_later(&self, calls: u64, fault: Fault) {
        let mut state = self.state();
        let call = state.calls + calls;
        state.faults.insert(call, fault);
    }

    pub(crate) fn forget_faults(&self) {
        self.state().faults.clear();
    }

    pub(crate) fn calls(&self) -> u64 {
        self.state().calls
    }

    pub(crate) fn revocations(&self) -> u64 {
        self.state().revocations
    }

    /// The owner ends the grant this token belongs to.
    pub(crate) fn end_there(&self, family: usize) {
        if let Some(family) = self.state().families.get_mut(family) {
            family.death.get_or_insert(Death::EndedThere);
        }
    }

    pub(crate) fn grants(&self) -> usize {
        self.state().families.len()
    }

    /// Grants whose code was redeemed and which live.
    pub(crate) fn alive(&self) -> usize {
        let state = self.state();
        state.families.iter().filter(|f| f.death.is_none() && !f.access_tokens.is_empty()).count()
    }

    /// Why the grant of this access token is dead.
    pub(crate) fn death_of(&self, access_token: &str) -> Option<Death> {
        let state = self.state();
        state.families.iter().find(|f| f.access_tokens.iter().any(|(t, _)| t == access_token))?.death
    }

    /// Why the grant of this account is dead: each has an account of its own, whose id is its number.
    pub(crate) fn death_of_account(&self, account: &Account) -> Option<Death> {
        self.state().families[account.id.parse::<usize>().unwrap()].death
    }

    /// Does it, unless a fault comes between. Others get their turn before and after.
    async fn call<T>(&self, act: impl FnOnce(&mut State) -> CallResult<T>) -> CallResult<T> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        turn().await;
        let answer = {
            let mut state = self.state();
            let number = state.calls;
            state.calls += 1;
            let fault = state.faults.remove(&number).or(state.always);
            match fault {
                None => act(&mut state),
                Some(Fault::AnswerLost) => {
                    let _ = act(&mut state);
                    Err(failure(CallFailure::Unclear, "the answer was lost", None))
                }
                Some(Fault::Unreached) => Err(failure(CallFailure::Unclear, "could not be reached", None)),
                Some(Fault::Busy(time)) => Err(failure(CallFailure::Unclear, "503", Some(time))),
            }
        };
        turn().await;
        answer
    }
}

fn failure(kind: CallFailure, answer: &str, retry_after: Option<Duration>) -> CallError {
    CallError { kind, answer: answer.into(), retry_after }
}

fn refused() -> CallError {
    failure(CallFailure::Refused, "400 invalid_grant", None)
}

fn ok() -> Answer {
    Answer("200".into())
}

impl State {
    fn name(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}-{}", self.made)
    }

    fn grant(&mut self, index: usize, manner: Manner, with_refresh_token: bool) -> Grant {
        let access = self.name("access");
        let refresh = with_refresh_token.then(|| self.name("refresh"));
        let family = &mut self.families[index];
        // Refreshes come when the old one has run out.
        family.access_tokens.iter_mut().for_each(|(_, good)| *good = false);
        family.access_tokens.push((access.clone(), true));
        family.refresh_tokens.extend(refresh.clone());
        Grant {
            access_token: Secret::new(access),
            refresh_token: refresh.map(Secret::new),
            expires_in: manner.tells.then_some(manner.expires_in),
            answer: ok(),
        }
    }

    /// On the page that plays a simulated partner, to know the attempt's id is to consent.
    fn by_code(&mut self, code: &str) -> Option<usize> {
        let found = self.families.iter().position(|family| family.code == code);
        if found.is_none() && uuid::Uuid::try_parse(code).is_ok() {
            self.families.push(Family { code: code.to_owned(), ..Family::default() });
            return Some(self.families.len() - 1);
        }
        found
    }

    fn by_refresh_token(&self, token: &str) -> Option<usize> {
        self.families.iter().position(|f| f.refresh_tokens.iter().any(|t| t == token))
    }

    fn by_access_token(&self, token: &str) -> Option<usize> {
        self.families.iter().position(|f| f.access_tokens.iter().any(|(t, _)| t == token))
    }

    fn access_lives(&self, token: &str) -> bool {
        self.by_access_token(token).is_some_and(|index| {
            let family = &self.families[index];
            family.death.is_none() && family.access_tokens.iter().any(|(t, good)| t == token && *good)
        })
    }

    fn refresh_lives(&self, token: &str) -> bool {
        self.by_refresh_token(token).is_some_and(|index| {
            let family = &self.families[index];
            family.death.is_none() && family.refresh_tokens.last().is_some_and(|last| last == token)
        })
    }
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
        Box::pin(self.call(move |state| {
            let index = state.by_code(code.expose()).ok_or_else(refused)?;
            let family = &mut state.families[index];
            let used = std::mem::replace(&mut family.code_used, true);
            if used && manner.remembers {
                family.death.get_or_insert(Death::Reused);
            }
            if used || family.death.is_some() {
                Err(refused())
            } else {
                Ok(state.grant(index, manner, manner.tells))
            }
        }))
    }

    fn account<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<Option<Account>>> {
        Box::pin(self.call(move |state| {
            let family = state.by_access_token(token.expose()).filter(|_| state.access_lives(token.expose()));
            family.map(|family| Some(Account::new(&family.to_string(), None))).ok_or_else(refused)
        }))
    }

    fn refresh<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<Grant>> {
        let manner = self.manner;
        Box::pin(self.call(move |state| {
            let index = state.by_refresh_token(token.expose()).ok_or_else(refused)?;
            if !state.refresh_lives(token.expose()) {
                if manner.remembers {
                    state.families[index].death.get_or_insert(Death::Reused);
                }
                return Err(refused());
            }
            Ok(state.grant(index, manner, manner.rotates))
        }))
    }

    fn revokes(&self) -> Revokes {
        self.manner.revokes
    }

    fn revoke_access_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<Answer>> {
        let revokes = self.manner.revokes;
        Box::pin(self.call(move |state| {
            state.revocations += 1;
            let Some(index) = state.by_access_token(token.expose()) else { return Ok(ok()) };
            match revokes {
                Revokes::LiveAccessToken if !state.access_lives(token.expose()) => Err(refused()),
                Revokes::LiveAccessToken => {
                    state.families[index].death.get_or_insert(Death::Revoked);
                    Ok(ok())
                }
                Revokes::EachToken | Revokes::Nothing => {
                    let tokens = &mut state.families[index].access_tokens;
                    tokens
                        .iter_mut()
                        .filter(|(t, _)| t == token.expose())
                        .for_each(|(_, good)| *good = false);
                    Ok(ok())
                }
            }
        }))
    }

    fn revoke_refresh_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<Answer>> {
        let remembers = self.manner.remembers;
        Box::pin(self.call(move |state| {
            state.revocations += 1;
            let known = remembers || state.refresh_lives(token.expose());
            if let Some(index) = state.by_refresh_token(token.expose()).filter(|_| known) {
                state.families[index].death.get_or_insert(Death::Revoked);
            }
            Ok(ok())
        }))
    }

    fn probe<'a>(
        &'a self,
        access: &'a Secret,
        refresh: Option<&'a Secret>,
    ) -> Future<'a, CallResult<Liveness>> {
        let Manner { introspects, tells, lies, .. } = self.manner;
        Box::pin(self.call(move |state| {
            let life = |lives: bool, proof| if lives && !lies { Life::Alive } else { Life::Dead(proof) };
            let access_token = if tells {
                life(state.access_lives(access.expose()), Proof::AccessTokenInactive)
            } else {
                Life::Unknown
            };
            let refresh_token = match refresh {
                Some(token) if introspects => {
                    life(state.refresh_lives(token.expose()), Proof::RefreshTokenInactive)
                }
                Some(_) | None => Life::Unknown,
            };
            Ok(Liveness { access_token, refresh_token, answer: ok() })
        }))
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
