//! Rows of a database in `PostgreSQL`, over one connection. Every statement is a transaction by itself and can be repeated, so
//! one that fails because others were faster is.

use std::time::Duration;

use gangway_domain::Timestamp;
use tokio_postgres::types::{FromSql, ToSql};
use uuid::Uuid;

use crate::audit::{self, Rosters};
use crate::copy::error::MoveError;
use crate::copy::moving::Moving;
use crate::copy::table::cell::{Cell, Cells, RowKey, text};
use crate::copy::table::row_query::{BESIDE_CHAINS, RowQuery, Wanted};
use crate::copy::table::{AUDIT_EVENTS, AUDIT_HEADS, AUDIT_ROSTERS, Kind, Table, event};
use crate::postgres::copy_connection::{Connection, Value};
use crate::{AuditKey, PostgresOptions};

/// How many rows one statement writes.
const AT_ONCE: usize = 500;
/// How often a statement is tried that others are in the way of.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(50);

/// A database in `PostgreSQL`.
pub(crate) struct PostgresSide {
    connection: Connection,
    key: AuditKey,
}

impl PostgresSide {
    /// Connects; the schema is brought up to date if the options say so.
    pub(in crate::copy) async fn open(options: &PostgresOptions, key: &AuditKey) -> Result<Self, MoveError> {
        Ok(Self { connection: Connection::open(options).await?, key: key.clone() })
    }

    pub(in crate::copy) fn key(&self) -> AuditKey {
        self.key.clone()
    }

    pub(in crate::copy) async fn rosters(&self) -> Result<Rosters, MoveError> {
        const ALL: &str =
            concat!("SELECT part, ", audit::roster_columns!(), " FROM audit_rosters ORDER BY part");
        let senseless = || MoveError::Senseless { place: self.name().to_owned(), table: AUDIT_ROSTERS.name };
        let mut rosters = Rosters::new();
        for row in self.run(ALL, &[]).await? {
            let part: i16 = row.try_get(0).map_err(|_| senseless())?;
            let roster = audit::roster(&row, 1).map_err(|_| senseless())?;
            rosters.extend(roster.map(|roster| (part.into(), roster)));
        }
        Ok(rosters)
    }

    /// Whoever comes second waits here until the first one's transaction is over. The rows are there for that; they prove nothing
    /// yet.
    pub(in crate::copy) async fn hold_rosters(&self) -> Result<(), MoveError> {
        const MAKE: &str = "INSERT INTO audit_rosters (part, tenants, members, mac) SELECT part, tenants, members, mac \
            FROM unnest(CAST($1 AS smallint[]), CAST($2 AS bigint[]), CAST($3 AS bytea[]), CAST($4 AS bytea[])) \
            AS rows (part, tenants, members, mac) ON CONFLICT (part) DO NOTHING";
        const HOLD: &str = "UPDATE audit_rosters SET tenants = tenants WHERE part = $1 RETURNING part";
        let nothing = [0; 32];
        let bytes = || vec![Value::Bytes(&nothing); 256];
        let parts = (0..=u8::MAX).map(Value::from).collect::<Vec<_>>();
        self.run_with(MAKE, &[parts, vec![Value::Integer(0); 256], bytes(), bytes()]).await?;
        self.run(HOLD, &[Value::Integer(0)]).await.map(drop)
    }

    /// Begins or ends a transaction.
    pub(in crate::copy) async fn batch(&self, sql: &str) -> Result<(), MoveError> {
        Ok(self.connection.batch(sql).await.map_err(|error| error.told(self.name()))?)
    }

    pub(in crate::copy) fn name(&self) -> &str {
        self.connection.name()
    }

    /// Runs a statement, and again if others were faster.
    pub(in crate::copy) async fn run(
        &self,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<tokio_postgres::Row>, MoveError> {
        self.run_with(sql, values).await
    }

    async fn run_with<V: ToSql + Sync>(
        &self,
        sql: &str,
        values: &[V],
    ) -> Result<Vec<tokio_postgres::Row>, MoveError> {
        for _ in 1..TRIES {
            match self.connection.rows(sql, values).await {
                Err(error) if error.is_conflict() => tokio::time::sleep(PAUSE).await,
                outcome => return Ok(outcome.map_err(|error| error.told(self.name()))?),
            }
        }
        Ok(self.connection.rows(sql, values).await.map_err(|error| error.told(self.name()))?)
    }

    pub(in crate::copy) async fn schema(&self) -> Result<i64, MoveError> {
        let rows = self.run("SELECT coalesce(max(number), 0) FROM schema_steps", &[]).await?;
        let number: Option<i32> = rows.first().and_then(|row| row.try_get(0).ok());
        Ok(number.unwrap_or(0).into())
    }

    pub(in crate::copy) async fn count(&self, table: &Table) -> Result<u64, MoveError> {
        let rows = self.run(&format!("SELECT count(*) FROM {}", table.name), &[]).await?;
        let count: Option<i64> = rows.first().and_then(|row| row.try_get(0).ok());
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }

    pub(in crate::copy) async fn beside_chains(&self) -> Result<i64, MoveError> {
        let rows = self.run(BESIDE_CHAINS, &[]).await?;
        let senseless = || MoveError::Senseless { place: self.name().to_owned(), table: AUDIT_HEADS.name };
        rows.first().and_then(|row| row.try_get(0).ok()).ok_or_else(senseless)
    }

    pub(in crate::copy) async fn rows(&self, asked: &RowQuery<'_>) -> Result<Vec<Cells>, MoveError> {
        let table = asked.table;
        let mut values: Vec<Value<'_>> =
            vec![Value::Integer(asked.after.part.into()), Value::Bytes(&asked.after.tenant)];
        match asked.wanted {
            Wanted::Chained { seq } => values.push(Value::Integer(seq)),
            Wanted::ChainOf { behind, up_to } => {
                values.extend([Value::Integer(behind), Value::Integer(up_to)]);
            }
            Wanted::All | Wanted::Unchained if table.key > 2 => values.push(Value::Bytes(&asked.after.id)),
            Wanted::All | Wanted::Unchained => {}
        }
        if !matches!(asked.wanted, Wanted::ChainOf { .. }) {
            values.push(Value::Integer(asked.last_part.into()));
        }
        values.push(Value::Integer(asked.at_most.into()));
        let rows = self.run(&select(asked), &values).await?;
        rows.iter()
            .map(|row| {
                let cells = table.columns.iter().enumerate();
                cells.map(|(n, (_, kind))| cell(row, n, *kind)).collect::<Option<Cells>>()
            })
            .collect::<Option<_>>()
            .ok_or_else(|| MoveError::Senseless { place: self.name().to_owned(), table: table.name })
    }

    pub(in crate::copy) async fn change(
        &self,
        table: &Table,
        put: &[Cells],
        remove: &[RowKey],
    ) -> Result<(), MoveError> {
        for rows in put.chunks(AT_ONCE) {
            let derived = derived(table, rows);
            let mut lists: Vec<_> = (0..table.columns.len()).map(|column| list(rows, column)).collect();
            if !derived.is_empty() {
                lists.extend((0..audit::DERIVED.len()).map(|column| list(&derived, column)));
            }
            self.run_with(&upsert(table), &lists).await?;
        }
        for places in remove.chunks(AT_ONCE) {
            let mut values = Vec::with_capacity(places.len() * table.key);
            for place in places {
                let key =
                    [Value::Integer(place.part.into()), Value::Bytes(&place.tenant), Value::Bytes(&place.id)];
                values.extend(key.into_iter().take(table.key));
            }
            self.run(&delete(table, places.len()), &values).await?;
        }
        Ok(())
    }

    pub(in crate::copy) async fn moving(&self) -> Result<Option<Moving>, MoveError> {
        Ok(self.connection.moving().await?)
    }

    pub(in crate::copy) async fn set_moving(&self, moving: Option<&Moving>) -> Result<(), MoveError> {
        match moving {
            None => self.run("DELETE FROM moving WHERE one = 1", &[]).await?,
            Some(moving) => {
                let sql = "INSERT INTO moving (one, direction, place) VALUES (1, $1, $2) \
                    ON CONFLICT (one) DO UPDATE SET direction = excluded.direction, place = excluded.place";
                self.run(sql, &[Value::Text(moving.direction()), Value::Text(moving.place())]).await?
            }
        };
        Ok(())
    }
}

impl PostgresSide {
    pub(in crate::copy) async fn restored_at(&self) -> Result<Option<i64>, MoveError> {
        let rows = self.run("SELECT max(at) FROM restores", &[]).await?;
        Ok(rows.first().and_then(|row| row.try_get(0).ok()).flatten())
    }

    /// Not before anything that is in it, whatever a clock says: all of it is from before.
    pub(in crate::copy) async fn restored(&self, now: Timestamp) -> Result<(), MoveError> {
        const RESTORED: &str = "INSERT INTO restores (at) SELECT greatest(CAST($1 AS bigint), \
            (SELECT max(obtained) FROM credentials), (SELECT max(asked_at) FROM releases)) ON CONFLICT DO NOTHING";
        self.run(RESTORED, &[Value::Integer(now.ticks())]).await.map(drop)
    }

    pub(in crate::copy) async fn restored_then(&self, at: i64) -> Result<(), MoveError> {
        const SAME: &str = "INSERT INTO restores (at) VALUES ($1) ON CONFLICT DO NOTHING";
        self.run(SAME, &[Value::Integer(at)]).await.map(drop)
    }
}

fn select(asked: &RowQuery<'_>) -> String {
    let table = asked.table;
    let columns = table.names().collect::<Vec<_>>().join(", ");
    let after = |key: &str, terms: &str, next: usize| {
        format!("({key}) > ({terms}) AND part <= ${next} ORDER BY {key} LIMIT ${}", next + 1)
    };
    let key = table.key_names();
    let all = || if table.key == 2 { after(&key, "$1, $2", 3) } else { after(&key, "$1, $2, $3", 4) };
    let condition = match asked.wanted {
        Wanted::All => all(),
        Wanted::Unchained => format!("seq IS NULL AND {}", all()),
        Wanted::Chained { .. } => {
            format!("seq IS NOT NULL AND {}", after("part, tenant, seq", "$1, $2, $3", 4))
        }
        Wanted::ChainOf { .. } => {
            "part = $1 AND tenant = $2 AND seq > $3 AND seq <= $4 ORDER BY seq LIMIT $5".into()
        }
    };
    format!("SELECT {columns} FROM {} WHERE {condition}", table.name)
}

/// Every parameter is a list: of what all the rows have in a column.
fn upsert(table: &Table) -> String {
    let more = if table.name == AUDIT_EVENTS.name { &audit::DERIVED[..] } else { &[] };
    let names: Vec<_> = table.names().chain(more.iter().copied()).collect();
    let kinds = table.columns.iter().map(|(_, kind)| sql_type(*kind)).chain(more.iter().map(|_| "text"));
    let lists: Vec<_> = kinds.enumerate().map(|(n, kind)| format!("CAST(${} AS {kind}[])", n + 1)).collect();
    let (name, on_conflict, names) = (table.name, table.on_conflict(&names), names.join(", "));
    format!(
        "INSERT INTO {name} ({names}) SELECT {names} FROM unnest({}) AS rows ({names}) {on_conflict}",
        lists.join(", ")
    )
}

fn delete(table: &Table, rows: usize) -> String {
    let kinds: Vec<_> = table.columns.iter().map(|(_, kind)| sql_type(*kind)).collect();
    let keys = (0..rows).map(|row| {
        let marks = kinds
            .iter()
            .take(table.key)
            .enumerate()
            .map(|(n, kind)| format!("CAST(${} AS {kind})", row * table.key + n + 1));
        format!("({})", marks.collect::<Vec<_>>().join(", "))
    });
    let keys = keys.collect::<Vec<_>>().join(", ");
    format!("DELETE FROM {} WHERE ({}) IN ({keys})", table.name, table.key_names())
}

const fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Part => "smallint",
        Kind::Id => "uuid",
        Kind::Number => "bigint",
        Kind::Text => "text",
        Kind::Bytes | Kind::Secret => "bytea",
        Kind::Truth => "boolean",
    }
}

/// What follows from a row and is kept with it, row by row.
fn derived_of(actor: &str) -> [Cell; 5] {
    audit::derived(actor).map(|text| text.map_or(Cell::Null, Cell::Text))
}

fn derived(table: &Table, rows: &[Cells]) -> Vec<[Cell; 5]> {
    if table.name != AUDIT_EVENTS.name {
        return Vec::new();
    }
    rows.iter().map(|row| derived_of(text(row, event::ACTOR).unwrap_or_default())).collect()
}

/// What the rows have in a column.
fn list<R: AsRef<[Cell]>>(rows: &[R], column: usize) -> Vec<Value<'_>> {
    rows.iter().map(|row| row.as_ref().get(column).map_or(Value::Null, value)).collect()
}

fn value(cell: &Cell) -> Value<'_> {
    match cell {
        Cell::Null => Value::Null,
        Cell::Number(number) => Value::Integer(*number),
        Cell::Text(text) => Value::Text(text),
        Cell::Bytes(bytes) => Value::Bytes(bytes),
        Cell::Truth(is) => Value::Bool(*is),
    }
}

/// `None` if the column has another type.
fn cell(row: &tokio_postgres::Row, column: usize, kind: Kind) -> Option<Cell> {
    match kind {
        Kind::Part => get(row, column, |part: i16| Cell::Number(part.into())),
        Kind::Number => get(row, column, Cell::Number),
        Kind::Id => get(row, column, |id: Uuid| Cell::Bytes(id.into_bytes().to_vec())),
        Kind::Text => get(row, column, Cell::Text),
        Kind::Bytes | Kind::Secret => get(row, column, Cell::Bytes),
        Kind::Truth => get(row, column, Cell::Truth),
    }
}

fn get<'a, T: FromSql<'a>>(
    row: &'a tokio_postgres::Row,
    column: usize,
    cell: impl FnOnce(T) -> Cell,
) -> Option<Cell> {
    let value: Option<T> = row.try_get(column).ok()?;
    Some(value.map_or(Cell::Null, cell))
}
