//! Whether a history is linearizable: whether everything that was answered can be put in one order,
//! each at some moment between its question and its answer, so that every answer is what the model
//! gives at that moment. Herlihy and Wing, 1990; looked for as by Lowe, 2017 ("Testing for
//! linearizability", just-in-time): going through the history, it keeps every way in which what is
//! under way may have been done so far, and does so only as much as the next answer needs. A
//! request nobody knows the outcome of stays under way for ever, and need never be done.

use std::collections::{BTreeMap, HashMap, HashSet};
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
const MOST_STEPS: usize = 2_000_000;

/// What is under way at a time has a bit each.
const MOST_UNDER_WAY: usize = 128;

/// A way in which it may have been: what of that which is under way was done, and what the state is
/// then.
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

/// A name that may have been given and that nobody ever saw explains nothing: leaving it out is
/// always as good.
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

/// Questions and answers in the order of time. At the same instant the question is first, which
/// allows more.
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
        let Some(slot) =
            self.slots.iter().position(|slot| slot.is_some_and(|found| std::ptr::eq(found, operation)))
        else {
            return Verdict::Undecided;
        };
        let (bit, before) = (1_u128 << slot, std::mem::take(&mut self.ways));
        let (mut seen, mut ended) = (Kept::new(self.unknown()), Kept::new(self.unknown()));
        // Those first that use up least of what need never be done: they make others needless.
        let mut open: BTreeMap<u32, Vec<Way>> = BTreeMap::new();
        let mut next = before.clone();
        loop {
            for way in next {
                open.entry((way.done & self.unknown()).count_ones()).or_default().push(way);
            }
            let Some(mut least) = open.first_entry() else { break };
            next = Vec::new();
            let way = least.get_mut().pop();
            if least.get().is_empty() {
                least.remove();
            }
            let Some(way) = way else { continue };
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Verdict::Undecided;
            }
            if way.done & bit != 0 {
                ended.keep(Way { done: way.done & !bit, ..way });
            } else if seen.keep(way.clone()) {
                next = self.steps_from(&way);
            }
        }
        self.slots[slot] = None;
        self.ways = ended.ways.into_values().flatten().collect();
        if self.ways.is_empty() {
            return Verdict::Broken(explanation(operation, &before));
        }
        Verdict::Linearizable
    }

    /// The bits of what need never be done.
    fn unknown(&self) -> u128 {
        self.slots.iter().enumerate().fold(0, |bits, (slot, operation)| {
            let is_unknown = operation.is_some_and(|operation| operation.outcome == Outcome::Unknown);
            bits | (u128::from(is_unknown) << slot)
        })
    }

    /// The ways that come of doing one more of what is under way. Of requests that ask the same and
    /// that nobody knows the outcome of, one stands for all; and one that changes nothing need not
    /// have been.
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
}

/// Ways of which none can do all that another can.
struct Kept {
    /// By what they have done of that which will be answered.
    ways: HashMap<u128, Vec<Way>>,
    unknown: u128,
}

impl Kept {
    fn new(unknown: u128) -> Self {
        Self { ways: HashMap::new(), unknown }
    }

    /// Keeps it, unless another one has used up no more of what need never be done, and its state
    /// allows as much.
    fn keep(&mut self, way: Way) -> bool {
        let alike = self.ways.entry(way.done & !self.unknown).or_default();
        let can_do_all =
            |less: &Way, more: &Way| less.done & !more.done == 0 && less.state.allows_as_much_as(&more.state);
        if alike.iter().any(|kept| can_do_all(kept, &way)) {
            return false;
        }
        alike.retain(|kept| !can_do_all(&way, kept));
        alike.push(way);
        true
    }
}

fn explanation(operation: &Operation, before: &[Way]) -> String {
    let states: Vec<_> = before.iter().take(3).map(|way| &way.state).collect();
    format!(
        "{operation} follows on nothing that can have been; before it there were {} ways: {states:?}",
        before.len()
    )
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asked, answered) = (self.asked.as_secs_f64(), self.answered.as_secs_f64());
        write!(f, "{:?} ({asked:.3} s to {answered:.3} s: {:?})", self.action, self.outcome)
    }
}

#[cfg(test)]
mod tests;
