//! The profiles as the operator writes them.

mod check;
mod keys;
mod profile;
mod secret_source;

use std::collections::HashSet;

pub use check::InvalidProfile;
pub use keys::{MOST_PROFILES, ProfileSettings};
pub(super) use profile::Profile;

/// Checks all that can be checked without reading files or the environment.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn checked(settings: &[ProfileSettings]) -> Result<Vec<Profile>, InvalidProfile> {
    if settings.len() > MOST_PROFILES {
        return Err(InvalidProfile::TooMany(settings.len()));
    }
    let mut names = HashSet::new();
    let mut profiles = Vec::with_capacity(settings.len());
    for settings in settings {
        let profile = Profile::from_settings(settings)?;
        if !names.insert(profile.name.clone()) {
            return Err(settings.invalid("name", "is there more than once: give each profile its own"));
        }
        profiles.push(profile);
    }
    Ok(profiles)
}

/// Checks the profiles. Where partners send browsers back to Gangway it has to know under which URL: `public_url` says
/// whether it does.
///
/// # Errors
/// The first thing that is wrong.
pub(crate) fn check(settings: &[ProfileSettings], public_url: bool) -> Result<(), InvalidProfile> {
    let profiles = checked(settings)?;
    match profiles.into_iter().find(Profile::has_redirect_uri) {
        Some(profile) if !public_url => Err(InvalidProfile::NoPublicUrl(profile.name)),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
