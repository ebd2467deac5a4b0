//! What a changeset comes to in statements.

use gangway_domain::{Partner, ProfileName, TenantId};
use gangway_engine::{About, PartnerChange, SettingsChange, StoreError};

use super::builder::{Builder, DraftStatement, DraftTable, Fragment};
use super::request::{CommitRequest, Expected};
use super::steps;
use crate::audit::chain::{Digest, End, Head};
use crate::audit::key::{AuditKey, Mac, Tally};
use crate::changeset::{EventRow, signed};
use crate::postgres::client::value::Value;
use crate::stored_format::words;

const INSERT_PARTNER: &str = "INSERT INTO partners (part, tenant, id, display_name, onboarding_url, connector, \
    profile, status, attempt, attempt_expires, last_connection, generation, version) \
    VALUES ($1, $2, @, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
// Its own statement, behind the one that inserts: whoever deletes a partner with this id is waited for there, and what they say
// of its generation is seen by statements that begin after that.
const IS_NEW_GENERATION: &str = "SELECT 1 AS one WHERE NOT EXISTS (SELECT 1 FROM departed_partners \
    WHERE part = $1 AND tenant = $2 AND id = @ AND generation >= ?)";
const UPDATE_PARTNER: &str = "UPDATE partners SET display_name = ?, onboarding_url = ?, connector = ?, profile = ?, \
    status = ?, attempt = ?, attempt_expires = ?, last_connection = ?, generation = ?, version = ? \
    WHERE part = $1 AND tenant = $2 AND id = @ AND version = ? RETURNING part";
// Of the row that is deleted next. That it is the same row, the deletion sees by its generation.
const DEPART: &str = "INSERT INTO departed_partners (part, tenant, id, generation) \
    SELECT part, tenant, id, generation FROM partners \
    WHERE part = $1 AND tenant = $2 AND id = @ AND version = ? \
    ON CONFLICT (part, tenant, id) DO UPDATE SET generation = CASE \
    WHEN departed_partners.generation < excluded.generation THEN excluded.generation \
    ELSE departed_partners.generation END";
const DELETE_PARTNER: &str = "DELETE FROM partners WHERE part = $1 AND tenant = $2 AND id = @ AND version = ? \
    AND generation <= (SELECT generation FROM departed_partners WHERE part = $1 AND tenant = $2 AND id = @) \
    RETURNING part";
const INSERT_SETTINGS: &str = "INSERT INTO settings \
    (part, tenant, remote_assistance_state, allow_unenrolled, block_chat, version) \
    VALUES ($1, $2, ?, ?, ?, ?)";
const UPDATE_SETTINGS: &str = "UPDATE settings SET remote_assistance_state = ?, allow_unenrolled = ?, \
    block_chat = ?, version = ? WHERE part = $1 AND tenant = $2 AND version = ? RETURNING part";
const INSERT_HEAD: &str = "INSERT INTO audit_heads (part, tenant, seq, hash, mac, adopted, unlinked) \
    VALUES ($1, $2, ?, ?, ?, 0, 0)";
const UPDATE_HEAD: &str = "UPDATE audit_heads SET seq = ?, hash = ?, mac = ? \
    WHERE part = $1 AND tenant = $2 AND seq = ? AND hash = ? AND mac = ? RETURNING part";
const UPDATE_ROSTER: &str = "UPDATE audit_rosters SET tenants = ?, members = ?, mac = ? \
    WHERE part = $1 AND mac = ? RETURNING part";
const INSERT_EVENT: &str = "INSERT INTO audit_events (part, tenant, id, at, activity, operation, result, correlation, \
    actor, partner, partner_name, generation, changes, seq, hash, actor_kind, user_principal_name, user_id, \
    application_id, application_name) \
    VALUES ($1, $2, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
// An event's id may not be a silent one's either.
const IS_NO_COMMIT: &str = "SELECT 1 AS one WHERE NOT EXISTS (SELECT 1 FROM commits \
    WHERE part = $1 AND tenant = $2 AND id = ?)";
const IS_NO_EVENT: &str = "SELECT 1 AS one WHERE NOT EXISTS (SELECT 1 FROM audit_events \
    WHERE part = $1 AND tenant = $2 AND id = ?)";
const INSERT_COMMIT: &str = "INSERT INTO commits (part, tenant, id) VALUES ($1, $2, ?)";

/// Where a chain is gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) end: End,
    /// Which other tenants of the part have a chain, if it is only begun.
    pub(super) others: Option<Tally>,
}

/// An event's link: where the chain has to be, and where it is then; and what proves both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    from: (Head, Mac),
    pub(super) to: End,
    mac: Mac,
    enrolled: Option<Enrolled>,
}

/// The roster of a part with one more tenant: what proved it before, and what it is then.
#[derive(Debug, Clone, Copy)]
struct Enrolled {
    before: Mac,
    tally: Tally,
    mac: Mac,
}

impl Link {
    pub(super) fn new(key: &AuditKey, tenant: TenantId, start: &Start, event: &Digest) -> Self {
        let (end, to, part) = (start.end, start.end.next(event), tenant.part().0);
        let enrolled = start.others.filter(|_| end.head == Head::START).map(|others| {
            let tally = others.with(&key.member(tenant));
            Enrolled { before: key.roster(part, &others), tally, mac: key.roster(part, &tally) }
        });
        Self { from: (end.head, key.end(tenant, &end)), to, mac: key.end(tenant, &to), enrolled }
    }
}

/// The statements of a changeset, in this order; all of them are one transaction, and one that cannot be done as it should fails.
///
/// A row is written where a tenant's chain ends before any other: whoever was slower finds out there, and has done nothing
/// yet.
pub(super) fn statements<'a>(
    work: &'a CommitRequest,
    link: Option<&'a Link>,
) -> Result<Vec<DraftStatement<'a>>, StoreError> {
    let record = work.event.as_ref().zip(link);
    let mut builder = Builder::new(work.key(), work.partner().map(|partner| partner.0).into());
    let mut add = |fragments: Vec<_>| fragments.into_iter().for_each(|fragment| builder.add(fragment));
    if let Some((_, link)) = record {
        add(vec![head(link)]);
    }
    add(about(work)?);
    for doing in &work.doings {
        add(steps::of(doing)?);
    }
    add(record.map_or_else(|| silent(work), |(event, link)| told(event, link)));
    Ok(builder.finish())
}

fn about(work: &CommitRequest) -> Result<Vec<Fragment<'_>>, StoreError> {
    let expected = work.expected()?;
    Ok(match &work.about {
        About::Partner(PartnerChange::Insert(partner)) => {
            let generation = signed(partner.generation.0, "the generation")?.into();
            let is_new = Fragment::check(DraftTable::Departed, IS_NEW_GENERATION, vec![generation]);
            vec![
                Fragment::insert(DraftTable::Partners, INSERT_PARTNER, columns(partner)?),
                is_new.behind(DraftTable::Partners),
            ]
        }
        About::Partner(PartnerChange::Update { partner, .. }) => {
            let mut values = columns(partner)?;
            values.extend(expected.version());
            vec![Fragment::change(DraftTable::Partners, UPDATE_PARTNER, values)]
        }
        About::Partner(PartnerChange::Delete { .. }) => {
            let values = || expected.version().into_iter().collect();
            let depart = Fragment::insert(DraftTable::Departed, DEPART, values());
            let delete = Fragment::change(DraftTable::Partners, DELETE_PARTNER, values());
            vec![depart, delete.behind(DraftTable::Departed)]
        }
        About::Partner(PartnerChange::Keep { .. }) => Vec::new(),
        About::Settings(change) => vec![settings(change, expected)?],
    })
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
    if read.is_none() {
        return Ok(Fragment::insert(DraftTable::Settings, INSERT_SETTINGS, values));
    }
    values.extend(read);
    Ok(Fragment::change(DraftTable::Settings, UPDATE_SETTINGS, values))
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
    let Link { from: (from, proof), to: End { head, .. }, mac, enrolled: _ } = link;
    let mut values = vec![head.seq.into(), head.hash.0.as_slice().into(), mac.as_slice().into()];
    if *from == Head::START {
        return Fragment::insert(DraftTable::Heads, INSERT_HEAD, values);
    }
    values.extend([from.seq.into(), from.hash.0.as_slice().into(), proof.as_slice().into()]);
    Fragment::change(DraftTable::Heads, UPDATE_HEAD, values)
}

/// The record of one that has an event, and of its tenant, if that is the first.
fn told<'a>(row: &'a EventRow, link: &'a Link) -> Vec<Fragment<'a>> {
    let enrolled = link.enrolled.as_ref().map(|Enrolled { before, tally, mac }| {
        let (members, mac) = (tally.members.as_slice().into(), mac.as_slice().into());
        let values = vec![tally.tenants.into(), members, mac, before.as_slice().into()];
        Fragment::change(DraftTable::Rosters, UPDATE_ROSTER, values)
    });
    let free = Fragment::check(DraftTable::Commits, IS_NO_COMMIT, vec![row.event.id.0.into()]);
    enrolled.into_iter().chain([free, insert_event(row, link)]).collect()
}

/// The record of one that has none.
fn silent(work: &CommitRequest) -> Vec<Fragment<'_>> {
    let id = || vec![work.id.0.into()];
    let free = Fragment::check(DraftTable::Events, IS_NO_EVENT, id());
    vec![free, Fragment::insert(DraftTable::Commits, INSERT_COMMIT, id())]
}

/// What callers ask of the actor is in columns of its own, as the embedded store computes them of its JSON.
fn insert_event<'a>(row: &'a EventRow, link: &'a Link) -> Fragment<'a> {
    let EventRow { event, generation, actor, changes, .. } = row;
    let by = &event.by.actor;
    let values = vec![
        event.id.0.into(),
        event.at.ticks().into(),
        words::activity_word(event.activity).into(),
        event.activity.operation_type().as_str().into(),
        words::SUCCESS.into(),
        event.by.correlation.into(),
        actor.into(),
        event.resource.0.into(),
        (&event.resource_name).into(),
        (*generation).into(),
        changes.into(),
        link.to.head.seq.into(),
        link.to.head.hash.0.as_slice().into(),
        words::actor_kind_word(by.kind()).into(),
        by.user_principal_name().into(),
        by.user_id().into(),
        by.application_id().into(),
        by.application_name().into(),
    ];
    Fragment::insert(DraftTable::Events, INSERT_EVENT, values)
}

#[cfg(test)]
mod tests;
