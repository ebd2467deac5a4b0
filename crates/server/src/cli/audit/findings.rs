//! What was found, on one line each.

use gangway_store::{Adoption, ChainReport, Finding, RosterFinding, RosterReport};

/// What was found of one tenant.
pub(super) fn chain(report: &ChainReport) -> String {
    let ChainReport { tenant, links, unlinked, adopted, finding } = report;
    let beside = if *unlinked == 0 { String::new() } else { format!(", and {unlinked} without a place") };
    let found = match finding {
        Finding::Whole(None) => "nothing to verify".to_owned(),
        Finding::Whole(Some(hash)) => format!("whole, ends in {hash}{}", adoption_note(*adopted)),
        Finding::Altered { seq, event } => {
            format!("BROKEN at {seq}: event {event} is not what was committed")
        }
        Finding::ColumnDiffers { seq, event, column } => {
            format!("BROKEN at {seq}: {column} of event {event} is not what the event says")
        }
        Finding::Missing { seq } => format!("BROKEN at {seq}: that event was taken out"),
        Finding::Unlinked { event } => {
            format!(
                "BROKEN: event {event} has no place: it was put in, or altered and taken out of the chain"
            )
        }
        Finding::Misplaced { part } => format!("BROKEN: has rows in part {part}, which is not its own"),
        Finding::HeadMissing { seq } => format!("BROKEN after {seq}: the record of its end was taken out"),
        Finding::HeadUnproven { seq } => {
            format!("BROKEN after {seq}: the record of its end was not written with the key of this audit")
        }
        Finding::HeadDiffers { seq } => {
            format!("BROKEN after {seq}: the end was cut off, or something put behind it")
        }
        Finding::BeforeKnown { seq, known } => {
            format!("BROKEN after {seq}: it went on to {known} when its head was kept: it was put back")
        }
        Finding::OtherThanKnown { seq } => {
            format!(
                "BROKEN at {seq}: another event than when its head was kept: it was put back, and gone on with"
            )
        }
        Finding::AdoptedAnew => "BROKEN: its end was authenticated anew since its head was kept".to_owned(),
    };
    format!("{tenant}  {links} events{beside}: {found}")
}

/// What nothing but hashes vouches for.
fn adoption_note(Adoption { events, unlinked }: Adoption) -> String {
    match (events, unlinked) {
        (0, _) => String::new(),
        (_, 0) => format!("; the first {events} were there before ends were authenticated"),
        _ => format!(
            "; the first {events} were there before ends were authenticated, {unlinked} of them without a place until then"
        ),
    }
}

/// What was found of a part.
pub(super) fn roster(RosterReport { part, finding }: &RosterReport) -> String {
    match finding {
        RosterFinding::Missing => format!("part {part}: BROKEN: the record of its tenants was taken out"),
        RosterFinding::Unproven => {
            format!(
                "part {part}: BROKEN: the record of its tenants was not written with the key of this audit"
            )
        }
        RosterFinding::Differs { said, found } => {
            format!(
                "part {part}: BROKEN: {said} tenants should have a chain and {found} have one, or they are others"
            )
        }
    }
}
