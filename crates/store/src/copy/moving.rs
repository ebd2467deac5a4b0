//! Whether a database is being copied, or was.

/// Whether everything moves from or to another database, which is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Moving {
    /// This one is not served from any more.
    To(String),
    /// This one is not served from yet.
    From(String),
}

impl Moving {
    /// As it is stored. What cannot be is taken for what is the safer: nothing is served.
    pub(crate) fn of(direction: &str, place: String) -> Self {
        if direction == "to" { Self::To(place) } else { Self::From(place) }
    }

    pub(crate) const fn direction(&self) -> &'static str {
        match self {
            Self::To(_) => "to",
            Self::From(_) => "from",
        }
    }

    pub(crate) fn place(&self) -> &str {
        match self {
            Self::To(place) | Self::From(place) => place,
        }
    }
}

/// Why a database that has moved is not opened, whichever store it is of.
pub(crate) fn moved(to: &str) -> String {
    format!("has moved to '{to}'; serve from there, or take it back with `gangway db reopen`")
}

/// Why one that is being filled is not.
pub(crate) fn half_a_copy(from: &str) -> String {
    format!("is half a copy of '{from}'; finish it with `gangway db copy`")
}
