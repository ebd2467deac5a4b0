use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::{
    Activity, Actor, ConnectorKind, Correlated, Generation, Partner, PartnerId, ReleaseId, TenantId,
    Timestamp, Version, retry,
};

/// The name of one way to connect a partner, as the configuration has it: 1 to 64 of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileName(String);

/// The text is no profile's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a profile's name is 1 to 64 of a-z, 0-9 and '-'")]
pub struct NotAProfileName;

impl ProfileName {
    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = NotAProfileName;

    fn from_str(text: &str) -> Result<Self, NotAProfileName> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let good = (1..=64).contains(&text.len()) && text.bytes().all(allowed);
        if good { Ok(Self(text.to_owned())) } else { Err(NotAProfileName) }
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose account at the partner the grant is for, as the partner said when it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The partner's id for it, at most [`MAX_ACCOUNT`] characters.
    pub id: String,
    /// What people call it, at most [`MAX_ACCOUNT`] characters.
    pub name: Option<String>,
}

/// The longest account id and name kept, in characters.
pub const MAX_ACCOUNT: usize = 256;

impl Account {
    /// An account, its texts cut to what is kept and without control characters.
    #[must_use]
    pub fn new(id: &str, name: Option<&str>) -> Self {
        let kept = |text: &str| text.chars().filter(|c| !c.is_control()).take(MAX_ACCOUNT).collect();
        Self { id: kept(id), name: name.map(kept) }
    }
}

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

/// What was seen that proves a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// When it was seen.
    pub at: Timestamp,
    /// What was seen; one for each thing that could have been used, and never empty.
    pub proofs: Vec<Proof>,
}

/// One thing that could have been used, and why it cannot be any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The partner never gave a credential.
    NoCredential,
    /// The partner's introspection says that the refresh token is not active (RFC 7662).
    RefreshTokenInactive,
    /// The partner refused to refresh with it (RFC 6749, section 5.2, `invalid_grant`).
    RefreshTokenRefused,
    /// There was no refresh token.
    NoRefreshToken,
    /// The partner's introspection says that the access token is not active (RFC 7662).
    AccessTokenInactive,
    /// The partner refused a call with it.
    AccessTokenRefused,
    /// The partner had limited its life, and that is over.
    AccessTokenExpired,
    /// The partner refused to give tokens for the authorization code; a code that was used kills what it gave
    /// (RFC 6749, section 4.1.2).
    CodeRefused,
}

impl Proof {
    /// Every proof there is.
    pub const ALL: [Self; 8] = [
        Self::NoCredential,
        Self::RefreshTokenInactive,
        Self::RefreshTokenRefused,
        Self::NoRefreshToken,
        Self::AccessTokenInactive,
        Self::AccessTokenRefused,
        Self::AccessTokenExpired,
        Self::CodeRefused,
    ];

    /// Its word in receipts, answers and stored rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCredential => "noCredential",
            Self::RefreshTokenInactive => "refreshTokenInactive",
            Self::RefreshTokenRefused => "refreshTokenRefused",
            Self::NoRefreshToken => "noRefreshToken",
            Self::AccessTokenInactive => "accessTokenInactive",
            Self::AccessTokenRefused => "accessTokenRefused",
            Self::AccessTokenExpired => "accessTokenExpired",
            Self::CodeRefused => "codeRefused",
        }
    }

    /// The proof with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.as_str() == word)
    }
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

/// One call to the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When its answer came, or it was given up.
    pub at: Timestamp,
    /// What was asked.
    pub step: Step,
    /// What was answered; never a secret. At most [`MAX_ANSWER`] characters.
    pub answer: String,
}

/// The longest answer kept, in characters.
pub const MAX_ANSWER: usize = 200;

impl Call {
    /// A call, its answer cut to what is kept and without control characters.
    #[must_use]
    pub fn new(at: Timestamp, step: Step, answer: &str) -> Self {
        let answer = answer.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_ANSWER).collect();
        Self { at, step, answer }
    }
}

/// What a partner is asked while it is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// To give the tokens for a code, so that they can be revoked.
    Redeem,
    /// For a fresh token, where the dialect needs a live one or to see whether it is still given.
    Refresh,
    /// To revoke the refresh token.
    RevokeRefreshToken,
    /// To revoke the access token.
    RevokeAccessToken,
    /// Whether the credential is still good.
    Probe,
    /// Nothing could be asked, because something is missing here.
    Prepare,
}

impl Step {
    /// Every step there is.
    pub const ALL: [Self; 6] = [
        Self::Redeem,
        Self::Refresh,
        Self::RevokeRefreshToken,
        Self::RevokeAccessToken,
        Self::Probe,
        Self::Prepare,
    ];

    /// Its word in receipts, answers and stored rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redeem => "redeem",
            Self::Refresh => "refresh",
            Self::RevokeRefreshToken => "revokeRefreshToken",
            Self::RevokeAccessToken => "revokeAccessToken",
            Self::Probe => "probe",
            Self::Prepare => "prepare",
        }
    }

    /// The step with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == word)
    }
}

/// The calls of a release: the first and the last of them, so that a partner which is down for a year does not
/// fill the store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallLog {
    /// The first, oldest first; at most [`CallLog::FIRST`].
    pub first: Vec<Call>,
    /// How many came after those and are not kept.
    pub omitted: u64,
    /// The last, oldest first; at most [`CallLog::LAST`].
    pub last: Vec<Call>,
}

impl CallLog {
    /// How many of the first calls are kept.
    pub const FIRST: usize = 16;
    /// How many of the last calls are kept.
    pub const LAST: usize = 32;

    /// Adds calls at the end.
    pub fn extend(&mut self, calls: impl IntoIterator<Item = Call>) {
        for call in calls {
            if self.first.len() < Self::FIRST && self.last.is_empty() && self.omitted == 0 {
                self.first.push(call);
                continue;
            }
            if self.last.len() >= Self::LAST {
                self.last.remove(0);
                self.omitted = self.omitted.saturating_add(1);
            }
            self.last.push(call);
        }
    }

    /// All calls that are kept, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.first.iter().chain(&self.last)
    }

    /// The last call there was.
    #[must_use]
    pub fn latest(&self) -> Option<&Call> {
        self.iter().last()
    }
}

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
