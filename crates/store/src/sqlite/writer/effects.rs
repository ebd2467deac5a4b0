use gangway_domain::AttemptId;
use gangway_engine::{AttemptPhase, CredentialId, Effect, StoreError};
use rusqlite::Connection;

use crate::changeset::Subject;
use crate::sqlite::rows::attempt::{self, AttemptWrite};
use crate::sqlite::rows::credential::CredentialWrite;
use crate::sqlite::rows::release::write::{ReleaseTerms, ReleaseWrite, Source};
use crate::sqlite::rows::secret::Padded;

/// An effect, checked as far as it can be without the database.
#[derive(Debug)]
pub(super) struct EffectWrite {
    subject: Subject,
    what: EffectKind,
}

#[derive(Debug)]
enum EffectKind {
    OpenAttempt(AttemptWrite),
    RedeemAttempt { id: AttemptId, code: Padded },
    CloseAttempt { id: AttemptId, read: AttemptPhase },
    CountRefusal(AttemptId),
    InsertCredential(CredentialWrite),
    ReplaceCredential { read: CredentialId, credential: CredentialWrite },
    BeginRelease(ReleaseWrite, Source),
    UpdateRelease(ReleaseWrite, ReleaseTerms),
}

impl EffectWrite {
    pub(super) fn new(effect: Effect, subject: Subject) -> Result<Self, StoreError> {
        let what = match effect {
            Effect::OpenAttempt(attempt) => EffectKind::OpenAttempt(AttemptWrite::new(attempt)?),
            Effect::RedeemAttempt { id, code } => EffectKind::RedeemAttempt { id, code: Padded::new(&code)? },
            Effect::CloseAttempt { id, read } => EffectKind::CloseAttempt { id, read },
            Effect::CountRefusal { id } => EffectKind::CountRefusal(id),
            Effect::InsertCredential(credential) => {
                EffectKind::InsertCredential(CredentialWrite::new(credential)?)
            }
            Effect::ReplaceCredential { read, credential } => {
                EffectKind::ReplaceCredential { read, credential: CredentialWrite::new(credential)? }
            }
            Effect::BeginRelease { release, secret } => {
                EffectKind::BeginRelease(ReleaseWrite::new(release)?, Source::new(secret)?)
            }
            Effect::UpdateRelease { release, read, lease, secret } => EffectKind::UpdateRelease(
                ReleaseWrite::new(release)?,
                ReleaseTerms::new(read.0, lease, secret)?,
            ),
        };
        Ok(Self { subject, what })
    }

    /// Whether everything was as it expects. If not, something may have been written all the same, and must be
    /// undone.
    pub(super) fn apply(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let subject = self.subject;
        match &self.what {
            EffectKind::OpenAttempt(attempt) => attempt.insert(connection),
            EffectKind::RedeemAttempt { id, code } => attempt::redeem(connection, subject, *id, code),
            EffectKind::CloseAttempt { id, read } => attempt::close(connection, subject, *id, *read),
            EffectKind::CountRefusal(id) => attempt::count_refusal(connection, subject, *id),
            EffectKind::InsertCredential(credential) => credential.insert(connection),
            EffectKind::ReplaceCredential { read, credential } => credential.replace(connection, *read),
            EffectKind::BeginRelease(release, secret) => release.begin(connection, subject, secret),
            EffectKind::UpdateRelease(release, terms) => release.update(connection, terms),
        }
    }

    /// Whether a secret is no more when this was applied.
    pub(super) fn destroys(&self) -> bool {
        match &self.what {
            EffectKind::RedeemAttempt { .. } | EffectKind::ReplaceCredential { .. } => true,
            EffectKind::CloseAttempt { read, .. } => *read != AttemptPhase::Closed,
            EffectKind::BeginRelease(release, secret) => !release.is_pending() && !secret.is_nothing(),
            EffectKind::UpdateRelease(release, terms) => !release.is_pending() || terms.replace(),
            EffectKind::OpenAttempt(_) | EffectKind::CountRefusal(_) | EffectKind::InsertCredential(_) => {
                false
            }
        }
    }
}
