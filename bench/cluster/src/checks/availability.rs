//! How long nothing was answered.

use std::time::Duration;

use super::conclude;
use crate::history::Entry;
use crate::model::{Action, Outcome};
use crate::round::Story;
use crate::tools::time::seconds;
use crate::workload::client::PAST_ALL;

/// How long writes may take to answer after a database was promoted.
const AFTER_PROMOTION: Duration = Duration::from_secs(2);

/// What a read may take, with a little for the machine that does all of this at once.
const READ: Duration = Duration::from_millis(2300);

/// When writes were answered as done that were asked after something broke, in order.
fn writes_since(story: &Story) -> Vec<Duration> {
    let is_write =
        |entry: &&Entry| entry.operation.action != Action::Read && entry.operation.outcome == Outcome::Done;
    // By those that come by the front door.
    let entries = story.recorded.entries.iter().filter(|entry| entry.client != PAST_ALL);
    let writes = entries.filter(is_write).map(|entry| &entry.operation);
    let mut answered: Vec<_> =
        writes.filter(|write| write.asked > story.broken).map(|write| write.answered).collect();
    answered.sort_unstable();
    answered
}

pub(super) fn promoted(story: &Story) -> Result<String, String> {
    let promoted = story.promoted.ok_or("nothing was promoted")?;
    let writes = writes_since(story);
    let first =
        writes.iter().find(|answered| **answered > promoted).ok_or("no write was answered any more")?;
    let after = first.saturating_sub(promoted);
    let text = format!(
        "promoted after {}, the first write {} later; longest without a write {}",
        seconds(promoted.saturating_sub(story.broken)),
        seconds(after),
        seconds(longest(story.broken, &writes)),
    );
    if after <= AFTER_PROMOTION { Ok(text) } else { Err(text) }
}

pub(super) fn writes(story: &Story) -> Result<String, String> {
    let writes = writes_since(story);
    let after = writes.iter().filter(|answered| **answered > story.healed).count();
    let longest = seconds(longest(story.broken, &writes));
    if after == 0 {
        return Err("none after it was mended".into());
    }
    let during = writes.len() - after;
    let refused = story.recorded.entries.iter().filter(|entry| {
        entry.status == Some(503)
            && entry.operation.action != Action::Read
            && entry.operation.asked > story.broken
    });
    Ok(format!(
        "{during} while it lasted, {} refused, {after} after; longest without a write {longest}",
        refused.count()
    ))
}

/// The longest time between two of them, from this on.
fn longest(from: Duration, times: &[Duration]) -> Duration {
    let before = std::iter::once(from).chain(times.iter().copied());
    before.zip(times).map(|(before, after)| after.saturating_sub(before)).max().unwrap_or_default()
}

pub(super) fn reads(story: &Story) -> Result<String, String> {
    let is_read = |entry: &&Entry| entry.operation.action == Action::Read;
    let reads: Vec<_> = story.recorded.entries.iter().filter(is_read).collect();
    let took = |entry: &Entry| entry.operation.answered.saturating_sub(entry.operation.asked);
    let slow: Vec<_> = reads
        .iter()
        .filter(|entry| took(entry) > READ)
        .map(|entry| {
            format!(
                "{} of {}: {:?} after {}",
                entry.operation,
                entry.client,
                entry.status,
                seconds(took(entry))
            )
        })
        .collect();
    let slowest = reads.iter().map(|entry| took(entry)).max().unwrap_or_default();
    let refused = reads.iter().filter(|entry| entry.status == Some(503)).count();
    conclude(slow, || format!("{} reads, {refused} refused, the slowest {}", reads.len(), seconds(slowest)))
}

/// A node whose database is gone shows nothing, once that is known: what it shows before is in the
/// history.
pub(super) fn stranded(story: &Story) -> Result<String, String> {
    let promoted = story.promoted.ok_or("nothing was promoted")?;
    let late: Vec<_> = story.stranded.iter().filter(|read| read.asked > promoted).collect();
    let wrong = late
        .iter()
        .filter(|read| read.shown || read.took > READ)
        .map(|read| {
            format!(
                "asked at {}, {} it after {}",
                seconds(read.asked),
                if read.shown { "showed" } else { "refused" },
                seconds(read.took)
            )
        })
        .collect();
    let slowest = story.stranded.iter().map(|read| read.took).max().unwrap_or_default();
    conclude(wrong, || format!("{} reads of it, the slowest {}", story.stranded.len(), seconds(slowest)))
}
