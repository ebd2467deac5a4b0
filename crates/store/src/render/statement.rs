use gangway_domain::TenantId;
use gangway_engine::{Listing, SortKey};
use gangway_odata::Filter;

use super::condition::Condition;
use super::filter::Renderer;
use super::order::Order;
use super::sql::Statement;
use super::{Dialect, QueriedTable, Sql, Unrenderable};

/// A statement whose rows are items, one more than there may be on the page. Behind an item's own columns are those of the
/// order's keys, and the id.
#[derive(Debug, PartialEq)]
pub(crate) struct List {
    pub(crate) statement: Statement,
    /// For each of the order's keys what it always is; nothing, if it is in the next of the columns.
    pub(crate) keys: Vec<Option<SortKey>>,
}

/// The statement for a page of a tenant's items.
pub(crate) fn list<D: Dialect>(
    table: &QueriedTable,
    columns: &str,
    tenant: TenantId,
    listing: &Listing,
) -> Result<List, Unrenderable> {
    let mut renderer = Renderer::<D>::new(table.shape);
    let order = Order::new(&renderer, &listing.order_by)?;
    let after = listing.after.as_ref().map_or(Ok(Condition::Always), |place| order.after(place))?;
    let filter = condition(&mut renderer, listing.filter.as_ref())?;
    let selected = order.keys.iter().filter_map(|key| key.as_ref().ok()).cloned();
    let selected = Sql::joined([Sql::new(columns)].into_iter().chain(selected), ", ");
    // Where a filter has bounds for the same key, the index is entered at the first of them that is named.
    let wanted = of_tenant(tenant, Condition::all([after, filter]));
    let more = i64::try_from(listing.limit).unwrap_or(i64::MAX).saturating_add(1);
    let skip = i64::try_from(listing.skip).unwrap_or(i64::MAX);
    let sql = Sql::from_template(
        "SELECT {}, item.id FROM {} AS item WHERE {} ORDER BY {} LIMIT {} OFFSET {}",
        [
            selected,
            Sql::new(table.name),
            wanted,
            order.sql(),
            Sql::value(SortKey::Integer(more)),
            Sql::value(SortKey::Integer(skip)),
        ],
    );
    let keys = order.keys.into_iter().map(Result::err).collect();
    Ok(List { statement: sql.finish::<D>()?, keys })
}

/// The statement that counts a tenant's items.
pub(crate) fn count<D: Dialect>(
    table: &QueriedTable,
    tenant: TenantId,
    filter: Option<&Filter>,
) -> Result<Statement, Unrenderable> {
    let mut renderer = Renderer::<D>::new(table.shape);
    let wanted = of_tenant(tenant, condition(&mut renderer, filter)?);
    let table = Sql::new(table.name);
    Sql::from_template("SELECT count(*) FROM {} AS item WHERE {}", [table, wanted]).finish::<D>()
}

fn condition<D: Dialect>(
    renderer: &mut Renderer<D>,
    filter: Option<&Filter>,
) -> Result<Condition, Unrenderable> {
    Ok(match filter {
        Some(filter) => renderer.truth(filter)?.holds,
        None => Condition::Always,
    })
}

/// Nothing of another tenant, whatever the condition is.
fn of_tenant(tenant: TenantId, condition: Condition) -> Sql {
    let part = Sql::value(SortKey::Integer(i64::from(tenant.part().0)));
    let owner = Sql::value(SortKey::Bytes(tenant.0.as_bytes().to_vec()));
    match condition {
        Condition::Always => Sql::from_template("item.part = {} AND item.tenant = {}", [part, owner]),
        condition @ (Condition::Never | Condition::When(_)) => {
            let parts = [part, owner, condition.into_sql()];
            Sql::from_template("item.part = {} AND item.tenant = {} AND {}", parts)
        }
    }
}
