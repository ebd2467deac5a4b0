//! What each effect comes to. A fragment that finds nothing undoes the changeset, so conditions stand with the row they are
//! about and nowhere else.

use gangway_domain::{AttemptId, ProfileName};
use gangway_engine::{
    AttemptPhase, CredentialId, Field, Lease, ReleaseSecret, Sealed, SecretChange, StoreError, StoredAttempt,
    StoredCredential,
};

use super::builder::{DraftTable, Fragment};
use super::request::{Doing, Terms};
use crate::changeset::{ReleaseRow, signed};
use crate::postgres::client::value::Value;
use crate::stored_format::words;

const OPEN: &str = "INSERT INTO attempts \
    (part, tenant, id, partner, generation, state_hash, phase, sealed, expires, refusals) \
    VALUES ($1, $2, ?, @, ?, ?, ?, ?, ?, ?)";
const REDEEM: &str = "UPDATE attempts SET phase = ?, sealed = ? \
    WHERE part = $1 AND tenant = $2 AND id = ? AND partner = @ AND phase = ? RETURNING part";
const CLOSE: &str = "UPDATE attempts SET phase = ?, sealed = NULL \
    WHERE part = $1 AND tenant = $2 AND id = ? AND partner = @ AND phase = ? RETURNING part";
const REFUSED: &str = "UPDATE attempts SET refusals = CASE WHEN refusals < 4294967295 THEN refusals + 1 ELSE refusals END \
    WHERE part = $1 AND tenant = $2 AND id = ? AND partner = @ RETURNING part";
/// The code that became the release's, if it is still the one that was read for it: it may have been sealed anew meanwhile.
const TAKE_CODE: &str = "UPDATE attempts SET sealed = NULL \
    WHERE part = $1 AND tenant = $2 AND id = ? AND partner = @ AND phase = ? \
    AND sealed = (SELECT sealed FROM releases WHERE part = $1 AND tenant = $2 AND id = ?) RETURNING part";
const DESTROY_CODE: &str = "UPDATE attempts SET sealed = NULL \
    WHERE part = $1 AND tenant = $2 AND id = ? AND partner = @ AND phase = ? AND sealed IS NOT NULL RETURNING part";

const INSERT_CREDENTIAL: &str = "INSERT INTO credentials \
    (part, tenant, partner, id, generation, account_id, account_name, obtained, sealed) \
    VALUES ($1, $2, @, ?, ?, ?, ?, ?, ?)";
const REPLACE_CREDENTIAL: &str = "UPDATE credentials SET id = ?, generation = ?, account_id = ?, account_name = ?, \
    obtained = ?, sealed = ? WHERE part = $1 AND tenant = $2 AND partner = @ AND id = ? RETURNING part";
/// The credential that became the release's, if it is still the one that was read for it.
const TAKE_CREDENTIAL: &str = "DELETE FROM credentials WHERE part = $1 AND tenant = $2 AND partner = @ AND id = ? \
    AND sealed = (SELECT sealed FROM releases WHERE part = $1 AND tenant = $2 AND id = ?) RETURNING part";
const DESTROY_CREDENTIAL: &str =
    "DELETE FROM credentials WHERE part = $1 AND tenant = $2 AND partner = @ AND id = ? RETURNING part";

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

const INSERT_RELEASE: &str =
    insert_release!("VALUES ($1, $2, ?, @, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
// The secret comes straight from its own row, which lies on the same machine.
const INSERT_RELEASE_OF_CREDENTIAL: &str = insert_release!(
    "SELECT part, tenant, ?, partner, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, sealed \
     FROM credentials WHERE part = $1 AND tenant = $2 AND partner = @ AND id = ?"
);
const INSERT_RELEASE_OF_CODE: &str = insert_release!(
    "SELECT part, tenant, ?, partner, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, sealed \
     FROM attempts WHERE part = $1 AND tenant = $2 AND id = ? AND partner = @ AND phase = ? AND sealed IS NOT NULL"
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
            vec![Fragment::change(DraftTable::Attempts, REFUSED, vec![id.0.into()])]
        }
        Doing::InsertCredential(credential) => {
            let values = credential_columns(credential)?;
            vec![Fragment::insert(DraftTable::Credentials, INSERT_CREDENTIAL, values)]
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
    Ok(Fragment::insert(DraftTable::Attempts, OPEN, values))
}

fn redeem(id: AttemptId, code: &Sealed) -> Fragment<'_> {
    let (after, before) = (AttemptPhase::Redeeming, AttemptPhase::Open);
    let values = vec![phase(after), bytes(code).into(), id.0.into(), phase(before)];
    Fragment::change(DraftTable::Attempts, REDEEM, values)
}

fn close(id: AttemptId, read: AttemptPhase) -> Fragment<'static> {
    let values = vec![phase(AttemptPhase::Closed), id.0.into(), phase(read)];
    Fragment::change(DraftTable::Attempts, CLOSE, values)
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
    Ok(Fragment::change(DraftTable::Credentials, REPLACE_CREDENTIAL, values))
}

/// The secret is taken from where it is, and is the release's if that is pending; else it is gone.
fn begin<'a>(row: &'a ReleaseRow, secret: &'a ReleaseSecret) -> Vec<Fragment<'a>> {
    match secret {
        ReleaseSecret::Credential(id) => {
            take(row, [id.0.into()].into(), (DraftTable::Credentials, Field::Credential))
        }
        ReleaseSecret::Code(id) => {
            let key = vec![id.0.into(), phase(AttemptPhase::Redeeming)];
            take(row, key, (DraftTable::Attempts, Field::Code))
        }
        ReleaseSecret::Given(field, sealed) if row.is_pending() => vec![insert(row, Some((*field, sealed)))],
        ReleaseSecret::Given(..) | ReleaseSecret::Nothing => vec![insert(row, None)],
    }
}

/// With the secret of this row, which is taken from it. That there is none is found out by what takes it.
fn take<'a>(
    row: &'a ReleaseRow,
    key: Vec<Value<'a>>,
    (from, field): (DraftTable, Field),
) -> Vec<Fragment<'a>> {
    let is_code = from == DraftTable::Attempts;
    if !row.is_pending() {
        let destroy = if is_code { DESTROY_CODE } else { DESTROY_CREDENTIAL };
        return vec![Fragment::change(from, destroy, key), insert(row, None)];
    }
    let id = || row.release.id.0.into();
    let mut values = vec![id()];
    values.extend(release_columns(row));
    values.push(field.as_str().into());
    values.extend(key.iter().cloned());
    let (insert, take) = if is_code {
        (INSERT_RELEASE_OF_CODE, TAKE_CODE)
    } else {
        (INSERT_RELEASE_OF_CREDENTIAL, TAKE_CREDENTIAL)
    };
    let taken = key.into_iter().chain([id()]).collect();
    vec![
        Fragment::insert(DraftTable::Releases, insert, values),
        Fragment::change(from, take, taken).behind(DraftTable::Releases),
    ]
}

fn insert<'a>(row: &'a ReleaseRow, secret: Option<(Field, &'a Sealed)>) -> Fragment<'a> {
    let mut values = vec![row.release.id.0.into()];
    values.extend(release_columns(row));
    let (field, sealed) = secret.unzip();
    values.extend([field.map(Field::as_str).into(), sealed.map(bytes).into()]);
    Fragment::insert(DraftTable::Releases, INSERT_RELEASE, values)
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
    Ok(Fragment::change(DraftTable::Releases, sql, values))
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
