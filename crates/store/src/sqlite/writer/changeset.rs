use gangway_engine::{About, Changeset, CommitError, Committed, Effect, PartnerChange, StoreError};
use rusqlite::Connection;

use super::effects::EffectWrite;
use crate::changeset;
use crate::sqlite::audit::chain_ends::Ends;
use crate::sqlite::rows::commit::RecordWrite;
use crate::sqlite::rows::partner::PartnerWrite;
use crate::sqlite::rows::settings::SettingsWrite;
use crate::sqlite::verdict::{Spoiled, Verdict};

/// A changeset as the writer takes it: everything that can be computed or refused without the database was,
/// on the caller's thread, because the writer is the one thing all changesets wait for.
#[derive(Debug)]
pub(in crate::sqlite) struct Write {
    about: AboutWrite,
    effects: Vec<EffectWrite>,
    record: RecordWrite,
}

#[derive(Debug)]
enum AboutWrite {
    Partner(PartnerWrite),
    Settings(SettingsWrite),
}

impl Write {
    pub(in crate::sqlite) fn new(change: Changeset) -> Result<Self, StoreError> {
        changeset::check(&change)?;
        let Changeset { about, effects, record } = change;
        let record = RecordWrite::new(record, changeset::tenant(&about))?;
        let (about, effects) = match about {
            About::Partner(change) => AboutWrite::partner(change, effects)?,
            About::Settings(change) => (AboutWrite::Settings(SettingsWrite::new(change)?), Vec::new()),
        };
        Ok(Self { about, effects, record })
    }

    /// Applies it within the transaction that is open. With a verdict other than `Applied`, nothing was
    /// written and the transaction can go on; when it is spoiled, it must be rolled back.
    ///
    /// What it is about goes first, because whether that row changed tells a good changeset from nearly all others;
    /// what the others are is looked up only then, so that a good one without effects costs few statements.
    pub(super) fn apply(&self, connection: &Connection, ends: &mut Ends<'_>) -> Result<Verdict, Spoiled> {
        let before = connection.total_changes();
        let refused = |verdict| {
            let clean = connection.total_changes() == before;
            if clean { Ok(verdict) } else { Err(Spoiled::Refused(verdict)) }
        };
        if !self.about.apply(connection)? {
            return refused(self.why_not(connection)?);
        }
        for effect in &self.effects {
            if !effect.apply(connection)? {
                return refused(self.verdict_or(connection, CommitError::Stale)?);
            }
        }
        if self.record.insert(connection, ends)? {
            Ok(Ok(Committed::Applied))
        } else {
            refused(Ok(Committed::Duplicate))
        }
    }

    /// Whether there is more to it than the partner and its record.
    pub(super) const fn has_effects(&self) -> bool {
        !self.effects.is_empty()
    }

    /// Whether secrets are no more when this was applied.
    pub(super) fn destroys_secrets(&self) -> bool {
        self.effects.iter().any(EffectWrite::destroys)
    }

    fn why_not(&self, connection: &Connection) -> rusqlite::Result<Verdict> {
        let is_taken = self.about.is_taken(connection)?;
        self.verdict_or(connection, if is_taken { CommitError::Taken } else { CommitError::Stale })
    }

    /// What was committed before is a duplicate, whatever else is wrong with it now.
    fn verdict_or(&self, connection: &Connection, otherwise: CommitError) -> rusqlite::Result<Verdict> {
        Ok(if self.record.exists(connection)? { Ok(Committed::Duplicate) } else { Err(otherwise) })
    }
}

impl AboutWrite {
    fn partner(change: PartnerChange, effects: Vec<Effect>) -> Result<(Self, Vec<EffectWrite>), StoreError> {
        let subject = changeset::subject(&change);
        let effects = effects.into_iter().map(|effect| EffectWrite::new(effect, subject));
        Ok((Self::Partner(PartnerWrite::new(change)?), effects.collect::<Result<_, _>>()?))
    }

    /// Whether it is a new partner whose id is in use.
    fn is_taken(&self, connection: &Connection) -> rusqlite::Result<bool> {
        match self {
            Self::Partner(partner) => partner.is_taken(connection),
            Self::Settings(_) => Ok(false),
        }
    }

    fn apply(&self, connection: &Connection) -> rusqlite::Result<bool> {
        match self {
            Self::Partner(partner) => partner.apply(connection),
            Self::Settings(settings) => settings.apply(connection),
        }
    }
}
