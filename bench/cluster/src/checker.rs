//! Whether a history is linearizable: whether everything that was answered can be put in one order, each at some moment
//! between its question and its answer, so that every answer is what the model gives at that moment. Herlihy and Wing, 1990;
//! looked for as by Lowe, 2017 ("Testing for linearizability", just-in-time): going through the history, it keeps every way in
//! which what is under way may have been done so far, and does so only as much as the next answer needs. A request nobody
//! knows the outcome of stays under way for ever, and need never be done.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use crate::model::{Action, Outcome, State};

/// One request and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) action: Action,
    pub(crate) outcome: Outcome,
    pub(crate) asked: Duration,
    /// Of an unknown outcome this is when the client stopped waiting, and means nothing here.
    pub(crate) answered: Duration,
}

/// What is to be said of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Linearizable,
    /// This answer follows on nothing that can have been.
    Broken(String),
    /// It would take more work than allowed to tell.
    Undecided,
}

/// How many steps are looked at for one history before it stays undecided.
const MOST_STEPS: usize = 5_000_000;

/// What is under way at a time has a bit each.
const MOST_UNDER_WAY: usize = 128;

/// A way in which it may have been: what of that which is under way was done, and what the state is then.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Way {
    done: u128,
    state: State,
}

/// Looks whether a history of one partner, which begins in this state, is linearizable.
pub(crate) fn check(start: State, history: &[Operation]) -> Verdict {
    let relevant = without_what_was_never_seen(history);
    let mut search = Search { ways: vec![Way { done: 0, state: start }], slots: Vec::new(), steps: 0 };
    for event in events(&relevant) {
        let verdict = match event {
            Event::Asked(operation) => search.begin(operation),
            Event::Answered(operation) => search.end(operation),
        };
        if verdict != Verdict::Linearizable {
            return verdict;
        }
    }
    Verdict::Linearizable
}

/// A name that may have been given and that nobody ever saw explains nothing: leaving it out is always as good.
fn without_what_was_never_seen(history: &[Operation]) -> Vec<&Operation> {
    let seen: HashSet<_> = history
        .iter()
        .filter_map(|operation| match &operation.outcome {
            Outcome::Seen(view) => Some(&view.name),
            Outcome::Done | Outcome::Absent | Outcome::Unknown => None,
        })
        .collect();
    let explains = |operation: &&Operation| match (&operation.action, &operation.outcome) {
        (Action::Rename(name), Outcome::Unknown) => seen.contains(name),
        (Action::Read, Outcome::Unknown) => false,
        _ => true,
    };
    history.iter().filter(explains).collect()
}

#[derive(Clone, Copy)]
enum Event<'a> {
    Asked(&'a Operation),
    Answered(&'a Operation),
}

/// Questions and answers in the order of time. At the same instant the question is first, which allows more.
fn events<'a>(history: &[&'a Operation]) -> Vec<Event<'a>> {
    let mut events: Vec<_> = history
        .iter()
        .flat_map(|operation| {
            let answered = (operation.outcome != Outcome::Unknown).then_some(Event::Answered(operation));
            [Some(Event::Asked(operation)), answered]
        })
        .flatten()
        .collect();
    events.sort_by_key(|event| match event {
        Event::Asked(operation) => (operation.asked, false),
        Event::Answered(operation) => (operation.answered, true),
    });
    events
}

struct Search<'a> {
    ways: Vec<Way>,
    /// What is under way, each at the place of its bit.
    slots: Vec<Option<&'a Operation>>,
    steps: usize,
}

impl<'a> Search<'a> {
    fn begin(&mut self, operation: &'a Operation) -> Verdict {
        let free = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        if free == MOST_UNDER_WAY {
            return Verdict::Undecided;
        }
        if free == self.slots.len() {
            self.slots.push(None);
        }
        self.slots[free] = Some(operation);
        Verdict::Linearizable
    }

    /// Keeps the ways in which this operation was done by now.
    fn end(&mut self, operation: &Operation) -> Verdict {
        let Some(slot) = self.slots.iter().position(|slot| slot.is_some_and(|found| std::ptr::eq(found, operation)))
        else {
            return Verdict::Undecided;
        };
        let (bit, before) = (1_u128 << slot, std::mem::take(&mut self.ways));
        let (mut seen, mut ended) = (HashSet::new(), HashSet::new());
        let mut open = before.clone();
        while let Some(way) = open.pop() {
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Verdict::Undecided;
            }
            if way.done & bit != 0 {
                ended.insert(Way { done: way.done & !bit, ..way });
            } else if !seen.contains(&way) {
                open.extend(self.steps_from(&way));
                seen.insert(way);
            }
        }
        self.slots[slot] = None;
        self.ways = self.without_dominated(ended);
        if self.ways.is_empty() {
            return Verdict::Broken(explanation(operation, &before));
        }
        Verdict::Linearizable
    }

    /// The ways that come of doing one more of what is under way. Of requests that ask the same and that nobody knows the
    /// outcome of, one stands for all; and one that changes nothing need not have been.
    fn steps_from(&self, way: &Way) -> Vec<Way> {
        let mut tried: Vec<&Action> = Vec::new();
        let mut next = Vec::new();
        for (slot, operation) in self.slots.iter().enumerate() {
            let bit = 1_u128 << slot;
            let Some(operation) = operation.filter(|_| way.done & bit == 0) else { continue };
            let unknown = operation.outcome == Outcome::Unknown;
            if unknown && tried.contains(&&operation.action) {
                continue;
            }
            if unknown {
                tried.push(&operation.action);
            }
            let states = way.state.after(&operation.action, &operation.outcome);
            let moved = states.into_iter().filter(|state| !unknown || *state != way.state);
            next.extend(moved.map(|state| Way { done: way.done | bit, state }));
        }
        next
    }

    /// Of two ways to one state, the one that has used up less of what need never be done can do all the other can.
    fn without_dominated(&self, ways: HashSet<Way>) -> Vec<Way> {
        let unknown = self.slots.iter().enumerate().fold(0_u128, |bits, (slot, operation)| {
            let is_unknown = operation.is_some_and(|operation| operation.outcome == Outcome::Unknown);
            bits | (u128::from(is_unknown) << slot)
        });
        let mut ways: Vec<_> = ways.into_iter().collect();
        ways.sort_by_key(|way| way.done.count_ones());
        let mut kept: Vec<Way> = Vec::new();
        for way in ways {
            let dominates = |less: &Way| {
                less.state == way.state
                    && less.done & !way.done == 0
                    && (less.done ^ way.done) & !unknown == 0
            };
            if !kept.iter().any(dominates) {
                kept.push(way);
            }
        }
        kept
    }
}

fn explanation(operation: &Operation, before: &[Way]) -> String {
    let states: Vec<_> = before.iter().take(3).map(|way| &way.state).collect();
    format!("{operation} follows on nothing that can have been; before it there were {} ways: {states:?}", before.len())
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asked, answered) = (self.asked.as_secs_f64(), self.answered.as_secs_f64());
        write!(f, "{:?} ({asked:.3} s to {answered:.3} s: {:?})", self.action, self.outcome)
    }
}

#[cfg(test)]
mod tests;
