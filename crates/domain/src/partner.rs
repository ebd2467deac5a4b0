//! A remote-assistance partner: what it is, and what can become of it.

mod account;
mod decide;
mod profile_name;
mod property;

use std::fmt;

pub use account::{Account, MAX_ACCOUNT};
pub use decide::{Change, Command, Cut, Decision, Outcome, Refusal, create, decide};
pub use profile_name::{NotAProfileName, ProfileName};
pub use property::{InvalidProperty, MAX_DISPLAY_NAME, MAX_ONBOARDING_URL, Property, StatusChange, Update};

use crate::{AttemptId, Generation, PartnerId, TenantId, Timestamp, Version};

/// A remote-assistance partner of one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id in that tenant.
    pub id: PartnerId,
    /// What people call it; empty if nobody named it.
    pub display_name: String,
    /// The partner's portal, where an administrator sets the service up.
    pub onboarding_url: Option<String>,
    /// The code that speaks this partner's dialect.
    pub connector: ConnectorKind,
    /// The profile it is connected by; `None` for one that was created over Graph.
    pub profile: Option<ProfileName>,
    /// Whether it can be used.
    pub status: Status,
    /// The last request the partner sent to us; [`Timestamp::NEVER`] if it never did.
    pub last_connection: Timestamp,
    /// Goes up at every fence.
    pub generation: Generation,
    /// Goes up at every change.
    pub version: Version,
}

/// Which code speaks a partner's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectorKind {
    /// Nobody is at the other end: a page of ours plays the partner's consent, and its tokens open
    /// nothing. So a test may also set its status and last connection by hand.
    Simulated,
    /// A partner without a credential: a base URL that is opened with a device's id. To begin
    /// onboarding switches it on and to disconnect switches it off; there is nothing to wait for
    /// and nothing to revoke.
    Link,
    /// A partner that speaks OAuth 2.0 as the RFCs have it.
    OAuth2,
    /// `TeamViewer`'s Web API.
    TeamViewer,
}

/// Where a partner is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not connected.
    NotOnboarded,
    /// Somebody began to connect it and has not finished.
    Onboarding {
        /// The try that is under way; there is never more than one.
        attempt: Attempt,
    },
    /// Connected: sessions can be started.
    Onboarded,
}

/// One try at onboarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Which one.
    pub id: AttemptId,
    /// From this moment on it can no longer be completed.
    pub expires: Timestamp,
}

/// [`Status`] without what it carries: the three members of Graph's
/// `remoteAssistanceOnboardingStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnboardingStatus {
    /// See [`Status::NotOnboarded`].
    NotOnboarded,
    /// See [`Status::Onboarding`].
    Onboarding,
    /// See [`Status::Onboarded`].
    Onboarded,
}

impl ConnectorKind {
    /// Every kind there is.
    pub const ALL: [Self; 4] = [Self::Simulated, Self::Link, Self::OAuth2, Self::TeamViewer];

    /// Its word in settings, answers and stored rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::Link => "link",
            Self::OAuth2 => "oauth2",
            Self::TeamViewer => "teamviewer",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether its partners give a credential when they consent.
    #[must_use]
    pub const fn gives_credentials(self) -> bool {
        match self {
            Self::Simulated | Self::OAuth2 | Self::TeamViewer => true,
            Self::Link => false,
        }
    }

    /// Whether its partners consent on pages of their own, where a browser has to be sent.
    #[must_use]
    pub const fn consents_elsewhere(self) -> bool {
        match self {
            Self::OAuth2 | Self::TeamViewer => true,
            Self::Simulated | Self::Link => false,
        }
    }

    /// Whether it holds no credential of a real partner and its status is a setting, not a fact.
    #[must_use]
    pub const fn status_may_be_set(self) -> bool {
        match self {
            Self::Simulated => true,
            Self::Link | Self::OAuth2 | Self::TeamViewer => false,
        }
    }
}

impl Status {
    /// Which of the three it is.
    #[must_use]
    pub const fn onboarding_status(&self) -> OnboardingStatus {
        match self {
            Self::NotOnboarded => OnboardingStatus::NotOnboarded,
            Self::Onboarding { .. } => OnboardingStatus::Onboarding,
            Self::Onboarded => OnboardingStatus::Onboarded,
        }
    }
}

impl Partner {
    /// One that nothing is known of yet: without a name, not onboarded, never changed.
    #[must_use]
    pub const fn blank(tenant: TenantId, id: PartnerId, connector: ConnectorKind) -> Self {
        Self {
            tenant,
            id,
            display_name: String::new(),
            onboarding_url: None,
            connector,
            profile: None,
            status: Status::NotOnboarded,
            last_connection: Timestamp::NEVER,
            generation: Generation::FIRST,
            version: Version::FIRST,
        }
    }

    /// The attempt that is under way, if one is.
    #[must_use]
    pub const fn attempt(&self) -> Option<&Attempt> {
        match &self.status {
            Status::Onboarding { attempt } => Some(attempt),
            Status::NotOnboarded | Status::Onboarded => None,
        }
    }

    /// When the attempt under way expires, as beta shows it; [`Timestamp::NEVER`] if none is.
    #[must_use]
    pub fn attempt_expires(&self) -> Timestamp {
        self.attempt().map_or(Timestamp::NEVER, |attempt| attempt.expires)
    }
}

impl OnboardingStatus {
    /// The member's name in Graph's schema.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotOnboarded => "notOnboarded",
            Self::Onboarding => "onboarding",
            Self::Onboarded => "onboarded",
        }
    }

    /// The member with this name, compared exactly.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::NotOnboarded, Self::Onboarding, Self::Onboarded].into_iter().find(|s| s.as_str() == name)
    }
}

impl fmt::Display for OnboardingStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
