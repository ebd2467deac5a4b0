//! What Gangway knows about partners, apart from any database, network, clock or source of randomness.
//!
//! Everything here is a value or a pure function: [`decide`] says what a command does to a partner,
//! [`authorize`] says who may ask for it, and [`AuditEvent`] is the record that it was done.
#![deny(missing_docs)]

mod audit;
mod authorize;
mod caller;
mod decide;
mod ids;
mod partner;
mod permission;
mod property;
mod release;
pub mod retry;
mod timestamp;

pub use audit::{Activity, Actor, AuditEvent, Audited, AuditedChange, Correlated, OperationType, Transition};
pub use authorize::{Denial, Operation, Profile, authorize};
pub use caller::{Caller, PERSONAL_ACCOUNTS_TENANT, Subject};
pub use decide::{Change, Command, Cut, Decision, Outcome, Refusal, create, decide};
pub use ids::{AttemptId, AuditEventId, Generation, Part, PartnerId, ReleaseId, TenantId, Version};
pub use partner::{Attempt, ConnectorKind, OnboardingStatus, Partner, Status};
pub use permission::{Permission, PermissionSet};
pub use property::{InvalidProperty, MAX_DISPLAY_NAME, MAX_ONBOARDING_URL, Property, StatusChange, Update};
pub use release::{
    Account, Asked, Call, CallLog, Ending, Evidence, Forced, Held, MAX_ACCOUNT, MAX_ANSWER, MAX_REASON,
    NotAProfileName, ProfileName, Proof, Release, ReleaseState, Step,
};
pub use timestamp::{InvalidTimestamp, Timestamp};
