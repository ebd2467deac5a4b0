//! What is sealed, as plain text: JSON, whose form is stored for as long as a release may take.

use std::borrow::Cow;
use std::time::Duration;

use gangway_domain::{Generation, PartnerId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Binding, Field, Grant, Sealed, Secret, Vault, VaultError};

/// How long an access token is taken to be good where the partner does not say: longer than anybody gives one.
const GOOD_IF_UNSAID: Duration = Duration::from_hours(24);

/// Tokens, and what it takes to use them without the profile they came by.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access_token: Secret,
    pub(crate) refresh_token: Option<Secret>,
    /// When the access token is no good any more.
    pub(crate) expires: Timestamp,
    /// See [`crate::Connector::snapshot`].
    pub(crate) connector: Secret,
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
}

impl Tokens {
    /// What the partner gave at this time.
    pub(crate) fn granted(grant: Grant, connector: Secret, at: Timestamp) -> Self {
        let expires = at.plus(grant.expires_in.unwrap_or(GOOD_IF_UNSAID));
        Self { access_token: grant.access_token, refresh_token: grant.refresh_token, expires, connector }
    }

    /// What is held after a refresh: the old refresh token goes on where no new one came.
    pub(crate) fn refreshed(&self, grant: Grant, at: Timestamp) -> Self {
        let mut new = Self::granted(grant, self.connector.clone(), at);
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
        expires: i64,
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
    },
}

impl Record<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Tokens { access_token, refresh_token, connector, .. } => {
                access_token.len() + refresh_token.as_ref().map_or(0, |token| token.len()) + connector.len()
            }
            Self::Code { code, verifier, connector } => code.len() + verifier.len() + connector.len(),
            Self::Attempt { state, verifier } => state.len() + verifier.len(),
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
            expires: self.expires.ticks(),
            connector: shown(&self.connector),
        }
    }

    fn from_record(record: Record<'_>) -> Option<Self> {
        let Record::Tokens { access_token, refresh_token, expires, connector } = record else { return None };
        Some(Self {
            access_token: hidden(access_token),
            refresh_token: refresh_token.map(hidden),
            expires: Timestamp::from_ticks(expires)?,
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
        Record::Attempt { state: shown(&self.state), verifier: shown(&self.verifier) }
    }

    fn from_record(record: Record<'_>) -> Option<Self> {
        let Record::Attempt { state, verifier } = record else { return None };
        Some(Self { state: hidden(state), verifier: hidden(verifier) })
    }
}
