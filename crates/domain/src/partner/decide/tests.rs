use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{PartnerId, TenantId};

const NOON: i64 = 1_800_000_000;

fn partner(connector: ConnectorKind, status: Status) -> Partner {
    Partner {
        display_name: "TeamViewer".into(),
        onboarding_url: Some("https://example.com/".into()),
        status,
        generation: Generation(7),
        version: Version(9),
        ..Partner::blank(TenantId(Uuid::from_u128(1)), PartnerId(Uuid::from_u128(2)), connector)
    }
}

fn attempt(id: u128, expires: i64) -> Attempt {
    Attempt { id: AttemptId(Uuid::from_u128(id)), expires: Timestamp::from_unix_seconds(NOON + expires) }
}

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(NOON)
}

fn after(partner: &Partner, command: &Command) -> Partner {
    match decide(partner, command, now()).unwrap() {
        Decision::Changed(Change { outcome: Outcome::Becomes(after), .. }) => after,
        decision @ (Decision::Unchanged | Decision::Changed(_)) => panic!("{command:?} led to {decision:?}"),
    }
}

#[test]
fn disconnecting_fences_what_is_connected_or_being_connected() {
    for status in [Status::Onboarded, Status::Onboarding { attempt: attempt(1, 60) }] {
        for connector in ConnectorKind::ALL {
            let before = partner(connector, status);
            let expected = Partner {
                status: Status::NotOnboarded,
                generation: Generation(8),
                version: Version(10),
                ..before.clone()
            };
            assert_eq!(after(&before, &Command::Disconnect), expected);
        }
    }
}

#[test]
fn disconnecting_what_is_not_connected_changes_nothing() {
    let before = partner(ConnectorKind::Simulated, Status::NotOnboarded);
    assert_eq!(decide(&before, &Command::Disconnect, now()), Ok(Decision::Unchanged));
}

#[test]
fn only_the_grant_there_is_now_can_be_lost() {
    let before = partner(ConnectorKind::OAuth2, Status::Onboarded);
    for generation in [6, 8] {
        let command = Command::LoseGrant { generation: Generation(generation) };
        assert_eq!(decide(&before, &command, now()), Ok(Decision::Unchanged));
    }
    let lost = after(&before, &Command::LoseGrant { generation: Generation(7) });
    assert_eq!((lost.status, lost.generation), (Status::NotOnboarded, Generation(8)));
}

#[test]
fn an_attempt_that_failed_is_over_and_another_is_not() {
    let before = partner(ConnectorKind::OAuth2, Status::Onboarding { attempt: attempt(1, 60) });
    let fail = |id| Command::FailAttempt { attempt: AttemptId(Uuid::from_u128(id)) };
    assert_eq!(decide(&before, &fail(2), now()), Ok(Decision::Unchanged));
    assert_eq!(after(&before, &fail(1)).status, Status::NotOnboarded);
}

#[test]
fn beginning_again_replaces_the_attempt_and_leaves_a_connection_alone() {
    let begin = Command::BeginOnboarding { attempt: attempt(2, 900) };
    let started = after(&partner(ConnectorKind::Simulated, Status::NotOnboarded), &begin);
    assert_eq!(started.status, Status::Onboarding { attempt: attempt(2, 900) });
    let replaced =
        after(&partner(ConnectorKind::Simulated, Status::Onboarding { attempt: attempt(1, 60) }), &begin);
    assert_eq!(replaced.status, Status::Onboarding { attempt: attempt(2, 900) });
    let connected = partner(ConnectorKind::Simulated, Status::Onboarded);
    assert_eq!(decide(&connected, &begin, now()), Ok(Decision::Unchanged));
}

#[test]
fn a_link_is_switched_on_at_once_but_not_without_an_address() {
    let begin = Command::BeginOnboarding { attempt: attempt(2, 900) };
    let link = partner(ConnectorKind::Link, Status::NotOnboarded);
    assert_eq!(after(&link, &begin).status, Status::Onboarded);
    let nowhere = Partner { onboarding_url: None, ..link };
    assert_eq!(decide(&nowhere, &begin, now()), Err(Refusal::NoOnboardingUrl));
}

#[test]
fn only_the_pending_attempt_is_accepted_and_only_in_time() {
    let accept = |id| Command::AcceptCallback { attempt: AttemptId(Uuid::from_u128(id)) };
    let pending = partner(ConnectorKind::Simulated, Status::Onboarding { attempt: attempt(1, 60) });
    let done = after(&pending, &accept(1));
    assert_eq!((done.status, done.last_connection), (Status::Onboarded, now()));
    assert_eq!(decide(&pending, &accept(2), now()), Err(Refusal::NoSuchAttempt));
    assert_eq!(decide(&done, &accept(1), now()), Err(Refusal::NoSuchAttempt));
    let late = partner(ConnectorKind::Simulated, Status::Onboarding { attempt: attempt(1, 0) });
    assert_eq!(decide(&late, &accept(1), now()), Err(Refusal::AttemptExpired));
}

#[test]
fn an_attempt_expires_at_its_time_and_not_before() {
    let pending = partner(ConnectorKind::Simulated, Status::Onboarding { attempt: attempt(1, 1) });
    assert_eq!(decide(&pending, &Command::ExpireAttempt, now()), Ok(Decision::Unchanged));
    let late = partner(ConnectorKind::Simulated, Status::Onboarding { attempt: attempt(1, 0) });
    assert_eq!(after(&late, &Command::ExpireAttempt).status, Status::NotOnboarded);
}

#[test]
fn a_status_is_set_by_hand_only_where_it_is_a_setting() {
    let onboarded = Update { status: Some(StatusChange::Onboarded), ..Update::default() };
    let connected = Update { last_connection: Some(now()), ..Update::default() };
    let simulated = partner(ConnectorKind::Simulated, Status::NotOnboarded);
    assert_eq!(after(&simulated, &Command::Update(onboarded.clone())).status, Status::Onboarded);
    assert_eq!(after(&simulated, &Command::Update(connected.clone())).last_connection, now());
    let link = partner(ConnectorKind::Link, Status::NotOnboarded);
    for (update, property) in
        [(onboarded, Property::OnboardingStatus), (connected, Property::LastConnectionDateTime)]
    {
        assert_eq!(create(&link, &update), Err(Refusal::NotSettable { property }));
        assert_eq!(decide(&link, &Command::Update(update), now()), Err(Refusal::NotSettable { property }));
    }
}

#[test]
fn a_new_partner_has_what_was_given_and_starts_at_the_first_version() {
    let properties = Update { display_name: Some("A".into()), ..Update::default() };
    let blank = partner(ConnectorKind::Simulated, Status::NotOnboarded);
    let expected = Partner { display_name: "A".into(), version: Version::FIRST, ..blank.clone() };
    assert_eq!(create(&blank, &properties), Ok(expected));
}

#[test]
fn what_a_partner_earned_may_be_repeated_as_it_is() {
    let link = partner(ConnectorKind::Link, Status::Onboarded);
    let same = Update {
        status: Some(StatusChange::Onboarded),
        last_connection: Some(Timestamp::NEVER),
        attempt_expires: Some(Timestamp::NEVER),
        ..Update::default()
    };
    assert_eq!(decide(&link, &Command::Update(same), now()), Ok(Decision::Unchanged));
}

#[test]
fn the_expiry_is_set_only_on_an_attempt_under_way() {
    let soon = Update { attempt_expires: Some(now()), ..Update::default() };
    let pending = partner(ConnectorKind::Simulated, Status::Onboarding { attempt: attempt(1, 60) });
    assert_eq!(after(&pending, &Command::Update(soon.clone())).attempt_expires(), now());
    let idle = partner(ConnectorKind::Simulated, Status::NotOnboarded);
    let property = Property::OnboardingRequestExpiryDateTime;
    assert_eq!(decide(&idle, &Command::Update(soon), now()), Err(Refusal::NotSettable { property }));
}

fn status_change() -> impl Strategy<Value = StatusChange> {
    prop_oneof![
        Just(StatusChange::NotOnboarded),
        (0..50_u128, -60..60_i64).prop_map(|(id, expires)| StatusChange::Onboarding(attempt(id, expires))),
        Just(StatusChange::Onboarded),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let update =
        (
            proptest::option::of("[a-c]{0,2}"),
            proptest::option::of(proptest::option::of(Just("https://example.com/".to_owned()))),
            proptest::option::of(status_change()),
            proptest::option::of((0..100_i64).prop_map(Timestamp::from_unix_seconds)),
            proptest::option::of((NOON..NOON + 9).prop_map(Timestamp::from_unix_seconds)),
        )
            .prop_map(|(display_name, onboarding_url, status, last_connection, attempt_expires)| {
                Update { display_name, onboarding_url, status, last_connection, attempt_expires }
            });
    prop_oneof![
        update.prop_map(Command::Update),
        (0..50_u128, -60..60_i64).prop_map(|(id, e)| Command::BeginOnboarding { attempt: attempt(id, e) }),
        (0..50_u128).prop_map(|id| Command::AcceptCallback { attempt: AttemptId(Uuid::from_u128(id)) }),
        Just(Command::ExpireAttempt),
        (0..4_u128).prop_map(|id| Command::FailAttempt { attempt: AttemptId(Uuid::from_u128(id)) }),
        (6..12_u64).prop_map(|n| Command::LoseGrant { generation: Generation(n) }),
        Just(Command::Disconnect),
        Just(Command::Delete),
    ]
}

fn connector() -> impl Strategy<Value = ConnectorKind> {
    proptest::sample::select(ConnectorKind::ALL.to_vec())
}

proptest! {
    /// Whatever is asked, in whatever order: versions only rise, by one a change; generations never
    /// fall; and what is unchanged is not written.
    #[test]
    fn every_change_moves_the_version_and_no_fence_is_undone(
        connector in connector(),
        commands in proptest::collection::vec((command(), 0..120_u64), 0..64),
    ) {
        let mut partner = partner(connector, Status::NotOnboarded);
        let mut clock = now();
        for (command, seconds) in commands {
            clock = clock.plus(Duration::from_secs(seconds));
            let Ok(Decision::Changed(Change { outcome: Outcome::Becomes(next), .. })) = decide(&partner, &command, clock) else {
                continue;
            };
            prop_assert_eq!(next.version, partner.version.next());
            prop_assert!(next.generation >= partner.generation);
            prop_assert_eq!((next.tenant, next.id, next.connector), (partner.tenant, partner.id, partner.connector));
            let cut = partner.status != Status::NotOnboarded && next.status == Status::NotOnboarded;
            prop_assert!(!cut || next.generation > partner.generation, "{:?} cut without a fence", command);
            partner = next;
        }
    }

    /// An attempt that was completed, replaced, given up or cut is never accepted again.
    #[test]
    fn an_attempt_is_accepted_at_most_once_and_never_after_a_fence(
        commands in proptest::collection::vec(command(), 0..64),
    ) {
        let mut partner = partner(ConnectorKind::Simulated, Status::NotOnboarded);
        let mut void = HashSet::new();
        let mut next_id = 1000;
        for mut command in commands {
            fresh_attempt(&mut command, &mut next_id);
            let before = partner.attempt().map(|a| a.id);
            let decision = decide(&partner, &command, now());
            if let (Command::AcceptCallback { attempt }, Ok(_)) = (&command, &decision) {
                prop_assert!(!void.contains(attempt));
            }
            if let Ok(Decision::Changed(Change { outcome: Outcome::Becomes(next), .. })) = decision {
                partner = next;
            }
            if let Some(before) = before.filter(|id| partner.attempt().map(|a| a.id) != Some(*id)) {
                void.insert(before);
                let replay = Command::AcceptCallback { attempt: before };
                prop_assert!(decide(&partner, &replay, now()).is_err());
            }
        }
    }

    /// Whatever is taken away from a partner is named as cut, so that it can be released; nothing
    /// else is.
    #[test]
    fn what_can_be_used_no_more_is_cut_and_nothing_else_is(
        connector in connector(),
        commands in proptest::collection::vec(command(), 0..64),
    ) {
        let mut partner = partner(connector, Status::NotOnboarded);
        let mut next_id = 1000;
        for mut command in commands {
            fresh_attempt(&mut command, &mut next_id);
            let Ok(Decision::Changed(Change { outcome, cut, .. })) = decide(&partner, &command, now()) else {
                continue;
            };
            let after = match &outcome {
                Outcome::Becomes(after) => Some(after),
                Outcome::Removed => None,
            };
            let connected = |p: &Partner| (p.status == Status::Onboarded).then_some(p.generation);
            let lost_connection = connected(&partner).is_some() && after.and_then(connected) != connected(&partner);
            prop_assert_eq!(cut == Some(Cut::Connection), lost_connection, "{:?}", command);
            let attempt = partner.attempt().map(|a| a.id);
            let kept = attempt.is_some() && after.and_then(|p| p.attempt()).map(|a| a.id) == attempt;
            let completed = after.is_some_and(|p| p.status == Status::Onboarded);
            let lost_attempt = attempt.filter(|_| !kept && !completed).map(Cut::Attempt);
            prop_assert_eq!(cut.filter(|cut| *cut != Cut::Connection), lost_attempt, "{:?}", command);
            if let Outcome::Becomes(after) = outcome {
                partner = after;
            }
        }
    }

    /// A second disconnect finds nothing to do, whatever came before the first.
    #[test]
    fn a_repeated_disconnect_changes_nothing(
        connector in connector(),
        commands in proptest::collection::vec(command(), 0..16),
    ) {
        let mut partner = partner(connector, Status::NotOnboarded);
        for command in commands.into_iter().chain([Command::Disconnect]) {
            if let Ok(Decision::Changed(Change { outcome: Outcome::Becomes(next), .. })) = decide(&partner, &command, now()) {
                partner = next;
            }
        }
        prop_assert_eq!(partner.status, Status::NotOnboarded);
        prop_assert_eq!(decide(&partner, &Command::Disconnect, now()), Ok(Decision::Unchanged));
    }
}

/// Attempts are random in life; here each gets an id that was not used before.
fn fresh_attempt(command: &mut Command, next_id: &mut u128) {
    let (Command::BeginOnboarding { attempt }
    | Command::Update(Update { status: Some(StatusChange::Onboarding(attempt)), .. })) = command
    else {
        return;
    };
    attempt.id = AttemptId(Uuid::from_u128(*next_id));
    *next_id += 1;
}
