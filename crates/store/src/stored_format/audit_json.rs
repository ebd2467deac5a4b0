//! The parts of an audit event that are kept as JSON: who did it, and what changed. The records here are the stored format;
//! the domain's types may change without it. What queries look for in it is named once more in the last migrations, as
//! columns, and in `render/audit_shape.rs`.
//! Releases keep who did something in the same form.

use std::borrow::Cow;

use gangway_domain::{Actor, Audited, AuditedChange, Caller, Permission, Subject, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ActorRecord<'a> {
    Caller {
        tenant: String,
        subject: SubjectRecord<'a>,
        permissions: Vec<Cow<'a, str>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        application_id: Option<Cow<'a, str>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        application_name: Option<Cow<'a, str>>,
    },
    Partner,
    Gangway,
    Operator,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum SubjectRecord<'a> {
    User {
        id: Cow<'a, str>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        principal_name: Option<Cow<'a, str>>,
    },
    PersonalUser {
        id: Cow<'a, str>,
    },
    Application {
        id: Cow<'a, str>,
    },
}

#[derive(Serialize, Deserialize)]
struct ChangeRecord<'a> {
    property: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new: Option<Cow<'a, str>>,
}

pub(crate) fn actor_to_json(actor: &Actor) -> serde_json::Result<String> {
    serde_json::to_string(&actor_record(actor))
}

/// `None` if the text is nothing that [`actor_to_json`] writes.
pub(crate) fn actor_from_json(text: &str) -> Option<Actor> {
    actor_from_record(serde_json::from_str(text).ok()?)
}

pub(crate) fn actor_record(actor: &Actor) -> ActorRecord<'_> {
    match actor {
        Actor::Caller(caller) => ActorRecord::Caller {
            tenant: caller.tenant.to_string(),
            subject: subject_record(&caller.subject),
            permissions: caller.permissions.iter().map(|p| p.name().into()).collect(),
            application_id: borrowed(caller.application_id.as_ref()),
            application_name: borrowed(caller.application_name.as_ref()),
        },
        Actor::Partner => ActorRecord::Partner,
        Actor::Gangway => ActorRecord::Gangway,
        Actor::Operator => ActorRecord::Operator,
    }
}

/// `None` if it is nothing that [`actor_record`] makes.
pub(crate) fn actor_from_record(record: ActorRecord<'_>) -> Option<Actor> {
    Some(match record {
        ActorRecord::Caller { tenant, subject, permissions, application_id, application_name } => {
            Actor::Caller(Box::new(Caller {
                tenant: TenantId(Uuid::try_parse(&tenant).ok()?),
                subject: subject_from_record(subject),
                permissions: permissions.iter().map(|p| Permission::from_name(p)).collect::<Option<_>>()?,
                application_id: application_id.map(Cow::into_owned),
                application_name: application_name.map(Cow::into_owned),
            }))
        }
        ActorRecord::Partner => Actor::Partner,
        ActorRecord::Gangway => Actor::Gangway,
        ActorRecord::Operator => Actor::Operator,
    })
}

pub(crate) fn changes_to_json(changes: &[AuditedChange]) -> serde_json::Result<String> {
    let records: Vec<_> = changes
        .iter()
        .map(|change| ChangeRecord {
            property: change.what.name().into(),
            old: borrowed(change.old.as_ref()),
            new: borrowed(change.new.as_ref()),
        })
        .collect();
    serde_json::to_string(&records)
}

/// `None` if the text is nothing that [`changes_to_json`] writes.
pub(crate) fn changes_from_json(text: &str) -> Option<Vec<AuditedChange>> {
    let records: Vec<ChangeRecord<'_>> = serde_json::from_str(text).ok()?;
    records
        .into_iter()
        .map(|record| {
            Some(AuditedChange {
                what: Audited::from_name(&record.property)?,
                old: record.old.map(Cow::into_owned),
                new: record.new.map(Cow::into_owned),
            })
        })
        .collect()
}

fn subject_record(subject: &Subject) -> SubjectRecord<'_> {
    match subject {
        Subject::User { id, principal_name } => {
            SubjectRecord::User { id: id.into(), principal_name: borrowed(principal_name.as_ref()) }
        }
        Subject::PersonalUser { id } => SubjectRecord::PersonalUser { id: id.into() },
        Subject::Application { id } => SubjectRecord::Application { id: id.into() },
    }
}

fn subject_from_record(record: SubjectRecord<'_>) -> Subject {
    match record {
        SubjectRecord::User { id, principal_name } => {
            Subject::User { id: id.into_owned(), principal_name: principal_name.map(Cow::into_owned) }
        }
        SubjectRecord::PersonalUser { id } => Subject::PersonalUser { id: id.into_owned() },
        SubjectRecord::Application { id } => Subject::Application { id: id.into_owned() },
    }
}

fn borrowed(text: Option<&String>) -> Option<Cow<'_, str>> {
    text.map(Cow::from)
}
