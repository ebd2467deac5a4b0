//! Which rows are asked for.

use super::cell::RowKey;
use super::table::Table;

/// Asks how many audit events there are beside those that chains have, as it was at one moment. It need not look at every event.
pub(super) const BESIDE_CHAINS: &str = "SELECT (SELECT count(*) FROM audit_events) \
    - (SELECT CAST(coalesce(sum(seq), 0) AS bigint) FROM audit_heads)";

/// Which rows are asked for.
pub(super) struct RowQuery<'a> {
    pub(super) table: &'a Table,
    pub(super) wanted: Wanted,
    pub(super) after: RowKey,
    pub(super) last_part: u8,
    pub(super) at_most: u16,
}

/// Which rows, in which order.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// All, in the order of the key.
    All,
    /// Events without a place in a chain, in the order of the key.
    Unchained,
    /// Events with one, tenant by tenant in the order of their chains; after the place's tenant and this number.
    Chained { seq: i64 },
    /// Those of the place's tenant.
    ChainOf { behind: i64, up_to: i64 },
}
