//! What a changeset comes to in statements.

use gangway_domain::{Partner, ProfileName};
use gangway_engine::{About, PartnerChange, SettingsChange, StoreError};

use super::super::value::Value;
use super::draft::{Draft, Fragment, Statement, Table};
use super::steps;
use super::work::{Expected, Work};
use crate::chain::Head;
use crate::changeset::{EventRow, signed};
use crate::spelling;

const INSERT_PARTNER: &str = "INSERT INTO partners (part, tenant, id, display_name, onboarding_url, connector, \
    profile, status, attempt, attempt_expires, last_connection, generation, version) \
    VALUES ($1, $2, @, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING part";
const UPDATE_PARTNER: &str = "UPDATE partners SET display_name = ?, onboarding_url = ?, connector = ?, profile = ?, \
    status = ?, attempt = ?, attempt_expires = ?, last_connection = ?, generation = ?, version = ? \
    WHERE part = $1 AND tenant = $2 AND id = @ AND version = ? RETURNING part";
const DELETE_PARTNER: &str =
    "DELETE FROM partners WHERE part = $1 AND tenant = $2 AND id = @ AND version = ? RETURNING part";
const INSERT_SETTINGS: &str = "INSERT INTO settings \
    (part, tenant, remote_assistance_state, allow_unenrolled, block_chat, version) \
    VALUES ($1, $2, ?, ?, ?, ?) RETURNING part";
const UPDATE_SETTINGS: &str = "UPDATE settings SET remote_assistance_state = ?, allow_unenrolled = ?, \
    block_chat = ?, version = ? WHERE part = $1 AND tenant = $2 AND version = ? RETURNING part";
const INSERT_HEAD: &str =
    "INSERT INTO audit_heads (part, tenant, seq, hash) VALUES ($1, $2, ?, ?) RETURNING part";
const UPDATE_HEAD: &str = "UPDATE audit_heads SET seq = ?, hash = ? \
    WHERE part = $1 AND tenant = $2 AND seq = ? AND hash = ? RETURNING part";
const INSERT_EVENT: &str = "INSERT INTO audit_events (part, tenant, id, at, activity, operation, result, correlation, \
    actor, partner, partner_name, generation, changes, seq, hash, actor_kind, user_principal_name, user_id, \
    application_id, application_name) \
    VALUES ($1, $2, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING part";

/// An event's link: where the chain has to be, and where it is then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) from: Head,
    pub(super) to: Head,
}

/// The statements of a changeset, in this order, each of which fails unless all of it is done. There are none if there is
/// nothing to do.
///
/// A row is written where a tenant's chain ends before any other: whoever was slower finds out there, and has done nothing
/// yet.
pub(super) fn statements<'a>(
    work: &'a Work,
    link: Option<&'a Link>,
) -> Result<Vec<Statement<'a>>, StoreError> {
    let record = work.event.as_ref().zip(link);
    let mut steps = Vec::new();
    steps.extend(record.map(|(_, link)| vec![head(link)]));
    steps.extend(about(work)?.map(|fragment| vec![fragment]));
    for doing in &work.doings {
        steps.push(steps::of(doing)?);
    }
    steps.extend(record.map(|(event, link)| vec![insert_event(event, link)]));
    Ok(grouped(work, steps))
}

/// As few statements as will do.
fn grouped<'a>(work: &'a Work, steps: Vec<Vec<Fragment<'a>>>) -> Vec<Statement<'a>> {
    let draft = || Draft::new(work.key(), work.partner().map(|partner| partner.0).into());
    let mut statements = Vec::new();
    let mut current = draft();
    for step in steps {
        if !current.has_room_for(&step) {
            statements.push(std::mem::replace(&mut current, draft()).finish());
        }
        current.add(step);
    }
    if !current.is_empty() {
        statements.push(current.finish());
    }
    statements
}

fn about(work: &Work) -> Result<Option<Fragment<'_>>, StoreError> {
    let expected = work.expected()?;
    Ok(match &work.about {
        About::Partner(PartnerChange::Insert(partner)) => Some(insert_partner(partner)?),
        About::Partner(PartnerChange::Update { partner, .. }) => {
            let mut values = columns(partner)?;
            values.extend(expected.version());
            Some(Fragment { table: Some(Table::Partners), sql: UPDATE_PARTNER, values })
        }
        About::Partner(PartnerChange::Delete { .. }) => {
            let values = expected.version().into_iter().collect();
            Some(Fragment { table: Some(Table::Partners), sql: DELETE_PARTNER, values })
        }
        About::Partner(PartnerChange::Keep { .. }) => None,
        About::Settings(change) => Some(settings(change, expected)?),
    })
}

fn insert_partner(partner: &Partner) -> Result<Fragment<'_>, StoreError> {
    Ok(Fragment { table: Some(Table::Partners), sql: INSERT_PARTNER, values: columns(partner)? })
}

fn columns(partner: &Partner) -> Result<Vec<Value<'_>>, StoreError> {
    let attempt = partner.attempt();
    let mut values = Vec::with_capacity(11);
    values.extend([
        (&partner.display_name).into(),
        partner.onboarding_url.as_ref().into(),
        partner.connector.as_str().into(),
        partner.profile.as_ref().map(ProfileName::as_str).into(),
        partner.status.onboarding_status().as_str().into(),
        attempt.map(|attempt| attempt.id.0).into(),
        attempt.map(|attempt| attempt.expires.ticks()).into(),
        partner.last_connection.ticks().into(),
        signed(partner.generation.0, "the generation")?.into(),
        signed(partner.version.0, "the version")?.into(),
    ]);
    Ok(values)
}

fn settings(change: &SettingsChange, expected: Expected) -> Result<Fragment<'static>, StoreError> {
    let settings = &change.settings;
    let mut values = vec![
        settings.remote_assistance_state.as_str().into(),
        settings.allow_sessions_to_unenrolled_devices.into(),
        settings.block_chat.into(),
        signed(settings.version.0, "the version")?.into(),
    ];
    let read = expected.version();
    let sql = if read.is_some() { UPDATE_SETTINGS } else { INSERT_SETTINGS };
    values.extend(read);
    Ok(Fragment { table: Some(Table::Settings), sql, values })
}

impl Expected {
    fn version(self) -> Option<Value<'static>> {
        match self {
            Self::At(version) => Some(version.into()),
            Self::Anything | Self::Free | Self::Unset => None,
        }
    }
}

fn head(link: &Link) -> Fragment<'_> {
    let Link { from, to } = link;
    let mut values = vec![to.seq.into(), to.hash.0.as_slice().into()];
    let sql = if *from == Head::START {
        INSERT_HEAD
    } else {
        values.extend([from.seq.into(), from.hash.0.as_slice().into()]);
        UPDATE_HEAD
    };
    Fragment { table: Some(Table::Heads), sql, values }
}

/// What callers ask of the actor is in columns of its own, as the embedded store computes them of its JSON.
fn insert_event<'a>(row: &'a EventRow, link: &'a Link) -> Fragment<'a> {
    let EventRow { event, generation, actor, changes, .. } = row;
    let by = &event.by.actor;
    let values = vec![
        event.id.0.into(),
        event.at.ticks().into(),
        spelling::of_activity(event.activity).into(),
        event.activity.operation_type().as_str().into(),
        spelling::SUCCESS.into(),
        event.by.correlation.into(),
        actor.into(),
        event.resource.0.into(),
        (&event.resource_name).into(),
        (*generation).into(),
        changes.into(),
        link.to.seq.into(),
        link.to.hash.0.as_slice().into(),
        spelling::of_actor_kind(by.kind()).into(),
        by.user_principal_name().into(),
        by.user_id().into(),
        by.application_id().into(),
        by.application_name().into(),
    ];
    Fragment { table: Some(Table::Events), sql: INSERT_EVENT, values }
}

#[cfg(test)]
mod tests;
