use gangway_domain::{Actor, Correlated, Release, ReleaseState, Subject, Timestamp, TokenRecord};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::text;

/// The version of what is in a receipt. One of an earlier version is read as well: it has less in it.
pub const VERSION: u64 = 2;
/// The longest text of what is to be done by hand, in characters.
pub const MAX_BY_HAND: usize = 2000;

/// What became of a release. Nothing in it is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Receipt {
    /// Of what is in it: 1, or [`VERSION`].
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
    pub asked: RequestedBy,
    /// What has become of it.
    pub outcome: Outcome,
    /// What stands in the way, if it is pending and was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
    /// What was seen that proves what is dead, if it is over by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// What the partner may have given and nobody has, if it is unaccounted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// What a person has to do at the partner, if it is unaccounted; at most [`MAX_BY_HAND`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<String>,
    /// Each token that it is about, those that are dead first; of very many the newest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<Token>,
    /// How many more tokens are dead, each by a proof of its own.
    #[serde(default, skip_serializing_if = "is_none")]
    pub omitted_tokens: u64,
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

/// One token. Its id is Gangway's name for it and says nothing of its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Token {
    /// Its name, as calls have it.
    #[serde(with = "text")]
    pub id: Uuid,
    /// `accessToken` or `refreshToken`.
    pub kind: String,
    /// What it came for: `code`, `refresh`, or `unknown`.
    pub origin: String,
    /// The refresh token it came for, if it came for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// When it came; the first moment of year 1 if that is not known.
    #[serde(with = "text")]
    pub obtained_at: Timestamp,
    /// What shows that it is dead; the words of [`gangway_domain::Proof`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// When that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved_at: Option<String>,
}

/// Tokens that the partner may have given and nobody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// How they came to be missing; the words of [`gangway_domain::MissingKind`].
    pub what: String,
    /// Since when.
    #[serde(with = "text")]
    pub at: Timestamp,
}

/// What stands in the way of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Obstacle {
    /// The words of [`gangway_domain::Obstacle`].
    pub word: String,
    /// What it means, and what helps.
    pub help: String,
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
pub struct RequestedBy {
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
    /// Every token that the partner ever gave is dead.
    Confirmed,
    /// Every token that is known is dead, and there may be others that nobody has.
    Unaccounted,
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
    /// About which token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What was answered.
    pub answer: String,
}

impl Receipt {
    /// The receipt of a release as it is now. `by_hand` is what a person has to do at the partner if Gangway gave up.
    #[must_use]
    pub fn new(release: &Release, by_hand: &str, now: Timestamp) -> Self {
        let (outcome, evidence, forced) = ended(release, by_hand);
        let missing = match &release.state {
            ReleaseState::Unaccounted(_, missing) => missing.iter().map(missing_entry).collect(),
            ReleaseState::Pending { .. } | ReleaseState::Confirmed(_) | ReleaseState::Forced(_) => Vec::new(),
        };
        let is_unaccounted = outcome == Outcome::Unaccounted;
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
            obstacle: obstacle(release),
            evidence,
            missing,
            by_hand: is_unaccounted.then(|| by_hand.chars().take(MAX_BY_HAND).collect()),
            tokens: release.tokens.known.iter().map(token).collect(),
            omitted_tokens: release.tokens.omitted,
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
        ReleaseState::Confirmed(evidence) => (Outcome::Confirmed, Some(seen(evidence)), None),
        ReleaseState::Unaccounted(evidence, _) => (Outcome::Unaccounted, Some(seen(evidence)), None),
        ReleaseState::Forced(forced) => {
            let forced = Forced {
                by: actor_entry(&forced.by),
                at: forced.at,
                reason: forced.reason.clone(),
                by_hand: by_hand.chars().take(MAX_BY_HAND).collect(),
            };
            (Outcome::Forced, None, Some(forced))
        }
    }
}

fn seen(evidence: &gangway_domain::Evidence) -> Evidence {
    let proofs = evidence.proofs.iter().map(|proof| proof.as_str().into()).collect();
    Evidence { at: evidence.at, proofs }
}

fn missing_entry(missing: &gangway_domain::Missing) -> Missing {
    Missing { what: missing.what.as_str().into(), at: missing.at }
}

fn obstacle(release: &Release) -> Option<Obstacle> {
    let ReleaseState::Pending { obstacle, .. } = &release.state else { return None };
    obstacle.map(|obstacle| Obstacle { word: obstacle.as_str().into(), help: obstacle.help().into() })
}

fn token(record: &TokenRecord) -> Token {
    Token {
        id: record.id.0,
        kind: record.kind.as_str().into(),
        origin: record.origin.as_str().into(),
        refresh_token: record.origin.refresh_token().map(|token| token.to_string()),
        obtained_at: record.obtained,
        proof: record.proved.map(|(proof, _)| proof.as_str().into()),
        proved_at: record.proved.map(|(_, at)| at.to_string()),
    }
}

fn asked(release: &Release) -> RequestedBy {
    let Correlated { actor, correlation } = &release.asked.by;
    RequestedBy {
        by: actor_entry(actor),
        correlation_id: *correlation,
        activity: release.asked.activity.activity_type().into(),
        at: release.asked.at,
    }
}

fn actor_entry(actor: &Actor) -> By {
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
    let token = call.token.map(|token| token.to_string());
    Call { at: call.at, step: call.step.as_str().into(), token, answer: call.answer.clone() }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}
