//! What is sealed, as plain text: JSON, whose form is stored for as long as a release may take.

mod answer;
mod before_sets;
mod holdings;
mod owner;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Field, Sealed, Secret, Vault, VaultError};

pub(crate) use answer::{AnswerContent, Arrival, PartnerCall};
use before_sets::TokensRecord;
use holdings::HoldingsRecord;
pub(crate) use holdings::{Holdings, MAY_BE_UNDER_WAY, UnderWay, given};
pub(crate) use owner::Owner;

/// A code, and what it takes to redeem it.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) text: Secret,
    pub(crate) verifier: Secret,
    /// See [`crate::Connector::snapshot`].
    pub(crate) connector: Secret,
    /// Whether its release has redeemed it once more.
    pub(crate) again: bool,
}

/// What an attempt hides until it is answered.
#[derive(Debug, Clone)]
pub(crate) struct AttemptSecret {
    pub(crate) state: Secret,
    pub(crate) verifier: Secret,
    /// See [`crate::Connector::snapshot`].
    pub(crate) connector: Secret,
}

/// Something that can be sealed.
pub(crate) trait Sealable: Sized {
    const FIELD: Field;

    fn record(&self) -> SealedRecord<'_>;
    fn from_record(record: SealedRecord<'_>, owner: Owner) -> Option<Self>;

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
        Self::from_record(record, owner).ok_or(VaultError::NotAuthentic)
    }
}

/// The stored form.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum SealedRecord<'a> {
    Holdings(HoldingsRecord<'a>),
    /// The form that tokens had before there were sets of them.
    Tokens(TokensRecord<'a>),
    #[serde(rename_all = "camelCase")]
    Code {
        code: Cow<'a, str>,
        verifier: Cow<'a, str>,
        connector: Cow<'a, str>,
        #[serde(default)]
        again: bool,
    },
    Attempt {
        state: Cow<'a, str>,
        verifier: Cow<'a, str>,
        connector: Cow<'a, str>,
    },
}

impl SealedRecord<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Holdings(holdings) => holdings.length(),
            // It is not written any more.
            Self::Tokens(_) => 0,
            Self::Code { code, verifier, connector, again: _ } => {
                code.len() + verifier.len() + connector.len()
            }
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

impl Sealable for Holdings {
    const FIELD: Field = Field::Credential;

    fn record(&self) -> SealedRecord<'_> {
        SealedRecord::Holdings(Self::record(self))
    }

    fn from_record(record: SealedRecord<'_>, owner: Owner) -> Option<Self> {
        match record {
            SealedRecord::Holdings(holdings) => holdings.into_holdings(),
            SealedRecord::Tokens(tokens) => tokens.into_holdings(owner),
            SealedRecord::Code { .. } | SealedRecord::Attempt { .. } => None,
        }
    }
}

impl Sealable for Code {
    const FIELD: Field = Field::Code;

    fn record(&self) -> SealedRecord<'_> {
        let Self { text, verifier, connector, again } = self;
        let (code, verifier, connector) = (shown(text), shown(verifier), shown(connector));
        SealedRecord::Code { code, verifier, connector, again: *again }
    }

    fn from_record(record: SealedRecord<'_>, _owner: Owner) -> Option<Self> {
        let SealedRecord::Code { code, verifier, connector, again } = record else { return None };
        Some(Self { text: hidden(code), verifier: hidden(verifier), connector: hidden(connector), again })
    }
}

impl Sealable for AttemptSecret {
    const FIELD: Field = Field::Attempt;

    fn record(&self) -> SealedRecord<'_> {
        let Self { state, verifier, connector } = self;
        SealedRecord::Attempt { state: shown(state), verifier: shown(verifier), connector: shown(connector) }
    }

    fn from_record(record: SealedRecord<'_>, _owner: Owner) -> Option<Self> {
        let SealedRecord::Attempt { state, verifier, connector } = record else { return None };
        Some(Self { state: hidden(state), verifier: hidden(verifier), connector: hidden(connector) })
    }
}
