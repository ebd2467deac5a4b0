//! What is in the database.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::conclude;
use crate::cluster::partner::account;
use crate::cluster::{Cluster, node};
use crate::history::Recorded;
use crate::model::{Action, Outcome};
use crate::tools::shell;

const WITHIN: Duration = Duration::from_secs(20);

const CONFIRMED_WITHIN: Duration = Duration::from_mins(2);

fn rows(cluster: &Cluster, statement: &str) -> Result<Vec<Vec<String>>, String> {
    let asked = cluster.sql().and_then(|mut sql| sql.rows_within(statement, WITHIN));
    asked.map_err(|error| format!("the database does not answer: {error}"))
}

/// Of everything that was answered as done and changed something there is one event, and of nothing
/// there are two.
pub(super) fn answered(cluster: &Cluster, recorded: &Recorded) -> Result<String, String> {
    let statement = "SELECT correlation, activity, count(*) FROM audit_events GROUP BY correlation, activity";
    let (mut events, mut wrong) = (HashMap::new(), Vec::new());
    for row in rows(cluster, statement)? {
        let [correlation, activity, count] = &row[..] else { continue };
        let seen: &mut Vec<String> = events.entry(correlation.clone()).or_default();
        seen.push(activity.clone());
        if count != "1" && recorded.entries.iter().any(|entry| entry.correlation == *correlation) {
            wrong.push(format!("{count} events {activity} of {correlation}"));
        }
    }
    let changes: Vec<_> = recorded.entries.iter().filter(|entry| entry.leaves_event).collect();
    let lost = changes.iter().filter(|entry| !events.contains_key(&entry.correlation));
    wrong.extend(lost.map(|entry| format!("no event of {} ({})", entry.operation, entry.correlation)));
    conclude(wrong, || format!("{} changes", changes.len()))
}

/// All that was created is there, and what is shown of a partner when all is quiet is what its row
/// says.
pub(super) fn partners(cluster: &Cluster, recorded: &Recorded) -> Result<String, String> {
    let statement = "SELECT id, display_name, status FROM partners";
    let kept: HashMap<_, _> = rows(cluster, statement)?
        .into_iter()
        .map(|row| (row[0].clone(), (row[1].clone(), row[2].clone())))
        .collect();
    let mut wrong = Vec::new();
    for entry in recorded.entries.iter().filter(|entry| entry.client == "at the end") {
        let shown = match &entry.operation.outcome {
            Outcome::Seen(view) => Some((view.name.clone(), status(view.status).to_owned())),
            Outcome::Absent => None,
            Outcome::Done | Outcome::Unknown => {
                wrong.push(format!("{} was not shown: {:?}", entry.partner.id, entry.status));
                continue;
            }
        };
        if kept.get(&entry.partner.id) != shown.as_ref() {
            wrong.push(format!(
                "{} is {:?} and shown as {shown:?}",
                entry.partner.id,
                kept.get(&entry.partner.id)
            ));
        }
    }
    let created = recorded.entries.iter().filter(|entry| {
        matches!(entry.operation.action, Action::Create(_)) && entry.operation.outcome == Outcome::Done
    });
    let lost = created.filter(|entry| !kept.contains_key(&entry.partner.id));
    wrong.extend(lost.map(|entry| format!("{} was created and is not there", entry.partner.id)));
    conclude(wrong, || format!("{} partners", recorded.starts.len()))
}

const fn status(status: crate::model::Status) -> &'static str {
    use crate::model::Status;
    match status {
        Status::NotOnboarded => "notOnboarded",
        Status::Onboarding => "onboarding",
        Status::Onboarded => "onboarded",
    }
}

/// By `gangway audit verify`, which computes every link again.
pub(super) fn chains(cluster: &Cluster) -> Result<String, String> {
    let mut command = cluster.program.command(&["audit", "verify"]);
    // From where nothing is cut.
    let data = cluster.hosts[0].path("verify");
    // The key that proves where chains end lies in the database, sealed by the vault.
    command.arg("--config").arg(cluster.hosts[0].path("gangway.toml"));
    command.arg("--data").arg(data).env("GANGWAY_STORE__URL", node::url());
    let said = shell::output(command).map_err(|error| error.to_string())?;
    Ok(format!("{} tenants", said.lines().count()))
}

/// Each fence is one generation, has one event and one release; and so has each grant that a
/// partner was connected with.
pub(super) fn releases(cluster: &Cluster, recorded: &Recorded) -> Result<String, String> {
    let mut wrong = Vec::new();
    for (what, statement) in SHOULD_BE_NONE {
        wrong.extend(rows(cluster, statement)?.into_iter().map(|row| format!("{what}: {}", row.join(" "))));
    }
    // What a refresh gives that comes home after the fence is released by itself.
    let grants: BTreeSet<_> =
        recorded.connections.iter().map(|connection| account(connection.grant)).collect();
    let statement = "SELECT account_id, count(*), string_agg(concat_ws(' ', partner, generation, asked_activity, state), ', ') \
                     FROM releases WHERE asked_activity <> 'releaseUnclaimed' GROUP BY 1 HAVING count(*) > 1";
    for row in rows(cluster, statement)? {
        if grants.contains(&row[0]) {
            wrong.push(format!("{} has {} releases: {}", row[0], row[1], row[2]));
        }
    }
    conclude(wrong, || format!("{} connections", grants.len()))
}

/// What is pending is tried until it is confirmed; those that failed while something was broken
/// wait for their next try.
pub(crate) fn confirmed(cluster: &Cluster) -> Result<String, String> {
    let pending = "SELECT count(*) FROM releases WHERE state = 'pending'";
    let none = || (rows(cluster, pending).ok()? == [["0"]]).then_some(());
    shell::until("all releases are confirmed", CONFIRMED_WITHIN, none).map_err(|error| error.to_string())?;
    let states = rows(cluster, "SELECT state, count(*) FROM releases GROUP BY 1")?;
    Ok(states.into_iter().map(|row| row.join(" ")).collect::<Vec<_>>().join(", "))
}

const SHOULD_BE_NONE: [(&str, &str); 5] = [
    // Of an attempt that was cut while its code was redeemed, the code is released, and what it
    // gave once more.
    (
        "a fence has several releases",
        "SELECT partner, generation, count(*) FROM releases WHERE asked_activity = 'disconnect' \
         GROUP BY 1, 2 HAVING count(*) > 1",
    ),
    (
        "a release has several confirmations",
        "SELECT partner, generation, count(*) FROM audit_events WHERE activity = 'confirmRelease' \
         GROUP BY 1, 2 HAVING count(*) > (SELECT count(*) FROM releases r WHERE r.partner = audit_events.partner \
         AND r.generation = audit_events.generation)",
    ),
    (
        "a fence has several events",
        "SELECT partner, generation, count(*) FROM audit_events WHERE activity = 'disconnect' \
         GROUP BY 1, 2 HAVING count(*) > 1",
    ),
    (
        "a partner's generation goes back along the chain",
        "SELECT partner, seq FROM (SELECT partner, seq, generation, activity, lag(generation) OVER \
         (PARTITION BY tenant, partner ORDER BY seq) AS before FROM audit_events WHERE activity IN \
         ('disconnect', 'beginOnboarding', 'completeOnboarding', 'patch')) AS chain WHERE before > generation",
    ),
    (
        "a credential is kept that is not its partner's",
        "SELECT c.partner, c.generation FROM credentials c LEFT JOIN partners p ON p.part = c.part AND \
         p.tenant = c.tenant AND p.id = c.partner WHERE p.status IS DISTINCT FROM 'onboarded' \
         OR p.generation <> c.generation",
    ),
];
