//! Whether a database keeps texts as every store does: as Unicode, in the order of code points, with simple letters for
//! `lower` and `upper`.

use tokio_postgres::Client;

use crate::postgres::PostgresError;

/// Letters of which each other order, or none for other letters than ASCII's, puts some wrong.
const TEXTS: &str = "SELECT 'B' < 'a' AND 'a' < 'ä' AND 'z' < 'ä' AND 'a b' < 'aB', lower('ÄÉΩЖ') = 'äéωж', \
    upper('äéωж') = 'ÄÉΩЖ', length('ä') = 1";

pub(in crate::postgres) async fn check(client: &Client, place: &str) -> Result<(), PostgresError> {
    let row = client.query_one(TEXTS, &[]).await.map_err(|error| PostgresError::from_sql(place, &error))?;
    let truth = |column: usize| row.try_get(column).unwrap_or(false);
    let why = if !truth(3) {
        "its texts are not UTF-8"
    } else if !truth(0) {
        "its texts are not in the order of code points"
    } else if !truth(1) || !truth(2) {
        "its lower and upper know no letters but those of ASCII"
    } else {
        return Ok(());
    };
    Err(PostgresError::Texts { place: place.to_owned(), why: why.to_owned() })
}
