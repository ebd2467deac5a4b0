//! What callers list and count.

use gangway_domain::TenantId;
use gangway_engine::{Listing, Page, StoreError};
use gangway_odata::Filter;
use tokio_postgres::Row;

use super::dialect::Postgres;
use super::fault::Fault;
use super::value::Value;
use super::{PostgresStore, ends};
use crate::render::{self, Statement};
use crate::rows::{self, Filling, Item};

impl PostgresStore {
    /// A page of a tenant's items.
    pub(super) async fn page<T: Item>(
        &self,
        tenant: TenantId,
        listing: &Listing,
    ) -> Result<Page<T>, StoreError> {
        if listing.limit == 0 {
            return Ok(Page { items: Vec::new(), end: None });
        }
        let list = render::list::<Postgres>(&T::TABLE, T::COLUMNS, tenant, listing).map_err(Fault::from)?;
        let found = self.ask(tenant, &list.statement).await?;
        let mut page = Filling::new(listing.limit, &list.keys);
        for row in &found {
            if !page.take(row).map_err(Fault::from)? {
                break;
            }
        }
        Ok(page.finish())
    }

    /// How many items a tenant has that this holds for.
    pub(super) async fn count<T: Item>(
        &self,
        tenant: TenantId,
        filter: Option<&Filter>,
    ) -> Result<u64, StoreError> {
        let count = render::count::<Postgres>(&T::TABLE, tenant, filter).map_err(Fault::from)?;
        let found = self.ask(tenant, &count).await?;
        let count =
            found.first().ok_or(rows::Senseless("count")).and_then(|row| rows::unsigned(row, 0, "count"));
        Ok(count.map_err(Fault::from)?)
    }

    /// Asks when it is the tenant's turn.
    async fn ask(&self, tenant: TenantId, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        let closed = |_| StoreError::from(Fault::Closed);
        let _turn = match gangway_engine::deadline::at() {
            None => self.turns.take(tenant).await.map_err(closed)?,
            Some(until) => tokio::time::timeout_at(until.into(), self.turns.take(tenant))
                .await
                .map_err(|_| StoreError::TooSlow)?
                .map_err(closed)?,
        };
        let values: Vec<Value<'_>> = statement.values.iter().map(Value::from).collect();
        let until = ends(self.options.query_lasts);
        match self.queries.read(until, &statement.text, &values).await {
            // Whether the server or this side was first to say so.
            Err(Fault::Late) => Err(StoreError::TooSlow),
            outcome => Ok(outcome?),
        }
    }
}
