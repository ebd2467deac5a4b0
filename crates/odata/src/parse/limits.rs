//! How much a query may ask for. What is larger is refused, and the error names the limit.

/// Bytes in the value of one option.
pub const MAX_OPTION_LENGTH: usize = 8192;
/// Bytes in a `$skiptoken`.
pub const MAX_SKIP_TOKEN_LENGTH: usize = 12_288;
/// How deep an expression may be nested: parentheses, `not`, functions, and `any` or `all`.
pub const MAX_DEPTH: usize = 32;
/// Values, operators, functions and parentheses in one expression.
pub const MAX_NODES: usize = 800;
/// Values in the list of an `in`.
pub const MAX_IN_LIST: usize = 200;
/// Keys of `$orderby`.
pub const MAX_ORDER_KEYS: usize = 5;
/// Properties in one `$select`.
pub const MAX_SELECTED: usize = 64;
/// How deep an `$expand` may be inside another.
pub const MAX_EXPAND_DEPTH: usize = 3;
/// Words and phrases of `$search`.
pub const MAX_SEARCH_TERMS: usize = 20;

/// A limit on what a query may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`MAX_OPTION_LENGTH`]
    OptionLength,
    /// [`MAX_SKIP_TOKEN_LENGTH`]
    SkipTokenLength,
    /// [`MAX_DEPTH`]
    Depth,
    /// [`MAX_NODES`]
    Nodes,
    /// [`MAX_IN_LIST`]
    InList,
    /// [`MAX_ORDER_KEYS`]
    OrderKeys,
    /// [`MAX_SELECTED`]
    Selected,
    /// [`MAX_EXPAND_DEPTH`]
    ExpandDepth,
    /// [`MAX_SEARCH_TERMS`]
    SearchTerms,
}

impl Limit {
    /// How much is still allowed.
    #[must_use]
    pub const fn most(self) -> usize {
        match self {
            Self::OptionLength => MAX_OPTION_LENGTH,
            Self::SkipTokenLength => MAX_SKIP_TOKEN_LENGTH,
            Self::Depth => MAX_DEPTH,
            Self::Nodes => MAX_NODES,
            Self::InList => MAX_IN_LIST,
            Self::OrderKeys => MAX_ORDER_KEYS,
            Self::Selected => MAX_SELECTED,
            Self::ExpandDepth => MAX_EXPAND_DEPTH,
            Self::SearchTerms => MAX_SEARCH_TERMS,
        }
    }

    /// What is too much, to be followed by the number.
    pub(super) const fn exceeded(self) -> (&'static str, &'static str) {
        match self {
            Self::OptionLength | Self::SkipTokenLength => ("The value is longer than", "bytes"),
            Self::Depth => ("The expression is nested deeper than", "levels"),
            Self::Nodes => ("The expression has more than", "values, operators and parentheses"),
            Self::InList => ("The list of an 'in' has more than", "values"),
            Self::OrderKeys => ("The $orderby expression has more than", "keys"),
            Self::Selected => ("A $select has more than", "properties"),
            Self::ExpandDepth => ("An $expand is nested deeper than", "levels"),
            Self::SearchTerms => ("The $search expression has more than", "words"),
        }
    }
}
