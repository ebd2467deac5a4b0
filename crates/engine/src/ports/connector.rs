use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gangway_domain::{Account, ConnectorKind, Life, Probe, ProfileName, TokenKind};

use super::Future;
use crate::Secret;

/// The code that speaks one partner's dialect, set up for one profile.
///
/// Every call ends within a bounded time, follows no redirect, and never puts a secret into what it
/// answers.
pub trait Connector: Send + Sync + fmt::Debug {
    /// Where to send the administrator's browser to consent.
    ///
    /// # Errors
    /// [`CallError`] if the partner's own description of itself could not be had.
    fn authorization_url<'a>(
        &'a self,
        state: &'a str,
        verifier: &'a Secret,
    ) -> Future<'a, CallResult<String>>;

    /// Whether an answer that says it is from this issuer (RFC 9207) is from this partner; `None`
    /// is an answer that does not say.
    ///
    /// # Errors
    /// As for [`Connector::authorization_url`].
    fn is_issuer<'a>(&'a self, issuer: Option<&'a str>) -> Future<'a, CallResult<bool>>;

    /// Gives a code back for tokens.
    ///
    /// # Errors
    /// [`CallError`]; `Refused` if the code is not good, or not any more.
    fn redeem<'a>(&'a self, code: &'a Secret, verifier: &'a Secret) -> Future<'a, CallResult<Grant>>;

    /// Whose account the tokens are for; `None` where the partner has no way to ask.
    ///
    /// # Errors
    /// [`CallError`]; `Refused` if the token is dead.
    fn account<'a>(&'a self, access_token: &'a Secret) -> Future<'a, CallResult<Option<Account>>>;

    /// Fresh tokens.
    ///
    /// # Errors
    /// [`CallError`]; `Refused` if the refresh token is dead.
    fn refresh<'a>(&'a self, refresh_token: &'a Secret) -> Future<'a, CallResult<Grant>>;

    /// How this dialect revokes.
    fn revokes(&self) -> Revokes;

    /// Revokes the access token. That an unknown token is told apart from a good one is not
    /// expected.
    ///
    /// # Errors
    /// [`CallError`]; `Refused` if the token was dead already.
    fn revoke_access_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<ShownAnswer>>;

    /// Revokes the refresh token. Never called where [`Connector::revokes`] says that it cannot be.
    ///
    /// # Errors
    /// As for [`Connector::revoke_access_token`].
    fn revoke_refresh_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<ShownAnswer>>;

    /// Whether a token is still good, as far as the partner says to this probe without giving
    /// anything new; `None` if it cannot be asked so. Nothing but a plain yes or no is an answer.
    ///
    /// # Errors
    /// [`CallError`] if the partner did not say.
    fn probe<'a>(
        &'a self,
        probe: Probe,
        kind: TokenKind,
        token: &'a Secret,
    ) -> Future<'a, CallResult<Option<ProbeAnswer>>>;

    /// The tokens in an answer that could not be read when it came ([`CallError::unread`]), if this
    /// version can read it.
    fn read_again(&self, unread: &Secret) -> Option<Grant>;

    /// A grant that nobody consented to, which only a simulated partner gives.
    fn issue(&self) -> Option<Grant> {
        None
    }

    /// How many sessions are open at the partner for the account of this token; `None` where it has
    /// none or does not say.
    ///
    /// # Errors
    /// [`CallError`]; `Refused` if the token is dead.
    fn open_sessions<'a>(&'a self, access_token: &'a Secret) -> Future<'a, CallResult<Option<u64>>>;

    /// What it takes to make this connector again when its profile is gone from the configuration;
    /// kept sealed beside the credential.
    fn snapshot(&self) -> Secret;

    /// What a person has to do at the partner where Gangway cannot.
    fn by_hand(&self) -> String;
}

/// All connectors there are.
pub trait Connectors: Send + Sync {
    /// The connector for partners of this profile; for a kind without profile, that kind's. `None`
    /// if the configuration has no such profile of that kind.
    fn connector(&self, kind: ConnectorKind, profile: Option<&ProfileName>) -> Option<Arc<dyn Connector>>;

    /// The connector for something that the partner gave through the one with this
    /// [`Connector::snapshot`]: the profile as it is configured now, because our secret may be
    /// another, but only if it still leads to the same partner and we are the same client there;
    /// else as it was. `None` if the snapshot is none that this version made.
    fn connector_of(
        &self,
        kind: ConnectorKind,
        profile: Option<&ProfileName>,
        snapshot: &Secret,
    ) -> Option<Arc<dyn Connector>>;
}

/// What a call to a partner comes to.
pub type CallResult<T> = Result<T, CallError>;

/// What the partner gave.
#[derive(Debug)]
pub struct Grant {
    /// What opens the partner's API.
    pub access_token: Secret,
    /// What gets new tokens. After a refresh, `None` says that the old one goes on.
    pub refresh_token: Option<Secret>,
    /// How long the access token is good, if the partner says so.
    pub expires_in: Option<Duration>,
    /// How long the refresh token is good, if the partner says so.
    pub refresh_expires_in: Option<Duration>,
    /// Whether there was more in the answer that may be tokens, which nobody knows how to use, to
    /// revoke or to look at.
    pub beside: bool,
    /// What was answered, fit to be shown.
    pub answer: ShownAnswer,
}

/// What was answered, fit to be shown: a status and an error code, never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownAnswer(pub String);

/// How a dialect revokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revokes {
    /// Each token by itself (RFC 7009).
    EachToken,
    /// Only the access token that comes with the call, which must be alive for that.
    LiveAccessToken,
    /// Nothing: the partner has no way to.
    Nothing,
}

/// What a partner says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAnswer {
    /// Whether it is good.
    pub life: Life,
    /// What was answered, fit to be shown.
    pub answer: ShownAnswer,
}

/// Why a call did not do what it was for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{answer}")]
pub struct CallError {
    /// What kind of failure it is.
    pub kind: CallFailure,
    /// What was answered or went wrong, fit to be shown: never a secret.
    pub answer: String,
    /// How long the partner asks to be left alone.
    pub retry_after: Option<Duration>,
    /// What was answered to a redeemed code or a refresh, where there may be tokens in it that
    /// could not be read.
    pub unread: Option<Secret>,
}

/// What kind of failure a call had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallFailure {
    /// The partner says that the code or token in the call is no good.
    Refused,
    /// The partner does not take us for its client (RFC 6749, section 5.2, `invalid_client`).
    RefusesUs,
    /// The partner did not do it, for another reason: the call is not as it likes, or it has no way
    /// to.
    Rejected,
    /// It was not done, but may be if it is asked again: nothing arrived, or the partner has not
    /// looked at it because it has too much to do.
    NotDone,
    /// Nobody can tell whether the partner did it: no answer, an answer of 5xx, or one that makes
    /// no sense.
    Unclear,
}
