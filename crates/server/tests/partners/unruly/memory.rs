use std::collections::BTreeMap;
use std::time::Instant;

use super::family::{Code, Family, Gives, Introspection, Lag, OldAccessToken, OldRefreshToken, Revocation};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Access,
    Refresh,
}

/// By what a token was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Code,
    Refresh,
}

/// A token that was given, whatever became of it.
#[derive(Clone, Debug)]
pub(crate) struct Minted {
    pub(crate) text: String,
    pub(crate) kind: Kind,
    pub(crate) origin: Origin,
    /// Whether the answer it was in reached whoever asked, in a form that can be read.
    pub(crate) heard: bool,
    grant: u64,
    /// What came in one answer, or hangs on the same refresh token.
    pair: u64,
    /// The answer it was in.
    answer: u64,
    born: Instant,
    died: Option<Instant>,
    asked_about: u32,
    asked_about_since_its_death: u32,
}

/// Everything that was ever given out.
#[derive(Default)]
pub(super) struct Memory {
    next: u64,
    codes: BTreeMap<String, Issued>,
    tokens: Vec<Minted>,
    later: Vec<Later>,
}

struct Issued {
    grant: u64,
    challenge: String,
    spent: bool,
}

/// A revocation that has not had its effect yet.
struct Later {
    grant: u64,
    lag: Lag,
    since: Instant,
    calls: u32,
}

/// What a grant type gave, and the number of the answer that it goes out in.
pub(super) struct Given {
    pub(super) answer: u64,
    pub(super) access: String,
    pub(super) refresh: Option<String>,
}

impl Minted {
    fn is_alive(&self) -> bool {
        self.died.is_none()
    }
}

impl Memory {
    /// A call has come; what was put off may be due.
    pub(super) fn note_call(&mut self, now: Instant) {
        self.later.iter_mut().for_each(|later| later.calls += 1);
        self.settle(now);
    }

    pub(super) fn alive(&mut self, now: Instant) -> Vec<Minted> {
        self.settle(now);
        self.tokens.iter().filter(|token| token.is_alive()).cloned().collect()
    }

    pub(super) fn minted(&self) -> Vec<Minted> {
        self.tokens.clone()
    }

    pub(super) fn opens(&mut self, text: &str, kind: Kind, now: Instant) -> bool {
        self.alive(now).iter().any(|token| token.text == text && token.kind == kind)
    }

    /// Nobody got to know what was in this answer.
    pub(super) fn went_unheard(&mut self, answer: u64) {
        self.tokens.iter_mut().filter(|token| token.answer == answer).for_each(|token| token.heard = false);
    }

    /// Nobody got to know what was given after so many tokens.
    pub(super) fn went_unheard_after(&mut self, minted: usize) {
        self.tokens.iter_mut().skip(minted).for_each(|token| token.heard = false);
    }

    /// As somebody does it who takes the application's access away.
    pub(super) fn end_everything(&mut self, now: Instant) {
        self.kill(now, |_| true);
    }

    pub(super) fn begin(&mut self, challenge: &str) -> String {
        let (code, grant) = (self.name("code"), self.number());
        self.codes.insert(code.clone(), Issued { grant, challenge: challenge.to_owned(), spent: false });
        code
    }

    pub(super) fn redeem(&mut self, code: &str, challenge: &str, family: &Family) -> Option<Given> {
        let now = Instant::now();
        let issued = self.codes.get_mut(code).filter(|issued| issued.challenge == challenge)?;
        let (spent, mut grant) = (std::mem::replace(&mut issued.spent, true), issued.grant);
        match family.code {
            _ if !spent => {}
            Code::OnceOrAllDies => {
                self.kill(now, |token| token.grant == grant);
                return None;
            }
            Code::Once => return None,
            Code::Again => {}
            Code::AgainAndApart => grant = self.number(),
        }
        let pair = self.number();
        let answer = self.number();
        let refresh = self.mint(Kind::Refresh, Origin::Code, (grant, pair, answer));
        let access = self.mint(Kind::Access, Origin::Code, (grant, pair, answer));
        Some(Given { answer, access, refresh: Some(refresh) })
    }

    pub(super) fn refresh(&mut self, text: &str, family: &Family) -> Option<Given> {
        let now = Instant::now();
        let is_it = |token: &&Minted| token.text == text && token.kind == Kind::Refresh;
        let used = self.tokens.iter().find(is_it)?.clone();
        if !used.is_alive() {
            if family.old_refresh_token == OldRefreshToken::EndsTheGrantIfItComesAgain {
                self.kill(now, |token| token.grant == used.grant);
            }
            return None;
        }
        if family.old_access_token == OldAccessToken::Dies {
            self.kill(now, |token| token.grant == used.grant && token.kind == Kind::Access);
        }
        let stays = family.refresh_gives == Gives::TheSame
            || family.old_refresh_token == OldRefreshToken::Lives
            || family.refresh_gives == Gives::Nothing;
        if !stays {
            self.kill(now, |token| token.text == text);
        }
        let answer = self.number();
        let pair = if family.refresh_gives == Gives::Another { self.number() } else { used.pair };
        let refresh = match family.refresh_gives {
            Gives::Another => Some(self.mint(Kind::Refresh, Origin::Refresh, (used.grant, pair, answer))),
            Gives::Nothing => None,
            Gives::TheSame => Some(text.to_owned()),
        };
        let access = self.mint(Kind::Access, Origin::Refresh, (used.grant, pair, answer));
        Some(Given { answer, access, refresh })
    }

    pub(super) fn revoke(&mut self, text: &str, revocation: Revocation) {
        let now = Instant::now();
        let Some(named) = self.tokens.iter().find(|token| token.text == text).cloned() else { return };
        match revocation {
            Revocation::Absent | Revocation::Never => {}
            Revocation::OfTheToken => self.kill(now, |token| token.text == text),
            Revocation::OfThePair => self.kill(now, |token| token.pair == named.pair),
            Revocation::OfTheGrant => self.kill(now, |token| token.grant == named.grant),
            Revocation::OfRefreshTokens => {
                self.kill(now, |token| token.text == text && token.kind == Kind::Refresh);
            }
            Revocation::Late(lag) => {
                self.later.push(Later { grant: named.grant, lag, since: now, calls: 0 });
                self.settle(now);
            }
        }
    }

    /// Whether it says that a token is active.
    pub(super) fn introspect(&mut self, text: &str, introspection: Introspection) -> bool {
        let now = Instant::now();
        let Some(token) = self.tokens.iter_mut().find(|token| token.text == text) else { return false };
        let is_alive = token.is_alive();
        let calls = (token.asked_about, token.asked_about_since_its_death);
        token.asked_about += 1;
        token.asked_about_since_its_death += u32::from(!is_alive);
        match introspection {
            Introspection::OfTheCodeFlow => is_alive && token.origin == Origin::Code,
            Introspection::OfNone => false,
            Introspection::Late { of_new, .. } if is_alive => of_new.is_over(calls.0, now - token.born),
            Introspection::Late { of_dead, .. } => {
                let died = token.died.unwrap_or(now);
                !of_dead.is_over(calls.1, now.saturating_duration_since(died))
            }
            Introspection::OfAll
            | Introspection::Absent
            | Introspection::Forbidden
            | Introspection::LoginPage
            | Introspection::Text => is_alive,
        }
    }

    fn settle(&mut self, now: Instant) {
        let is_due = |later: &Later| later.lag.is_over(later.calls, now - later.since);
        let (due, waiting) = std::mem::take(&mut self.later).into_iter().partition::<Vec<_>, _>(is_due);
        self.later = waiting;
        for later in due {
            self.kill(now, |token| token.grant == later.grant);
        }
    }

    fn kill(&mut self, now: Instant, which: impl Fn(&Minted) -> bool) {
        for token in self.tokens.iter_mut().filter(|token| which(token) && token.died.is_none()) {
            token.died = Some(now);
        }
    }

    fn mint(&mut self, kind: Kind, origin: Origin, (grant, pair, answer): (u64, u64, u64)) -> String {
        let text = self.name(match kind {
            Kind::Access => "access",
            Kind::Refresh => "refresh",
        });
        self.tokens.push(Minted {
            text: text.clone(),
            kind,
            origin,
            heard: true,
            grant,
            pair,
            answer,
            born: Instant::now(),
            died: None,
            asked_about: 0,
            asked_about_since_its_death: 0,
        });
        text
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A name nobody else has, in this process or another.
    fn name(&mut self, kind: &str) -> String {
        let unique: u64 = rand::random();
        format!("unruly-{kind}-{}-{unique:016x}", self.number())
    }
}
