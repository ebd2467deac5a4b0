//! What proves the audit of a database that is made to be measured.

use std::fs::OpenOptions;
use std::io::{Result, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use gangway_store::AuditKey;
use zeroize::Zeroizing;

/// The key in a data directory, where a server finds it too. The first one is no secret.
pub(crate) fn of_directory(data: &Path) -> Result<AuditKey> {
    let path = data.join("audit.key");
    if let Ok(mut file) = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        file.write_all(&[7; AuditKey::BYTES])?;
    }
    let kept: Option<[u8; AuditKey::BYTES]> = std::fs::read(&path)?.try_into().ok();
    Ok(AuditKey::new(&Zeroizing::new(kept.unwrap_or_default())).adopting())
}
