use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

use super::*;
use crate::model::{Kind, Status, View};

const START: &str = "n0";

fn operation(action: Action, outcome: Outcome, asked: u64, answered: u64) -> Operation {
    let time = Duration::from_millis;
    Operation { action, outcome, asked: time(asked), answered: time(answered) }
}

fn rename(name: &str, asked: u64, answered: u64) -> Operation {
    operation(Action::Rename(name.into()), Outcome::Done, asked, answered)
}

fn unknown(action: Action, asked: u64) -> Operation {
    operation(action, Outcome::Unknown, asked, asked + 1)
}

fn read(name: &str, status: Status, attempt: Option<&str>, asked: u64, answered: u64) -> Operation {
    let view = View { name: name.into(), status, attempt: attempt.map(Into::into) };
    operation(Action::Read, Outcome::Seen(view), asked, answered)
}

fn named(name: &str, asked: u64, answered: u64) -> Operation {
    read(name, Status::NotOnboarded, None, asked, answered)
}

fn done(action: Action, asked: u64, answered: u64) -> Operation {
    operation(action, Outcome::Done, asked, answered)
}

fn verdict(history: &[Operation]) -> Verdict {
    check(State::fresh(Kind::Attempt, START), history)
}

#[track_caller]
fn is_good(history: &[Operation]) {
    assert_eq!(verdict(history), Verdict::Linearizable);
}

#[track_caller]
fn is_broken(history: &[Operation]) {
    assert!(matches!(verdict(history), Verdict::Broken(_)), "{:?}", verdict(history));
}

#[test]
fn what_is_under_way_may_be_seen_or_not() {
    is_good(&[rename("a", 0, 100), named(START, 10, 20), named("a", 30, 40)]);
    is_good(&[rename("a", 0, 100), rename("b", 0, 100), named("b", 10, 20), named("a", 110, 120)]);
    is_good(&[named("a", 0, 100), rename("a", 50, 60)]);
}

#[test]
fn a_lost_update_is_told() {
    is_broken(&[rename("a", 0, 10), named(START, 20, 30)]);
    is_broken(&[rename("a", 0, 10), named("a", 11, 12), named(START, 20, 30)]);
}

#[test]
fn a_stale_read_is_told() {
    // Both were answered, and one node still shows the first.
    is_broken(&[rename("a", 0, 10), rename("b", 20, 30), named("b", 31, 32), named("a", 40, 50)]);
    // The new name was seen while it was under way: from then on it is the name.
    is_broken(&[rename("a", 0, 100), named("a", 10, 20), named(START, 30, 40)]);
}

#[test]
fn a_state_that_rises_again_is_told() {
    let begun = [done(Action::Begin, 0, 1), read(START, Status::Onboarding, Some("u1"), 2, 3)];
    let cut = done(Action::Disconnect, 10, 11);
    let with = |more: Operation| -> Vec<_> { begun.iter().cloned().chain([cut.clone(), more]).collect() };
    is_good(&with(named(START, 20, 21)));
    is_broken(&with(read(START, Status::Onboarding, Some("u1"), 20, 21)));
    is_broken(&with(done(Action::Finish("u1".into()), 20, 21)));
    is_broken(&with(read(START, Status::Onboarded, None, 20, 21)));
}

#[test]
fn an_attempt_that_was_replaced_is_never_under_way_again() {
    let onboarding = |url, asked, answered| read(START, Status::Onboarding, Some(url), asked, answered);
    let two = [
        done(Action::Begin, 0, 1),
        onboarding("u1", 2, 3),
        done(Action::Begin, 4, 5),
        onboarding("u2", 6, 7),
    ];
    let with = |more: Operation| -> Vec<_> { two.iter().cloned().chain([more]).collect() };
    is_good(&with(done(Action::Finish("u2".into()), 8, 9)));
    is_broken(&with(done(Action::Finish("u1".into()), 8, 9)));
    is_broken(&with(onboarding("u1", 8, 9)));
}

#[test]
fn what_nobody_knows_may_have_been_at_any_time_or_never_but_not_both() {
    let cut = || unknown(Action::Disconnect, 10);
    let onboarded = |asked, answered| read(START, Status::Onboarded, None, asked, answered);
    let begun = || {
        vec![
            done(Action::Begin, 0, 1),
            read(START, Status::Onboarding, Some("u"), 2, 3),
            done(Action::Finish("u".into()), 4, 5),
            cut(),
        ]
    };
    let with = |more: &[Operation]| -> Vec<_> { begun().into_iter().chain(more.iter().cloned()).collect() };
    is_good(&with(&[onboarded(100, 110)]));
    is_good(&with(&[named(START, 100, 110)]));
    is_good(&with(&[onboarded(100, 110), named(START, 200, 210)]));
    is_broken(&with(&[named(START, 100, 110), onboarded(200, 210)]));
    // It was asked after this was seen.
    let early = read(START, Status::NotOnboarded, None, 6, 7);
    is_broken(&[begun(), vec![early]].concat());
}

#[test]
fn a_name_nobody_knows_about_is_seen_from_once_on() {
    let a = || unknown(Action::Rename("a".into()), 0);
    is_good(&[a(), named(START, 100, 110), named("a", 200, 210), named("a", 300, 310)]);
    is_broken(&[a(), named("a", 200, 210), named(START, 300, 310)]);
    is_broken(&[a(), named("a", 200, 210), rename("b", 220, 230), named("a", 300, 310)]);
    is_broken(&[named("a", 0, 10), unknown(Action::Rename("a".into()), 20)]);
}

#[test]
fn a_created_partner_is_there_from_its_answer_on() {
    let created = done(Action::Create("a".into()), 10, 20);
    let absent = |asked, answered| operation(Action::Read, Outcome::Absent, asked, answered);
    let verdict = |history: &[Operation]| check(State::absent(Kind::Link), history);
    assert_eq!(verdict(&[absent(0, 5), created.clone(), named("a", 21, 22)]), Verdict::Linearizable);
    assert!(matches!(verdict(&[created, absent(21, 22)]), Verdict::Broken(_)));
}

#[test]
fn more_under_way_than_can_be_looked_at_is_undecided_and_not_good() {
    let cuts: Vec<_> = (0..=MOST_UNDER_WAY as u64).map(|n| unknown(Action::Disconnect, n)).collect();
    assert_eq!(verdict(&cuts), Verdict::Undecided);
}

#[test]
fn many_of_which_nobody_knows_are_no_reason_to_be_slow() {
    let mut history: Vec<_> = (0..100).map(|n| unknown(Action::Disconnect, n)).collect();
    history.extend((0..100).map(|n| named(START, 200 + 2 * n, 201 + 2 * n)));
    is_good(&history);
}

/// What clients of a correct partner see, and what it is in the end: each request happens at some
/// instant between question and answer.
fn correct_life(seed: u64, length: u64) -> (Vec<Operation>, View) {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut moments: Vec<_> = (0..length).map(|n| (rng.random_range(0..length * 10), n)).collect();
    moments.sort_unstable();
    let mut state = (START.to_owned(), Status::NotOnboarded, None::<String>);
    let mut history = Vec::new();
    for (at, n) in moments {
        let lost = rng.random_bool(0.1);
        let happens = !lost || rng.random_bool(0.5);
        let action = match rng.random_range(0..10) {
            0..5 => Action::Read,
            5 => Action::Begin,
            6 => match state.2.clone() {
                Some(url) => Action::Finish(url),
                None => Action::Read,
            },
            7 => Action::Disconnect,
            _ => Action::Rename(format!("n{}", n + 1)),
        };
        let view = View { name: state.0.clone(), status: state.1, attempt: state.2.clone() };
        match &action {
            Action::Rename(name) if happens => state.0.clone_from(name),
            Action::Begin if happens && state.1 != Status::Onboarded => {
                (state.1, state.2) = (Status::Onboarding, Some(format!("u{n}")));
            }
            Action::Finish(_) if happens => (state.1, state.2) = (Status::Onboarded, None),
            Action::Disconnect if happens => (state.1, state.2) = (Status::NotOnboarded, None),
            Action::Create(_)
            | Action::Rename(_)
            | Action::Begin
            | Action::Finish(_)
            | Action::Disconnect
            | Action::Read => {}
        }
        let outcome = match (&action, lost) {
            (_, true) => Outcome::Unknown,
            (Action::Read, false) => Outcome::Seen(view),
            (_, false) => Outcome::Done,
        };
        let (before, after) = (rng.random_range(0..60), rng.random_range(1..60));
        // In tenths, so that no two are at the same instant as what happens.
        history.push(operation(action, outcome, 10 * (at + 100) - before, 10 * (at + 100) + after));
    }
    let (name, status, attempt) = state;
    (history, View { name, status, attempt })
}

fn correct_history(seed: u64, length: u64) -> Vec<Operation> {
    correct_life(seed, length).0
}

fn end_of(history: &[Operation]) -> u64 {
    history.iter().map(|operation| operation.answered.as_millis()).max().unwrap().try_into().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_correct_partner_answers_is_linearizable(seed: u64, length in 1_u64..120) {
        prop_assert_eq!(verdict(&correct_history(seed, length)), Verdict::Linearizable);
    }

    /// A read that is shown what was true before an answered rename that it came after.
    #[test]
    fn one_read_of_the_past_breaks_a_history(seed: u64, length in 10_u64..120) {
        let mut history = correct_history(seed, length);
        let end = end_of(&history);
        history.push(rename("last", end + 1, end + 2));
        is_good(&history);
        history.push(read(START, Status::NotOnboarded, None, end + 3, end + 4));
        prop_assert!(matches!(verdict(&history), Verdict::Broken(_)));
    }

    /// A change that was answered and then forgotten.
    #[test]
    fn an_answered_change_that_is_forgotten_is_told_by_the_next_look(seed: u64, length in 1_u64..120) {
        let (mut history, left) = correct_life(seed, length);
        let end = end_of(&history);
        let look = |at| operation(Action::Read, Outcome::Seen(left.clone()), at, at + 1);
        history.push(look(end + 1));
        is_good(&history);
        history.extend([rename("forgotten", end + 3, end + 4), look(end + 5)]);
        prop_assert!(matches!(verdict(&history), Verdict::Broken(_)));
    }
}
