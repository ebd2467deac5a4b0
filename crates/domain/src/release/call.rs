use crate::{Timestamp, TokenId};

/// One call to the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When its answer came, or it was given up.
    pub at: Timestamp,
    /// What was asked.
    pub step: Step,
    /// About which token, where it was about one.
    pub token: Option<TokenId>,
    /// What was answered; never a secret. At most [`MAX_ANSWER`] characters.
    pub answer: String,
}

/// The longest answer kept, in characters.
pub const MAX_ANSWER: usize = 200;

impl Call {
    /// A call, its answer cut to what is kept and without control characters.
    #[must_use]
    pub fn new(at: Timestamp, step: Step, token: Option<TokenId>, answer: &str) -> Self {
        let answer = answer.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_ANSWER).collect();
        Self { at, step, token, answer }
    }
}

/// What a partner is asked while it is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// To give the tokens for a code, so that they can be revoked.
    Redeem,
    /// For a fresh token, where the dialect needs a live one or to see whether it is still given.
    Refresh,
    /// To revoke the refresh token.
    RevokeRefreshToken,
    /// To revoke the access token.
    RevokeAccessToken,
    /// Whether the credential is still good.
    Probe,
    /// Nothing could be asked, because something is missing here.
    Prepare,
}

impl Step {
    /// Every step there is.
    pub const ALL: [Self; 6] = [
        Self::Redeem,
        Self::Refresh,
        Self::RevokeRefreshToken,
        Self::RevokeAccessToken,
        Self::Probe,
        Self::Prepare,
    ];

    /// Its word in receipts, answers and stored rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redeem => "redeem",
            Self::Refresh => "refresh",
            Self::RevokeRefreshToken => "revokeRefreshToken",
            Self::RevokeAccessToken => "revokeAccessToken",
            Self::Probe => "probe",
            Self::Prepare => "prepare",
        }
    }

    /// The step with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == word)
    }
}

/// The calls of a release: the first and the last of them, so that a partner which is down for a
/// year does not fill the store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallLog {
    /// The first, oldest first; at most [`CallLog::FIRST`].
    pub first: Vec<Call>,
    /// How many came after those and are not kept.
    pub omitted: u64,
    /// The last, oldest first; at most [`CallLog::LAST`].
    pub last: Vec<Call>,
}

impl CallLog {
    /// How many of the first calls are kept.
    pub const FIRST: usize = 16;
    /// How many of the last calls are kept.
    pub const LAST: usize = 32;

    /// Adds calls at the end.
    pub fn extend(&mut self, calls: impl IntoIterator<Item = Call>) {
        for call in calls {
            if self.first.len() < Self::FIRST && self.last.is_empty() && self.omitted == 0 {
                self.first.push(call);
                continue;
            }
            if self.last.len() >= Self::LAST {
                self.last.remove(0);
                self.omitted = self.omitted.saturating_add(1);
            }
            self.last.push(call);
        }
    }

    /// All calls that are kept, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.first.iter().chain(&self.last)
    }

    /// The last call there was.
    #[must_use]
    pub fn latest(&self) -> Option<&Call> {
        self.iter().last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_the_first_and_the_last_and_counts_the_rest() {
        let mut log = CallLog::default();
        for number in 0..1000 {
            log.extend([Call::new(Timestamp::NEVER, Step::Probe, None, &number.to_string())]);
        }
        let kept: Vec<_> = log.iter().map(|call| call.answer.as_str()).collect();
        assert_eq!(kept.len(), CallLog::FIRST + CallLog::LAST);
        assert_eq!((kept[0], kept[15], kept[16], kept[47]), ("0", "15", "968", "999"));
        assert_eq!(log.omitted, 1000 - kept.len() as u64);
        assert_eq!(log.latest().unwrap().answer, "999");
    }

    #[test]
    fn an_answer_is_one_short_line() {
        let call = Call::new(Timestamp::NEVER, Step::Probe, None, &format!("a\nb{}", "x".repeat(1000)));
        assert!(call.answer.starts_with("a b") && call.answer.chars().count() == MAX_ANSWER);
    }
}
