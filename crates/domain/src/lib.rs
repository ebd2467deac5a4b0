//! What Gangway knows about partners and settings, apart from any database, network, clock or source of randomness.
//!
//! Everything here is a value or a pure function: [`decide`] says what a command does to a partner,
//! [`authorize`] says who may ask for it, and [`AuditEvent`] is the record that it was done.
#![deny(missing_docs)]

mod account;
mod audit;
mod authorize;
mod call;
mod caller;
mod decide;
mod evidence;
mod ids;
mod obstacle;
mod partner;
mod permission;
mod profile_name;
mod property;
mod release;
pub mod retry;
mod settings;
mod timestamp;
mod token_set;

pub use account::{Account, MAX_ACCOUNT};
pub use audit::{
    Activity, Actor, ActorKind, AuditEvent, Audited, AuditedChange, Correlated, OperationType, Transition,
};
pub use authorize::{Denial, Operation, Profile, authorize};
pub use call::{Call, CallLog, MAX_ANSWER, Step};
pub use caller::{Caller, PERSONAL_ACCOUNTS_TENANT, Subject};
pub use decide::{Change, Command, Cut, Decision, Outcome, Refusal, create, decide};
pub use evidence::{Evidence, Proof};
pub use ids::{
    AttemptId, AuditEventId, ChangesetId, Generation, Part, PartnerId, ReleaseId, ResourceId, TenantId,
    TokenId, Version,
};
pub use obstacle::Obstacle;
pub use partner::{Attempt, ConnectorKind, OnboardingStatus, Partner, Status};
pub use permission::{Permission, PermissionSet};
pub use profile_name::{NotAProfileName, ProfileName};
pub use property::{InvalidProperty, MAX_DISPLAY_NAME, MAX_ONBOARDING_URL, Property, StatusChange, Update};
pub use release::{Ending, Forced, HeldCredential, MAX_REASON, Release, ReleaseState, RequestedBy};
pub use settings::{RemoteAssistanceState, Settings, SettingsProperty, SettingsUpdate};
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use token_set::{
    CLOCK_LEEWAY, Dead, DeadToken, End, Given, Life, Missing, MissingKind, Origin, Probe, SeenAlive,
    TOLD_AGAIN_AFTER, Token, TokenKind, TokenLog, TokenRecord, TokenSet, Unread,
};
