//! Lists that the program needs for its own work, over all tenants.

use gangway_domain::{Partner, PartnerId, Release, TenantId, Timestamp, retry};
use gangway_engine::{
    DueRelease, NodeId, PendingReleases, ReleaseFilter, SecretPlace, StoreError, StoredSecret,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::postgres::client::fault::Fault;
use crate::postgres::client::value::Value;
use crate::postgres::migrations::moved::has_moved;
use crate::postgres::{PostgresStore, ends};
use crate::rows::{self, SecretTable, Senseless, columns};

macro_rules! partners {
    ($which:literal) => {
        concat!("SELECT ", columns::partner!(), " FROM partners WHERE ", $which)
    };
}
macro_rules! secrets {
    ($table:literal, $id:literal, $field:literal) => {
        concat!(
            "SELECT tenant, ",
            $id,
            ", partner, generation, ",
            $field,
            ", sealed FROM ",
            $table,
            " WHERE (part, tenant, ",
            $id,
            ") > ($1, $2, $3) AND sealed IS NOT NULL ORDER BY part, tenant, ",
            $id,
            " LIMIT $4"
        )
    };
}

const EXPIRED: &str = partners!("attempt_expires <= $1 ORDER BY attempt_expires, part, tenant, id LIMIT $2");
const CONNECTED: &str = partners!(
    "(part, tenant, id) > ($1, $2, $3) AND status <> 'notOnboarded' ORDER BY part, tenant, id LIMIT $4"
);
const PENDING: &str = "SELECT count(*), min(asked_at) FROM releases WHERE state = 'pending'";
// Ids are made of the time, so of two releases of a partner the one with the lesser id is older.
// A node that has just taken its leases is not in the planner's statistics: for `node = $1` alone PostgreSQL expects no part at
// all, reads whatever waits in those there are, and sorts it. Of `coalesce` it expects half of them, and follows the index.
// Where everything has moved to, the releases are tried from there, and nothing could be written down of what comes of a try here.
macro_rules! due {
    ($which:literal) => {
        concat!(
            "SELECT ",
            columns::release!(),
            ", leases.epoch FROM releases AS r JOIN leases ON leases.part = r.part AND coalesce(node = $1, false) \
             WHERE NOT ",
            has_moved!(),
            " AND r.state = 'pending' AND ",
            $which,
            " ORDER BY next_try, asked_at, r.part, r.tenant, r.id LIMIT $3"
        )
    };
}
const DUE: &str = due!(
    "next_try <= $2 AND NOT EXISTS (SELECT 1 FROM releases AS older \
     WHERE older.part = r.part AND older.tenant = r.tenant AND older.partner = r.partner \
     AND older.state = 'pending' AND older.next_try <= $2 AND older.id < r.id)"
);
const PUT_OFF_TOO_FAR: &str = due!("next_try > $2");
const SOME_RELEASES: &str = concat!("SELECT ", columns::release!(), " FROM releases AS r");

impl PostgresStore {
    pub(in crate::postgres) async fn read_expired(
        &self,
        now: Timestamp,
        at_most: usize,
    ) -> ListRead<Partner> {
        self.list(EXPIRED, &[now.ticks().into(), limit(at_most)], rows::partner).await
    }

    /// Those that are being onboarded or are onboarded, in the order of the key, after this one.
    pub(in crate::postgres) async fn read_connected(
        &self,
        after: Option<(TenantId, PartnerId)>,
        at_most: usize,
    ) -> ListRead<Partner> {
        let [part, tenant, id] = behind(after.map(|(tenant, id)| (tenant, id.0)));
        self.list(CONNECTED, &[part, tenant, id, limit(at_most)], rows::partner).await
    }

    /// Newest first.
    pub(in crate::postgres) async fn read_releases(
        &self,
        wanted: ReleaseFilter,
        at_most: usize,
    ) -> ListRead<Release> {
        let (sql, values) = asking_for(wanted, at_most);
        self.list(&sql, &values, rows::release).await
    }

    pub(in crate::postgres) async fn read_pending(&self) -> Result<PendingReleases, StoreError> {
        let pending = self.list(PENDING, &[], rows::pending_releases).await?;
        Ok(pending.into_iter().next().unwrap_or_default())
    }

    /// Longest due first.
    pub(in crate::postgres) async fn read_due(
        &self,
        node: NodeId,
        now: Timestamp,
        at_most: usize,
    ) -> ListRead<DueRelease> {
        let due_at = |sql, time: Timestamp, at_most| async move {
            let values = [node.0.into(), time.ticks().into(), limit(at_most)];
            let due = self.list(sql, &values, |row| rows::due_release(row, node)).await?;
            Ok::<_, StoreError>(due.into_iter().flatten())
        };
        let mut due: Vec<_> = due_at(DUE, now, at_most).await?.collect();
        let left = at_most.saturating_sub(due.len());
        if left > 0 {
            // Written down while the clock was wrong.
            due.extend(due_at(PUT_OFF_TOO_FAR, now.plus(retry::LONGEST_PAUSE), left).await?);
        }
        Ok(due)
    }

    pub(in crate::postgres) async fn read_secrets(
        &self,
        after: Option<SecretPlace>,
        at_most: usize,
    ) -> ListRead<StoredSecret> {
        let mut found = Vec::new();
        for (table, key) in SecretTable::behind(after) {
            let [part, tenant, id] = behind(key);
            let left = limit(at_most.saturating_sub(found.len()));
            let secret = |row: &Row| table.secret(row);
            found.extend(self.list(secrets_of(table), &[part, tenant, id, left], secret).await?);
        }
        Ok(found)
    }

    async fn list<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row) -> Result<T, Senseless>,
    ) -> ListRead<T> {
        let rows = self.lists.read(ends(self.options.list_lasts), sql, values).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>().map_err(Fault::from)?)
    }
}

type ListRead<T> = Result<Vec<T>, StoreError>;

/// As many rows as asked for; more than the server can count is all of them.
fn limit(at_most: usize) -> Value<'static> {
    i64::try_from(at_most).unwrap_or(i64::MAX).into()
}

/// The key that a list begins after: less than every other, if it begins at the beginning.
fn behind(place: Option<(TenantId, Uuid)>) -> [Value<'static>; 3] {
    place.map_or_else(
        || [Value::Integer(-1), Uuid::nil().into(), Uuid::nil().into()],
        |(tenant, id)| [tenant.part().0.into(), tenant.0.into(), id.into()],
    )
}

/// Only with the conditions it has, so that the planner sees which index fits.
fn asking_for(wanted: ReleaseFilter, at_most: usize) -> (String, Vec<Value<'static>>) {
    let (mut conditions, mut values) = (Vec::new(), Vec::new());
    if let Some(tenant) = wanted.tenant {
        values.extend([tenant.part().0.into(), tenant.0.into()]);
        conditions.push("part = $1 AND tenant = $2".to_owned());
    }
    if let Some(partner) = wanted.partner {
        values.push(partner.0.into());
        conditions.push(format!("partner = ${}", values.len()));
    }
    if wanted.pending_only {
        conditions.push("r.state = 'pending'".to_owned());
    }
    values.push(limit(at_most));
    let last = values.len();
    let conditions =
        if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    (format!("{SOME_RELEASES}{conditions} ORDER BY id DESC, part, tenant LIMIT ${last}"), values)
}

const fn secrets_of(table: SecretTable) -> &'static str {
    match table {
        SecretTable::Attempts => secrets!("attempts", "id", "phase"),
        SecretTable::Credentials => secrets!("credentials", "partner", "'credential'"),
        SecretTable::Releases => secrets!("releases", "id", "secret_field"),
    }
}
