use gangway_domain::{Actor, Correlated, Release, ReleaseState, Subject, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::text;

/// The version of what is in a receipt.
pub const VERSION: u64 = 1;
/// The longest text of what is to be done by hand, in characters.
pub const MAX_BY_HAND: usize = 2000;

/// What became of a release. Nothing in it is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Receipt {
    /// Of what is in it: [`VERSION`].
    pub version: u64,
    /// Who says so: `gangway`.
    pub issuer: String,
    /// When it was signed.
    #[serde(with = "text")]
    pub issued_at: Timestamp,
    /// Whose partner it was.
    #[serde(with = "text")]
    pub tenant: Uuid,
    /// The partner that was cut.
    pub partner: Partner,
    /// The partner's generation before the cut.
    pub generation: u64,
    /// The code that spoke its dialect.
    pub connector: String,
    /// The profile it was connected by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Whose account at the partner it was connected to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// Which release it is about.
    #[serde(with = "text")]
    pub release: Uuid,
    /// How the release came to be.
    pub asked: Asked,
    /// What has become of it.
    pub outcome: Outcome,
    /// What was seen that proves it, if it is confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// Who gave up on it, if it is forced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced: Option<Forced>,
    /// How often it was tried.
    pub tries: u32,
    /// What the partner was asked and how it answered, oldest first.
    pub calls: Vec<Call>,
    /// How many calls, in the midst of these, are not kept.
    pub omitted_calls: u64,
}

/// A partner, by its id and the name it had at the cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// Its id.
    #[serde(with = "text")]
    pub id: Uuid,
    /// What people called it.
    pub name: String,
}

/// An account at the partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The partner's id for it.
    pub id: String,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Who made the release necessary, how and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    /// Who.
    pub by: By,
    /// The request, as its client knows it.
    #[serde(with = "text")]
    pub correlation_id: Uuid,
    /// By doing what: the audit's `activityType`.
    pub activity: String,
    /// When.
    #[serde(with = "text")]
    pub at: Timestamp,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct By {
    /// What they are.
    pub kind: ByKind,
    /// The user's or the application's object id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name a user signs in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_name: Option<String>,
    /// The client application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
    /// The client application's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_name: Option<String>,
}

/// What somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ByKind {
    /// A work or school account.
    User,
    /// A personal account.
    PersonalUser,
    /// An application by itself.
    Application,
    /// The partner.
    Partner,
    /// Gangway itself.
    Gangway,
    /// Whoever runs the server.
    Operator,
}

/// What has become of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// The grant may still live.
    Pending,
    /// The grant is dead.
    Confirmed,
    /// Somebody gave up: nobody here can know.
    Forced,
}

/// What was seen that proves a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// When.
    #[serde(with = "text")]
    pub at: Timestamp,
    /// One for each thing that could have been used; the words of [`gangway_domain::Proof`].
    pub proofs: Vec<String>,
}

/// Who gave up on a release, and what is left to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Forced {
    /// Who.
    pub by: By,
    /// When.
    #[serde(with = "text")]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// What a person has to do at the partner; at most [`MAX_BY_HAND`] characters.
    pub by_hand: String,
}

/// One call to the partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// When its answer came, or it was given up.
    #[serde(with = "text")]
    pub at: Timestamp,
    /// What was asked; the words of [`gangway_domain::Step`].
    pub step: String,
    /// What was answered.
    pub answer: String,
}

impl Receipt {
    /// The receipt of a release as it is now. `by_hand` is what a person has to do at the partner if Gangway gave up.
    #[must_use]
    pub fn of(release: &Release, by_hand: &str, now: Timestamp) -> Self {
        let (outcome, evidence, forced) = ended(release, by_hand);
        Self {
            version: VERSION,
            issuer: "gangway".into(),
            issued_at: now,
            tenant: release.tenant.0,
            partner: Partner { id: release.partner.0, name: release.partner_name.clone() },
            generation: release.generation.0,
            connector: release.connector.as_str().into(),
            profile: release.profile.as_ref().map(ToString::to_string),
            account: release
                .account
                .as_ref()
                .map(|account| Account { id: account.id.clone(), name: account.name.clone() }),
            release: release.id.0,
            asked: asked(release),
            outcome,
            evidence,
            forced,
            tries: release.tries,
            calls: release.calls.iter().map(call).collect(),
            omitted_calls: release.calls.omitted,
        }
    }
}

fn ended(release: &Release, by_hand: &str) -> (Outcome, Option<Evidence>, Option<Forced>) {
    match &release.state {
        ReleaseState::Pending { .. } => (Outcome::Pending, None, None),
        ReleaseState::Confirmed(evidence) => {
            let proofs = evidence.proofs.iter().map(|proof| proof.as_str().into()).collect();
            (Outcome::Confirmed, Some(Evidence { at: evidence.at, proofs }), None)
        }
        ReleaseState::Forced(forced) => {
            let forced = Forced {
                by: by(&forced.by),
                at: forced.at,
                reason: forced.reason.clone(),
                by_hand: by_hand.chars().take(MAX_BY_HAND).collect(),
            };
            (Outcome::Forced, None, Some(forced))
        }
    }
}

fn asked(release: &Release) -> Asked {
    let Correlated { actor, correlation } = &release.asked.by;
    Asked {
        by: by(actor),
        correlation_id: *correlation,
        activity: release.asked.activity.activity_type().into(),
        at: release.asked.at,
    }
}

fn by(actor: &Actor) -> By {
    let nobody =
        |kind| By { kind, id: None, principal_name: None, application_id: None, application_name: None };
    let caller = match actor {
        Actor::Caller(caller) => caller,
        Actor::Partner => return nobody(ByKind::Partner),
        Actor::Gangway => return nobody(ByKind::Gangway),
        Actor::Operator => return nobody(ByKind::Operator),
    };
    let (kind, id, principal_name) = match &caller.subject {
        Subject::User { id, principal_name } => (ByKind::User, id, principal_name.clone()),
        Subject::PersonalUser { id } => (ByKind::PersonalUser, id, None),
        Subject::Application { id } => (ByKind::Application, id, None),
    };
    By {
        kind,
        id: Some(id.clone()),
        principal_name,
        application_id: caller.application_id.clone(),
        application_name: caller.application_name.clone(),
    }
}

fn call(call: &gangway_domain::Call) -> Call {
    Call { at: call.at, step: call.step.as_str().into(), answer: call.answer.clone() }
}
