//! Whether a database has moved elsewhere.

use tokio_postgres::Client;

use crate::copy::Moving;
use crate::postgres::PostgresError;
use crate::postgres::client::address::Address;

/// Whether everything is on its way to another database, or there. Whatever changes what is copied has as a condition that it
/// is not: so a server that still serves from here, however slow, writes nothing that the copy lacks.
macro_rules! has_moved {
    () => {
        "EXISTS (SELECT 1 FROM moving WHERE direction = 'to')"
    };
}
pub(in crate::postgres) use has_moved;

/// Refuses to serve from a database that is on its way from or to another.
pub(in crate::postgres) async fn refuse_moving(
    client: &Client,
    place: &Address,
) -> Result<(), PostgresError> {
    let sql = "SELECT direction, place FROM moving WHERE one = 1";
    let rows = client.query(sql, &[]).await.map_err(|error| PostgresError::from_sql(&place.name, &error))?;
    let Some(row) = rows.first() else { return Ok(()) };
    let name = place.name.clone();
    match Moving::of(row.get(0), row.get(1)) {
        Moving::To(to) => Err(PostgresError::Moved { place: name, to }),
        Moving::From(from) => Err(PostgresError::HalfACopy { place: name, from }),
    }
}
