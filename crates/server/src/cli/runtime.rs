//! What a command does that waits for others.

/// Runs what a command does in the background to its end.
pub(super) fn in_runtime<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    run_in(&mut tokio::runtime::Builder::new_current_thread(), work)
}

/// How many threads there are where several at a time may wait for a disk: more than those, so that others go on meanwhile.
const THREADS: usize = 8;

/// The same with threads, for what does several things at once and waits for disks in between.
pub(super) fn in_threads<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    run_in(tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS), work)
}

fn run_in<T>(
    runtime: &mut tokio::runtime::Builder,
    work: impl Future<Output = Result<T, String>>,
) -> Result<T, String> {
    let runtime = runtime.enable_all().build();
    runtime.map_err(|error| format!("the runtime could not start: {error}"))?.block_on(work)
}
