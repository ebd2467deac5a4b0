//! The audit of whichever store it is.

use gangway_domain::{AuditEventId, TenantId, Timestamp};
use gangway_store::{
    AuditHead, AuditKey, AuditReader, AuditReport, ChainedEvent, KnownHeads, PostgresAudit, audit_heads,
    verify_audit,
};
use tokio::runtime::Runtime;

use crate::cli::common::{StorePlace, runtime};

/// Reads audit events, beside servers or without any.
pub(super) enum Reader {
    Embedded(AuditReader),
    Postgres(Runtime, Box<PostgresAudit>),
}

/// What every reader is asked, and told in one line if it fails.
macro_rules! ask {
    ($self:ident, $reader:ident => $call:expr) => {
        match $self {
            Self::Embedded($reader) => $call.map_err(|error| error.to_string()),
            Self::Postgres(runtime, $reader) => runtime.block_on($call).map_err(|error| error.to_string()),
        }
    };
}

impl Reader {
    pub(super) fn open(place: &StorePlace) -> Result<Self, String> {
        match place {
            StorePlace::Embedded(path) => {
                AuditReader::open(path).map(Self::Embedded).map_err(|error| error.to_string())
            }
            StorePlace::Postgres(options) => {
                let runtime = runtime()?;
                let reader = runtime.block_on(PostgresAudit::open(options));
                let reader = reader.map_err(|error| error.to_string())?;
                Ok(Self::Postgres(runtime, Box::new(reader)))
            }
        }
    }

    pub(super) fn tenants(&self) -> Result<Vec<TenantId>, String> {
        ask!(self, reader => reader.tenants())
    }

    pub(super) fn last(&self, tenant: TenantId) -> Result<u64, String> {
        ask!(self, reader => reader.last(tenant))
    }

    pub(super) fn without_place(&self, tenant: TenantId) -> Result<u64, String> {
        ask!(self, reader => reader.without_place(tenant))
    }

    pub(super) fn at(&self, tenant: TenantId, sequence: u64) -> Result<Option<AuditEventId>, String> {
        ask!(self, reader => reader.at(tenant, sequence))
    }

    pub(super) fn events(
        &self,
        tenant: TenantId,
        places: (u64, u64),
        since: Timestamp,
    ) -> Result<Vec<ChainedEvent>, String> {
        ask!(self, reader => reader.events(tenant, places, since))
    }
}

/// Follows the chains, and looks whether all of them are there.
pub(super) fn verified(
    place: &StorePlace,
    key: &AuditKey,
    tenant: Option<TenantId>,
    known: &KnownHeads,
) -> Result<AuditReport, String> {
    match place {
        StorePlace::Embedded(path) => {
            verify_audit(path, key, tenant, known).map_err(|error| error.to_string())
        }
        StorePlace::Postgres(options) => runtime()?.block_on(async {
            let audit = PostgresAudit::open(options).await.map_err(|error| error.to_string())?;
            audit.verify(key, tenant, known).await.map_err(|error| error.to_string())
        }),
    }
}

/// Where every chain ends; whose end is not proven is an error of its own.
pub(super) fn heads(place: &StorePlace, key: &AuditKey) -> Result<Vec<Result<AuditHead, TenantId>>, String> {
    match place {
        StorePlace::Embedded(path) => audit_heads(path, key).map_err(|error| error.to_string()),
        StorePlace::Postgres(options) => runtime()?.block_on(async {
            let audit = PostgresAudit::open(options).await.map_err(|error| error.to_string())?;
            audit.heads(key).await.map_err(|error| error.to_string())
        }),
    }
}
