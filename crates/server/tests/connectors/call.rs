//! One call of a connector, whichever it is, and all that anybody is shown of it.

use std::fmt::Debug;
use std::time::Duration;

use gangway_domain::{Life, Probe, TokenKind};
use gangway_engine::{CallFailure, CallResult, Connector, ProbeAnswer, Revokes, Secret};

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
    IntrospectAccess,
    IntrospectRefresh,
    Use,
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
    const ALL: [Self; 9] = [
        Self::Redeem,
        Self::Account,
        Self::Refresh,
        Self::RevokeRefresh,
        Self::RevokeAccess,
        Self::IntrospectAccess,
        Self::IntrospectRefresh,
        Self::Use,
        Self::Sessions,
    ];

    /// The calls that go to the partner.
    pub(crate) fn all_of(connector: &dyn Connector) -> impl Iterator<Item = Self> {
        let each = connector.revokes() == Revokes::EachToken;
        let others: &[Self] = if each {
            &[Self::Sessions]
        } else {
            &[Self::RevokeRefresh, Self::IntrospectAccess, Self::IntrospectRefresh]
        };
        Self::ALL.into_iter().filter(|call| !others.contains(call))
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
            Self::IntrospectAccess => look(connector, Probe::Introspection, TokenKind::Access, access).await,
            Self::IntrospectRefresh => {
                look(connector, Probe::Introspection, TokenKind::Refresh, refresh).await
            }
            Self::Use => look(connector, Probe::Use, TokenKind::Access, access).await,
        }
    }

    /// Whether it may say that it cannot be asked.
    pub(crate) const fn is_look(self) -> bool {
        matches!(self, Self::IntrospectAccess | Self::IntrospectRefresh | Self::Use)
    }
}

async fn look(connector: &dyn Connector, probe: Probe, kind: TokenKind, token: &Secret) -> Outcome {
    let seen = connector.probe(probe, kind, token).await;
    let is_dead = |seen: &Option<ProbeAnswer>| seen.as_ref().is_some_and(|look| look.life == Life::Dead);
    let proves = seen.as_ref().is_ok_and(is_dead);
    let outcome = outcome(seen);
    Outcome { proves: proves || outcome.proves, ..outcome }
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
