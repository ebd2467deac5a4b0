use std::time::Duration;

use crate::{
    Account, Activity, Actor, Call, CallLog, ConnectorKind, Correlated, Evidence, Generation, Partner,
    PartnerId, ProfileName, Proof, ReleaseId, TenantId, Timestamp, Version, retry,
};

/// The life of a cut connection until it is proved dead. It stands beside its partner, whose row may be gone or
/// connected anew, and can never touch any grant but the one it was made for.
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
    pub asked: Asked,
    /// What has become of it.
    pub state: ReleaseState,
    /// How often it was tried.
    pub tries: u32,
    /// What the partner was asked, and how it answered.
    pub calls: CallLog,
    /// Goes up at every change; a changeset names the one it was decided on.
    pub version: Version,
}

/// Who made a release necessary, how and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
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
    },
    /// The grant is dead.
    Confirmed(Evidence),
    /// Somebody gave up, and the credential is destroyed: nobody here can know whether the grant is dead.
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
    /// The grant was seen to be dead.
    Dead(Vec<Proof>),
    /// It was not, or nobody could tell.
    NotYet {
        /// How long the partner asked to be left alone.
        retry_after: Option<Duration>,
    },
}

impl Release {
    /// The release of what this partner is cut from, before anything was tried. `partner` is as it was before the
    /// cut. Where no credential was held there is nothing to revoke, and it is confirmed from the first.
    #[must_use]
    pub fn begin(id: ReleaseId, partner: &Partner, held: Held, asked: Asked) -> Self {
        let (state, account) = match held {
            Held::Nothing => {
                let evidence = Evidence { at: asked.at, proofs: vec![Proof::NoCredential] };
                (ReleaseState::Confirmed(evidence), None)
            }
            Held::Secret { account, not_before } => (ReleaseState::Pending { next_try: not_before }, account),
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
            calls: CallLog::default(),
            version: Version::FIRST,
        }
    }

    /// Whether the grant may still live.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(self.state, ReleaseState::Pending { .. })
    }

    /// The release after one more try; `None` if it was over already. `random` is any number, for the jitter.
    #[must_use]
    pub fn tried(&self, at: Timestamp, calls: Vec<Call>, ending: Ending, random: u64) -> Option<Self> {
        if !self.is_pending() {
            return None;
        }
        let mut after = self.clone();
        after.tries = after.tries.saturating_add(1);
        after.calls.extend(calls);
        after.version = after.version.next();
        after.state = match ending {
            Ending::Dead(proofs) => ReleaseState::Confirmed(Evidence { at, proofs }),
            Ending::NotYet { retry_after } => {
                let delay = retry::delay(after.tries, retry_after, random);
                ReleaseState::Pending { next_try: at.plus(delay) }
            }
        };
        Some(after)
    }

    /// The release given up by somebody; `None` if it was over already.
    #[must_use]
    pub fn forced(&self, forced: Forced) -> Option<Self> {
        let version = self.version.next();
        self.is_pending().then(|| Self { state: ReleaseState::Forced(forced), version, ..self.clone() })
    }
}

/// What was held of a connection that is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
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
            Self::Forced(_) => "forced",
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Status;

    fn release(held: Held) -> Release {
        let partner = Partner {
            tenant: TenantId(Uuid::from_u128(1)),
            id: PartnerId(Uuid::from_u128(2)),
            display_name: "P".into(),
            onboarding_url: None,
            connector: ConnectorKind::OAuth2,
            profile: None,
            status: Status::Onboarded,
            last_connection: Timestamp::NEVER,
            generation: Generation(3),
            version: Version(4),
        };
        let by = Correlated { actor: Actor::Gangway, correlation: Uuid::nil() };
        let asked = Asked { by, activity: Activity::Disconnect, at: Timestamp::NEVER };
        Release::begin(ReleaseId(Uuid::from_u128(5)), &partner, held, asked)
    }

    fn pending() -> Release {
        release(Held::Secret { account: None, not_before: Timestamp::NEVER })
    }

    fn forced() -> Forced {
        Forced { by: Actor::Operator, at: Timestamp::NEVER, reason: "r".into() }
    }

    #[test]
    fn a_release_belongs_to_the_generation_that_was_cut() {
        assert_eq!(pending().generation, Generation(3));
        assert!(pending().is_pending() && !release(Held::Nothing).is_pending());
    }

    #[test]
    fn what_is_over_stays_over() {
        let dead = Ending::Dead(vec![Proof::RefreshTokenRefused]);
        let confirmed = pending().tried(Timestamp::NEVER, Vec::new(), dead.clone(), 0).unwrap();
        let given_up = pending().forced(forced()).unwrap();
        for over in [confirmed, given_up, release(Held::Nothing)] {
            assert_eq!(over.tried(Timestamp::NEVER, Vec::new(), dead.clone(), 0), None);
            assert_eq!(over.forced(forced()), None);
        }
    }

    #[test]
    fn every_change_has_a_version_of_its_own() {
        let tried =
            pending().tried(Timestamp::NEVER, Vec::new(), Ending::NotYet { retry_after: None }, 7).unwrap();
        assert_eq!((tried.version, tried.tries), (Version::FIRST.next(), 1));
        assert_eq!(tried.forced(forced()).unwrap().version, Version::FIRST.next().next());
    }
}
