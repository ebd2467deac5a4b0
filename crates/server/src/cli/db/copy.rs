//! `gangway db copy`: everything of one database to another.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use gangway_engine::Clock as _;
use gangway_store::{AuditKey, CopyEvent, Database, MoveError, PostgresOptions};
use indicatif::ProgressBar;
use zeroize::Zeroizing;

use crate::cli::common::{StorePlace, progress, vault};
use crate::keys::audit_key;
use crate::system::SystemClock;
use crate::system::data_dir::database;
use crate::system::private_file;
use crate::system::terminal::{complain, say};

/// What `gangway db copy` takes.
#[derive(Debug, Args)]
pub(super) struct CopyArgs {
    /// The source: a data directory, a PostgreSQL URL, or @FILE, a file that contains such a URL and that only you can read
    #[arg(long, value_name = "PLACE")]
    from: NamedPlace,
    /// The target, named in the same way: an empty database
    #[arg(long, value_name = "PLACE")]
    to: NamedPlace,
    /// Change nothing; only report what differs
    #[arg(long)]
    check: bool,
    #[arg(
        long,
        help = "The servers' configuration, which says what the audit key of a PostgreSQL database is sealed with [env: GANGWAY_CONFIG]",
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
}

/// What `gangway db reopen` takes.
#[derive(Debug, Args)]
pub(super) struct ReopenArgs {
    /// The database, named as for `db copy`
    #[arg(long, value_name = "PLACE")]
    at: NamedPlace,
}

/// A database as it is named on the command line.
#[derive(Clone)]
struct NamedPlace(Named);

#[derive(Debug, Clone)]
enum Named {
    Sqlite(PathBuf),
    Postgres(Box<PostgresOptions>),
}

/// What is wrong with the name of a database, which may have a password in it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unnamed(String);

impl FromStr for NamedPlace {
    type Err = Unnamed;

    fn from_str(text: &str) -> Result<Self, Unnamed> {
        let Some(file) = text.strip_prefix('@') else { return Ok(Self(named(text))) };
        let found = private_file::read(Path::new(file)).map_err(|error| Unnamed(error.to_string()))?;
        let bytes = found.ok_or_else(|| Unnamed(format!("{file} does not exist")))?;
        match std::str::from_utf8(&bytes) {
            Ok(url) if is_url(url.trim()) => Ok(Self(named(url.trim()))),
            _ => Err(Unnamed(format!("{file} contains no PostgreSQL URL"))),
        }
    }
}

/// Without a password.
impl std::fmt::Debug for NamedPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn is_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

fn named(text: &str) -> Named {
    if is_url(text) {
        return Named::Postgres(Box::new(PostgresOptions::at(text)));
    }
    let path = PathBuf::from(text);
    Named::Sqlite(if path.is_file() { path } else { database(&path) })
}

/// Copies or compares, and says what came of it.
pub(super) async fn run(arguments: &CopyArgs) -> Result<(), String> {
    let (CopyArgs { from, to, check, config }, bar) = (arguments, progress::counting("rows"));
    let watch = &mut |event| show(&bar, event);
    let source = proven(&from.0, config.as_deref()).await?;
    if *check {
        let target = as_it_is(&proven(&to.0, config.as_deref()).await?);
        let compared = gangway_store::check_copy(&source, &target, watch).await;
        bar.finish_and_clear();
        return compared_is(&compared.map_err(error_line)?);
    }
    let copied = gangway_store::copy(&source, &to_be_proven(&to.0, config.as_deref()).await?, watch).await;
    bar.finish_and_clear();
    let facts = copied.map_err(error_line)?;
    if let Named::Sqlite(path) = &to.0 {
        audit_key::settle(private_file::directory(path))?;
    }
    for (table, rows) in &facts.rows {
        say(&format!("{table}: {rows} rows"));
    }
    say(&format!("{} audit events in {} chains, all whole and as in the source", facts.links, facts.chains));
    say(&format!("'{}' has moved to '{}': serve from there", facts.from, facts.to));
    Ok(())
}

/// A database with the key that proves its audit.
async fn proven(place: &Named, config: Option<&Path>) -> Result<Database, String> {
    match place {
        Named::Sqlite(path) => {
            let key = audit_key::find(private_file::directory(path))?;
            let without = || format!("{} has no audit key beside it (audit.key)", path.display());
            Ok(Database::Sqlite(path.clone(), key.ok_or_else(without)?))
        }
        Named::Postgres(options) => {
            let key = audit_key::find_in_database(options, &vault(config, None)?).await?;
            let key = key.ok_or("the PostgreSQL database has no audit key: start the server once")?;
            Ok(Database::Postgres((**options).clone(), key))
        }
    }
}

/// The same of one that may be new: its key is made if there is none.
async fn to_be_proven(place: &Named, config: Option<&Path>) -> Result<Database, String> {
    match place {
        Named::Sqlite(path) => {
            Ok(Database::Sqlite(path.clone(), audit_key::open(private_file::directory(path))?))
        }
        Named::Postgres(options) => {
            let key = audit_key::make_in_database(options, &vault(config, None)?).await?;
            Ok(Database::Postgres((**options).clone(), key))
        }
    }
}

/// Only looks, also at the schema.
fn as_it_is(database: &Database) -> Database {
    match database {
        Database::Sqlite(path, key) => Database::Sqlite(path.clone(), key.clone()),
        Database::Postgres(options, key) => {
            Database::Postgres(PostgresOptions { migrates: false, ..options.clone() }, key.clone())
        }
    }
}

fn compared_is(compared: &[gangway_store::Compared]) -> Result<(), String> {
    for table in compared {
        say(&format!("{}: {} rows, {} differ", table.table, table.rows, table.differing));
    }
    let differing = compared.iter().filter(|table| table.differing > 0).count();
    if differing == 0 { Ok(()) } else { Err(format!("{differing} tables differ")) }
}

/// A database whose audit is not looked at, for which any key will do.
fn unlooked(place: &Named) -> Database {
    let key = AuditKey::new(&Zeroizing::new([0; AuditKey::BYTES]));
    match place {
        Named::Sqlite(path) => Database::Sqlite(path.clone(), key),
        Named::Postgres(options) => Database::Postgres((**options).clone(), key),
    }
}

/// Lets it be served from again.
pub(super) async fn reopen(arguments: &ReopenArgs) -> Result<(), String> {
    gangway_store::reopen(&unlooked(&arguments.at.0), SystemClock.now()).await.map_err(error_line)?;
    say("the database can be served from again; changes made elsewhere since it moved are not in it");
    Ok(())
}

/// Has it say that it is an older copy.
pub(super) async fn restored(place: StorePlace) -> Result<(), String> {
    place.is_there()?;
    let database = unlooked(&match place {
        StorePlace::Embedded(path) => Named::Sqlite(path),
        StorePlace::Postgres(options) => Named::Postgres(options),
    });
    gangway_store::restored(&database, SystemClock.now()).await.map_err(error_line)?;
    say(
        "the database is marked as restored; tokens that its connections received since the copy count as missing",
    );
    Ok(())
}

fn show(bar: &ProgressBar, event: CopyEvent) {
    match event {
        CopyEvent::Pass { rows, .. } => {
            bar.set_position(0);
            bar.set_length(rows);
        }
        CopyEvent::Gone(gone) => bar.inc(gone.seen),
        CopyEvent::StillServed => {
            bar.suspend(|| {
                complain("everything is copied but what still changes: stop the source's servers to finish");
            });
        }
        CopyEvent::Leaving => {
            bar.suspend(|| complain("the source refuses changes until the copy is done: stop its servers"));
        }
        CopyEvent::Verifying | _ => {}
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn error_line(error: MoveError) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_its_directory_its_url_or_a_private_file_with_that() {
        let place = tempfile::tempdir().unwrap();
        let of = |text: &str| text.parse::<NamedPlace>().map(|place| place.0);
        let directory = place.path().to_str().unwrap();
        let is_file =
            |database| matches!(database, Named::Sqlite(path) if path == place.path().join("gangway.db"));
        assert!(is_file(of(directory).unwrap()));
        std::fs::write(place.path().join("gangway.db"), "").unwrap();
        assert!(is_file(of(&format!("{directory}/gangway.db")).unwrap()));
        let url = "postgres://a:hunter2@b/c";
        let is_url = |database| matches!(database, Named::Postgres(options) if options.url == url);
        assert!(is_url(of(url).unwrap()));
        let file = place.path().join("url");
        private_file::create(&file, format!("{url}\n").as_bytes()).unwrap();
        assert!(is_url(of(&format!("@{}", file.display())).unwrap()));
        assert!(!format!("{:?}", url.parse::<NamedPlace>().unwrap()).contains("hunter2"));
        private_file::replace(&file, b"mysql://hunter2").unwrap();
        let wrong = of(&format!("@{}", file.display())).map(drop).unwrap_err().to_string();
        assert!(wrong.contains("no PostgreSQL URL") && !wrong.contains("hunter2"), "{wrong}");
    }
}
