//! From rows to what they are rows of, for every backend alike: the same columns in the same order, whatever keeps them.

mod attempt;
mod audit_event;
mod credential;
mod page;
mod partner;
mod release;
mod secret;
mod settings;
pub(crate) mod table;

use gangway_domain::{Account, ConnectorKind, Generation, PartnerId, ProfileName, Timestamp, Version};
use gangway_engine::{Sealed, SortKey};
use uuid::Uuid;

pub(crate) use attempt::attempt;
pub(crate) use audit_event::audit_event;
pub(crate) use credential::credential;
pub(crate) use page::{Filling, Item};
pub(crate) use partner::{PartnerColumn, partner, partner_value};
pub(crate) use release::{due_release, field, pending_releases, release};
pub(crate) use secret::SecretTable;
pub(crate) use settings::{SettingsColumn, settings, settings_value};

/// The names of columns, as they are selected to be read here.
pub(crate) mod columns {
    pub(crate) use super::attempt::attempt_columns as attempt;
    pub(crate) use super::audit_event::audit_event_columns as audit_event;
    pub(crate) use super::partner::partner_columns as partner;
    pub(crate) use super::release::release_columns as release;
    pub(crate) use super::settings::settings_columns as settings;
}

/// A row of an answer. Each column is read as what it is, or nothing if it is null.
pub(crate) trait Row {
    fn integer(&self, column: usize) -> Result<Option<i64>, OtherType>;

    fn truth(&self, column: usize) -> Result<Option<bool>, OtherType>;

    fn text(&self, column: usize) -> Result<Option<&str>, OtherType>;

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, OtherType>;

    fn id(&self, column: usize) -> Result<Option<Uuid>, OtherType>;

    fn sealed(&self, column: usize) -> Result<Option<Sealed>, OtherType>;

    /// Whatever it is, as a place in an order has it; ids as bytes.
    fn key(&self, column: usize) -> Result<SortKey, OtherType>;

    /// How many columns there are.
    fn width(&self) -> usize;
}

/// The column is none of this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OtherType;

/// A row holds what no version of this program writes. It says of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored {0} makes no sense")]
pub(crate) struct Senseless(pub(crate) &'static str);

type Read<T> = Result<T, Senseless>;

fn there<T>(read: Result<Option<T>, OtherType>, what: &'static str) -> Read<T> {
    read.ok().flatten().ok_or(Senseless(what))
}

pub(crate) fn text<'a>(row: &'a impl Row, column: usize, what: &'static str) -> Read<&'a str> {
    there(row.text(column), what)
}

pub(crate) fn text_or_null(row: &impl Row, column: usize, what: &'static str) -> Read<Option<String>> {
    Ok(row.text(column).map_err(|OtherType| Senseless(what))?.map(str::to_owned))
}

pub(crate) fn integer(row: &impl Row, column: usize, what: &'static str) -> Read<i64> {
    there(row.integer(column), what)
}

pub(crate) fn unsigned(row: &impl Row, column: usize, what: &'static str) -> Read<u64> {
    integer(row, column, what)?.try_into().map_err(|_| Senseless(what))
}

pub(crate) fn truth(row: &impl Row, column: usize, what: &'static str) -> Read<bool> {
    there(row.truth(column), what)
}

pub(crate) fn id(row: &impl Row, column: usize, what: &'static str) -> Read<Uuid> {
    there(row.id(column), what)
}

pub(crate) fn time(row: &impl Row, column: usize, what: &'static str) -> Read<Timestamp> {
    Timestamp::from_ticks(integer(row, column, what)?).ok_or(Senseless(what))
}

pub(crate) fn time_or_null(row: &impl Row, column: usize, what: &'static str) -> Read<Option<Timestamp>> {
    let ticks = row.integer(column).map_err(|OtherType| Senseless(what))?;
    ticks.map(|ticks| Timestamp::from_ticks(ticks).ok_or(Senseless(what))).transpose()
}

pub(crate) fn sealed(row: &impl Row, column: usize, what: &'static str) -> Read<Sealed> {
    there(row.sealed(column), what)
}

fn partner_id(row: &impl Row, column: usize) -> Read<PartnerId> {
    id(row, column, "id of a partner").map(PartnerId)
}

fn connector(row: &impl Row, column: usize) -> Read<ConnectorKind> {
    ConnectorKind::from_word(text(row, column, "connector")?).ok_or(Senseless("connector"))
}

fn profile(row: &impl Row, column: usize) -> Read<Option<ProfileName>> {
    let name = row.text(column).map_err(|OtherType| Senseless("profile"))?;
    name.map(|name| name.parse().map_err(|_| Senseless("profile"))).transpose()
}

/// An account's id and name, in two columns.
fn account(row: &impl Row, column: usize) -> Read<Option<Account>> {
    let id = text_or_null(row, column, "account")?;
    let name = text_or_null(row, column + 1, "account")?;
    Ok(id.map(|id| Account { id, name }))
}

pub(crate) fn generation(row: &impl Row, column: usize) -> Read<Generation> {
    unsigned(row, column, "generation").map(Generation)
}

fn version(row: &impl Row, column: usize) -> Read<Version> {
    unsigned(row, column, "version").map(Version)
}

fn small(row: &impl Row, column: usize, what: &'static str) -> Read<u32> {
    integer(row, column, what)?.try_into().map_err(|_| Senseless(what))
}
