/// Which of Graph's two versions is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `v1.0`
    V1,
    /// `beta`
    Beta,
}

impl Version {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V1, Self::Beta];

    /// As it stands in URLs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }

    /// The `api-version` that Graph's gateway adds when it forwards to Intune, as traces of 2025 and 2022 have it.
    #[must_use]
    pub const fn forwarded(self) -> &'static str {
        match self {
            Self::V1 => "2025-07-09",
            Self::Beta => "5022-07-06",
        }
    }
}
