//! What the server is run for, and until when.

use tokio::sync::watch;

/// What the server is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// By a developer, for the developer.
    Dev,
    /// For real.
    Real,
}

/// Completes when the server is told to stop.
pub(super) async fn stopping(mut stop: watch::Receiver<bool>) {
    // The sender is gone only when the process is ending anyway.
    let _ = stop.wait_for(|stopping| *stopping).await;
}
