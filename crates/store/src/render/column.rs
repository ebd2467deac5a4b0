use gangway_engine::SortKey;

/// A table of items.
#[derive(Debug)]
pub(crate) struct QueriedTable {
    /// Its name; in statements its rows are called `item`.
    pub(crate) name: &'static str,
    pub(super) shape: &'static Shape,
}

/// Where the properties of a type are kept, by their names from the item or member on.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) column: fn(&[&str]) -> Option<Column>,
    pub(super) collection: fn(&[&str]) -> Option<Collection>,
}

/// Where a property of one value is kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Column {
    /// As it is.
    Plain { sql: &'static str, nullable: bool },
    /// A text, as the 16 bytes of the GUID it is.
    Id(&'static str),
    /// As a word for each of few values.
    Words { sql: &'static str, words: Vec<(&'static str, SortKey)> },
    /// In a field of a JSON object, or as the member of the array itself.
    Json { field: Option<&'static str>, nullable: bool },
    /// Nowhere: it is always this.
    Known(SortKey),
}

/// Where a collection is kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Collection {
    /// It has exactly one member, in columns of the row itself.
    Inline(&'static Shape),
    /// In a JSON array in this column, or in this field of it.
    Json { column: &'static str, field: Option<&'static str>, members: &'static Shape },
}

/// What is never null, in this column.
pub(super) const fn plain(sql: &'static str) -> Column {
    Column::Plain { sql, nullable: false }
}

/// What may be null, in this column.
pub(super) const fn nullable(sql: &'static str) -> Column {
    Column::Plain { sql, nullable: true }
}
