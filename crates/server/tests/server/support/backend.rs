//! Where the servers of a test keep everything.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use gangway_private_postgres::Server;

/// The databases there are, by the data directory of the server that has it.
static DATABASES: Mutex<Option<HashMap<PathBuf, String>>> = Mutex::new(None);

/// A database that has the schema, of which the others are copies.
static TEMPLATE: LazyLock<String> = LazyLock::new(|| {
    let url = Server::shared().new_database();
    let migrated = super::Setup::of(&["db", "migrate", "--store", &url]).outcome();
    assert_eq!(migrated.code, Some(0), "{migrated:?}");
    name(&url).to_owned()
});

/// A database of nobody's yet, and its URL.
pub(crate) fn new_database() -> String {
    Server::shared().database_like(&TEMPLATE)
}

/// The URL of the database of the server with this data directory; `None` where it has a file there.
pub(crate) fn database_for(data: &Path) -> Option<String> {
    if !crate::ON_POSTGRES {
        return None;
    }
    let made = || DATABASES.lock().unwrap().get_or_insert_default().get(data).cloned();
    Some(made().unwrap_or_else(|| {
        let url = new_database();
        DATABASES.lock().unwrap().get_or_insert_default().insert(data.to_owned(), url.clone());
        url
    }))
}

/// The database of the server with this data directory, if it has one already.
pub(crate) fn made_for(data: &Path) -> Option<String> {
    DATABASES.lock().unwrap().as_ref()?.get(data).cloned()
}

/// Its leases end, as those of a node that was killed do after a few seconds: it is the only one there is.
pub(crate) fn forget_the_dead(data: &Path) {
    if let Some(url) = made_for(data) {
        psql(&url, "UPDATE leases SET expires = 0");
    }
}

pub(super) fn drop_database_for(data: &Path) {
    let made = DATABASES.lock().unwrap().as_mut().and_then(|databases| databases.remove(data));
    if let Some(url) = made {
        psql(&Server::shared().url("postgres"), &format!("DROP DATABASE {} WITH (FORCE)", name(&url)));
    }
}

/// What `psql` prints of the answer.
pub(crate) fn psql(url: &str, sql: &str) -> String {
    Server::shared().psql(name(url), sql)
}

fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}
