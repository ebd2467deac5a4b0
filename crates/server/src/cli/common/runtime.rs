//! What a command does that waits for others.

use tokio::runtime::{Builder, Runtime};

/// For what goes on after it, as a reader does that is asked again and again.
///
/// # Errors
/// One line that says why it could not start.
pub(in crate::cli) fn runtime() -> Result<Runtime, String> {
    built(&mut Builder::new_current_thread())
}

/// Runs what a command does in the background to its end.
pub(in crate::cli) fn in_runtime<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    runtime()?.block_on(work)
}

/// How many threads there are where several at a time may wait for a disk: more than those, so that others go on meanwhile.
const THREADS: usize = 8;

/// The same with threads, for what does several things at once and waits for disks in between.
pub(in crate::cli) fn in_threads<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    built(Builder::new_multi_thread().worker_threads(THREADS))?.block_on(work)
}

/// Runs a server, on as many threads as there are processors.
pub(in crate::cli) fn serve<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    built(&mut Builder::new_multi_thread())?.block_on(work)
}

fn built(runtime: &mut Builder) -> Result<Runtime, String> {
    runtime.enable_all().build().map_err(|error| format!("the runtime could not start: {error}"))
}
