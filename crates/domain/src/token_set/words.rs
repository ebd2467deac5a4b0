//! The words of receipts, answers and stored rows.

use super::{MissingKind, Origin, TokenKind};
use crate::TokenId;

impl MissingKind {
    /// Every kind there is.
    pub const ALL: [Self; 6] = [
        Self::CodeAnswer,
        Self::RefreshAnswer,
        Self::LetGo,
        Self::BeforeSets,
        Self::NotUnderstood,
        Self::ChangedSinceBackup,
    ];

    /// Its word in receipts, answers and stored rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CodeAnswer => "codeAnswerLost",
            Self::RefreshAnswer => "refreshAnswerLost",
            Self::LetGo => "tokensLetGo",
            Self::BeforeSets => "replacedBeforeUpgrade",
            Self::NotUnderstood => "tokensNotUnderstood",
            Self::ChangedSinceBackup => "changedSinceBackup",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl TokenKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Access, Self::Refresh];

    /// Its word in receipts, answers and stored rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "accessToken",
            Self::Refresh => "refreshToken",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Origin {
    /// Its word in receipts, answers and stored rows; of a refresh, the token's id goes with it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Refresh(_) => "refresh",
            Self::Unknown => "unknown",
        }
    }

    /// The refresh token it came for.
    #[must_use]
    pub const fn refresh_token(self) -> Option<TokenId> {
        match self {
            Self::Refresh(token) => Some(token),
            Self::Code | Self::Unknown => None,
        }
    }

    /// The origin with this word and refresh token.
    #[must_use]
    pub fn from_words(word: &str, refresh_token: Option<TokenId>) -> Option<Self> {
        match (word, refresh_token) {
            ("code", None) => Some(Self::Code),
            ("refresh", Some(token)) => Some(Self::Refresh(token)),
            ("unknown", None) => Some(Self::Unknown),
            _ => None,
        }
    }
}
