//! `gangway db`: the schema of a database, the servers that share it, and what is done with whole databases.

mod copy;

use std::time::Duration;

use clap::{Args, Subcommand};
use gangway_engine::LEASE_DURATION;
use gangway_store::{PostgresOptions, PostgresStore, Schema, SeenNode, migrate, schema_of_file, status};

use super::common::{StoreArgs, StorePlace, in_runtime, in_threads};
use crate::system::terminal::{plain, say};

/// What `gangway db` takes.
#[derive(Debug, Args)]
pub(super) struct DbArgs {
    #[command(subcommand)]
    command: DbCommand,
}

#[derive(Debug, Subcommand)]
enum DbCommand {
    /// Bring the schema up to date, while servers run or not. Running it again does nothing.
    Migrate(StoreArgs),
    /// Show the schema, and which servers share the database.
    Status(StoreArgs),
    /// Migrate everything to another database, while servers run. Running it again continues.
    Copy(copy::CopyArgs),
    /// Let servers use a database again that was migrated away from, or whose migration was
    /// interrupted.
    Reopen(copy::ReopenArgs),
    /// Record that a database was put back as it was earlier, before servers start: later tokens
    /// may be missing from it. `gangway restore` does so itself.
    Restored(StoreArgs),
}

/// Does what is asked about the database.
pub(super) fn run(arguments: &DbArgs) -> Result<(), String> {
    match &arguments.command {
        DbCommand::Migrate(arguments) => match arguments.place()? {
            StorePlace::Postgres(options) => in_runtime(bring_up_to_date(&options)),
            StorePlace::Embedded(_) => {
                Err("the embedded store is migrated by the server when it starts; there is nothing to do"
                    .into())
            }
        },
        DbCommand::Status(arguments) => match arguments.place()? {
            StorePlace::Postgres(options) => in_runtime(show(&options)),
            StorePlace::Embedded(path) => {
                let (found, known) = schema_of_file(&path).map_err(|error| error.to_string())?;
                say(&format!("{}: schema {found} of {known}", path.display()));
                Ok(())
            }
        },
        DbCommand::Copy(arguments) => in_threads(copy::run(arguments)),
        DbCommand::Reopen(arguments) => in_runtime(copy::reopen(arguments)),
        DbCommand::Restored(arguments) => in_runtime(copy::restored(arguments.place()?)),
    }
}

async fn bring_up_to_date(options: &PostgresOptions) -> Result<(), String> {
    let before = migrate(options).await.map_err(|error| error.to_string())?;
    match &before.missing[..] {
        [] => say(&format!("{}: schema {} is up to date", before.place, before.found)),
        steps => steps.iter().for_each(|step| say(&format!("{}: took {}", before.place, step.name))),
    }
    Ok(())
}

async fn show(options: &PostgresOptions) -> Result<(), String> {
    let schema = status(options).await.map_err(|error| error.to_string())?;
    say(&described(&schema));
    // Before this step there is nothing that tells of nodes.
    if !schema.missing.is_empty() {
        return Ok(());
    }
    let options = PostgresOptions { migrates: false, ..options.clone() };
    let nodes = PostgresStore::nodes_of(&options).await.map_err(|error| error.to_string())?;
    for node in &nodes {
        say(&line(node));
    }
    if nodes.is_empty() {
        say("no server has the database open");
    }
    Ok(())
}

fn described(schema: &Schema) -> String {
    let Schema { place, found, works_with, missing } = schema;
    let missing: Vec<_> = missing.iter().map(|step| step.name).collect();
    match &missing[..] {
        [] => {
            format!("{place}: schema {found}, up to date; servers that know schema {works_with} work with it")
        }
        missing => {
            format!("{place}: schema {found}; to be taken by `gangway db migrate`: {}", missing.join(", "))
        }
    }
}

fn line(seen: &SeenNode) -> String {
    let SeenNode { node, started, silent, parts } = seen;
    let seen = if *silent < LEASE_DURATION {
        format!("serves since {started}")
    } else {
        format!("silent for {} s", Duration::as_secs(silent))
    };
    let (seals, opens) = match &node.keys[..] {
        [] => ("nothing".into(), String::new()),
        [seals] => (plain(seals), String::new()),
        [seals, opens @ ..] => (plain(seals), format!(", opens with {}", plain(&opens.join(" ")))),
    };
    format!(
        "{}  Gangway {}  {seen}  {parts} parts  seals with {seals}{opens}",
        plain(&node.name),
        plain(&node.version)
    )
}

#[cfg(test)]
mod tests {
    use gangway_domain::Timestamp;
    use gangway_engine::NodeId;
    use gangway_store::Node;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_node_is_one_line() {
        let node = Node {
            id: NodeId(Uuid::nil()),
            name: "a\nb:1".into(),
            version: "1.0".into(),
            keys: vec!["k1".into(), "k2".into()],
        };
        let started = Timestamp::from_unix_seconds(0);
        let mut seen = SeenNode { node, started, silent: Duration::from_secs(1), parts: 86 };
        let text = line(&seen);
        for said in ["a b:1  Gangway 1.0  serves since 1970", "86 parts", "seals with k1, opens with k2"] {
            assert!(text.contains(said), "{text}");
        }
        seen.silent = Duration::from_mins(1);
        assert!(line(&seen).contains("silent for 60 s"));
    }
}
