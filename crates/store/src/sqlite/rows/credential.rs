use gangway_domain::{Account, PartnerId, TenantId};
use gangway_engine::{CredentialId, StoreError, StoredCredential};
use rusqlite::{Connection, OptionalExtension, params};

use super::keys::key;
use super::secret::{self, Padded};
use crate::changeset::{Subject, signed};
use crate::rows;
use crate::sqlite::fault::Fault;

const ONE: &str = "SELECT credentials.id, generation, account_id, account_name, obtained, sealed \
    FROM credentials JOIN secrets ON secrets.id = credentials.secret \
    WHERE part = ?1 AND tenant = ?2 AND partner = ?3";
const INSERT: &str = "INSERT INTO credentials \
    (part, tenant, partner, id, generation, account_id, account_name, obtained, secret) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING";
const HELD: &str = "SELECT secret FROM credentials \
    WHERE part = ?1 AND tenant = ?2 AND partner = ?3 AND id = ?4";
const UPDATE: &str = "UPDATE credentials SET id = ?4, generation = ?5, account_id = ?6, account_name = ?7, \
    obtained = ?8, secret = ?9 WHERE part = ?1 AND tenant = ?2 AND partner = ?3";
const TAKE: &str =
    "DELETE FROM credentials WHERE part = ?1 AND tenant = ?2 AND partner = ?3 AND id = ?4 RETURNING secret";

pub(in crate::sqlite) fn one(
    connection: &Connection,
    tenant: TenantId,
    partner: PartnerId,
) -> Result<Option<StoredCredential>, Fault> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut rows = statement.query(key(&tenant, &partner.0))?;
    Ok(rows.next()?.map(|row| rows::credential(row, tenant, partner)).transpose()?)
}

/// Takes the credential away from its partner and answers which secret it was; `None` if it is not this one.
pub(super) fn take(
    connection: &Connection,
    subject: Subject,
    id: CredentialId,
) -> rusqlite::Result<Option<i64>> {
    let (part, tenant, partner) = key(&subject.tenant, &subject.partner.0);
    let row = params![part, tenant, partner, id.0.as_bytes()];
    connection.prepare_cached(TAKE)?.query_row(row, |row| row.get(0)).optional()
}

/// A credential that a partner is to have.
#[derive(Debug)]
pub(in crate::sqlite) struct CredentialWrite {
    subject: Subject,
    id: CredentialId,
    account: Option<Account>,
    generation: i64,
    obtained: i64,
    secret: Padded,
}

impl CredentialWrite {
    pub(in crate::sqlite) fn new(credential: StoredCredential) -> Result<Self, StoreError> {
        Ok(Self {
            subject: Subject { tenant: credential.tenant, partner: credential.partner },
            id: credential.id,
            generation: signed(credential.generation.0, "the generation")?,
            obtained: credential.obtained.ticks(),
            secret: Padded::new(&credential.sealed)?,
            account: credential.account,
        })
    }

    /// Whether the partner had none.
    pub(in crate::sqlite) fn insert(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let secret = secret::insert(connection, &self.secret)?;
        self.put(connection, INSERT, secret)
    }

    /// Whether this was the one it had.
    pub(in crate::sqlite) fn replace(
        &self,
        connection: &Connection,
        read: CredentialId,
    ) -> rusqlite::Result<bool> {
        let (part, tenant, partner) = key(&self.subject.tenant, &self.subject.partner.0);
        let row = params![part, tenant, partner, read.0.as_bytes()];
        let held = connection.prepare_cached(HELD)?.query_row(row, |row| row.get(0)).optional()?;
        let Some(secret) = held else {
            return Ok(false);
        };
        secret::replace(connection, secret, &self.secret)?;
        self.put(connection, UPDATE, secret)
    }

    fn put(&self, connection: &Connection, sql: &str, secret: i64) -> rusqlite::Result<bool> {
        let (part, tenant, partner) = key(&self.subject.tenant, &self.subject.partner.0);
        let written = connection.prepare_cached(sql)?.execute(params![
            part,
            tenant,
            partner,
            self.id.0.as_bytes(),
            self.generation,
            self.account.as_ref().map(|account| &account.id),
            self.account.as_ref().and_then(|account| account.name.as_ref()),
            self.obtained,
            secret,
        ])?;
        Ok(written == 1)
    }
}
