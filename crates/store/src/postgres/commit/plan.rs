//! What a changeset comes to in statements.

use std::sync::LazyLock;

use gangway_domain::{Partner, TenantId};
use gangway_engine::{About, PartnerChange, SettingsChange, StoreError};

use super::builder::{Builder, DraftStatement, DraftTable, Fragment};
use super::request::{CommitRequest, Expected};
use super::steps;
use crate::audit::chain::{Digest, End, Head};
use crate::audit::key::{AuditKey, Mac, Tally};
use crate::changeset::{EventRow, signed};
use crate::postgres::client::value::Value;
use crate::rows::table::Table;
use crate::rows::{PartnerColumn, SettingsColumn, partner_value, settings_value};
use crate::stored_format::words;

static INSERT_PARTNER: LazyLock<String> = LazyLock::new(|| insert(&PartnerColumn::TABLE, "$1, $2, @"));
// Its own statement, behind the one that inserts: whoever deletes a partner with this id is waited for there, and what they say
// of its generation is seen by statements that begin after that.
const IS_NEW_GENERATION: &str = "SELECT 1 AS one WHERE NOT EXISTS (SELECT 1 FROM departed_partners \
    WHERE part = $1 AND tenant = $2 AND id = @ AND generation >= ?)";
static UPDATE_PARTNER: LazyLock<String> =
    LazyLock::new(|| update(&PartnerColumn::TABLE, "part = $1 AND tenant = $2 AND id = @ AND version = ?"));
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
static INSERT_SETTINGS: LazyLock<String> = LazyLock::new(|| insert(&SettingsColumn::TABLE, "$1, $2"));
static UPDATE_SETTINGS: LazyLock<String> =
    LazyLock::new(|| update(&SettingsColumn::TABLE, "part = $1 AND tenant = $2 AND version = ?"));
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
                Fragment::insert(DraftTable::Partners, &INSERT_PARTNER, columns(partner)),
                is_new.behind(DraftTable::Partners),
            ]
        }
        About::Partner(PartnerChange::Update { partner, .. }) => {
            let mut values = columns(partner);
            values.extend(expected.version());
            vec![Fragment::change(DraftTable::Partners, &UPDATE_PARTNER, values)]
        }
        About::Partner(PartnerChange::Delete { .. }) => {
            let values = || expected.version().into_iter().collect();
            let depart = Fragment::insert(DraftTable::Departed, DEPART, values());
            let delete = Fragment::change(DraftTable::Partners, DELETE_PARTNER, values());
            vec![depart, delete.behind(DraftTable::Departed)]
        }
        About::Partner(PartnerChange::Keep { .. }) => Vec::new(),
        About::Settings(change) => vec![settings(change, expected)],
    })
}

/// Inserts a row of this table, whose key is that.
fn insert(table: &Table, key: &str) -> String {
    let marks = ", ?".repeat(table.columns.len() - table.key);
    format!("INSERT INTO {} ({}) VALUES ({key}{marks})", table.name, table.all_names())
}

/// Sets everything but the key where this holds.
fn update(table: &Table, condition: &str) -> String {
    let set: Vec<_> = table.names().skip(table.key).map(|name| format!("{name} = ?")).collect();
    format!("UPDATE {} SET {} WHERE {condition} RETURNING part", table.name, set.join(", "))
}

/// What is in the columns behind the key.
fn columns(partner: &Partner) -> Vec<Value<'_>> {
    let behind_key = PartnerColumn::ALL.iter().skip(PartnerColumn::TABLE.key);
    behind_key.map(|column| partner_value(partner, *column).into()).collect()
}

fn settings(change: &SettingsChange, expected: Expected) -> Fragment<'_> {
    let behind_key = SettingsColumn::ALL.iter().skip(SettingsColumn::TABLE.key);
    let mut values: Vec<_> =
        behind_key.map(|column| settings_value(&change.settings, *column).into()).collect();
    let read = expected.version();
    if read.is_none() {
        return Fragment::insert(DraftTable::Settings, &INSERT_SETTINGS, values);
    }
    values.extend(read);
    Fragment::change(DraftTable::Settings, &UPDATE_SETTINGS, values)
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
