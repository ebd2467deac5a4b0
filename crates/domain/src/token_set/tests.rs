use proptest::prelude::*;
use uuid::Uuid;

use super::*;

type Set = TokenSet<u32>;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000 + seconds)
}

fn id(number: u32) -> TokenId {
    TokenId(Uuid::from_u128(number.into()))
}

/// Tokens `number` and `number + 1`.
fn given(number: u32, origin: Origin, seconds: i64) -> Given<u32> {
    Given {
        at: at(seconds),
        origin,
        access: (id(number), number, Some(at(seconds + 600))),
        refresh: Some((id(number + 1), number + 1, None)),
        beside: false,
    }
}

fn connected() -> Set {
    let mut set = Set::default();
    set.receive(given(1, Origin::Code, 0));
    set
}

fn refreshed() -> Set {
    let mut set = connected();
    set.receive(given(3, Origin::Refresh(id(2)), 10));
    set
}

fn ids(set: &Set) -> Vec<TokenId> {
    set.living().map(|token| token.id).collect()
}

#[test]
fn a_refresh_keeps_what_it_replaces() {
    let set = refreshed();
    assert_eq!(ids(&set), [1, 2, 3, 4].map(id));
    assert_eq!(set.current(), (Some(id(3)), Some(id(4))));
    assert!(set.into_end().is_err());
}

#[test]
fn a_refresh_without_a_new_refresh_token_goes_on_with_the_old_one() {
    let mut set = connected();
    set.receive(Given { refresh: None, ..given(3, Origin::Refresh(id(2)), 10) });
    assert_eq!((set.current(), set.living().count()), ((Some(id(3)), Some(id(2))), 3));
}

#[test]
fn what_is_heard_long_after_it_was_asked_is_not_told_again() {
    let seen = |mut set: Set, looks: [(i64, i64); 3]| {
        set.see(id(1), Probe::Introspection, Life::Alive, at(0));
        looks.map(|(asked, heard)| set.report_dead(id(1), Probe::Introspection, at(asked), at(heard)))
    };
    assert_eq!(seen(connected(), [(1, 1), (2, 400), (6, 6)]), [false, false, true]);
    assert_eq!(seen(connected(), [(1, 400), (10, 401), (405, 405)]), [false, false, true]);
}

#[test]
fn a_token_that_is_given_again_is_the_same_token() {
    let mut set = connected();
    set.receive(Given { refresh: Some((id(4), 2, None)), ..given(3, Origin::Refresh(id(2)), 10) });
    assert_eq!((ids(&set), set.current()), ([1, 2, 3].map(id).to_vec(), (Some(id(3)), Some(id(2)))));
}

#[test]
fn what_came_late_is_kept_and_not_used() {
    let mut set = connected();
    let before = set.current();
    set.receive_late(given(3, Origin::Refresh(id(2)), 10));
    set.receive_late(given(3, Origin::Refresh(id(2)), 10));
    assert_eq!((set.current(), set.living().count()), (before, 4));
}

#[test]
fn a_probe_is_believed_only_of_the_very_token_it_had_called_alive() {
    let mut set = refreshed();
    set.see(id(1), Probe::Introspection, Life::Alive, at(20));
    for token in 1..=4 {
        set.see(id(token), Probe::Introspection, Life::Dead, at(21));
    }
    assert_eq!(ids(&set), [2, 3, 4].map(id), "what was seen alive is no other token's");
    set.see(id(3), Probe::Introspection, Life::Alive, at(22));
    set.see(id(3), Probe::Use, Life::Dead, at(23));
    assert_eq!(ids(&set), [2, 3, 4].map(id), "nor any other probe's");
}

#[test]
fn every_token_needs_a_proof_before_it_is_over() {
    let mut set = refreshed();
    for token in [4, 2, 3] {
        set.refuse(id(token), at(20));
        set = set.into_end().expect_err("the first access token lives");
    }
    set.expire(at(899));
    set = set.into_end().expect_err("clocks may be five minutes apart");
    set.expire(at(900));
    let Ok(End::Dead(dead)) = set.into_end() else { panic!("all have a proof") };
    let proofs: Vec<_> = dead.tokens().iter().map(|dead| (dead.id, dead.proof)).collect();
    assert_eq!(
        proofs,
        [
            (id(4), Proof::RefreshTokenRefused),
            (id(2), Proof::RefreshTokenRefused),
            (id(3), Proof::AccessTokenRefused),
            (id(1), Proof::AccessTokenExpired)
        ]
    );
}

#[test]
fn what_is_missing_is_told_when_all_else_is_dead() {
    let mut set = connected();
    set.miss(MissingKind::RefreshAnswer, at(5));
    set.refuse(id(1), at(20));
    set.refuse(id(2), at(20));
    let Ok(End::Unaccounted { dead, missing }) = set.into_end() else { panic!("it is not over") };
    assert_eq!((dead.tokens().len(), missing.len()), (2, 1));
}

#[test]
fn an_answer_that_nobody_could_read_is_never_over() {
    let mut set = Set::default();
    set.keep_unread(Unread { at: at(0), origin: Origin::Code, body: 7 });
    let mut set = set.into_end().expect_err("it may have tokens in it");
    set.read_again(|unread| (unread.body == 7).then(|| given(1, Origin::Code, 0)));
    assert_eq!((set.living().count(), set.unread().len()), (2, 0));
}

#[test]
fn a_set_is_bounded_and_says_what_it_had_to_let_go() {
    let mut set = connected();
    for number in 0..1000 {
        let given = given(10 + 2 * number, Origin::Refresh(id(2)), 10);
        set.receive(Given { access: (given.access.0, given.access.1, None), ..given });
    }
    assert_eq!(set.living().count(), Set::MOST_LIVING);
    assert!(set.access_token().is_some() && set.refresh_token().is_some());
    assert_eq!(set.missing().iter().map(|m| m.what).collect::<Vec<_>>(), [MissingKind::LetGo]);
}

/// As a partner whose tokens live on while they are used.
#[test]
fn a_token_that_was_used_after_its_time_does_not_expire() {
    let mut set = connected();
    set.see(id(1), Probe::Introspection, Life::Alive, at(700));
    set.expire(at(899));
    set.see(id(1), Probe::Use, Life::Alive, at(650));
    set.expire(at(100_000));
    assert_eq!(ids(&set), [1, 2].map(id));
}

#[test]
fn what_was_given_beside_is_missing_once_however_it_comes_and_whatever_ends() {
    let beside = |number| Given { beside: true, ..given(number, Origin::Refresh(id(2)), 10) };
    let expected = [Missing { what: MissingKind::NotUnderstood, at: at(10) }];
    let (mut late, mut again) = (connected(), connected());
    late.receive_late(beside(3));
    again.keep_unread(Unread { at: at(10), origin: Origin::Code, body: 7 });
    again.read_again(|_| Some(beside(3)));
    assert_eq!((late.missing(), again.missing()), (expected.as_slice(), expected.as_slice()));
    let mut set = connected();
    set.receive(beside(3));
    set.receive(beside(5));
    assert_eq!(set.missing(), expected);
    for token in [1, 2, 3, 4, 5, 6] {
        set.refuse(id(token), at(20));
    }
    let Ok(End::Unaccounted { missing, .. }) = set.into_end() else { panic!("nobody can know that it died") };
    assert_eq!(missing, expected);
}

#[test]
fn a_set_from_before_a_restore_says_once_what_it_may_lack() {
    let what = MissingKind::ChangedSinceBackup;
    let after = |mut set: Set, restored: &[i64]| {
        for seconds in restored {
            set.restored(at(*seconds));
        }
        set.missing().to_vec()
    };
    assert_eq!(after(connected(), &[5]), [Missing { what, at: at(5) }]);
    assert_eq!(after(connected(), &[0]), [Missing { what, at: at(0) }], "clocks have their grain");
    assert_eq!(after(connected(), &[-1]), [], "it came later");
    assert_eq!(after(refreshed(), &[5]), [Missing { what, at: at(5) }], "the oldest counts");
    assert_eq!(after(connected(), &[5, 9]), [Missing { what, at: at(5) }]);
    let mut refused = refreshed();
    for number in 1..=4 {
        refused.refuse(id(number), at(20));
    }
    assert_eq!(after(refused, &[5]).len(), 1, "it had refresh tokens");
    let mut unread = Set::default();
    unread.keep_unread(Unread { at: at(0), origin: Origin::Code, body: 7 });
    assert_eq!(after(unread, &[5]).len(), 1, "nobody knows what it had");
    let mut without = Set::default();
    without.receive(Given { refresh: None, ..given(1, Origin::Code, 0) });
    assert_eq!(after(without, &[5]), [], "for an access token nothing is given");
}

#[test]
fn a_fresh_token_was_seen_alive_by_nobody() {
    let mut set = connected();
    for token in [1, 2] {
        set.see(id(token), Probe::Introspection, Life::Alive, at(1));
        set.see(id(token), Probe::Use, Life::Alive, at(1));
    }
    set.receive(given(3, Origin::Refresh(id(2)), 10));
    let seen: Vec<_> = set.living().map(|token| token.seen_alive != SeenAlive::default()).collect();
    assert_eq!(seen, [true, true, false, false]);
}

#[derive(Debug, Clone)]
enum Event {
    Receive(u32, bool),
    See(u32, bool, bool),
    Refuse(u32),
    Miss,
    Expire(i64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (1..40_u32, any::<bool>()).prop_map(|(n, late)| Event::Receive(2 * n, late)),
        (1..80_u32, any::<bool>(), any::<bool>()).prop_map(|(n, alive, used)| Event::See(n, alive, used)),
        (1..80_u32).prop_map(Event::Refuse),
        Just(Event::Miss),
        (0..2000_i64).prop_map(Event::Expire),
    ]
}

proptest! {
    /// Whatever is heard in whatever order: no token that was ever given is neither living nor
    /// proved dead.
    #[test]
    fn no_token_is_ever_lost_from_sight(events in prop::collection::vec(event(), 0..60)) {
        let mut set = Set::default();
        let mut ever = std::collections::BTreeSet::new();
        for event in events {
            match event {
                Event::Receive(n, late) => {
                    ever.extend([id(n), id(n + 1)]);
                    let given = given(n, Origin::Code, 0);
                    if late { set.receive_late(given) } else { set.receive(given) }
                }
                Event::See(n, alive, used) => {
                    let probe = if used { Probe::Use } else { Probe::Introspection };
                    set.see(id(n), probe, if alive { Life::Alive } else { Life::Dead }, at(1));
                }
                Event::Refuse(n) => set.refuse(id(n), at(1)),
                Event::Miss => set.miss(MissingKind::RefreshAnswer, at(1)),
                Event::Expire(seconds) => set.expire(at(seconds)),
            }
            let mut told: Vec<_> = set.log().known.iter().map(|record| record.id).collect();
            told.sort();
            let (remembered, more) = set.dead();
            prop_assert!(more > 0 || told == ever.iter().copied().collect::<Vec<_>>(), "{remembered:?}");
            prop_assert_eq!(told.len() as u64 + more, ever.len() as u64);
        }
    }
}
