//! One call of a connector, whichever it is, and all that anybody is shown of it.

use std::fmt::Debug;
use std::time::Duration;

use gangway_engine::{CallFailure, CallResult, Connector, Life, Liveness, Revokes};

use crate::connection::{Tokens, secret, verifier};
use crate::partners::{OAuthPartner, TeamViewerStandIn};

/// What a connector may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Redeem,
    Account,
    Refresh,
    RevokeRefresh,
    RevokeAccess,
    Probe,
    Sessions,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) failure: Option<CallFailure>,
    pub(crate) retry_after: Option<Duration>,
    /// Whether it counts as proof that something is dead.
    pub(crate) proves: bool,
    /// All that may be shown of it, logged or kept.
    pub(crate) shown: String,
}

/// A code that the partner never gave.
pub(crate) const CODE: &str = "code-that-was-never-given";

impl Call {
    const ALL: [Self; 7] = [
        Self::Redeem,
        Self::Account,
        Self::Refresh,
        Self::RevokeRefresh,
        Self::RevokeAccess,
        Self::Probe,
        Self::Sessions,
    ];

    /// The calls that go to the partner.
    pub(crate) fn all_of(connector: &dyn Connector) -> impl Iterator<Item = Self> {
        let each = connector.revokes() == Revokes::EachToken;
        let other = if each { Self::Sessions } else { Self::RevokeRefresh };
        Self::ALL.into_iter().filter(move |call| *call != other)
    }

    pub(crate) async fn of(self, connector: &dyn Connector, tokens: &Tokens) -> Outcome {
        let Tokens { access, refresh } = tokens;
        match self {
            Self::Redeem => outcome(connector.redeem(&secret(CODE), &verifier()).await),
            Self::Account => outcome(connector.account(access).await),
            Self::Refresh => outcome(connector.refresh(refresh).await),
            Self::RevokeRefresh => outcome(connector.revoke_refresh_token(refresh).await),
            Self::RevokeAccess => outcome(connector.revoke_access_token(access).await),
            Self::Sessions => outcome(connector.open_sessions(access).await),
            Self::Probe => {
                let seen = connector.probe(access, Some(refresh)).await;
                let proves = seen.as_ref().is_ok_and(is_dead);
                let outcome = outcome(seen);
                Outcome { proves: proves || outcome.proves, ..outcome }
            }
        }
    }
}

fn is_dead(seen: &Liveness) -> bool {
    [seen.access_token, seen.refresh_token].iter().any(|life| matches!(life, Life::Dead(_)))
}

fn outcome<T: Debug>(result: CallResult<T>) -> Outcome {
    let shown = format!("{result:?} {}", result.as_ref().err().map(ToString::to_string).unwrap_or_default());
    let error = result.err();
    let failure = error.as_ref().map(|error| error.kind);
    let retry_after = error.and_then(|error| error.retry_after);
    Outcome { failure, retry_after, proves: failure == Some(CallFailure::Refused), shown }
}

impl Outcome {
    /// Nothing that is shown is a secret.
    #[track_caller]
    pub(crate) fn shows_no_secret(&self, tokens: &Tokens) {
        let secrets = [
            tokens.access.expose(),
            tokens.refresh.expose(),
            CODE,
            crate::connection::VERIFIER,
            TeamViewerStandIn::SECRET,
            // The other client's is a word that is in the name of a type.
            &format!("\"{}\"", OAuthPartner::SECRET),
        ];
        for secret in secrets {
            assert!(!self.shown.contains(secret), "{secret} is shown: {}", self.shown);
        }
    }
}
