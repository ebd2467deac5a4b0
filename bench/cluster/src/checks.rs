//! What has to be true after a fault.

mod availability;
mod credentials;
mod database;

use crate::checker::{Verdict, check};
use crate::cluster::Cluster;
use crate::history::Recorded;
use crate::report::Report;
use crate::round::Story;

/// How much of what is wrong is told.
const TELL: usize = 3;

/// Checks all of it.
pub(crate) fn all(report: &mut Report, cluster: &Cluster, story: &Story) {
    let name = story.fault.name();
    let mut say = |what: &str, outcome| report.check(&format!("{name}: {what}"), outcome);
    say("no client is told what it should not be", unexpected(&story.recorded));
    say("every partner's history is linearizable", linearizable(&story.recorded));
    say("every answered change is in the audit, once", database::answered(cluster, &story.recorded));
    say(
        "what every partner is in the database is what its history allows",
        database::partners(cluster, &story.recorded),
    );
    say("every tenant's chain of audit events is whole", database::chains(cluster));
    say("one release for each fence", database::releases(cluster, &story.recorded));
    say("no credential is used after its fence", credentials::unused_after_fence(cluster, story));
    say("reads are answered or refused within two seconds", availability::reads(story));
    if story.fault.promotes() {
        say("writes answer within two seconds of the promotion", availability::promoted(story));
    } else {
        say("writes answer again", availability::writes(story));
    }
    if story.fault.strands_node() {
        say("the node that is cut off says so at once", availability::stranded(story));
    }
}

/// Checks what takes its time, of all that happened.
pub(crate) fn in_the_end(report: &mut Report, cluster: &Cluster, stories: &[Story]) {
    report.check("in the end every release is confirmed", database::confirmed(cluster));
    report.check(
        "in the end no credential that was cut opens anything at the partner",
        credentials::dead(cluster, stories),
    );
}

fn unexpected(recorded: &Recorded) -> Result<String, String> {
    conclude(recorded.unexpected.clone(), || format!("{} requests", recorded.entries.len()))
}

fn linearizable(recorded: &Recorded) -> Result<String, String> {
    let (mut wrong, mut requests) = (Vec::new(), 0);
    for (key, history) in recorded.by_partner() {
        requests += history.len();
        let Some(start) = recorded.starts.get(key) else { continue };
        match check(start.clone(), &history) {
            Verdict::Linearizable => {}
            Verdict::Broken(why) => wrong.push(format!("{}: {why}", key.id)),
            Verdict::Undecided => wrong.push(format!("{}: undecided, {} requests", key.id, history.len())),
        }
    }
    conclude(wrong, || format!("{} partners, {requests} requests", recorded.starts.len()))
}

/// Good if nothing is wrong; else the first of what is.
fn conclude(wrong: Vec<String>, seen: impl FnOnce() -> String) -> Result<String, String> {
    if wrong.is_empty() {
        return Ok(seen());
    }
    let (count, first) = (wrong.len(), wrong.into_iter().take(TELL).collect::<Vec<_>>());
    Err(format!("{count}: {}", first.join("; ")))
}
