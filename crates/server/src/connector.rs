//! What speaks to partners: one connector for each profile of the configuration, over one HTTP client that reaches
//! nothing it should not.
//!
//! What a partner answers is untrusted, and may repeat what was sent to it: nothing of it is shown but its status and
//! error codes that are known. Whatever a partner may have done without saying so is reported as
//! [`gangway_engine::CallFailure::Unclear`], and only what surely was not done as [`gangway_engine::CallFailure::NotDone`]; both are
//! asked again. What of this means that a token is dead is data: a list of codes for each dialect, and one in each profile.

mod answer;
mod guard;
mod oauth2;
mod outbound;
mod plan;
mod registry;
mod settings;
mod simulated;
mod teamviewer;
#[cfg(test)]
mod testing;
mod tokens;

use url::Url;

pub use registry::{ProfileSummary, Registry};
pub(crate) use settings::check;
pub use settings::{InvalidProfile, MOST_PROFILES, ProfileSettings};
pub use simulated::{Behaviour, SimulatedPartner};

/// The URL so much further down.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}
