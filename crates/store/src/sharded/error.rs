use gangway_engine::StoreError;

use crate::PostgresError;

/// Why several databases cannot be used as one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShardError {
    /// One of them is named in a way that is no use.
    #[error(transparent)]
    Named(#[from] PostgresError),
    /// The first of them cannot be used.
    #[error("database 0 of store.shard has what all servers share, and without it none starts: {0}")]
    First(PostgresError),
    /// One of them cannot be used.
    #[error("database {0} of store.shard: {1}")]
    Database(usize, PostgresError),
    /// One of them cannot say which parts it has.
    #[error("database {0} of store.shard: {1}")]
    Unreadable(usize, StoreError),
    /// A part belongs to none of them.
    #[error("part {0} is in no database: give it to one in store.shard")]
    Nowhere(u8),
    /// A part has no place yet, and one of them cannot be asked whether it has it.
    #[error(
        "part {part} has no place yet, and database {shard} of store.shard cannot be asked whether it has it: parts are given \
         to databases only when all of them answer; start that one"
    )]
    Unseen {
        /// The part.
        part: u8,
        /// Which database cannot be asked.
        shard: usize,
    },
    /// A part belongs to several of them.
    #[error(
        "part {0} is in databases {1} and {2} of store.shard: one part has one place; what a database has of its own, \
         placements there says"
    )]
    Twice(u8, usize, usize),
    /// A part would be given to one of them while another has rows of it.
    #[error(
        "database {shard} of store.shard has rows of part {part}, which the configuration gives to another: give it to \
         that one to begin with, and then move it with `gangway db move-part`"
    )]
    HasRows {
        /// The part.
        part: u8,
        /// Which database has rows of it.
        shard: usize,
    },
    /// There are none, or too many.
    #[error("store.shard names {0} databases: name 1 to 64")]
    Count(usize),
}

impl ShardError {
    /// Whether nothing was found out but that a database does not answer now.
    pub(super) const fn is_of_absence(&self) -> bool {
        match self {
            Self::Named(error) | Self::First(error) | Self::Database(_, error) => error.is_unreachable(),
            Self::Unreadable(..) | Self::Unseen { .. } => true,
            Self::Nowhere(_) | Self::Twice(..) | Self::HasRows { .. } | Self::Count(_) => false,
        }
    }
}
