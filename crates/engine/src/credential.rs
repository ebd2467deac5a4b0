//! What is sealed, as plain text: JSON, whose form is stored for as long as a release may take.

use std::borrow::Cow;

use gangway_domain::{Generation, PartnerId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Binding, Field, Grant, Life, Liveness, Sealed, Secret, Vault, VaultError};

/// Tokens, and what it takes to use them without the profile they came by.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access_token: Secret,
    pub(crate) refresh_token: Option<Secret>,
    /// When the access token is no good any more, if the partner has said.
    pub(crate) expires: Option<Timestamp>,
    /// What the partner was seen to call alive. Of what it was not, it means nothing that it calls it dead.
    pub(crate) seen_alive: SeenAlive,
    /// Whether the partner was asked to refresh and its answer is not known: it may have given a token that nobody
    /// has.
    pub(crate) unanswered: bool,
    /// See [`crate::Connector::snapshot`].
    pub(crate) connector: Secret,
}

/// Which tokens a partner's probe has called alive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SeenAlive {
    pub(crate) access_token: bool,
    pub(crate) refresh_token: bool,
}

impl SeenAlive {
    pub(crate) const fn note(&mut self, seen: &Liveness) {
        self.access_token |= matches!(seen.access_token, Life::Alive);
        self.refresh_token |= matches!(seen.refresh_token, Life::Alive);
    }
}

/// A code, and what it takes to redeem it.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) text: Secret,
    pub(crate) verifier: Secret,
    /// See [`crate::Connector::snapshot`].
    pub(crate) connector: Secret,
}

/// What an attempt hides until it is answered.
#[derive(Debug, Clone)]
pub(crate) struct AttemptSecret {
    pub(crate) state: Secret,
    pub(crate) verifier: Secret,
    /// See [`crate::Connector::snapshot`].
    pub(crate) connector: Secret,
}

impl Tokens {
    /// What the partner gave at this time.
    pub(crate) fn granted(grant: Grant, connector: Secret, at: Timestamp) -> Self {
        Self {
            access_token: grant.access_token,
            refresh_token: grant.refresh_token,
            expires: grant.expires_in.map(|good_for| at.plus(good_for)),
            seen_alive: SeenAlive::default(),
            unanswered: false,
            connector,
        }
    }

    /// Whether the access token is no good any more at this time, by what the partner has said.
    pub(crate) fn expired(&self, at: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= at)
    }

    /// What a probe says of these, as far as it can be believed.
    pub(crate) fn believed(&self, seen: &Liveness) -> (Life, Life) {
        let believe = |life: Life, known: bool| match life {
            Life::Dead(_) if !known => Life::Unknown,
            Life::Dead(_) | Life::Alive | Life::Unknown => life,
        };
        (
            believe(seen.access_token, self.seen_alive.access_token),
            believe(seen.refresh_token, self.seen_alive.refresh_token),
        )
    }

    /// What is held after a refresh: the old refresh token goes on where no new one came.
    pub(crate) fn refreshed(&self, grant: Grant, at: Timestamp) -> Self {
        let mut new = Self::granted(grant, self.connector.clone(), at);
        (new.seen_alive, new.unanswered) = (self.seen_alive, self.unanswered);
        if new.refresh_token.is_none() {
            new.refresh_token.clone_from(&self.refresh_token);
        }
        new
    }
}

/// Which partner's secrets, and of which generation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) tenant: TenantId,
    pub(crate) partner: PartnerId,
    pub(crate) generation: Generation,
}

impl Owner {
    const fn binding(self, field: Field) -> Binding {
        let Self { tenant, partner, generation } = self;
        Binding { tenant, partner, generation, field }
    }
}

/// Something that can be sealed.
pub(crate) trait Sealable: Sized {
    const FIELD: Field;

    fn record(&self) -> Record<'_>;
    fn from_record(record: Record<'_>) -> Option<Self>;

    fn seal(&self, vault: &dyn Vault, owner: Owner) -> Result<Sealed, VaultError> {
        let record = self.record();
        // Large enough that it does not grow, which would leave a copy behind.
        let mut json = Zeroizing::new(Vec::with_capacity(2 * record.length() + 256));
        serde_json::to_writer(&mut *json, &record).map_err(|_| VaultError::NotAuthentic)?;
        vault.seal(&owner.binding(Self::FIELD), &json)
    }

    fn open(vault: &dyn Vault, owner: Owner, sealed: &Sealed) -> Result<Self, VaultError> {
        let json = vault.open(&owner.binding(Self::FIELD), sealed)?;
        let record = serde_json::from_slice(&json).map_err(|_| VaultError::NotAuthentic)?;
        Self::from_record(record).ok_or(VaultError::NotAuthentic)
    }
}

/// The stored form.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Record<'a> {
    #[serde(rename_all = "camelCase")]
    Tokens {
        access_token: Cow<'a, str>,
        refresh_token: Option<Cow<'a, str>>,
        /// Steps of 100 ns since the Unix epoch.
        expires: Option<i64>,
        seen_alive: SeenAlive,
        unanswered: bool,
        connector: Cow<'a, str>,
    },
    Code {
        code: Cow<'a, str>,
        verifier: Cow<'a, str>,
        connector: Cow<'a, str>,
    },
    Attempt {
        state: Cow<'a, str>,
        verifier: Cow<'a, str>,
        connector: Cow<'a, str>,
    },
}

impl Record<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Tokens { access_token, refresh_token, connector, .. } => {
                access_token.len() + refresh_token.as_ref().map_or(0, |token| token.len()) + connector.len()
            }
            Self::Code { code, verifier, connector } => code.len() + verifier.len() + connector.len(),
            Self::Attempt { state, verifier, connector } => state.len() + verifier.len() + connector.len(),
        }
    }
}

fn shown(secret: &Secret) -> Cow<'_, str> {
    Cow::Borrowed(secret.expose())
}

fn hidden(text: Cow<'_, str>) -> Secret {
    Secret::new(text.into_owned())
}

impl Sealable for Tokens {
    const FIELD: Field = Field::Credential;

    fn record(&self) -> Record<'_> {
        Record::Tokens {
            access_token: shown(&self.access_token),
            refresh_token: self.refresh_token.as_ref().map(shown),
            expires: self.expires.map(Timestamp::ticks),
            seen_alive: self.seen_alive,
            unanswered: self.unanswered,
            connector: shown(&self.connector),
        }
    }

    fn from_record(record: Record<'_>) -> Option<Self> {
        let Record::Tokens { access_token, refresh_token, expires, seen_alive, unanswered, connector } =
            record
        else {
            return None;
        };
        Some(Self {
            access_token: hidden(access_token),
            refresh_token: refresh_token.map(hidden),
            expires: match expires {
                Some(ticks) => Some(Timestamp::from_ticks(ticks)?),
                None => None,
            },
            seen_alive,
            unanswered,
            connector: hidden(connector),
        })
    }
}

impl Sealable for Code {
    const FIELD: Field = Field::Code;

    fn record(&self) -> Record<'_> {
        let Self { text, verifier, connector } = self;
        Record::Code { code: shown(text), verifier: shown(verifier), connector: shown(connector) }
    }

    fn from_record(record: Record<'_>) -> Option<Self> {
        let Record::Code { code, verifier, connector } = record else { return None };
        Some(Self { text: hidden(code), verifier: hidden(verifier), connector: hidden(connector) })
    }
}

impl Sealable for AttemptSecret {
    const FIELD: Field = Field::Attempt;

    fn record(&self) -> Record<'_> {
        let Self { state, verifier, connector } = self;
        Record::Attempt { state: shown(state), verifier: shown(verifier), connector: shown(connector) }
    }

    fn from_record(record: Record<'_>) -> Option<Self> {
        let Record::Attempt { state, verifier, connector } = record else { return None };
        Some(Self { state: hidden(state), verifier: hidden(verifier), connector: hidden(connector) })
    }
}
