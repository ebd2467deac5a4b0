//! The words that stand for the members of enumerations in stored rows. They are in people's databases: a word may be
//! added but never changed. The same goes for the names of columns: `partner` and `partner_name` of an audit event hold
//! what it is about, settings too.

use gangway_domain::{Activity, ActorKind};
use gangway_engine::AttemptPhase;

/// The result of what was done; what was not done leaves no event.
pub(crate) const SUCCESS: &str = "Success";

pub(crate) const fn activity_word(activity: Activity) -> &'static str {
    match activity {
        Activity::Create => "create",
        Activity::Patch => "patch",
        Activity::Delete => "delete",
        Activity::BeginOnboarding => "beginOnboarding",
        Activity::CompleteOnboarding => "completeOnboarding",
        Activity::ExpireOnboarding => "expireOnboarding",
        Activity::FailOnboarding => "failOnboarding",
        Activity::RefuseCallback => "refuseCallback",
        Activity::Disconnect => "disconnect",
        Activity::LoseGrant => "loseGrant",
        Activity::ReleaseUnclaimed => "releaseUnclaimed",
        Activity::ConfirmRelease => "confirmRelease",
        Activity::EndRelease => "endRelease",
        Activity::ForceRelease => "forceRelease",
        Activity::PatchSettings => "patchSettings",
    }
}

pub(crate) fn activity_from_word(word: &str) -> Option<Activity> {
    Activity::ALL.into_iter().find(|activity| activity_word(*activity) == word)
}

/// The column `actor_kind`, which is made of the words in an actor's JSON (`audit_json.rs`).
pub(crate) const fn actor_kind_word(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::User => "user",
        ActorKind::PersonalUser => "personalUser",
        ActorKind::Application => "application",
        ActorKind::Partner => "partner",
        ActorKind::Gangway => "gangway",
        ActorKind::Operator => "operator",
    }
}

pub(crate) const fn phase_word(phase: AttemptPhase) -> &'static str {
    match phase {
        AttemptPhase::Open => "open",
        AttemptPhase::Redeeming => "redeeming",
        AttemptPhase::Closed => "closed",
    }
}

pub(crate) fn phase_from_word(word: &str) -> Option<AttemptPhase> {
    let phases = [AttemptPhase::Open, AttemptPhase::Redeeming, AttemptPhase::Closed];
    phases.into_iter().find(|phase| phase_word(*phase) == word)
}

/// The words of a release's state, as [`gangway_domain::ReleaseState::as_str`] has them.
pub(crate) const PENDING: &str = "pending";
pub(crate) const CONFIRMED: &str = "confirmed";
pub(crate) const UNACCOUNTED: &str = "unaccounted";
pub(crate) const FORCED: &str = "forced";
