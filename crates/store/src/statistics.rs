//! What a store has counted since it was opened, for whoever looks after it. Nothing here knows who shows it.

/// Of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseStatistics {
    /// Its connections, by what they are for.
    pub pools: Vec<PoolStatistics>,
    /// How often something was asked again, and why.
    pub retries: Vec<(RetryReason, u64)>,
    /// After how many commits nobody could tell whether they were made.
    pub unknown_commits: u64,
}

/// Of the connections of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolStatistics {
    /// What they are for: `points`, `lists` or `queries`.
    pub name: &'static str,
    /// Connections that somebody has.
    pub in_use: usize,
    /// Connections that nobody has.
    pub idle: usize,
    /// How many wait for one.
    pub waiting: usize,
    /// How often somebody waited for one in vain.
    pub waited_in_vain: u64,
}

/// Why something was asked of a database again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryReason {
    /// The database could not put it in a row with what others did at the same time (40001).
    Serialization,
    /// It and another waited for each other (40P01).
    Deadlock,
    /// Another node had added to the tenant's audit chain.
    HeadMoved,
    /// There was no answer, or the database could not be used over that connection.
    ConnectionLost,
}

impl RetryReason {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Serialization, Self::Deadlock, Self::HeadMoved, Self::ConnectionLost];

    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Serialization => "serialization",
            Self::Deadlock => "deadlock",
            Self::HeadMoved => "head_moved",
            Self::ConnectionLost => "connection_lost",
        }
    }
}
