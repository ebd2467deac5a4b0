//! What a query asks for, with every name looked up and every type checked.

use uuid::Uuid;

use crate::model::{Navigation, Property};

/// The query options of a collection or an entity.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// Which properties to show; `None` for all of them.
    pub select: Option<Select>,
    /// Which navigation properties to show with it.
    pub expand: Vec<Expand>,
    /// Which items to show.
    pub filter: Option<Filter>,
    /// In which order; the first counts most.
    pub order_by: Vec<OrderBy>,
    /// How many at most.
    pub top: Option<u64>,
    /// How many to leave out at the beginning.
    pub skip: u64,
    /// Where an earlier page ended, as that page said it.
    pub skip_token: Option<String>,
    /// Whether to say how many there are in all.
    pub count: bool,
    /// Text to look for.
    pub search: Option<Search>,
    /// The media type asked for in place of the `Accept` header's.
    pub format: Option<String>,
}

/// What `$select` names: paths from the item. A path that ends at a complex property means all of
/// that.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// The paths, in the order they were named.
    pub paths: Vec<Vec<&'static Property>>,
}

/// One navigation property that `$expand` names.
#[derive(Debug, Clone, PartialEq)]
pub struct Expand {
    /// Which one.
    pub navigation: &'static Navigation,
    /// What is asked of what it leads to.
    pub query: Query,
}

/// One key of `$orderby`.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderBy {
    /// By what. Null comes before everything else.
    pub key: Operand,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// A condition. It holds, does not hold, or (where OData says null) neither: then the item is not
/// shown.
///
/// Source: OData Version 4.01, Part 2: URL Conventions, section 5.1.1.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// It always holds, or never, or is null.
    Constant(Option<bool>),
    /// All of them; null counts as in SQL.
    And(Vec<Filter>),
    /// Any of them; null counts as in SQL.
    Or(Vec<Filter>),
    /// Not that one; of null it is null.
    Not(Box<Filter>),
    /// Two values compared. `eq` and `ne` treat null as a value; the others do not hold if either
    /// is null. So a comparison is never null.
    Compare {
        /// The left side.
        left: Operand,
        /// How.
        comparison: Comparison,
        /// The right side.
        right: Operand,
    },
    /// Whether a value equals one of these, by the rules of `eq`.
    In {
        /// The value.
        operand: Operand,
        /// Of the same type, or null.
        list: Vec<Literal>,
    },
    /// Whether a text has a part; null if either is null.
    Text {
        /// Where the part is looked for.
        test: TextTest,
        /// The text.
        text: Operand,
        /// The part.
        part: Operand,
    },
    /// A Boolean property.
    Property(Path),
    /// Whether the condition holds for a member of a collection; whether there is one, if there is
    /// no condition.
    Any {
        /// The collection.
        collection: Path,
        /// About each member; its variable is the innermost [`Root::Variable`].
        condition: Option<Box<Filter>>,
    },
    /// Whether the condition holds for every member of a collection.
    All {
        /// The collection.
        collection: Path,
        /// About each member.
        condition: Box<Filter>,
    },
}

/// How two values are compared. Texts are compared by their code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`
    Eq,
    /// `ne`
    Ne,
    /// `gt`
    Gt,
    /// `ge`
    Ge,
    /// `lt`
    Lt,
    /// `le`
    Le,
}

/// Where a part is looked for in a text. Upper and lower case are different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTest {
    /// `contains`
    Contains,
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// As it was written.
    Literal(Literal),
    /// A property of the item or of a member.
    Path(Path),
    /// A text in lower case (`tolower`), as Unicode has it; null of null.
    Lower(Box<Operand>),
    /// A text in upper case (`toupper`), as Unicode has it; null of null.
    Upper(Box<Operand>),
}

/// A value as it was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `'text'`
    String(String),
    /// `true` or `false`
    Boolean(bool),
    /// A GUID
    Guid(Uuid),
    /// A whole number
    Int64(i64),
    /// A point in time: steps of 100 nanoseconds since 1970-01-01T00:00:00Z
    DateTimeOffset(i64),
    /// A member of an enumeration, by its name as the model has it
    Enum(&'static str),
}

/// From where to which property.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Where it begins.
    pub root: Root,
    /// Property after property; empty for a member that is itself a value.
    pub steps: Vec<&'static Property>,
}

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// The item itself.
    Item,
    /// The variable of an `any` or `all` around it: 0 is that of the outermost.
    Variable(usize),
}

/// What `$search` looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// A word or a phrase.
    Term(String),
    /// Without that one.
    Not(Box<Search>),
    /// All of them.
    And(Vec<Search>),
    /// Any of them.
    Or(Vec<Search>),
}
