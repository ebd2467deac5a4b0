//! How the members of enumerations are spelled in stored rows. These words are in people's databases, and in
//! the CHECK constraints of the migrations: a word may be added but never changed.

use gangway_domain::Activity;

/// The result of what was done; what was not done leaves no event.
pub(crate) const SUCCESS: &str = "Success";

pub(crate) const fn of_activity(activity: Activity) -> &'static str {
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
        Activity::ForceRelease => "forceRelease",
    }
}

pub(crate) fn activity(word: &str) -> Option<Activity> {
    Activity::ALL.into_iter().find(|activity| of_activity(*activity) == word)
}
