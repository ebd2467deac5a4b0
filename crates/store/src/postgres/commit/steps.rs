//! What each effect comes to. A fragment that finds nothing undoes the changeset, so conditions stand with the row they are
//! about and nowhere else.

use gangway_domain::{AttemptId, ProfileName};
use gangway_engine::{
    AttemptPhase, CredentialId, Field, Lease, ReleaseSecret, Sealed, SecretChange, StoreError, StoredAttempt,
    StoredCredential,
};

use super::super::value::Value;
use super::draft::{DraftTable, Fragment};
use super::work::{Doing, Terms};
use crate::changeset::{ReleaseRow, signed};
use crate::stored_format::words;

const OPEN: &str = "INSERT INTO attempts \
    (part, tenant, id, partner, generation, state_hash, phase, sealed, expires, refusals) \
    VALUES ($1, $2, ?, @, ?, ?, ?, ?, ?, ?) RETURNING part";
const REDEEM: &str = "UPDATE attempts SET phase = ?, sealed = ? \
    WHERE part = $1 AND tenant = $2 AND id = ? AND partner = @ AND phase = ? RETURNING part";
const CLOSE: &str = "UPDATE attempts SET phase = ?, sealed = NULL \
    WHERE part = $1 AND tenant = $2 AND id = ? AND partner = @ AND phase = ? RETURNING part";
const REFUSED: &str = "UPDATE attempts SET refusals = CASE WHEN refusals < 4294967295 THEN refusals + 1 ELSE refusals END \
    WHERE part = $1 AND tenant = $2 AND id = ? AND partner = @ RETURNING part";
// `RETURNING` shows a row as it is afterwards, so the code is read before it is taken; if it was sealed anew meanwhile, it is
// not the one that was read, and stays.
const READ_CODE: &str = "SELECT sealed FROM attempts \
    WHERE part = $1 AND tenant = $2 AND id = ? AND partner = @ AND phase = ? AND sealed IS NOT NULL";
const TAKE_CODE: &str = "UPDATE attempts SET sealed = NULL \
    WHERE part = $1 AND tenant = $2 AND id = ? AND sealed = (SELECT sealed FROM ~2) RETURNING part";

const INSERT_CREDENTIAL: &str = "INSERT INTO credentials \
    (part, tenant, partner, id, generation, account_id, account_name, obtained, sealed) \
    VALUES ($1, $2, @, ?, ?, ?, ?, ?, ?) RETURNING part";
const REPLACE_CREDENTIAL: &str = "UPDATE credentials SET id = ?, generation = ?, account_id = ?, account_name = ?, \
    obtained = ?, sealed = ? WHERE part = $1 AND tenant = $2 AND partner = @ AND id = ? RETURNING part";
const TAKE_CREDENTIAL: &str =
    "DELETE FROM credentials WHERE part = $1 AND tenant = $2 AND partner = @ AND id = ? RETURNING sealed";

macro_rules! insert_release {
    ($rest:literal) => {
        concat!(
            "INSERT INTO releases (part, tenant, id, partner, partner_name, generation, connector, profile, \
             account_id, account_name, asked_actor, asked_correlation, asked_activity, asked_at, state, next_try, \
             outcome, tries, calls, version, tokens, obstacle, secret_field, sealed) ",
            $rest
        )
    };
}

macro_rules! update_release {
    ($secret:literal, $lease:literal) => {
        concat!(
            "UPDATE releases SET partner_name = ?, generation = ?, connector = ?, profile = ?, account_id = ?, \
             account_name = ?, asked_actor = ?, asked_correlation = ?, asked_activity = ?, asked_at = ?, state = ?, \
             next_try = ?, outcome = ?, tries = ?, calls = ?, version = ?, tokens = ?, obstacle = ?",
            $secret,
            " WHERE part = $1 AND tenant = $2 AND id = ? AND partner = @ AND version = ?",
            $lease,
            " RETURNING part"
        )
    };
    ($lease:literal) => {
        [
            update_release!("", $lease),
            update_release!(
                // A release that holds no secret gets none: it is not pending, and stays so.
                ", secret_field = CASE WHEN sealed IS NULL THEN secret_field ELSE ? END, \
                 sealed = CASE WHEN sealed IS NULL THEN sealed ELSE ? END",
                $lease
            ),
            update_release!(", secret_field = NULL, sealed = NULL", $lease),
        ]
    };
}

const INSERT_RELEASE: &str = insert_release!(
    "VALUES ($1, $2, ?, @, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING part"
);
const INSERT_RELEASE_TAKEN: &str = insert_release!(
    "SELECT $1, $2, ?, @, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, sealed FROM ~ RETURNING part"
);
/// With the secret kept, replaced, destroyed.
const UPDATE_RELEASE: [&str; 3] = update_release!("");
const UPDATE_RELEASE_LEASED: [&str; 3] =
    update_release!(" AND EXISTS (SELECT 1 FROM leases WHERE leases.part = $1 AND node = ? AND epoch = ?)");

/// The fragments of one effect.
pub(super) fn of(doing: &Doing) -> Result<Vec<Fragment<'_>>, StoreError> {
    Ok(match doing {
        Doing::OpenAttempt(attempt) => vec![open(attempt)?],
        Doing::RedeemAttempt { id, code } => vec![redeem(*id, code)],
        Doing::CloseAttempt { id, read } => vec![close(*id, *read)],
        Doing::CountRefusal(id) => {
            vec![Fragment { table: Some(DraftTable::Attempts), sql: REFUSED, values: vec![id.0.into()] }]
        }
        Doing::InsertCredential(credential) => {
            let values = credential_columns(credential)?;
            vec![Fragment { table: Some(DraftTable::Credentials), sql: INSERT_CREDENTIAL, values }]
        }
        Doing::ReplaceCredential { read, credential } => vec![replace(*read, credential)?],
        Doing::BeginRelease(release, secret) => begin(release, secret),
        Doing::UpdateRelease(release, terms) => vec![update(release, terms)?],
    })
}

fn open(attempt: &StoredAttempt) -> Result<Fragment<'_>, StoreError> {
    let values = vec![
        attempt.id.0.into(),
        signed(attempt.generation.0, "the generation")?.into(),
        attempt.state_hash.as_slice().into(),
        words::phase_word(attempt.phase).into(),
        attempt.secret.as_ref().map(bytes).into(),
        attempt.expires.ticks().into(),
        attempt.refusals.into(),
    ];
    Ok(Fragment { table: Some(DraftTable::Attempts), sql: OPEN, values })
}

fn redeem(id: AttemptId, code: &Sealed) -> Fragment<'_> {
    let (after, before) = (AttemptPhase::Redeeming, AttemptPhase::Open);
    let values = vec![phase(after), bytes(code).into(), id.0.into(), phase(before)];
    Fragment { table: Some(DraftTable::Attempts), sql: REDEEM, values }
}

fn close(id: AttemptId, read: AttemptPhase) -> Fragment<'static> {
    let values = vec![phase(AttemptPhase::Closed), id.0.into(), phase(read)];
    Fragment { table: Some(DraftTable::Attempts), sql: CLOSE, values }
}

fn credential_columns(credential: &StoredCredential) -> Result<Vec<Value<'_>>, StoreError> {
    let account = credential.account.as_ref();
    Ok(vec![
        credential.id.0.into(),
        signed(credential.generation.0, "the generation")?.into(),
        account.map(|account| &account.id).into(),
        account.and_then(|account| account.name.as_ref()).into(),
        credential.obtained.ticks().into(),
        bytes(&credential.sealed).into(),
    ])
}

fn replace(read: CredentialId, credential: &StoredCredential) -> Result<Fragment<'_>, StoreError> {
    let mut values = credential_columns(credential)?;
    values.push(read.0.into());
    Ok(Fragment { table: Some(DraftTable::Credentials), sql: REPLACE_CREDENTIAL, values })
}

/// The secret is taken from where it is, and is the release's if that is pending; else it is gone.
fn begin<'a>(row: &'a ReleaseRow, secret: &'a ReleaseSecret) -> Vec<Fragment<'a>> {
    let is_pending = row.is_pending();
    match secret {
        ReleaseSecret::Credential(id) => {
            let values = vec![id.0.into()];
            let take = Fragment { table: Some(DraftTable::Credentials), sql: TAKE_CREDENTIAL, values };
            let insert = if is_pending { insert_taken(row, Field::Credential) } else { insert(row, None) };
            vec![take, insert]
        }
        ReleaseSecret::Code(id) => {
            let values = vec![id.0.into(), phase(AttemptPhase::Redeeming)];
            let read = Fragment { table: None, sql: READ_CODE, values };
            let insert = if is_pending { insert_taken(row, Field::Code) } else { insert(row, None) };
            let take =
                Fragment { table: Some(DraftTable::Attempts), sql: TAKE_CODE, values: vec![id.0.into()] };
            vec![read, insert, take]
        }
        ReleaseSecret::Given(field, sealed) if is_pending => vec![insert(row, Some((*field, sealed)))],
        ReleaseSecret::Given(..) | ReleaseSecret::Nothing => vec![insert(row, None)],
    }
}

/// With the secret that the fragment before it has.
fn insert_taken(row: &ReleaseRow, field: Field) -> Fragment<'_> {
    let mut values = vec![row.release.id.0.into()];
    values.extend(release_columns(row));
    values.push(field.as_str().into());
    Fragment { table: Some(DraftTable::Releases), sql: INSERT_RELEASE_TAKEN, values }
}

fn insert<'a>(row: &'a ReleaseRow, secret: Option<(Field, &'a Sealed)>) -> Fragment<'a> {
    let mut values = vec![row.release.id.0.into()];
    values.extend(release_columns(row));
    let (field, sealed) = secret.unzip();
    values.extend([field.map(Field::as_str).into(), sealed.map(bytes).into()]);
    Fragment { table: Some(DraftTable::Releases), sql: INSERT_RELEASE, values }
}

fn update<'a>(row: &'a ReleaseRow, terms: &'a Terms) -> Result<Fragment<'a>, StoreError> {
    let [kept, replaced, destroyed] =
        if terms.lease.is_some() { UPDATE_RELEASE_LEASED } else { UPDATE_RELEASE };
    let mut values = release_columns(row);
    let sql = match &terms.secret {
        _ if !row.is_pending() => destroyed,
        SecretChange::Keep => kept,
        SecretChange::Replace(field, sealed) => {
            values.extend([field.as_str().into(), bytes(sealed).into()]);
            replaced
        }
    };
    values.extend([row.release.id.0.into(), signed(terms.read.0, "the version")?.into()]);
    if let Some(Lease { node, epoch }) = terms.lease {
        values.extend([node.0.into(), signed(epoch, "the epoch")?.into()]);
    }
    Ok(Fragment { table: Some(DraftTable::Releases), sql, values })
}

fn release_columns(row: &ReleaseRow) -> Vec<Value<'_>> {
    let ReleaseRow { release, generation, version, actor, calls, outcome, tokens } = row;
    let mut values = Vec::with_capacity(24);
    values.extend([
        (&release.partner_name).into(),
        (*generation).into(),
        release.connector.as_str().into(),
        release.profile.as_ref().map(ProfileName::as_str).into(),
        release.account.as_ref().map(|account| &account.id).into(),
        release.account.as_ref().and_then(|account| account.name.as_ref()).into(),
        actor.into(),
        release.asked.by.correlation.into(),
        words::activity_word(release.asked.activity).into(),
        release.asked.at.ticks().into(),
        release.state.as_str().into(),
        row.next_try().into(),
        outcome.as_ref().into(),
        release.tries.into(),
        calls.into(),
        (*version).into(),
        tokens.into(),
        row.obstacle().into(),
    ]);
    values
}

fn phase(phase: AttemptPhase) -> Value<'static> {
    words::phase_word(phase).into()
}

fn bytes(Sealed(sealed): &Sealed) -> &[u8] {
    sealed
}
