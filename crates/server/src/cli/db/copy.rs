//! `gangway db copy`: everything of one database to another.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use gangway_store::{CopyEvent, Database, MoveError, PostgresOptions};
use indicatif::ProgressBar;

use crate::app::database;
use crate::cli::{complain, progress, say};
use crate::private_file;

/// What `gangway db copy` takes.
#[derive(Debug, Args)]
pub(super) struct CopyArgs {
    /// Where everything is: a data directory, a PostgreSQL URL, or @FILE, a file with such a URL that only you can read
    #[arg(long, value_name = "PLACE")]
    from: NamedPlace,
    /// Where it is to be, named in the same way: an empty database
    #[arg(long, value_name = "PLACE")]
    to: NamedPlace,
    /// Change nothing, and only say what differs
    #[arg(long)]
    check: bool,
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
struct NamedPlace(Database);

/// What is wrong with the name of a database, which may have a password in it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unnamed(String);

impl FromStr for NamedPlace {
    type Err = Unnamed;

    fn from_str(text: &str) -> Result<Self, Unnamed> {
        let Some(file) = text.strip_prefix('@') else { return Ok(Self(named(text))) };
        let found = private_file::read(Path::new(file)).map_err(|error| Unnamed(error.to_string()))?;
        let bytes = found.ok_or_else(|| Unnamed(format!("{file} is not there")))?;
        match std::str::from_utf8(&bytes) {
            Ok(url) if is_url(url.trim()) => Ok(Self(named(url.trim()))),
            _ => Err(Unnamed(format!("{file} has no PostgreSQL URL in it"))),
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

fn named(text: &str) -> Database {
    if is_url(text) {
        return Database::Postgres(PostgresOptions::at(text));
    }
    let path = PathBuf::from(text);
    Database::Sqlite(if path.is_file() { path } else { database(&path) })
}

/// Copies or compares, and says what came of it.
pub(super) async fn run(arguments: &CopyArgs) -> Result<(), String> {
    let (CopyArgs { from, to, check }, bar) = (arguments, progress::counting("rows"));
    let watch = &mut |event| show(&bar, event);
    if *check {
        let compared = gangway_store::check_copy(&from.0, &as_it_is(&to.0), watch).await;
        bar.finish_and_clear();
        return compared_is(&compared.map_err(told)?);
    }
    let copied = gangway_store::copy(&from.0, &to.0, watch).await;
    bar.finish_and_clear();
    let facts = copied.map_err(told)?;
    for (table, rows) in &facts.rows {
        say(&format!("{table}: {rows} rows"));
    }
    say(&format!("{} audit events in {} chains, all whole and as in the source", facts.links, facts.chains));
    say(&format!("'{}' has moved to '{}': serve from there", facts.from, facts.to));
    Ok(())
}

/// Only looks, also at the schema.
fn as_it_is(database: &Database) -> Database {
    match database {
        Database::Sqlite(path) => Database::Sqlite(path.clone()),
        Database::Postgres(options) => {
            Database::Postgres(PostgresOptions { migrates: false, ..options.clone() })
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

/// Lets it be served from again.
pub(super) async fn reopen(arguments: &ReopenArgs) -> Result<(), String> {
    gangway_store::reopen(&arguments.at.0).await.map_err(told)?;
    say("it may be served from again; what was changed elsewhere since it moved is not in it");
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
            bar.suspend(|| complain("only what changes is left: stop the server of the source to finish"));
        }
        CopyEvent::Leaving => {
            bar.suspend(|| complain("changes are refused now until the copy is done; stop the servers"));
        }
        CopyEvent::Verifying | _ => {}
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn told(error: MoveError) -> String {
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
            |database| matches!(database, Database::Sqlite(path) if path == place.path().join("gangway.db"));
        assert!(is_file(of(directory).unwrap()));
        std::fs::write(place.path().join("gangway.db"), "").unwrap();
        assert!(is_file(of(&format!("{directory}/gangway.db")).unwrap()));
        let url = "postgres://a:hunter2@b/c";
        let is_url = |database| matches!(database, Database::Postgres(options) if options.url == url);
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
