use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::Habits;

/// Everything that was given out. A grant is one consent and what came of it.
#[derive(Default)]
pub(super) struct Grants {
    next: u64,
    codes: BTreeMap<String, Grant>,
    access: BTreeMap<String, (Grant, Instant)>,
    refresh: BTreeMap<String, Grant>,
}

/// One consent.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Grant {
    number: u64,
    pub(super) account: String,
}

/// What a grant type gives.
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) refresh: Option<String>,
}

impl Grants {
    /// Consent was given: a code for it.
    pub(super) fn begin(&mut self, account: &str) -> String {
        let code = self.name("code");
        self.codes.insert(code.clone(), Grant { number: self.next, account: account.to_owned() });
        code
    }

    /// Tokens for a code, once.
    pub(super) fn redeem(&mut self, code: &str, habits: &Habits) -> Option<Tokens> {
        let grant = self.codes.remove(code)?;
        Some(Tokens { refresh: Some(self.refresh_token(&grant)), access: self.access_token(grant, habits) })
    }

    /// Tokens for a refresh token.
    pub(super) fn refresh(&mut self, token: &str, habits: &Habits) -> Option<Tokens> {
        let grant = self.refresh.get(token)?.clone();
        let refresh = habits.rotates.then(|| {
            self.refresh.remove(token);
            self.refresh_token(&grant)
        });
        Some(Tokens { refresh, access: self.access_token(grant, habits) })
    }

    /// Whose access token this is, if it lives.
    pub(super) fn owner(&self, access: &str) -> Option<&Grant> {
        self.access.get(access).filter(|(_, until)| *until > Instant::now()).map(|(grant, _)| grant)
    }

    /// Ends a live access token, and what else the habits say; false if it was dead.
    pub(super) fn revoke(&mut self, access: &str, habits: &Habits) -> bool {
        let Some(grant) = self.owner(access).cloned() else { return false };
        self.access.remove(access);
        if habits.revocation_ends_the_grant {
            self.access.retain(|_, (other, _)| *other != grant);
            self.refresh.retain(|_, other| *other != grant);
        }
        true
    }

    pub(super) fn live_access_tokens(&self, now: Instant) -> Vec<String> {
        self.access.iter().filter(|(_, (_, until))| *until > now).map(|(token, _)| token.clone()).collect()
    }

    pub(super) fn live_refresh_tokens(&self) -> Vec<String> {
        self.refresh.keys().cloned().collect()
    }

    pub(super) fn expire_access_tokens(&mut self) {
        self.access.clear();
    }

    fn access_token(&mut self, grant: Grant, habits: &Habits) -> String {
        let token = self.name("access");
        self.access.insert(token.clone(), (grant, Instant::now() + habits.lifetime()));
        token
    }

    fn refresh_token(&mut self, grant: &Grant) -> String {
        let token = self.name("refresh");
        self.refresh.insert(token.clone(), grant.clone());
        token
    }

    /// A name nobody else has, in this process or another.
    fn name(&mut self, kind: &str) -> String {
        self.next += 1;
        let unique: u64 = rand::random();
        format!("teamviewer-{kind}-{}-{unique:016x}", self.next)
    }
}
