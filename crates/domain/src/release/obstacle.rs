/// What stands in the way of a release that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// The partner could not be reached, or gave no answer that says anything.
    Unreachable,
    /// The partner says that a token is still good.
    StillAlive,
    /// The partner does not take us for its client.
    RefusesUs,
    /// The partner refuses in words that may mean a dead token, and may mean something else.
    Ambiguous,
    /// Nothing that the partner offers shows whether a token is dead.
    NoProof,
    /// An answer that may have tokens in it could not be read; it is kept, sealed.
    UnreadAnswer,
    /// A refresh may be under way, here or on another node.
    UnderWay,
    /// A connection that lives has the same token, because the partner gave it twice.
    InUse,
    /// Something is missing here: the profile, or the key that the credential is sealed with.
    NotPrepared,
}

impl Obstacle {
    /// Every obstacle there is.
    pub const ALL: [Self; 9] = [
        Self::Unreachable,
        Self::StillAlive,
        Self::RefusesUs,
        Self::Ambiguous,
        Self::NoProof,
        Self::UnreadAnswer,
        Self::UnderWay,
        Self::InUse,
        Self::NotPrepared,
    ];

    /// Its word in receipts, answers and stored rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::StillAlive => "stillAlive",
            Self::RefusesUs => "refusesUs",
            Self::Ambiguous => "ambiguous",
            Self::NoProof => "noProof",
            Self::UnreadAnswer => "unreadAnswer",
            Self::UnderWay => "underWay",
            Self::InUse => "inUse",
            Self::NotPrepared => "notPrepared",
        }
    }

    /// The obstacle with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|obstacle| obstacle.as_str() == word)
    }

    /// What it means, and what helps.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "The partner cannot be reached, or its answers say nothing. It is asked again; nothing has to be done \
                 unless it stays so."
            }
            Self::StillAlive => {
                "The partner says that a token is still good, although it was asked to revoke it. It is asked again; if it \
                 stays so, end the grant at the partner."
            }
            Self::RefusesUs => {
                "The partner does not accept our client id and secret. Correct client_id and the client secret of the \
                 profile, and restart."
            }
            Self::Ambiguous => {
                "The partner refuses a token in words that may also mean something else. If its error code means that the \
                 token is dead, add it to dead_token_errors of the profile and restart; else end the grant at the partner, and \
                 force the release."
            }
            Self::NoProof => {
                "Nothing that this partner offers shows whether a token is dead. Configure its introspection or account \
                 endpoint, or end the grant at the partner, and force the release."
            }
            Self::UnreadAnswer => {
                "The partner gave an answer that may have tokens in it and could not be read; it is kept, sealed. End the grant \
                 at the partner, and force the release."
            }
            Self::UnderWay => {
                "Somebody may be asking the partner for fresh tokens. It is tried again in about a minute at most."
            }
            Self::InUse => {
                "The partner gave the same token to a connection that lives. It ends when that one is cut; nothing has to be \
                 done."
            }
            Self::NotPrepared => {
                "The profile, or the key that the credential is sealed with, is not there. Put it back into the configuration, \
                 and restart."
            }
        }
    }
}
