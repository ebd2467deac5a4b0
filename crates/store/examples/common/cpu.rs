//! What a measurement costs.

use std::error::Error;
use std::time::Duration;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What this process has spent of all processors; its steps are 10 ms.
pub(crate) fn cpu_time() -> Outcome<Duration> {
    of_stat(11)
}

/// The sum of two fields of `/proc/self/stat` that count ticks, by how many fields are between them and the name.
pub(crate) fn of_stat(first: usize) -> Outcome<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = stat.rsplit_once(')').ok_or("no name")?;
    let mut fields = after_name.split_whitespace().skip(first);
    let mut ticks = || Outcome::Ok(fields.next().ok_or("too short")?.parse::<u64>()?);
    Ok(Duration::from_millis((ticks()? + ticks()?) * 10))
}
