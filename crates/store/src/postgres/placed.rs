//! Whether what was read is still to be read here. Parts may move from one database to another while they are served: who asks
//! for rows of a part says so, and is told if they are served from elsewhere.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_postgres::Row;

use super::fault::Fault;

/// What is asked of a part, behind what is read on the same connection: what is not gone when this is answered was there when
/// that was.
pub(super) const STATE: &str = "SELECT state FROM placements WHERE part = $1";

tokio::task_local! {
    static ASKED: Asked;
}

/// A part whose rows somebody asks for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) part: u8,
    elsewhere: Arc<AtomicBool>,
}

/// Does this, which is about a part of a database among others, and says whether the part is served from elsewhere: if so,
/// nothing was done, and what comes of it is of no use.
pub(crate) async fn of_part<F: Future>(part: u8, work: F) -> (F::Output, bool) {
    let asked = Asked { part, elsewhere: Arc::default() };
    let outcome = ASKED.scope(asked.clone(), work).await;
    (outcome, asked.elsewhere.load(Ordering::Acquire))
}

/// The part that is asked for, where databases are several.
pub(super) fn asked() -> Option<Asked> {
    ASKED.try_with(Clone::clone).ok()
}

impl Asked {
    /// Whether rows of it may be read here, by what the database says of it; of one that is leaving they may, as nobody
    /// writes them any more.
    pub(super) fn may_read(&self, state: Option<&Row>) -> Result<(), Fault> {
        match word(state) {
            Some("here" | "leaving") => Ok(()),
            _ => Err(elsewhere(self.part)),
        }
    }
}

/// Whether rows of a part may be written, by what the database says of it. Where there is but one, it says nothing.
pub(super) fn may_write(part: u8, state: Option<&Row>) -> Result<(), Fault> {
    match word(state) {
        None | Some("here") => Ok(()),
        Some(_) => Err(elsewhere(part)),
    }
}

/// Tells whoever asks for the part.
pub(super) fn elsewhere(part: u8) -> Fault {
    if let Some(asked) = asked() {
        asked.elsewhere.store(true, Ordering::Release);
    }
    Fault::Elsewhere(part)
}

fn word(state: Option<&Row>) -> Option<&str> {
    state.and_then(|row| row.try_get(0).ok())
}
