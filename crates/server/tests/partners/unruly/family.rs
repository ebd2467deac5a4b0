use std::time::Duration;

use super::super::OAuthPartner;

/// What one partner does otherwise than the next, each for itself. As it comes, a partner does all that the RFCs ask for.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    pub(crate) old_refresh_token: OldRefreshToken,
    pub(crate) old_access_token: OldAccessToken,
    pub(crate) refresh_gives: Gives,
    pub(crate) introspection: Introspection,
    pub(crate) revocation: Revocation,
    pub(crate) code: Code,
    pub(crate) tokens: TokenAnswer,
    pub(crate) dialect: Dialect,
    pub(crate) account: Account,
    /// Its `expires_in`, if it says that.
    pub(crate) says_seconds: Option<u64>,
    /// What its client has to know.
    pub(crate) secret: &'static str,
}

impl Default for Family {
    fn default() -> Self {
        Self {
            old_refresh_token: OldRefreshToken::Dies,
            old_access_token: OldAccessToken::Lives,
            refresh_gives: Gives::Another,
            introspection: Introspection::OfAll,
            revocation: Revocation::OfTheGrant,
            code: Code::OnceOrAllDies,
            tokens: TokenAnswer::Plain,
            dialect: Dialect::InvalidGrant,
            account: Account::Told,
            says_seconds: Some(3600),
            secret: OAuthPartner::SECRET,
        }
    }
}

impl Family {
    /// Whose access tokens are soon to be renewed.
    pub(crate) fn renewing() -> Self {
        Self { says_seconds: Some(1), ..Self::default() }
    }
}

/// What becomes of the refresh token that was used, where another is given for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OldRefreshToken {
    Lives,
    Dies,
    /// It dies, and if it comes again everything of the grant does (RFC 9700, section 4.14.2).
    EndsTheGrantIfItComesAgain,
}

/// What becomes of the access tokens there were when there is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OldAccessToken {
    Lives,
    Dies,
}

/// What a refresh gives beside an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gives {
    Another,
    Nothing,
    /// The refresh token that it was asked with.
    TheSame,
}

/// How late something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lag {
    Calls(u32),
    Time(Duration),
}

impl Lag {
    pub(crate) const NONE: Self = Self::Calls(0);

    pub(super) fn is_over(self, calls: u32, time: Duration) -> bool {
        match self {
            Self::Calls(most) => calls >= most,
            Self::Time(most) => time >= most,
        }
    }
}

/// What it tells of tokens (RFC 7662).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Introspection {
    Absent,
    /// 403: it is for others.
    Forbidden,
    OfAll,
    /// It knows nothing of what a refresh gave.
    OfTheCodeFlow,
    /// Of every token it says that it is not active.
    OfNone,
    /// It hears late of tokens that are new, and late of those that are dead. Calls are those about that token.
    Late {
        of_new: Lag,
        of_dead: Lag,
    },
    /// 200, with a page for people.
    LoginPage,
    /// Of every token: `{"active":"true"}`.
    Text,
}

/// What a revocation does; it is answered 200 in any case (RFC 7009).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revocation {
    Absent,
    OfTheToken,
    /// Of what came in the same answer.
    OfThePair,
    OfTheGrant,
    /// Of the token if it is a refresh token; access tokens live as long as they live.
    OfRefreshTokens,
    /// Of the grant, but not yet. Calls are all that come after it.
    Late(Lag),
    Never,
}

/// How often a code is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// If it comes again, all that it gave dies (RFC 6749, section 4.1.2).
    OnceOrAllDies,
    Once,
    /// Each time it gives other tokens, of the same grant.
    Again,
    /// Each time it gives other tokens, of another grant.
    AgainAndApart,
}

/// How the token endpoint hands over what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenAnswer {
    Plain,
    /// 201.
    Created,
    /// With so many bytes of something else in it.
    Padded(usize),
    /// 200, and nobody can find the tokens in it.
    Riddle,
}

/// How the token endpoint says that a code or refresh token is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// 400 `invalid_grant`, as RFC 6749 has it.
    InvalidGrant,
    /// 403 `invalid_grant`.
    Forbidden,
    /// 401 `token_inactive`.
    TokenInactive,
    /// 200 with an error in it.
    Success,
    /// 400, and the error is an object with a code.
    Nested,
}

/// Whether there is an endpoint that says whose a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    Told,
    Absent,
}
