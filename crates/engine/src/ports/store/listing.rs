use gangway_odata::{Filter, OrderBy};
use uuid::Uuid;

/// Which items of a collection, and in which order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listing {
    /// Those it holds for; all of them if there is none.
    pub filter: Option<Filter>,
    /// By what they are ordered; what is equal in all of it is ordered by id, in the last key's
    /// direction. If it is empty, by id, and the least comes first.
    pub order_by: Vec<OrderBy>,
    /// How many to leave out at the beginning.
    pub skip: u64,
    /// How many at most.
    pub limit: usize,
    /// Begin behind this item. It need not be there any more.
    pub after: Option<Position>,
}

impl Listing {
    /// The first so many items by id.
    #[must_use]
    pub fn first(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Every item by id.
    #[must_use]
    pub fn all() -> Self {
        Self::first(usize::MAX)
    }
}

/// Where an item stands in an order: what the store orders by, and the item's id. It holds for one
/// [`Listing::order_by`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// A value for each key of the order.
    pub keys: Vec<SortKey>,
    /// The item.
    pub id: Uuid,
}

/// What a store orders by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortKey {
    /// Nothing; it comes first.
    Null,
    /// A number.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Items of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// As many as were asked for, or as there are.
    pub items: Vec<T>,
    /// Where the last of them stands, if there are more.
    pub end: Option<Position>,
}
