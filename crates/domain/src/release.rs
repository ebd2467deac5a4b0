//! The life of a cut connection until it is proved dead.

mod call;
mod obstacle;
pub mod retry;

use std::time::Duration;

pub use call::{Call, CallLog, MAX_ANSWER, Step};
pub use obstacle::Obstacle;

use crate::{
    Account, Activity, Actor, ConnectorKind, Correlated, Dead, End, Evidence, Generation, Missing, Partner,
    PartnerId, ProfileName, Proof, ReleaseId, TenantId, Timestamp, TokenLog, Version,
};

/// The life of a cut connection until it is proved dead. It stands beside its partner, whose row
/// may be gone or connected again, and can never touch any grant but the one it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: ReleaseId,
    /// The partner that was cut.
    pub partner: PartnerId,
    /// What that partner was called then.
    pub partner_name: String,
    /// The partner's generation before the cut: the one the credential belongs to.
    pub generation: Generation,
    /// The code that speaks that partner's dialect.
    pub connector: ConnectorKind,
    /// The profile it was connected by, if it was by one.
    pub profile: Option<ProfileName>,
    /// Whose account it was connected to, where the partner said so.
    pub account: Option<Account>,
    /// How it came to be.
    pub asked: RequestedBy,
    /// What has become of it.
    pub state: ReleaseState,
    /// How often it was tried.
    pub tries: u32,
    /// The tokens it is about, as far as they are known.
    pub tokens: TokenLog,
    /// What the partner was asked, and how it answered.
    pub calls: CallLog,
    /// Goes up at every change; a changeset names the one it was decided on.
    pub version: Version,
}

/// Who made a release necessary, how and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedBy {
    /// Who.
    pub by: Correlated,
    /// By doing what.
    pub activity: Activity,
    /// When.
    pub at: Timestamp,
}

/// What has become of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseState {
    /// The grant may still live.
    Pending {
        /// From when on it is tried again.
        next_try: Timestamp,
        /// What stood in the way at the last try.
        obstacle: Option<Obstacle>,
    },
    /// Every token that the partner ever gave is dead.
    Confirmed(Evidence),
    /// Every token that is known is dead, but there may be others: nobody here has them, so nothing
    /// more can be done here.
    Unaccounted(Evidence, Vec<Missing>),
    /// Somebody gave up, and the credential is destroyed: nobody here can know whether the grant is
    /// dead.
    Forced(Forced),
}

/// Who gave up on a release, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forced {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why; 1 to [`MAX_REASON`] characters.
    pub reason: String,
}

/// The longest reason taken, in characters.
pub const MAX_REASON: usize = 1000;

/// How one try at a release ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Everything that is known is dead.
    Over(End),
    /// It was not, or nobody could tell.
    NotYet {
        /// What stood in the way.
        obstacle: Obstacle,
        /// How long the partner asked to be left alone.
        retry_after: Option<Duration>,
    },
}

impl Release {
    /// The release of what this partner is cut from, before anything was tried. `partner` is as it
    /// was before the cut. Where no credential was held there is nothing to revoke, and it is
    /// confirmed from the first.
    #[must_use]
    pub fn begin(id: ReleaseId, partner: &Partner, held: HeldCredential, asked: RequestedBy) -> Self {
        let (state, account) = match held {
            HeldCredential::Nothing => {
                let evidence = Evidence { at: asked.at, proofs: vec![Proof::NoCredential] };
                (ReleaseState::Confirmed(evidence), None)
            }
            HeldCredential::Secret { account, not_before } => {
                (ReleaseState::Pending { next_try: not_before, obstacle: None }, account)
            }
        };
        Self {
            tenant: partner.tenant,
            id,
            partner: partner.id,
            partner_name: partner.display_name.clone(),
            generation: partner.generation,
            connector: partner.connector,
            profile: partner.profile.clone(),
            account,
            asked,
            state,
            tries: 0,
            tokens: TokenLog::default(),
            calls: CallLog::default(),
            version: Version::FIRST,
        }
    }

    /// Whether the grant may still live.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(self.state, ReleaseState::Pending { .. })
    }

    /// The release after one more try; `None` if it was over already. `tokens` is what is known of
    /// its tokens if it goes on. `random` is any number, for the jitter.
    #[must_use]
    pub fn tried(
        &self,
        at: Timestamp,
        (calls, tokens): (Vec<Call>, TokenLog),
        ending: Ending,
        random: u64,
    ) -> Option<Self> {
        if !self.is_pending() {
            return None;
        }
        let mut after = self.clone();
        after.tries = after.tries.saturating_add(1);
        after.calls.extend(calls);
        after.version = after.version.next();
        (after.state, after.tokens) = match ending {
            Ending::Over(End::Dead(dead)) => {
                (ReleaseState::Confirmed(evidence(&dead, at, Proof::NoCredential)), dead.log())
            }
            Ending::Over(End::Unaccounted { dead, missing }) => {
                let evidence = evidence(&dead, at, Proof::CodeRefused);
                (ReleaseState::Unaccounted(evidence, missing), dead.log())
            }
            Ending::NotYet { obstacle, retry_after } => {
                let delay = retry::delay(after.tries, retry_after, random);
                (ReleaseState::Pending { next_try: at.plus(delay), obstacle: Some(obstacle) }, tokens)
            }
        };
        Some(after)
    }

    /// The release when what it waited for has come: it is tried at once, unless the partner asked
    /// to be left alone.
    #[must_use]
    pub fn to_be_tried(&self, at: Timestamp) -> Self {
        let state = match &self.state {
            ReleaseState::Pending { next_try, obstacle: obstacle @ (None | Some(Obstacle::UnderWay)) } => {
                ReleaseState::Pending { next_try: at.min(*next_try), obstacle: *obstacle }
            }
            state @ (ReleaseState::Pending { .. }
            | ReleaseState::Confirmed(_)
            | ReleaseState::Unaccounted(..)
            | ReleaseState::Forced(_)) => state.clone(),
        };
        Self { state, version: self.version.next(), ..self.clone() }
    }

    /// The release given up by somebody; `None` if it was over already.
    #[must_use]
    pub fn forced(&self, forced: Forced) -> Option<Self> {
        let version = self.version.next();
        self.is_pending().then(|| Self { state: ReleaseState::Forced(forced), version, ..self.clone() })
    }
}

/// One proof for each token, or what is known where there was none: the partner gave nothing for
/// the code, or refused it when it came again.
fn evidence(dead: &Dead, at: Timestamp, without_tokens: Proof) -> Evidence {
    let proofs: Vec<_> = dead.tokens().iter().map(|token| token.proof).collect();
    Evidence { at, proofs: if proofs.is_empty() { vec![without_tokens] } else { proofs } }
}

/// What was held of a connection that is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldCredential {
    /// No credential.
    Nothing,
    /// Something the partner gave.
    Secret {
        /// Whose account it is for, where that is known.
        account: Option<Account>,
        /// From when on the release is tried.
        not_before: Timestamp,
    },
}

impl ReleaseState {
    /// Its word in answers, metrics and stored rows.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Confirmed(_) => "confirmed",
            Self::Unaccounted(..) => "unaccounted",
            Self::Forced(_) => "forced",
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Status;

    fn release(held: HeldCredential) -> Release {
        let partner = Partner {
            display_name: "P".into(),
            status: Status::Onboarded,
            generation: Generation(3),
            version: Version(4),
            ..Partner::blank(
                TenantId(Uuid::from_u128(1)),
                PartnerId(Uuid::from_u128(2)),
                ConnectorKind::OAuth2,
            )
        };
        let by = Correlated { actor: Actor::Gangway, correlation: Uuid::nil() };
        let asked = RequestedBy { by, activity: Activity::Disconnect, at: Timestamp::NEVER };
        Release::begin(ReleaseId(Uuid::from_u128(5)), &partner, held, asked)
    }

    fn pending() -> Release {
        release(HeldCredential::Secret { account: None, not_before: Timestamp::NEVER })
    }

    fn forced() -> Forced {
        Forced { by: Actor::Operator, at: Timestamp::NEVER, reason: "r".into() }
    }

    #[test]
    fn a_release_belongs_to_the_generation_that_was_cut() {
        assert_eq!(pending().generation, Generation(3));
        assert!(pending().is_pending() && !release(HeldCredential::Nothing).is_pending());
    }

    fn over() -> Ending {
        Ending::Over(crate::TokenSet::<()>::default().into_end().unwrap())
    }

    #[test]
    fn what_is_over_stays_over() {
        let nothing = || (Vec::new(), TokenLog::default());
        let confirmed = pending().tried(Timestamp::NEVER, nothing(), over(), 0).unwrap();
        let given_up = pending().forced(forced()).unwrap();
        for over_already in [confirmed, given_up, release(HeldCredential::Nothing)] {
            assert_eq!(over_already.tried(Timestamp::NEVER, nothing(), over(), 0), None);
            assert_eq!(over_already.forced(forced()), None);
        }
    }

    #[test]
    fn every_change_has_a_version_of_its_own() {
        let not_yet = Ending::NotYet { obstacle: Obstacle::Unreachable, retry_after: None };
        let tried = pending().tried(Timestamp::NEVER, (Vec::new(), TokenLog::default()), not_yet, 7).unwrap();
        assert_eq!((tried.version, tried.tries), (Version::FIRST.next(), 1));
        assert_eq!(tried.forced(forced()).unwrap().version, Version::FIRST.next().next());
    }
}
