use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use rusqlite::{Connection, OpenFlags};

use super::error::{BackupError, io_error};
use crate::audit::KnownHeads;
use crate::audit::chain::ChainHash;
use crate::audit::key::AuditKey;
use crate::sqlite::OpenError;
use crate::sqlite::audit::verify;

/// What is in a copy of a database that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFacts {
    /// How long the file is.
    pub bytes: u64,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Tenants that have audit events.
    pub tenants: u64,
    /// Their audit events.
    pub events: u64,
    /// All partners.
    pub partners: u64,
    /// Partners that are connected or being onboarded.
    pub connected: u64,
    /// Releases that are not over.
    pub pending: u64,
}

/// Looks whether a copy that nobody writes to is whole, and says what is in it.
pub(super) fn verified(path: &Path, key: &AuditKey) -> Result<BackupFacts, BackupError> {
    let sql = |error| OpenError::from_sqlite(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sql)?;
    sound(&connection, path)?;
    let report = verify::report(&connection, key, None, &KnownHeads::default())
        .map_err(|fault| OpenError::from_fault(path, fault))?;
    if !report.is_whole() {
        let (path, parts) = (path.to_owned(), report.rosters.len());
        return Err(BackupError::BrokenChains { path, count: report.broken(), parts });
    }
    let counted = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let counted = |what: &str| Ok::<_, OpenError>(u64::try_from(counted(what).map_err(sql)?).unwrap_or(0));
    let (bytes, sha256) = digest(path).map_err(io_error(path))?;
    Ok(BackupFacts {
        bytes,
        sha256,
        tenants: report.chains.len() as u64,
        events: report.events(),
        partners: counted("SELECT count(*) FROM partners")?,
        connected: counted("SELECT count(*) FROM partners WHERE status <> 'notOnboarded'")?,
        pending: counted("SELECT count(*) FROM releases WHERE state = 'pending'")?,
    })
}

/// Whether `SQLite` finds nothing wrong with the file.
pub(super) fn sound(connection: &Connection, path: &Path) -> Result<(), BackupError> {
    let first = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0))
        .map_err(|error| OpenError::from_sqlite(path, error))?;
    if first == "ok" { Ok(()) } else { Err(BackupError::Unsound { path: path.to_owned(), why: first }) }
}

/// The length and the SHA-256 of a file.
pub(super) fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut context, mut length) = (Context::new(&SHA256), 0);
    let mut buffer = vec![0; 1024 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        length += read as u64;
        context.update(buffer.get(..read).unwrap_or_default());
    }
    Ok((length, ChainHash::from_context(context).to_string()))
}
