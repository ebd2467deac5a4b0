use std::fmt;
use std::str::FromStr;

/// The name of one way to connect a partner, as the configuration has it: 1 to 64 of `a-z`, `0-9`
/// and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileName(String);

/// The text is no profile's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a profile's name is 1 to 64 of a-z, 0-9 and '-'")]
pub struct NotAProfileName;

impl ProfileName {
    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = NotAProfileName;

    fn from_str(text: &str) -> Result<Self, NotAProfileName> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let good = (1..=64).contains(&text.len()) && text.bytes().all(allowed);
        if good { Ok(Self(text.to_owned())) } else { Err(NotAProfileName) }
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_a_path() {
        assert!("team-viewer-2".parse::<ProfileName>().is_ok());
        for other in ["", "A", "a b", "a/b", "ä", "a_b", &"x".repeat(65)] {
            assert_eq!(other.parse::<ProfileName>(), Err(NotAProfileName), "{other}");
        }
    }
}
