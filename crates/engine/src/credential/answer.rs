//! An answer of a partner that is on its way to where its tokens are kept.

use gangway_domain::{Account, AttemptId, Generation, Given, Partner, Unread};
use uuid::Uuid;

use super::Holdings;
use crate::{Secret, StoredCredential};

/// An answer, and what it is an answer to.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// The partner, as it was when it was asked.
    pub(crate) partner: Partner,
    /// The generation it was asked for.
    pub(crate) generation: Generation,
    pub(crate) account: Option<Account>,
    /// See [`crate::Connector::snapshot`].
    pub(crate) connector: Secret,
    pub(crate) to: PartnerCall,
    pub(crate) content: AnswerContent,
    pub(crate) correlation: Uuid,
}

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) enum PartnerCall {
    /// To redeem this code, of this attempt if that may still be completed.
    Redeem(Option<AttemptId>, Secret),
    /// To refresh, by the mark that was left for it.
    Refresh(Uuid),
    /// A simulated partner for its consent.
    Consent,
}

/// What was answered.
#[derive(Debug, Clone)]
pub(crate) enum AnswerContent {
    Tokens(Given<Secret>),
    Unread(Unread<Secret>),
    /// That there is nothing.
    Nothing,
}

impl AnswerContent {
    /// Puts it with the rest, to be used or not.
    pub(crate) fn add_to(&self, holdings: &mut Holdings, is_awaited: bool) {
        match self {
            Self::Tokens(given) if is_awaited => holdings.receive(given.clone()),
            Self::Tokens(given) => holdings.receive_late(given.clone()),
            Self::Unread(unread) => holdings.set.keep_unread(unread.clone()),
            Self::Nothing => {}
        }
    }

    pub(crate) fn shares_a_token_with(&self, holdings: &Holdings) -> bool {
        let Self::Tokens(given) = self else { return false };
        let texts = [Some(&given.access.1), given.refresh.as_ref().map(|refresh| &refresh.1)];
        holdings.set.living().any(|token| texts.contains(&Some(&token.secret)))
    }

    pub(crate) fn is_in(&self, holdings: &Holdings) -> bool {
        match self {
            Self::Tokens(given) => holdings.has(given),
            Self::Unread(unread) => holdings.set.unread().contains(unread),
            Self::Nothing => false,
        }
    }
}

impl Arrival {
    /// Whether this is of the grant that a live connection has.
    pub(crate) fn belongs_to(&self, stored: &StoredCredential, holdings: &Holdings) -> bool {
        // A generation has one connection and may have had many attempts: what came for the code of
        // another is not this one's.
        let is_its_refresh = match self.to {
            PartnerCall::Refresh(_) => stored.generation == self.generation,
            PartnerCall::Redeem(..) | PartnerCall::Consent => false,
        };
        // Some partners give one account the same token twice: what the connection has is not to be
        // revoked.
        is_its_refresh || self.content.shares_a_token_with(holdings)
    }

    pub(crate) fn is_awaited_by(&self, holdings: &Holdings) -> bool {
        match self.to {
            PartnerCall::Refresh(call) => holdings.under_way.is_some_and(|way| way.call == call),
            PartnerCall::Redeem(..) | PartnerCall::Consent => false,
        }
    }
}
