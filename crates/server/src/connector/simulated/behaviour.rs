/// How the simulated partner behaves. A test sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Behaviour {
    /// As it should.
    #[default]
    Ok,
    /// It does not answer, and does nothing.
    Unreachable,
    /// It answers 503 with `temporarily_unavailable` and a `Retry-After`, and does nothing.
    Busy,
    /// It does what it is asked, and its answer is lost.
    LosesAnswers,
    /// It answers 200 when it is to revoke, and does not do it.
    KeepsAlive,
}

impl Behaviour {
    /// Every behaviour there is.
    pub const ALL: [Self; 5] =
        [Self::Ok, Self::Unreachable, Self::Busy, Self::LosesAnswers, Self::KeepsAlive];

    /// Its word in answers and settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unreachable => "unreachable",
            Self::Busy => "busy",
            Self::LosesAnswers => "losesAnswers",
            Self::KeepsAlive => "keepsAlive",
        }
    }

    /// The behaviour with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|behaviour| behaviour.as_str() == word)
    }
}
