use gangway_domain::{AttemptId, ProfileName, Release};
use gangway_engine::{CredentialId, Field, Lease, ReleaseSecret, SecretChange, StoreError};
use rusqlite::{Connection, OptionalExtension, params};

use crate::changeset::{ReleaseRow, Subject, signed};
use crate::sqlite::rows::keys::key;
use crate::sqlite::rows::secret::{self, Padded};
use crate::sqlite::rows::{attempt, credential};
use crate::stored_format::words;

const INSERT: &str = "INSERT INTO releases (part, tenant, id, partner, partner_name, generation, connector, profile, \
    account_id, account_name, asked_actor, asked_correlation, asked_activity, asked_at, state, next_try, outcome, \
    tries, calls, version, secret, secret_field, tokens, obstacle) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24) \
    ON CONFLICT DO NOTHING";
const HELD: &str = "SELECT secret, secret_field FROM releases \
    WHERE part = ?1 AND tenant = ?2 AND id = ?3 AND partner = ?4 AND version = ?5 AND (?6 IS NULL \
    OR EXISTS (SELECT 1 FROM leases WHERE leases.part = ?1 AND node = ?6 AND epoch = ?7))";
const UPDATE: &str = "UPDATE releases SET partner_name = ?5, generation = ?6, connector = ?7, profile = ?8, \
    account_id = ?9, account_name = ?10, asked_actor = ?11, asked_correlation = ?12, asked_activity = ?13, \
    asked_at = ?14, state = ?15, next_try = ?16, outcome = ?17, tries = ?18, calls = ?19, version = ?20, \
    secret = ?21, secret_field = ?22, tokens = ?23, obstacle = ?24 \
    WHERE part = ?1 AND tenant = ?2 AND id = ?3 AND partner = ?4";

/// What a release holds: which secret, and its kind.
#[derive(Default)]
struct Held(Option<(i64, String)>);

/// A release as it is from now on.
#[derive(Debug)]
pub(in crate::sqlite) struct ReleaseWrite(ReleaseRow);

/// Where the secret of a new release comes from.
#[derive(Debug)]
pub(in crate::sqlite) enum Source {
    Nothing,
    Credential(CredentialId),
    Code(AttemptId),
    Given(Field, Padded),
}

/// On what condition a release changes, and what becomes of its secret.
#[derive(Debug)]
pub(in crate::sqlite) struct ReleaseTerms {
    read: i64,
    lease: Option<([u8; 16], i64)>,
    replaced: Option<(Field, Padded)>,
}

impl Source {
    pub(in crate::sqlite) fn new(secret: ReleaseSecret) -> Result<Self, StoreError> {
        Ok(match secret {
            ReleaseSecret::Nothing => Self::Nothing,
            ReleaseSecret::Credential(id) => Self::Credential(id),
            ReleaseSecret::Code(attempt) => Self::Code(attempt),
            ReleaseSecret::Given(field, sealed) => Self::Given(field, Padded::new(&sealed)?),
        })
    }

    pub(in crate::sqlite) const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Takes the secret from where it is; `None` if it is not there.
    fn take(&self, connection: &Connection, subject: Subject) -> rusqlite::Result<Option<Held>> {
        let found = match self {
            Self::Nothing => return Ok(Some(Held::default())),
            Self::Credential(id) => credential::take(connection, subject, *id)?.zip(Some(Field::Credential)),
            Self::Code(attempt) => attempt::take_code(connection, subject, *attempt)?.zip(Some(Field::Code)),
            Self::Given(field, secret) => Some((secret::insert(connection, secret)?, *field)),
        };
        Ok(found.map(|(secret, field)| Held(Some((secret, field.as_str().to_owned())))))
    }
}

impl ReleaseTerms {
    pub(in crate::sqlite) fn new(
        read: u64,
        lease: Option<Lease>,
        secret: SecretChange,
    ) -> Result<Self, StoreError> {
        let lease = lease
            .map(|lease| signed(lease.epoch, "the epoch").map(|epoch| (*lease.node.0.as_bytes(), epoch)));
        let replaced = match secret {
            SecretChange::Keep => None,
            SecretChange::Replace(field, sealed) => Some((field, Padded::new(&sealed)?)),
        };
        Ok(Self { read: signed(read, "the version")?, lease: lease.transpose()?, replaced })
    }

    pub(in crate::sqlite) const fn replace(&self) -> bool {
        self.replaced.is_some()
    }

    /// What the release holds, if it is as these terms say.
    fn met(&self, connection: &Connection, release: &Release) -> rusqlite::Result<Option<Held>> {
        let (part, tenant, id) = key(&release.tenant, &release.id.0);
        let (node, epoch) = self.lease.unzip();
        let terms = params![part, tenant, id, release.partner.0.as_bytes(), self.read, node, epoch];
        let held = |row: &rusqlite::Row<'_>| {
            let (secret, field): (Option<i64>, Option<String>) = (row.get(0)?, row.get(1)?);
            Ok(Held(secret.zip(field)))
        };
        connection.prepare_cached(HELD)?.query_row(terms, held).optional()
    }
}

impl ReleaseWrite {
    pub(in crate::sqlite) fn new(release: Release) -> Result<Self, StoreError> {
        ReleaseRow::new(release).map(Self)
    }

    pub(in crate::sqlite) const fn is_pending(&self) -> bool {
        self.0.is_pending()
    }

    /// Whether its secret was where it was said to be and its id was free.
    pub(in crate::sqlite) fn begin(
        &self,
        connection: &Connection,
        subject: Subject,
        secret: &Source,
    ) -> rusqlite::Result<bool> {
        let Some(mut held) = secret.take(connection, subject)? else {
            return Ok(false);
        };
        if !self.is_pending() {
            held.destroy(connection)?;
        }
        self.put(connection, INSERT, held)
    }

    /// Whether it was as the terms say.
    pub(in crate::sqlite) fn update(
        &self,
        connection: &Connection,
        terms: &ReleaseTerms,
    ) -> rusqlite::Result<bool> {
        let Some(mut held) = terms.met(connection, &self.0.release)? else {
            return Ok(false);
        };
        if !self.is_pending() {
            held.destroy(connection)?;
        } else if let (Some((id, word)), Some((field, secret))) = (&mut held.0, &terms.replaced) {
            secret::replace(connection, *id, secret)?;
            field.as_str().clone_into(word);
        }
        self.put(connection, UPDATE, held)
    }

    fn put(&self, connection: &Connection, sql: &str, held: Held) -> rusqlite::Result<bool> {
        let ReleaseRow { release, generation, version, actor, calls, outcome, tokens } = &self.0;
        let (part, tenant, id) = key(&release.tenant, &release.id.0);
        let (secret, field) = held.0.unzip();
        let written = connection.prepare_cached(sql)?.execute(params![
            part,
            tenant,
            id,
            release.partner.0.as_bytes(),
            release.partner_name,
            generation,
            release.connector.as_str(),
            release.profile.as_ref().map(ProfileName::as_str),
            release.account.as_ref().map(|account| &account.id),
            release.account.as_ref().and_then(|account| account.name.as_ref()),
            actor,
            release.asked.by.correlation.as_bytes(),
            words::activity_word(release.asked.activity),
            release.asked.at.ticks(),
            release.state.as_str(),
            self.0.next_try(),
            outcome,
            release.tries,
            calls,
            version,
            secret,
            field,
            tokens,
            self.0.obstacle(),
        ])?;
        Ok(written == 1)
    }
}

impl Held {
    fn destroy(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.0.take().map_or(Ok(()), |(secret, _)| secret::destroy(connection, secret))
    }
}
