use crate::Timestamp;

/// What was seen that proves a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// When it was seen.
    pub at: Timestamp,
    /// What was seen; one for each thing that could have been used and is named, and never empty.
    pub proofs: Vec<Proof>,
}

/// One thing that could have been used, and why it cannot be any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The partner never gave a credential.
    NoCredential,
    /// The partner's introspection, which had called the refresh token active, says that it is not
    /// (RFC 7662).
    RefreshTokenInactive,
    /// The partner refused to refresh with it (RFC 6749, section 5.2, `invalid_grant`).
    RefreshTokenRefused,
    /// The partner had limited the refresh token's life, and that is over.
    RefreshTokenExpired,
    /// There was no refresh token. Only releases that ended before each token had a proof of its
    /// own say so.
    NoRefreshToken,
    /// The partner's introspection, which had called the access token active, says that it is not
    /// (RFC 7662).
    AccessTokenInactive,
    /// The partner refused a call with it.
    AccessTokenRefused,
    /// The partner had limited its life, and that is over.
    AccessTokenExpired,
    /// The partner refused to give tokens for the authorization code; a code that was used kills
    /// what it gave (RFC 6749, section 4.1.2).
    CodeRefused,
    /// The partner was seen to end another token of the grant by the revocation of a refresh token.
    /// Only releases that ended before that was found to prove nothing say so.
    FamilyRevoked,
    /// No proof but a limit of the others: an answer that may have had tokens in it was lost. Only
    /// releases that ended before there was [`crate::ReleaseState::Unaccounted`] say so here.
    AnswerLost,
}

impl Proof {
    /// Every proof there is.
    pub const ALL: [Self; 11] = [
        Self::NoCredential,
        Self::RefreshTokenInactive,
        Self::RefreshTokenRefused,
        Self::RefreshTokenExpired,
        Self::NoRefreshToken,
        Self::AccessTokenInactive,
        Self::AccessTokenRefused,
        Self::AccessTokenExpired,
        Self::CodeRefused,
        Self::FamilyRevoked,
        Self::AnswerLost,
    ];

    /// Its word in receipts, answers and stored rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCredential => "noCredential",
            Self::RefreshTokenInactive => "refreshTokenInactive",
            Self::RefreshTokenRefused => "refreshTokenRefused",
            Self::RefreshTokenExpired => "refreshTokenExpired",
            Self::NoRefreshToken => "noRefreshToken",
            Self::AccessTokenInactive => "accessTokenInactive",
            Self::AccessTokenRefused => "accessTokenRefused",
            Self::AccessTokenExpired => "accessTokenExpired",
            Self::CodeRefused => "codeRefused",
            Self::FamilyRevoked => "familyRevoked",
            Self::AnswerLost => "answerLost",
        }
    }

    /// The proof with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.as_str() == word)
    }
}
