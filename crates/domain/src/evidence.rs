use crate::Timestamp;

/// What was seen that proves a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// When it was seen.
    pub at: Timestamp,
    /// What was seen; one for each thing that could have been used, and never empty.
    pub proofs: Vec<Proof>,
}

/// One thing that could have been used, and why it cannot be any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The partner never gave a credential.
    NoCredential,
    /// The partner's introspection says that the refresh token is not active (RFC 7662).
    RefreshTokenInactive,
    /// The partner refused to refresh with it (RFC 6749, section 5.2, `invalid_grant`).
    RefreshTokenRefused,
    /// There was no refresh token.
    NoRefreshToken,
    /// The partner's introspection says that the access token is not active (RFC 7662).
    AccessTokenInactive,
    /// The partner refused a call with it.
    AccessTokenRefused,
    /// The partner had limited its life, and that is over.
    AccessTokenExpired,
    /// The partner refused to give tokens for the authorization code; a code that was used kills what it gave
    /// (RFC 6749, section 4.1.2).
    CodeRefused,
    /// No proof but a limit of the others: an answer to a refresh or to a code was lost, so the partner may have given a
    /// token that nobody has. It is dead too if the partner ends a grant whose refresh token or code comes twice
    /// (RFC 9700, section 4.14.2; RFC 6749, section 4.1.2).
    AnswerLost,
}

impl Proof {
    /// Every proof there is.
    pub const ALL: [Self; 9] = [
        Self::NoCredential,
        Self::RefreshTokenInactive,
        Self::RefreshTokenRefused,
        Self::NoRefreshToken,
        Self::AccessTokenInactive,
        Self::AccessTokenRefused,
        Self::AccessTokenExpired,
        Self::CodeRefused,
        Self::AnswerLost,
    ];

    /// Its word in receipts, answers and stored rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCredential => "noCredential",
            Self::RefreshTokenInactive => "refreshTokenInactive",
            Self::RefreshTokenRefused => "refreshTokenRefused",
            Self::NoRefreshToken => "noRefreshToken",
            Self::AccessTokenInactive => "accessTokenInactive",
            Self::AccessTokenRefused => "accessTokenRefused",
            Self::AccessTokenExpired => "accessTokenExpired",
            Self::CodeRefused => "codeRefused",
            Self::AnswerLost => "answerLost",
        }
    }

    /// The proof with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.as_str() == word)
    }
}
