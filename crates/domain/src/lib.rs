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
mod timestamp;

pub use audit::{Activity, Actor, AuditEvent, Correlated, OperationType, PropertyChange, Transition};
pub use authorize::{Denial, Operation, Profile, authorize};
pub use caller::{Caller, PERSONAL_ACCOUNTS_TENANT, Subject};
pub use decide::{Change, Command, Decision, Outcome, Refusal, create, decide};
pub use ids::{AttemptId, AuditEventId, Generation, Part, PartnerId, TenantId, Version};
pub use partner::{Attempt, Connector, OnboardingStatus, Partner, Status};
pub use permission::{Permission, PermissionSet};
pub use property::{InvalidProperty, MAX_DISPLAY_NAME, MAX_ONBOARDING_URL, Property, StatusChange, Update};
pub use timestamp::{InvalidTimestamp, Timestamp};
