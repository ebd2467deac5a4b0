/// A query that no statement can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unrenderable {
    /// The query names what this collection has not: it was checked against another type.
    #[error("nothing is kept under '{0}'")]
    NotKept(String),
    /// More values than a statement takes.
    #[error("the query has more values than a statement takes")]
    TooManyValues,
    /// The page goes on from a place in another order.
    #[error("the page goes on from a place in another order")]
    OtherOrder,
}
