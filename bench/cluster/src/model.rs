//! The life of a partner as the wire shows it: what each answer may follow on.

use std::collections::BTreeSet;

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// Creates it under this name.
    Create(String),
    /// Gives it this name, which nobody gave anything before.
    Rename(String),
    Begin,
    /// Comes back from the partner, where the attempt of this URL was consented to.
    Finish(String),
    Disconnect,
    Read,
}

/// What the client was told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// It was done.
    Done,
    /// This is how it is.
    Seen(View),
    /// There is no such partner.
    Absent,
    /// Nobody knows: it may have been done, it may yet be done, or it never will be.
    Unknown,
}

/// A partner as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct View {
    pub(crate) name: String,
    pub(crate) status: Status,
    /// The URL of the attempt that is under way, which no other has.
    pub(crate) attempt: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    NotOnboarded,
    Onboarding,
    Onboarded,
}

/// How a partner is onboarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// At once: there is nobody to consent.
    Link,
    /// By an attempt.
    Attempt,
}

/// What is known of a partner at one moment of a history.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    kind: Kind,
    /// `None` while there is no such partner.
    name: Option<String>,
    status: Status,
    /// The URL of the attempt under way, once somebody has seen it.
    attempt: Option<String>,
    /// Those of attempts that are over: none of them is ever under way again.
    over: BTreeSet<String>,
}

impl State {
    /// There is none yet.
    pub(crate) const fn absent(kind: Kind) -> Self {
        Self { kind, name: None, status: Status::NotOnboarded, attempt: None, over: BTreeSet::new() }
    }

    /// One nobody has done anything with, under this name.
    pub(crate) fn fresh(kind: Kind, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::absent(kind) }
    }

    /// Whether whatever may follow on another state may follow on this one: it knows of no more
    /// attempts that are over.
    pub(crate) fn allows_as_much_as(&self, other: &Self) -> bool {
        let same = (&self.name, self.status, &self.attempt) == (&other.name, other.status, &other.attempt);
        same && self.over.is_subset(&other.over)
    }

    /// What may be after this if this was asked and answered so; nothing, if that answer cannot be.
    pub(crate) fn after(&self, action: &Action, outcome: &Outcome) -> Vec<Self> {
        match (outcome, &self.name) {
            (Outcome::Done, None) => match action {
                Action::Create(name) => vec![Self { name: Some(name.clone()), ..self.clone() }],
                Action::Rename(_) | Action::Begin | Action::Finish(_) | Action::Disconnect | Action::Read => {
                    vec![]
                }
            },
            (Outcome::Done, Some(_)) => self.done(action).into_iter().collect(),
            (Outcome::Seen(view), _) => self.seen(view).into_iter().collect(),
            (Outcome::Absent, name) => {
                if name.is_none() {
                    vec![self.clone()]
                } else {
                    vec![]
                }
            }
            (Outcome::Unknown, _) => self.perhaps(action),
        }
    }

    /// Of a partner that is there.
    fn done(&self, action: &Action) -> Option<Self> {
        match action {
            Action::Create(_) | Action::Read => None,
            Action::Rename(name) => Some(Self { name: Some(name.clone()), ..self.clone() }),
            Action::Begin => Some(match (self.kind, self.status) {
                (_, Status::Onboarded) => self.clone(),
                (Kind::Link, Status::NotOnboarded | Status::Onboarding) => self.becoming(Status::Onboarded),
                (Kind::Attempt, Status::NotOnboarded | Status::Onboarding) => {
                    self.becoming(Status::Onboarding)
                }
            }),
            Action::Finish(url) => self.showing(url).map(|state| state.becoming(Status::Onboarded)),
            Action::Disconnect => Some(self.becoming(Status::NotOnboarded)),
        }
    }

    /// Of what nobody knows whether it was done. That it was not is not among these: it is what
    /// comes of leaving it out.
    fn perhaps(&self, action: &Action) -> Vec<Self> {
        let done = self.after(action, &Outcome::Done);
        match action {
            // What was consented to may have come to nothing at the partner.
            Action::Finish(url) => done
                .into_iter()
                .chain(self.showing(url).map(|state| state.becoming(Status::NotOnboarded)))
                .collect(),
            Action::Create(_) | Action::Rename(_) | Action::Begin | Action::Disconnect | Action::Read => done,
        }
    }

    fn seen(&self, view: &View) -> Option<Self> {
        if self.name.as_ref() != Some(&view.name) || self.status != view.status {
            return None;
        }
        view.attempt.as_ref().map_or_else(|| Some(self.clone()), |url| self.showing(url))
    }

    /// With this attempt under way, if it can be.
    fn showing(&self, url: &str) -> Option<Self> {
        let is_it = self.attempt.as_deref().map_or_else(|| !self.over.contains(url), |seen| seen == url);
        let shown = || Self { attempt: Some(url.to_owned()), ..self.clone() };
        (self.status == Status::Onboarding && is_it).then(shown)
    }

    /// With this status, and whatever attempt there was over.
    fn becoming(&self, status: Status) -> Self {
        let mut next = Self { status, ..self.clone() };
        next.over.extend(next.attempt.take());
        next
    }
}
