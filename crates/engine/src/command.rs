//! Read, decide, commit: how every use-case changes a partner.
//!
//! [`Engine::command_with`] reads the partner and asks [`decide`] what the command does to it. The
//! answer is a value, so nothing has happened yet. It becomes one changeset: the partner's row at
//! the version that was read, what goes with a cut (`cut`), what the use-case adds, and the audit
//! event. The store commits all of it or nothing. If somebody else has changed the partner
//! meanwhile it says `Stale`, and all begins again at the read. So whatever a decision rests on is
//! still true when it is committed, and no lock is held in between.
//!
//! For example, two administrators disconnect one partner at version 4, and both read it. Each has
//! a changeset that fences it: version 5, generation + 1, a release of its credential, an event.
//! The first is committed. The second is `Stale`; it reads version 5, which is not onboarded, and
//! `decide` says `Unchanged`. Both are told that it is done. There is one fence, one release and
//! one event.
//!
//! A commit has a third outcome, that nobody knows (`commit`): the connection to the database broke
//! after the changeset was sent. The same changeset is sent again. Its id is its event's, made
//! before the loop in there, so the store does it once, and says which of the two it was.

mod commit;
mod cut;

use gangway_domain::{
    Activity, AuditedChange, Change, Command, Correlated, Decision, Outcome, Partner, PartnerId, TenantId,
    Timestamp, Transition, decide,
};

use crate::{Changeset, CredentialId, Effect, Engine, Error, PartnerChange, Record, Sealed, Store};

pub(crate) use cut::Unclaimed;

/// How often a use-case reads and decides again when others change the same partner at the same
/// time. One of all the concurrent callers wins each round, so this is also how many of them can be
/// served.
pub(crate) const MOST_ROUNDS: u32 = 256;

/// Who asks for what to be done to which partner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) id: PartnerId,
    pub(crate) by: &'a Correlated,
}

/// What is known to have come of an attempt's code.
#[derive(Debug, Clone)]
pub(crate) enum Obtained {
    /// Nothing is known: the partner may have given tokens for it.
    Unknown,
    /// The partner gave nothing.
    Nothing,
    /// These holdings.
    Holdings(Sealed),
}

/// What a command is about beside its partner.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// What came of the attempt's code, if one is cut.
    pub(crate) obtained: Obtained,
    /// The credential that the command is about, where it is about one: what the partner said of
    /// one credential cuts no other.
    pub(crate) credential: Option<CredentialId>,
}

impl Terms {
    pub(crate) const NONE: Self = Self { obtained: Obtained::Unknown, credential: None };

    pub(crate) const fn obtained(obtained: Obtained) -> Self {
        Self { obtained, credential: None }
    }
}

/// What a command has come to.
#[derive(Debug)]
pub(crate) struct Done {
    /// The partner as it is now; `None` if it was removed.
    pub(crate) after: Option<Partner>,
    /// Whether there was anything to do.
    pub(crate) changed: bool,
}

impl Done {
    const fn unchanged(partner: Partner) -> Self {
        Self { after: Some(partner), changed: false }
    }
}

/// What a use-case adds to the changeset of its command.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    pub(crate) effects: Vec<Effect>,
    pub(crate) remarks: Vec<AuditedChange>,
}

impl<S: Store> Engine<S> {
    /// Reads, decides, commits; and again from the start where somebody else was faster.
    pub(crate) async fn command(
        &self,
        asking: Asking<'_>,
        command: impl Fn(Timestamp) -> Command + Send,
    ) -> Result<Done, Error> {
        self.command_with(asking, &Terms::NONE, command, |_, _| Ok(Extra::default())).await
    }

    /// As [`Engine::command`], on these terms, and with more in the changeset. `extra` gets the
    /// partner as it was read and as it will be.
    pub(crate) async fn command_with(
        &self,
        asking: Asking<'_>,
        terms: &Terms,
        command: impl Fn(Timestamp) -> Command + Send,
        extra: impl Fn(&Partner, Option<&Partner>) -> Result<Extra, Error> + Send,
    ) -> Result<Done, Error> {
        let Asking { tenant, id, by } = asking;
        for _ in 0..MOST_ROUNDS {
            let before = self.store.partner(tenant, id).await?.ok_or(Error::NoSuchPartner(id))?;
            let now = self.now();
            let Decision::Changed(change) = decide(&before, &command(now), now)? else {
                return Ok(Done::unchanged(before));
            };
            let after = change.outcome.partner().cloned();
            let Some(effects) = self.effects_of_cut(&before, &change, terms, (by, now)).await? else {
                return Ok(Done::unchanged(before));
            };
            let more = extra(&before, after.as_ref())?;
            let changeset = self.changeset(&before, change, (by, now), effects, more);
            match self.commit(changeset).await {
                Ok(()) => return Ok(Done { after, changed: true }),
                Err(error) => {
                    if let Some(error) = Error::from_commit(error, id) {
                        return Err(error);
                    }
                }
            }
        }
        Err(Error::Contended(id.into()))
    }

    /// The changeset that creates a partner.
    pub(crate) fn creation(&self, partner: &Partner, by: &Correlated, at: Timestamp) -> Changeset {
        let audit = self.record(at, by, Activity::Create, Transition::Created(partner));
        let partner = PartnerChange::Insert(partner.clone());
        Changeset { about: partner.into(), effects: Vec::new(), record: Record::Event(audit) }
    }

    /// The changeset of a decision about a partner: its row, what goes with it, and the audit
    /// event.
    fn changeset(
        &self,
        before: &Partner,
        change: Change,
        (by, at): (&Correlated, Timestamp),
        mut effects: Vec<Effect>,
        more: Extra,
    ) -> Changeset {
        let read = before.version;
        let (partner, mut audit) = match change.outcome {
            Outcome::Becomes(partner) => {
                let transition = Transition::Changed { before, after: &partner };
                let audit = self.record(at, by, change.activity, transition);
                (PartnerChange::Update { partner, read }, audit)
            }
            Outcome::Removed => {
                let audit = self.record(at, by, change.activity, Transition::Removed(before));
                (PartnerChange::Delete { tenant: before.tenant, id: before.id, read }, audit)
            }
        };
        effects.extend(more.effects);
        audit.changes.extend(more.remarks);
        Changeset { about: partner.into(), effects, record: Record::Event(audit) }
    }
}
