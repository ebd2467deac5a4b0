//! How a partner behaves when it is well. Each habit was seen of a real one, or is allowed by the
//! RFCs.

use std::time::Duration;

use gangway_engine::Revokes;

/// All habits of one partner, each independent of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Manner {
    pub(crate) revokes: Revokes,
    pub(crate) revocation: Revocation,
    pub(crate) introspection: Introspection,
    /// Whether an access token can be used where it shows only whose it is.
    pub(crate) can_be_used: bool,
    pub(crate) new_refresh: NewRefresh,
    pub(crate) old_refresh: OldRefresh,
    /// Whether a refresh ends the access tokens there were.
    pub(crate) refresh_ends_access: bool,
    pub(crate) code: Code,
    pub(crate) expires_in: Duration,
    /// Whether it says how long its access tokens live.
    pub(crate) tells_expiry: bool,
    /// Whether a code gives a refresh token.
    pub(crate) gives_refresh: bool,
    /// Whether there are tokens in its answers that nobody understands.
    pub(crate) gives_beside: bool,
}

/// What is dead when something is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revocation {
    Token,
    /// It, and what came with it.
    Pair,
    /// It, and so many seconds later what came with it.
    PairLater(i64),
    /// Everything of the grant.
    Family,
    /// The token, so many seconds later.
    Later(i64),
    /// The grant, so many seconds later.
    FamilyLater(i64),
}

/// What introspection knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Introspection {
    Absent,
    All,
    /// Only tokens that came for a code.
    OfCodes,
    /// None: it calls all dead.
    Nobody,
    /// What is so many seconds old, of births and deaths alike.
    Lags(i64),
    /// All, but it calls all dead for three seconds, after it has been asked so often: for less
    /// than [`gangway_domain::CONFIRM_DEAD_AFTER`] by whichever node's clock.
    Lies(u64),
    /// It answers 200 with a page.
    Nonsense,
}

/// Which refresh token comes with a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NewRefresh {
    New,
    None,
    Same,
}

/// What becomes of a refresh token that was used, where there is a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OldRefresh {
    Lives,
    Dies,
    /// It dies, and whoever uses it again ends the grant.
    EndsTheFamily,
}

/// What comes of a code that was redeemed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Refused,
    EndsTheFamily,
    /// Other tokens.
    GivesAgain,
}

impl Manner {
    /// As RFC 9700 would have it.
    pub(crate) const OAUTH: Self = Self {
        revokes: Revokes::EachToken,
        revocation: Revocation::Family,
        introspection: Introspection::All,
        can_be_used: true,
        new_refresh: NewRefresh::New,
        old_refresh: OldRefresh::EndsTheFamily,
        refresh_ends_access: true,
        code: Code::EndsTheFamily,
        expires_in: Duration::from_mins(10),
        tells_expiry: true,
        gives_refresh: true,
        gives_beside: false,
    };

    /// It keeps no record of what was used up.
    pub(crate) const FORGETFUL: Self =
        Self { old_refresh: OldRefresh::Dies, code: Code::Refused, ..Self::OAUTH };

    /// It cannot be asked but by using what it gave.
    pub(crate) const SILENT: Self = Self { introspection: Introspection::Absent, ..Self::OAUTH };

    /// As the published facts about `TeamViewer` have it.
    pub(crate) const LIVE: Self = Self { revokes: Revokes::LiveAccessToken, ..Self::SILENT };
}
