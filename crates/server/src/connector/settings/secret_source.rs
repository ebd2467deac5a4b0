//! Reads what the configuration only points to: client secrets and certificates.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use gangway_engine::Secret;
use zeroize::Zeroizing;

use crate::connector::outbound::certificates;

/// The longest secret, in bytes.
const LONGEST_SECRET: usize = 4096;
/// The largest file of certificates, in bytes.
const LARGEST_CERTIFICATES: u64 = 256 * 1024;

/// Where a client's secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::connector) enum SecretSource {
    File(PathBuf),
    Environment(String),
}

impl SecretSource {
    /// The key that names it.
    pub(super) const fn key(&self) -> &'static str {
        match self {
            Self::File(_) => "client_secret_file",
            Self::Environment(_) => "client_secret_env",
        }
    }

    /// The secret. `environment` gives a variable's value.
    ///
    /// # Errors
    /// What is wrong with it; it reads on after the key.
    pub(super) fn read(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Secret, String> {
        let (text, place) = match self {
            Self::File(path) => (private_text(path)?, path.display().to_string()),
            Self::Environment(name) => {
                let text =
                    environment(name).ok_or_else(|| format!("is {name}, which is not set, or not UTF-8"))?;
                (Zeroizing::new(text), name.clone())
            }
        };
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(format!("is {place}, in which there is nothing"));
        }
        if secret.chars().any(char::is_control) || secret.len() > LONGEST_SECRET {
            return Err(format!(
                "is {place}, in which there is more than one line of {LONGEST_SECRET} bytes"
            ));
        }
        Ok(Secret::new(secret.to_owned()))
    }
}

fn private_text(path: &Path) -> Result<Zeroizing<String>, String> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| format!("is {shown}, which cannot be read: {error}");
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(format!("is {shown}, which others may read: run chmod 600 on it"));
    }
    let mut text = Zeroizing::new(String::with_capacity(LONGEST_SECRET + 64));
    file.take(LONGEST_SECRET as u64 + 3).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

/// The text of a file of certificates, in which there is at least one.
///
/// # Errors
/// What is wrong with it; it reads on after the key.
pub(in crate::connector) fn read_certificates(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| format!("is {shown}, which cannot be read: {error}");
    if fs::metadata(path).map_err(unreadable)?.len() > LARGEST_CERTIFICATES {
        return Err(format!("is {shown}, which is larger than {LARGEST_CERTIFICATES} bytes"));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    certificates(&text).map_err(|why| format!("is {shown}, which {why}"))?;
    Ok(text)
}
