//! What somebody does to the audit who can write to the database, and what `audit verify` finds of it: row by row, behind the
//! server's back, in either store. They know how hashes are made, and compute none.

mod findings;
mod opening;

use gangway_domain::TenantId;
use gangway_private_postgres::Server;
use gangway_store::{
    AnyStore, AuditHead, AuditReport, ChainReport, KnownHeads, PostgresAudit, PostgresOptions, PostgresStore,
    SqliteOptions, SqliteStore,
};
use tempfile::TempDir;

use crate::distributed::{on_a_thread, options_of_a_patient_store};
use crate::samples::*;

/// How many events each of two tenants has, who are in the same part.
const EVENTS: i64 = 6;

/// A database with a history that nobody serves from.
enum House {
    Sqlite(TempDir),
    Postgres(Box<PostgresOptions>),
}

/// Every test, for either store.
macro_rules! in_each_house {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(&crate::tampering::House::embedded().await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(&crate::tampering::House::shared().await).await;
                }
            )+
        }
    };
}
use in_each_house;

impl House {
    async fn embedded() -> Self {
        let house = Self::Sqlite(tempfile::tempdir().unwrap());
        house.filled().await
    }

    async fn shared() -> Self {
        let house = Self::Postgres(Box::new(options_of_a_patient_store().await));
        house.filled().await
    }

    async fn filled(self) -> Self {
        let store = self.open().await;
        for tenant in [CONTOSO, FABRIKAM] {
            let mut current = stored(&store, tenant).await;
            for n in 1..EVENTS {
                let after = renamed(&current, &format!("Name {n}"));
                done(&store, update(&current, &after)).await;
                current = after;
            }
        }
        store.close().await;
        self
    }

    async fn open(&self) -> AnyStore {
        self.open_with(&key()).await.unwrap()
    }

    async fn open_with(&self, key: &gangway_store::AuditKey) -> Result<AnyStore, String> {
        match self {
            Self::Sqlite(place) => {
                SqliteStore::open(&SqliteOptions::at(place.path().join("gangway.db")), key)
                    .map(AnyStore::from)
                    .map_err(|error| error.to_string())
            }
            Self::Postgres(options) => {
                let opened = PostgresStore::open(options, key).await;
                opened.map(AnyStore::from).map_err(|error| error.to_string())
            }
        }
    }

    /// Does this with a program of one's own. `CONTOSO` and `FABRIKAM` stand for their ids, `ALL` for the columns of an event
    /// that are stored, but for its id and its place; `ID(n)` for the id n.
    async fn harm(&self, sql: &str) {
        match self {
            Self::Sqlite(place) => {
                let literal = |tenant: TenantId| format!("x'{}'", tenant.0.simple());
                let sql = sql.replace("CONTOSO", &literal(CONTOSO)).replace("FABRIKAM", &literal(FABRIKAM));
                let sql = sql.replace("ALL", COMMON).replace("NEW_ID", "randomblob(16)");
                let database = rusqlite::Connection::open(place.path().join("gangway.db")).unwrap();
                database.execute_batch(&sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
            }
            Self::Postgres(options) => {
                let literal = |tenant: TenantId| format!("'{}'::uuid", tenant.0);
                let sql = sql.replace("CONTOSO", &literal(CONTOSO)).replace("FABRIKAM", &literal(FABRIKAM));
                let derived = "actor_kind, user_principal_name, user_id, application_id, application_name";
                let sql = sql.replace("ALL", &format!("{COMMON}, {derived}"));
                let sql = sql.replace("NEW_ID", "gen_random_uuid()");
                let name = options.url.rsplit('/').next().unwrap().to_owned();
                on_a_thread(move || Server::shared().psql(&name, &sql)).await;
            }
        }
    }

    async fn report_against(&self, known: &KnownHeads) -> AuditReport {
        match self {
            Self::Sqlite(place) => {
                let path = place.path().join("gangway.db");
                gangway_store::verify_audit(&path, &key(), None, known).unwrap()
            }
            Self::Postgres(options) => {
                let audit = PostgresAudit::open(options).await.unwrap();
                audit.verify(&key(), None, known).await.unwrap()
            }
        }
    }

    async fn report(&self) -> AuditReport {
        self.report_against(&KnownHeads::default()).await
    }

    /// What is found of Contoso's chain; Fabrikam's is whole.
    async fn found(&self) -> ChainReport {
        let report = self.report().await;
        assert!(!report.is_whole());
        let of = |tenant| report.chains.iter().find(|chain| chain.tenant == tenant).unwrap().clone();
        assert!(matches!(of(FABRIKAM).finding, gangway_store::Finding::Whole(Some(_))), "{report:?}");
        of(CONTOSO)
    }

    /// What `gangway audit head` prints.
    async fn heads(&self) -> String {
        let heads: Vec<Result<AuditHead, TenantId>> = match self {
            Self::Sqlite(place) => {
                gangway_store::audit_heads(&place.path().join("gangway.db"), &key()).unwrap()
            }
            Self::Postgres(options) => {
                PostgresAudit::open(options).await.unwrap().heads(&key()).await.unwrap()
            }
        };
        heads.into_iter().map(|head| head.unwrap().line() + "\n").collect()
    }

    async fn known(&self) -> KnownHeads {
        KnownHeads::parse(&self.heads().await, &key()).unwrap()
    }
}

const COMMON: &str =
    "at, activity, operation, result, correlation, actor, partner, partner_name, generation, changes";
