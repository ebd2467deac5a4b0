use gangway_domain::{AttemptId, ChangesetId, PartnerId, TenantId, Version};
use gangway_engine::{
    About, AttemptPhase, Changeset, CredentialId, Effect, Lease, PartnerChange, Record, ReleaseSecret,
    Sealed, SecretChange, SettingsChange, StoreError, StoredAttempt, StoredCredential,
};

use crate::changeset::{self, EventRow, ReleaseRow, signed};
use crate::postgres::client::value::Value;

/// A changeset with everything computed that can be without the database.
#[derive(Debug)]
pub(super) struct CommitRequest {
    pub(super) about: About,
    pub(super) doings: Vec<Doing>,
    /// By which it is known again.
    pub(super) id: ChangesetId,
    /// Its event; a silent one has none.
    pub(super) event: Option<EventRow>,
}

/// An effect, as its rows have it.
#[derive(Debug)]
pub(super) enum Doing {
    OpenAttempt(StoredAttempt),
    RedeemAttempt { id: AttemptId, code: Sealed },
    CloseAttempt { id: AttemptId, read: AttemptPhase },
    CountRefusal(AttemptId),
    InsertCredential(StoredCredential),
    ReplaceCredential { read: CredentialId, credential: StoredCredential },
    BeginRelease(Box<ReleaseRow>, ReleaseSecret),
    UpdateRelease(Box<ReleaseRow>, Terms),
}

/// On what condition a release changes, and what becomes of its secret.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) read: Version,
    pub(super) lease: Option<Lease>,
    pub(super) secret: SecretChange,
}

/// How what a changeset is about has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// However it is.
    Anything,
    /// Not there: its id is free.
    Free,
    /// Not there, as it was read.
    Unset,
    /// At this version.
    At(i64),
}

impl CommitRequest {
    pub(super) fn new(change: Changeset) -> Result<Self, StoreError> {
        changeset::check(&change)?;
        let Changeset { about, effects, record } = change;
        let doings = effects.into_iter().map(Doing::new).collect::<Result<_, _>>()?;
        let id = record.id();
        let event = match record {
            Record::Event(event) => Some(EventRow::new(event)?),
            Record::Silent(_) => None,
        };
        Ok(Self { about, doings, id, event })
    }

    pub(super) const fn tenant(&self) -> TenantId {
        changeset::tenant(&self.about)
    }

    /// The partner it is about, if it is about one.
    pub(super) const fn partner(&self) -> Option<PartnerId> {
        match &self.about {
            About::Partner(change) => Some(changeset::subject(change).partner),
            About::Settings(_) => None,
        }
    }

    /// What the key of every row begins with.
    pub(super) fn key(&self) -> [Value<'static>; 2] {
        let tenant = self.tenant();
        [tenant.part().0.into(), tenant.0.into()]
    }

    pub(super) fn expected(&self) -> Result<Expected, StoreError> {
        Ok(match &self.about {
            About::Partner(PartnerChange::Insert(_)) => Expected::Free,
            About::Partner(PartnerChange::Keep { .. }) => Expected::Anything,
            About::Partner(PartnerChange::Update { read, .. } | PartnerChange::Delete { read, .. }) => {
                Expected::At(signed(read.0, "the version")?)
            }
            About::Settings(SettingsChange { read: Version::NONE, .. }) => Expected::Unset,
            About::Settings(SettingsChange { read, .. }) => Expected::At(signed(read.0, "the version")?),
        })
    }
}

impl Doing {
    fn new(effect: Effect) -> Result<Self, StoreError> {
        let row = |release| ReleaseRow::new(release).map(Box::new);
        Ok(match effect {
            Effect::OpenAttempt(attempt) => Self::OpenAttempt(attempt),
            Effect::RedeemAttempt { id, code } => Self::RedeemAttempt { id, code },
            Effect::CloseAttempt { id, read } => Self::CloseAttempt { id, read },
            Effect::CountRefusal { id } => Self::CountRefusal(id),
            Effect::InsertCredential(credential) => Self::InsertCredential(credential),
            Effect::ReplaceCredential { read, credential } => Self::ReplaceCredential { read, credential },
            Effect::BeginRelease { release, secret } => Self::BeginRelease(row(release)?, secret),
            Effect::UpdateRelease { release, read, lease, secret } => {
                Self::UpdateRelease(row(release)?, Terms { read, lease, secret })
            }
        })
    }
}
