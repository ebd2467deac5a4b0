/// How a command ended that did not do what it was for.
#[derive(Debug)]
pub(in crate::cli) enum Failure {
    /// It could not be done: exit status 1.
    Failed(String),
    /// It was done, and what it found has an exit status of its own, which the command's help names.
    Found(u8),
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Self::Failed(error)
    }
}
