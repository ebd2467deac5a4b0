//! Which rows are asked for.

use crate::copy::table::Table;
use crate::copy::table::cell::RowKey;

/// Asks how many audit events there are beside those that chains have, as it was at one moment. It need not look at every event.
pub(in crate::copy) const BESIDE_CHAINS: &str = "SELECT (SELECT count(*) FROM audit_events) \
    - (SELECT CAST(coalesce(sum(seq), 0) AS bigint) FROM audit_heads)";

/// Which rows are asked for.
pub(in crate::copy) struct RowQuery<'a> {
    pub(in crate::copy) table: &'a Table,
    pub(in crate::copy) wanted: Wanted,
    pub(in crate::copy) after: RowKey,
    pub(in crate::copy) last_part: u8,
    pub(in crate::copy) at_most: u16,
}

/// Which rows, in which order.
#[derive(Debug, Clone, Copy)]
pub(in crate::copy) enum Wanted {
    /// All, in the order of the key.
    All,
    /// Events without a place in a chain, in the order of the key.
    Unchained,
    /// Events with one, tenant by tenant in the order of their chains; after the place's tenant and this number.
    Chained { seq: i64 },
    /// Those of the place's tenant.
    ChainOf { behind: i64, up_to: i64 },
}
