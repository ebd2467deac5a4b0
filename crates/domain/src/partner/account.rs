/// Whose account at the partner the grant is for, as the partner said when it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The partner's id for it, at most [`MAX_ACCOUNT`] characters.
    pub id: String,
    /// What people call it, at most [`MAX_ACCOUNT`] characters.
    pub name: Option<String>,
}

/// The longest account id and name kept, in characters.
pub const MAX_ACCOUNT: usize = 256;

impl Account {
    /// An account, its texts cut to what is kept and without control characters.
    #[must_use]
    pub fn new(id: &str, name: Option<&str>) -> Self {
        let kept = |text: &str| text.chars().filter(|c| !c.is_control()).take(MAX_ACCOUNT).collect();
        Self { id: kept(id), name: name.map(kept) }
    }
}
