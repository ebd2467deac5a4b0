//! What Gangway knows about partners and settings, apart from any database, network, clock or
//! source of randomness.
//!
//! Everything here is a value or a pure function: [`decide`] says what a command does to a partner,
//! and [`AuditEvent`] is the record that it was done.
#![deny(missing_docs)]

mod activity;
mod actor;
mod audit;
mod caller;
mod ids;
mod partner;
mod permission;
mod release;
mod settings;
mod timestamp;
mod token_set;

pub use activity::{Activity, OperationType};
pub use actor::{Actor, ActorKind, Correlated};
pub use audit::{AuditEvent, Audited, AuditedChange, Transition};
pub use caller::{Caller, PERSONAL_ACCOUNTS_TENANT, Subject};
pub use ids::{
    AttemptId, AuditEventId, ChangesetId, Generation, Part, PartnerId, ReleaseId, ResourceId, TenantId,
    TokenId, Version,
};
pub use partner::{
    Account, Attempt, Change, Command, ConnectorKind, Cut, Decision, InvalidProperty, MAX_ACCOUNT,
    MAX_DISPLAY_NAME, MAX_ONBOARDING_URL, NotAProfileName, OnboardingStatus, Outcome, Partner, ProfileName,
    Property, Refusal, Status, StatusChange, Update, create, decide,
};
pub use permission::{Permission, PermissionSet};
pub use release::retry;
pub use release::{
    Call, CallLog, Ending, Forced, HeldCredential, MAX_ANSWER, MAX_REASON, Obstacle, Release, ReleaseState,
    RequestedBy, Step,
};
pub use settings::{RemoteAssistanceState, Settings, SettingsProperty, SettingsUpdate};
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use token_set::{
    CLOCK_LEEWAY, CONFIRM_DEAD_AFTER, Dead, DeadToken, End, Evidence, Given, Life, Missing, MissingKind,
    Origin, Probe, Proof, SeenAlive, Token, TokenKind, TokenLog, TokenRecord, TokenSet, Unread,
};
