use crate::{Attempt, OnboardingStatus, Partner, Timestamp};

/// The longest display name taken, in characters.
pub const MAX_DISPLAY_NAME: usize = 256;
/// The longest onboarding URL taken, in bytes.
pub const MAX_ONBOARDING_URL: usize = 2048;

/// A property of the Graph resource `remoteAssistancePartner`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Property {
    /// `id`
    Id,
    /// `displayName`
    DisplayName,
    /// `onboardingUrl`
    OnboardingUrl,
    /// `onboardingStatus`
    OnboardingStatus,
    /// `lastConnectionDateTime`
    LastConnectionDateTime,
    /// `onboardingRequestExpiryDateTime`, in beta only
    OnboardingRequestExpiryDateTime,
}

impl Property {
    /// Every property there is, in the order it is shown.
    pub const ALL: [Self; 6] = [
        Self::Id,
        Self::DisplayName,
        Self::OnboardingUrl,
        Self::OnboardingStatus,
        Self::LastConnectionDateTime,
        Self::OnboardingRequestExpiryDateTime,
    ];

    /// The name in Graph's schema.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::DisplayName => "displayName",
            Self::OnboardingUrl => "onboardingUrl",
            Self::OnboardingStatus => "onboardingStatus",
            Self::LastConnectionDateTime => "lastConnectionDateTime",
            Self::OnboardingRequestExpiryDateTime => "onboardingRequestExpiryDateTime",
        }
    }

    /// What a partner has as this, as the audit tells it.
    pub(crate) fn value_in(self, partner: &Partner) -> Option<String> {
        match self {
            Self::Id => Some(partner.id.to_string()),
            Self::DisplayName => Some(partner.display_name.clone()),
            Self::OnboardingUrl => partner.onboarding_url.clone(),
            Self::OnboardingStatus => Some(partner.status.onboarding_status().to_string()),
            Self::LastConnectionDateTime => Some(partner.last_connection.to_string()),
            Self::OnboardingRequestExpiryDateTime => partner.attempt().map(|a| a.expires.to_string()),
        }
    }
}

/// What a PATCH asks for, or a create sets: `None` leaves a property as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Update {
    /// The new name.
    pub display_name: Option<String>,
    /// The new URL; `Some(None)` takes it away.
    pub onboarding_url: Option<Option<String>>,
    /// The new status, for connectors without a credential.
    pub status: Option<StatusChange>,
    /// The new last connection, for connectors without a credential.
    pub last_connection: Option<Timestamp>,
    /// When the attempt under way is to expire, for connectors without a credential.
    pub attempt_expires: Option<Timestamp>,
}

/// A status set by hand. To set `onboarding` starts an attempt, as beginning it would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusChange {
    /// As a disconnect.
    NotOnboarded,
    /// As `beginOnboarding`, with this attempt if none is under way.
    Onboarding(Attempt),
    /// As if the partner had consented.
    Onboarded,
}

impl StatusChange {
    /// The status it sets.
    #[must_use]
    pub const fn onboarding_status(&self) -> OnboardingStatus {
        match self {
            Self::NotOnboarded => OnboardingStatus::NotOnboarded,
            Self::Onboarding(_) => OnboardingStatus::Onboarding,
            Self::Onboarded => OnboardingStatus::Onboarded,
        }
    }
}

/// A property has a value that cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProperty {
    /// The name is longer than [`MAX_DISPLAY_NAME`].
    #[error("must not be longer than {MAX_DISPLAY_NAME} characters")]
    NameTooLong,
    /// A character that no name has and that would deceive in a log or on a page.
    #[error("must not contain control characters")]
    NameHasControlCharacters,
    /// The URL is longer than [`MAX_ONBOARDING_URL`].
    #[error("must not be longer than {MAX_ONBOARDING_URL} bytes")]
    UrlTooLong,
    /// Not an absolute `http` or `https` URL.
    #[error("must be an absolute http or https URL")]
    NotAUrl,
}

impl Update {
    /// Sets what a property alone says. What belongs to the partner's status is decided elsewhere.
    pub(super) fn set_plain(&self, partner: &mut Partner) {
        if let Some(name) = &self.display_name {
            partner.display_name.clone_from(name);
        }
        if let Some(url) = &self.onboarding_url {
            partner.onboarding_url.clone_from(url);
        }
        if let Some(time) = self.last_connection {
            partner.last_connection = time;
        }
    }

    /// Looks at every value by itself.
    ///
    /// # Errors
    /// The first property that cannot be kept, and why.
    pub fn check(&self) -> Result<(), (Property, InvalidProperty)> {
        if let Some(name) = &self.display_name {
            check_display_name(name).map_err(|why| (Property::DisplayName, why))?;
        }
        if let Some(Some(url)) = &self.onboarding_url {
            check_onboarding_url(url).map_err(|why| (Property::OnboardingUrl, why))?;
        }
        Ok(())
    }
}

fn check_display_name(name: &str) -> Result<(), InvalidProperty> {
    if name.chars().count() > MAX_DISPLAY_NAME {
        return Err(InvalidProperty::NameTooLong);
    }
    if name.chars().any(char::is_control) {
        return Err(InvalidProperty::NameHasControlCharacters);
    }
    Ok(())
}

fn check_onboarding_url(url: &str) -> Result<(), InvalidProperty> {
    if url.len() > MAX_ONBOARDING_URL {
        return Err(InvalidProperty::UrlTooLong);
    }
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let rest = match (lower.strip_prefix("https://"), lower.strip_prefix("http://")) {
        (Some(_), _) => &url[8..],
        (None, Some(_)) => &url[7..],
        (None, None) => return Err(InvalidProperty::NotAUrl),
    };
    let has_host = rest.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '[');
    let clean = !rest.chars().any(|c| c.is_control() || c.is_whitespace() || "\"<>\\^`{|}".contains(c));
    if has_host && clean { Ok(()) } else { Err(InvalidProperty::NotAUrl) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_absolute_web_addresses_are_onboarding_urls() {
        for url in ["https://example.com/onboardingUrl/", "HTTP://example.com", "http://[::1]:8080/x?y=z#f"] {
            assert_eq!(check_onboarding_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "https://",
            "http:// x",
            "javascript:alert(1)",
            "/relative",
            "https://a\"b",
            "ftp://x",
            "http:/x",
        ] {
            assert_eq!(check_onboarding_url(url), Err(InvalidProperty::NotAUrl), "{url}");
        }
        let long = format!("https://example.com/{}", "x".repeat(MAX_ONBOARDING_URL));
        assert_eq!(check_onboarding_url(&long), Err(InvalidProperty::UrlTooLong));
    }

    #[test]
    fn a_display_name_is_counted_in_characters() {
        assert_eq!(check_display_name(&"é".repeat(MAX_DISPLAY_NAME)), Ok(()));
        assert_eq!(check_display_name(&"é".repeat(MAX_DISPLAY_NAME + 1)), Err(InvalidProperty::NameTooLong));
        assert_eq!(check_display_name("a\u{0}b"), Err(InvalidProperty::NameHasControlCharacters));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_checks_panic(text in "\\PC{0,20}|https?://\\PC{0,20}|\\p{L}{0,12}") {
            let _ = check_onboarding_url(&text);
            let _ = check_display_name(&text);
        }
    }
}
