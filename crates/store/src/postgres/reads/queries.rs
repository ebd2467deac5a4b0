//! What callers list and count.

use gangway_domain::TenantId;
use gangway_engine::{Listing, Page, StoreError, deadline};
use gangway_odata::Filter;
use tokio::time::timeout_at;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use crate::postgres::client::fault::Fault;
use crate::postgres::client::value::Value;
use crate::postgres::reads::dialect::Postgres;
use crate::postgres::{PostgresStore, ends};
use crate::render::{self, Statement};
use crate::rows::{self, Filling, Item};

impl PostgresStore {
    /// A page of a tenant's items.
    pub(in crate::postgres) async fn page<T: Item>(
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
    pub(in crate::postgres) async fn count<T: Item>(
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
    ///
    /// What the database itself ended had all the time that a query may take: that is [`StoreError::TooSlow`], and to ask it
    /// again is no use. For what was not over when whoever asks had no more time, or was held up by others, it is.
    async fn ask(&self, tenant: TenantId, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        let waiting = self.fair_queue.wait(tenant);
        let slot = match deadline::at() {
            None => waiting.await,
            Some(until) => timeout_at(until.into(), waiting).await.map_err(|_| Fault::Crowded)?,
        };
        let _slot = slot.map_err(|_| Fault::Closed)?;
        let values: Vec<Value<'_>> = statement.values.iter().map(Value::from).collect();
        let until = ends(self.options.query_lasts + 2 * self.options.connect_lasts);
        let answer = tokio::select! {
            answer = self.queries.read(until, &statement.text, &values) => answer,
            dead = Box::pin(self.until_it_is_dead()) => dead.map(|never| match never {}),
        };
        match answer {
            Err(fault) if fault.code() == Some(&SqlState::QUERY_CANCELED) => Err(StoreError::TooSlow),
            outcome => Ok(outcome?),
        }
    }
}
