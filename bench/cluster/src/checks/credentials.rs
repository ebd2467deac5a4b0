//! What was done at the partner with credentials that had been cut.

use std::time::Duration;

use super::conclude;
use crate::cluster::Cluster;
use crate::cluster::partner::account;
use crate::history::Connection;
use crate::model::{Action, Outcome};
use crate::round::Story;
use crate::workload::client::grant_of;

/// After an answered disconnect that was asked when a grant was already in use, no node gets
/// anything for the grant, but for a look that had begun before. What a release tries with a token
/// that it has revoked, the partner refuses.
pub(super) fn unused_after_fence(cluster: &Cluster, story: &Story) -> Result<String, String> {
    let grants = cluster.partner.grants();
    let (mut wrong, mut fenced) = (Vec::new(), 0);
    for connection in &story.recorded.connections {
        let Some(fence) = fence(story, connection) else { continue };
        fenced += 1;
        let (number, grant) = (connection.grant, &grants[connection.grant]);
        for (at, by) in &grant.uses {
            if *at > fence && !is_looked_at(story, connection, *at, fence) {
                wrong.push(format!(
                    "{} was used by {by} {:.3} s after its fence",
                    account(number),
                    at.saturating_sub(fence).as_secs_f64()
                ));
            }
        }
        let looks = story
            .recorded
            .looks
            .iter()
            .filter(|look| look.asked > fence && look.partner == connection.partner);
        let shown = looks.filter(|look| {
            look.account.as_deref().and_then(|account| grant_of(account, grants.len())) == Some(number)
        });
        wrong.extend(shown.map(|look| {
            format!("{} was shown as good at {:.3} s", account(number), look.asked.as_secs_f64())
        }));
    }
    conclude(wrong, || {
        let (connected, looks) = (story.recorded.connections.len(), story.recorded.looks.len());
        format!("{connected} connected, {fenced} cut, {looks} looks at connections")
    })
}

/// When all releases are confirmed, no grant that was cut opens anything.
pub(crate) fn dead(cluster: &Cluster, stories: &[Story]) -> Result<String, String> {
    let grants = cluster.partner.grants();
    let connections =
        || stories.iter().flat_map(|story| story.recorded.connections.iter().map(move |it| (story, it)));
    let cut: Vec<_> = connections()
        .filter(|(story, connection)| fence(story, connection).is_some())
        .map(|(_, it)| it.grant)
        .collect();
    let alive = cut.iter().filter(|grant| grants[**grant].alive);
    conclude(alive.map(|grant| format!("{} lives", account(*grant))).collect(), || {
        format!("{} grants", cut.len())
    })
}

/// When a disconnect of it was first answered.
fn fence(story: &Story, connection: &Connection) -> Option<Duration> {
    let entries = story.recorded.entries.iter().filter(|entry| entry.partner == connection.partner);
    let cuts = entries.map(|entry| &entry.operation).filter(|operation| {
        operation.action == Action::Disconnect
            && operation.outcome == Outcome::Done
            && operation.asked > connection.since
    });
    cuts.map(|cut| cut.answered).min()
}

/// Whether somebody was looking at the connection at this time who began before its fence.
fn is_looked_at(story: &Story, connection: &Connection, at: Duration, fence: Duration) -> bool {
    let looks = story.recorded.looks.iter().filter(|look| look.partner == connection.partner);
    looks.into_iter().any(|look| look.asked <= fence && look.answered >= at)
}
