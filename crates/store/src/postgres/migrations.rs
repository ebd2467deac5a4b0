//! The schema, step by step. The steps have the numbers and the meaning of the embedded store's. Every statement can be
//! repeated and is a transaction by itself, as some of PostgreSQL's kin want it, so a step that was cut short is just taken
//! again, and any number of nodes may take it at once.

pub(super) mod moved;
pub(super) mod probe;

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::{PostgresError, PostgresOptions};
use crate::postgres::client::address::Address;
use crate::postgres::client::connect::ToAnyHost;
use crate::postgres::client::open_error::told;
use crate::stored_format::steps::all_steps;

/// A step of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// From 1 on.
    pub number: i32,
    /// What it brings.
    pub name: &'static str,
    /// The number of the last step a program has to know to work with a database that has this one: a step that only adds
    /// something is no matter to programs from before it.
    pub works_with: i32,
    sql: &'static str,
}

macro_rules! steps {
    ($($number:literal, $name:literal, works_with: $works_with:literal;)*) => {
        &[$(Step {
            number: $number,
            name: $name,
            works_with: $works_with,
            sql: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
        }),*]
    };
}

/// Nothing reads `placements` (0006) any more but servers of the version before, which may still
/// run: a later step drops it.
const STEPS: &[Step] = all_steps!(steps);
/// The step this program needs to be there: the last.
const NEEDED: i32 = STEPS[STEPS.len() - 1].number;

const DONE: &str = "CREATE TABLE IF NOT EXISTS schema_steps (number int NOT NULL PRIMARY KEY, name text NOT NULL, \
    applied bigint NOT NULL, works_with int NOT NULL)";
const FOUND: &str = "SELECT coalesce(max(number), 0), coalesce(max(works_with), 0) FROM schema_steps";
const RECORD: &str = "INSERT INTO schema_steps (number, name, applied, works_with) \
    VALUES ($1, $2, CAST(extract(epoch FROM now()) * 10000000 AS bigint), $3) ON CONFLICT DO NOTHING";

/// What a database has, and what this program wants of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Its hosts and its name.
    pub place: String,
    /// The number of its last step; 0 if it has none.
    pub found: i32,
    /// The number of the last step a program has to know to work with it.
    pub works_with: i32,
    /// The steps that are missing.
    pub missing: Vec<Step>,
}

/// Which steps of the schema a database has.
///
/// # Errors
/// [`PostgresError`] that names the database and says what to do.
pub async fn status(options: &PostgresOptions) -> Result<Schema, PostgresError> {
    let place = Address::parse(options)?;
    let client = connect(options, &place).await?;
    found(&client, &place).await
}

/// Takes the steps that are missing, and answers what there was before. A database that is newer is left as it is.
///
/// # Errors
/// [`PostgresError`] that names the database and says what to do.
pub async fn migrate(options: &PostgresOptions) -> Result<Schema, PostgresError> {
    let place = Address::parse(options)?;
    let client = connect(options, &place).await?;
    let before = found(&client, &place).await?;
    run(&client, &place, &before).await?;
    Ok(before)
}

/// What a store does when it is opened.
pub(super) async fn check_or_run(options: &PostgresOptions, place: &Address) -> Result<(), PostgresError> {
    check_or_run_over(options, place).await.map(drop)
}

/// The same, and that the database is to be served from.
pub(super) async fn check_to_serve(options: &PostgresOptions, place: &Address) -> Result<(), PostgresError> {
    let client = check_or_run_over(options, place).await?;
    moved::refuse_moving(&client, place).await
}

pub(super) async fn check_or_run_over(
    options: &PostgresOptions,
    place: &Address,
) -> Result<Client, PostgresError> {
    if !options.migrates {
        return connect_to_current(options, place).await;
    }
    let client = connect(options, place).await?;
    let schema = found(&client, place).await?;
    run(&client, place, &schema).await?;
    Ok(client)
}

/// A connection of its own to a database that has this program's schema, or a newer one that it can work with.
pub(super) async fn connect_to_current(
    options: &PostgresOptions,
    place: &Address,
) -> Result<Client, PostgresError> {
    let client = connect(options, place).await?;
    let schema = found(&client, place).await?;
    if schema.found < NEEDED {
        return Err(PostgresError::Older { place: place.name.clone(), found: schema.found, needed: NEEDED });
    }
    refuse_newer(&schema)?;
    Ok(client)
}

async fn connect(options: &PostgresOptions, place: &Address) -> Result<Client, PostgresError> {
    // An index of a large table takes its time.
    let to = ToAnyHost::new(place, options, Duration::ZERO)?;
    let made = tokio::time::timeout(options.connect_lasts, to.connect_once()).await;
    let why = || "it does not answer".to_owned();
    let client = made
        .map_err(|_| PostgresError::Unreachable { place: place.name.clone(), why: why() })?
        .map_err(|error| PostgresError::from_sql(&place.name, &error))?;
    probe::check(&client, &place.name).await?;
    Ok(client)
}

async fn found(client: &Client, place: &Address) -> Result<Schema, PostgresError> {
    let (found, works_with) = match client.query_one(FOUND, &[]).await {
        Ok(row) => (row.get(0), row.get(1)),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => (0, 0),
        Err(error) => return Err(PostgresError::from_sql(&place.name, &error)),
    };
    let missing = STEPS.iter().copied().filter(|step| step.number > found).collect();
    Ok(Schema { place: place.name.clone(), found, works_with, missing })
}

fn refuse_newer(schema: &Schema) -> Result<(), PostgresError> {
    if schema.works_with <= NEEDED {
        return Ok(());
    }
    Err(PostgresError::Newer {
        place: schema.place.clone(),
        found: schema.found,
        works_with: schema.works_with,
        known: NEEDED,
    })
}

async fn run(client: &Client, place: &Address, schema: &Schema) -> Result<(), PostgresError> {
    refuse_newer(schema)?;
    if schema.missing.is_empty() {
        return Ok(());
    }
    let first = schema.missing.first().map_or(NEEDED, |step| step.number);
    let failed = |number| {
        move |error: tokio_postgres::Error| {
            let (found, place) = (PostgresError::from_sql(&place.name, &error), place.name.clone());
            if found.is_unreachable() {
                return found;
            }
            PostgresError::Migration { place, number, why: told(&error) }
        }
    };
    again_if_others_do_the_same(client, DONE).await.map_err(failed(first))?;
    for step in &schema.missing {
        for statement in statements(step.sql) {
            again_if_others_do_the_same(client, &statement).await.map_err(failed(step.number))?;
        }
        let row: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&step.number, &step.name, &step.works_with];
        client.execute(RECORD, &row).await.map_err(failed(step.number))?;
    }
    Ok(())
}

/// How often a statement is tried, and how long to wait before the next time.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// `IF NOT EXISTS` does not mean that two may do it at the same moment: one of them may be told that it, or what belongs
/// to it, exists, or that somebody is changing the same.
async fn again_if_others_do_the_same(client: &Client, statement: &str) -> Result<(), tokio_postgres::Error> {
    let others = ["23505", "42P07", "42710", "40001", "40P01", "55P03", "XX000"];
    for _ in 1..TRIES {
        match client.batch_execute(statement).await {
            Err(error) if error.code().is_some_and(|code| others.contains(&code.code())) => {
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
    client.batch_execute(statement).await
}

/// The statements of a step, without comments. There is no semicolon in them but at their ends.
fn statements(sql: &str) -> Vec<String> {
    let lines: Vec<_> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let statements = lines.join("\n");
    statements.split(';').map(str::trim).filter(|sql| !sql.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbered_one_after_the_other() {
        assert!(STEPS.iter().map(|step| step.number).eq(1..=NEEDED));
        assert!(STEPS.iter().all(|step| step.name.starts_with(&format!("{:04}_", step.number))));
        assert!(STEPS.iter().all(|step| step.works_with <= step.number));
    }

    #[test]
    fn a_step_is_taken_statement_by_statement() {
        assert_eq!(
            statements("-- a; b\nCREATE x;\n\n-- c\nCREATE y (\n  z);\n"),
            ["CREATE x", "CREATE y (\n  z)"]
        );
        assert!(STEPS.iter().all(|step| !statements(step.sql).is_empty()));
    }
}
