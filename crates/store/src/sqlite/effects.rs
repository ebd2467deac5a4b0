use gangway_domain::AttemptId;
use gangway_engine::{AttemptPhase, CredentialId, Effect, StoreError};
use rusqlite::Connection;

use super::attempt_rows::{self, AttemptWrite};
use super::credential_rows::CredentialWrite;
use super::release_write::{ReleaseWrite, Source, Terms};
use super::secret_rows::Padded;
use crate::changeset::Subject;

/// An effect, checked as far as it can be without the database.
#[derive(Debug)]
pub(super) struct EffectWrite {
    subject: Subject,
    what: What,
}

#[derive(Debug)]
enum What {
    OpenAttempt(AttemptWrite),
    RedeemAttempt { id: AttemptId, code: Padded },
    CloseAttempt { id: AttemptId, read: AttemptPhase },
    CountRefusal(AttemptId),
    InsertCredential(CredentialWrite),
    ReplaceCredential { read: CredentialId, credential: CredentialWrite },
    BeginRelease(ReleaseWrite, Source),
    UpdateRelease(ReleaseWrite, Terms),
}

impl EffectWrite {
    pub(super) fn new(effect: Effect, subject: Subject) -> Result<Self, StoreError> {
        let what = match effect {
            Effect::OpenAttempt(attempt) => What::OpenAttempt(AttemptWrite::new(attempt)?),
            Effect::RedeemAttempt { id, code } => What::RedeemAttempt { id, code: Padded::new(&code)? },
            Effect::CloseAttempt { id, read } => What::CloseAttempt { id, read },
            Effect::CountRefusal { id } => What::CountRefusal(id),
            Effect::InsertCredential(credential) => What::InsertCredential(CredentialWrite::new(credential)?),
            Effect::ReplaceCredential { read, credential } => {
                What::ReplaceCredential { read, credential: CredentialWrite::new(credential)? }
            }
            Effect::BeginRelease { release, secret } => {
                What::BeginRelease(ReleaseWrite::new(release)?, Source::new(secret)?)
            }
            Effect::UpdateRelease { release, read, lease, secret } => {
                What::UpdateRelease(ReleaseWrite::new(release)?, Terms::new(read.0, lease, secret)?)
            }
        };
        Ok(Self { subject, what })
    }

    /// Whether everything was as it expects. If not, something may have been written all the same, and must be
    /// undone.
    pub(super) fn apply(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let subject = self.subject;
        match &self.what {
            What::OpenAttempt(attempt) => attempt.insert(connection),
            What::RedeemAttempt { id, code } => attempt_rows::redeem(connection, subject, *id, code),
            What::CloseAttempt { id, read } => attempt_rows::close(connection, subject, *id, *read),
            What::CountRefusal(id) => attempt_rows::count_refusal(connection, subject, *id),
            What::InsertCredential(credential) => credential.insert(connection),
            What::ReplaceCredential { read, credential } => credential.replace(connection, *read),
            What::BeginRelease(release, secret) => release.begin(connection, subject, secret),
            What::UpdateRelease(release, terms) => release.update(connection, terms),
        }
    }

    /// Whether a secret is no more when this was applied.
    pub(super) fn destroys(&self) -> bool {
        match &self.what {
            What::RedeemAttempt { .. } | What::ReplaceCredential { .. } => true,
            What::CloseAttempt { read, .. } => *read != AttemptPhase::Closed,
            What::BeginRelease(release, secret) => !release.is_pending() && !secret.is_nothing(),
            What::UpdateRelease(release, terms) => !release.is_pending() || terms.replace(),
            What::OpenAttempt(_) | What::CountRefusal(_) | What::InsertCredential(_) => false,
        }
    }
}
