//! Reads of one row, by its key.

mod dialect;
mod lists;
mod liveness;
mod queries;

use gangway_domain::{
    AttemptId, AuditEvent, AuditEventId, ChangesetId, Generation, Partner, PartnerId, Release, ReleaseId,
    Settings, TenantId, Timestamp,
};
use gangway_engine::{Field, Sealed, StoreError, StoredAttempt, StoredCredential};
use tokio_postgres::Row;
use uuid::Uuid;

use super::PostgresStore;
use crate::postgres::client::fault::Fault;
use crate::postgres::client::value::Value;
use crate::rows::{self, Senseless, columns};

macro_rules! of {
    ($columns:expr, $table:literal, $id:literal) => {
        concat!("SELECT ", $columns, " FROM ", $table, " WHERE part = $1 AND tenant = $2 AND ", $id, " = $3")
    };
}

const PARTNER: &str = of!(columns::partner!(), "partners", "id");
const AUDIT_EVENT: &str = of!(columns::audit_event!(), "audit_events", "id");
const ATTEMPT: &str = of!(columns::attempt!(), "attempts", "id");
const CREDENTIAL: &str =
    of!("id, generation, account_id, account_name, obtained, sealed", "credentials", "partner");
const RELEASE: &str = of!(columns::release!(), "releases AS r", "id");
const RELEASE_SECRET: &str = of!("secret_field, sealed", "releases", "id");
const SETTINGS: &str =
    concat!("SELECT ", columns::settings!(), " FROM settings WHERE part = $1 AND tenant = $2");
const RESTORED_AT: &str = "SELECT max(at) FROM restores";
const LAST_GENERATION: &str = of!("generation", "departed_partners", "id");
const WAS_COMMITTED: &str = "SELECT EXISTS (SELECT 1 FROM audit_events WHERE part = $1 AND tenant = $2 AND id = $3) \
    OR EXISTS (SELECT 1 FROM commits WHERE part = $1 AND tenant = $2 AND id = $3)";

impl PostgresStore {
    pub(super) async fn read_last_generation(
        &self,
        tenant: TenantId,
        id: PartnerId,
    ) -> PointRead<Generation> {
        self.one(LAST_GENERATION, tenant, id.0, |row| rows::generation(row, 0)).await
    }

    pub(super) async fn read_was_committed(
        &self,
        tenant: TenantId,
        id: ChangesetId,
    ) -> Result<bool, StoreError> {
        let is = self.one(WAS_COMMITTED, tenant, id.0, |row| rows::truth(row, 0, "answer")).await?;
        Ok(is.unwrap_or(false))
    }

    pub(super) async fn read_partner(&self, tenant: TenantId, id: PartnerId) -> PointRead<Partner> {
        self.one(PARTNER, tenant, id.0, rows::partner).await
    }

    pub(super) async fn read_audit_event(&self, tenant: TenantId, id: AuditEventId) -> PointRead<AuditEvent> {
        self.one(AUDIT_EVENT, tenant, id.0, rows::audit_event).await
    }

    pub(super) async fn read_attempt(&self, tenant: TenantId, id: AttemptId) -> PointRead<StoredAttempt> {
        self.one(ATTEMPT, tenant, id.0, |row| rows::attempt(row, tenant, id)).await
    }

    pub(super) async fn read_credential(
        &self,
        tenant: TenantId,
        id: PartnerId,
    ) -> PointRead<StoredCredential> {
        self.one(CREDENTIAL, tenant, id.0, |row| rows::credential(row, tenant, id)).await
    }

    pub(super) async fn read_release(&self, tenant: TenantId, id: ReleaseId) -> PointRead<Release> {
        self.one(RELEASE, tenant, id.0, rows::release).await
    }

    pub(super) async fn read_release_secret(
        &self,
        tenant: TenantId,
        id: ReleaseId,
    ) -> PointRead<(Field, Sealed)> {
        let held = |row: &Row| {
            // One that is over holds nothing.
            let sealed = row.try_get::<_, Option<&[u8]>>(1).map_err(|_| Senseless("secret of a release"))?;
            let held =
                sealed.map(|_| Ok((rows::field(row, 0)?, rows::sealed(row, 1, "secret of a release")?)));
            held.transpose()
        };
        self.one(RELEASE_SECRET, tenant, id.0, held).await.map(Option::flatten)
    }

    pub(super) async fn read_settings(&self, tenant: TenantId) -> PointRead<Settings> {
        let key = [tenant.part().0.into(), tenant.0.into()];
        let rows = self.points.read(self.point_ends(), SETTINGS, &key).await?;
        first(&rows, rows::settings)
    }

    /// The last time.
    pub(super) async fn read_restored_at(&self) -> PointRead<Timestamp> {
        let rows = self.points.read(self.point_ends(), RESTORED_AT, &[]).await?;
        first(&rows, |row| rows::time_or_null(row, 0, "time of a restore")).map(Option::flatten)
    }

    async fn one<T>(
        &self,
        sql: &str,
        tenant: TenantId,
        id: Uuid,
        read: impl Fn(&Row) -> Result<T, Senseless>,
    ) -> PointRead<T> {
        let key: [Value<'_>; 3] = [tenant.part().0.into(), tenant.0.into(), id.into()];
        let rows = self.points.read(self.point_ends(), sql, &key).await?;
        first(&rows, read)
    }
}

type PointRead<T> = Result<Option<T>, StoreError>;

fn first<T>(rows: &[Row], read: impl Fn(&Row) -> Result<T, Senseless>) -> PointRead<T> {
    Ok(rows.first().map(read).transpose().map_err(Fault::from)?)
}
