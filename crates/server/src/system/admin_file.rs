//! `admin.json` in the data directory: where the running server's admin listener is, and the token that lets whoever can
//! read it do everything there.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use gangway_engine::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::system::private_file;

/// What the file says.
#[derive(Debug)]
pub(crate) struct AdminFile {
    /// Scheme and host of the admin listener.
    pub(crate) url: String,
    pub(crate) token: Secret,
}

#[derive(Serialize, Deserialize)]
struct StoredAdmin {
    url: String,
    token: String,
}

fn path(data: &Path) -> PathBuf {
    data.join("admin.json")
}

impl AdminFile {
    /// Writes it for a server that listens here.
    pub(crate) fn write(data: &Path, address: SocketAddr, token: &str) -> Result<(), String> {
        let stored = StoredAdmin { url: format!("http://{address}"), token: token.to_owned() };
        let json = Zeroizing::new(serde_json::to_vec(&stored).map_err(|error| error.to_string())?);
        private_file::replace(&path(data), &json).map_err(|error| error.to_string())
    }

    /// Reads what the last server over this data directory wrote.
    pub(crate) fn read(data: &Path) -> Result<Self, String> {
        let found = private_file::read(&path(data)).map_err(|error| error.to_string())?;
        let json = found.ok_or_else(|| {
            let data = data.display();
            format!(
                "no server has used the data directory {data}: start one with `gangway serve`, or name another directory with --data"
            )
        })?;
        let StoredAdmin { url, token } = serde_json::from_slice(&json)
            .map_err(|_| format!("{} is corrupt: restart the server", path(data).display()))?;
        Ok(Self { url, token: Secret::new(token) })
    }
}
