//! What a partner answers, or why there is nothing.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::connector::guard::Forbidden;

/// What is asked for, which says how much of the answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::connector) enum Expected {
    /// A word or two.
    Word,
    /// One page of a list.
    Page,
    /// Tokens. Nobody gives them again, so what came of an answer that was cut off is kept.
    Tokens,
}

impl Expected {
    /// Of what a partner answers, no more is read.
    pub(super) const fn largest(self) -> usize {
        match self {
            Self::Word => 64 * 1024,
            Self::Page => 1024 * 1024,
            Self::Tokens => 256 * 1024,
        }
    }
}

/// What a partner answered.
#[derive(Debug)]
pub(in crate::connector) struct Response {
    pub(in crate::connector) status: u16,
    pub(in crate::connector) retry_after: Option<Duration>,
    /// Empty if there was too much of it, unless tokens were expected.
    pub(in crate::connector) body: Zeroizing<Vec<u8>>,
    /// Why the body is not all there was.
    pub(in crate::connector) cut: Option<Cut>,
    /// Whether the partner says where the body ends. If it only closes the connection, a body that broke off looks whole.
    pub(in crate::connector) says_its_end: bool,
}

/// Why a body is not all there was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::connector) enum Cut {
    /// There was too much of it.
    TooLarge,
    /// The rest did not come.
    Lost(String),
}

/// Why there is no answer. It says nothing of what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::connector) enum NoResponse {
    /// Nothing was sent.
    #[error("not sent: the URL {0}")]
    Forbidden(#[from] Forbidden),
    /// Nothing was sent, because the credential has characters that no header can have.
    #[error("not sent: the credential does not fit into a header")]
    NoHeader,
    /// Nothing was sent, because nobody was there to send it to.
    #[error("{0}")]
    NotSent(String),
    /// Something may have been sent.
    #[error("{0}")]
    Lost(String),
}
