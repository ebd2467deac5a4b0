use std::collections::HashSet;
use std::ops::RangeInclusive;

use url::Url;
use uuid::Uuid;

use super::{IdentitySettings, IssuerSettings, TenantsSetting};
use crate::identity::issuer_name::{expand, is_loopback, is_template};

/// The settings cannot be used as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("identity.{key}: {problem}")]
pub struct InvalidSettings {
    /// Which setting, within the identity section, as `issuers[0].issuer`.
    pub key: String,
    /// What is wrong with it, and what would do.
    pub problem: String,
}

impl IdentitySettings {
    /// Whether these settings can be used; `dev` is whether the dev issuer is on.
    ///
    /// # Errors
    /// The first setting that cannot be used, and why.
    pub fn validate(&self, dev: bool) -> Result<(), InvalidSettings> {
        if self.issuers.is_empty() && !dev {
            return problem("issuers", "names no issuer, so no token could be accepted");
        }
        check_range("leeway_seconds", self.leeway_seconds, 0..=300)?;
        check_range("key_refresh_interval_seconds", self.key_refresh_interval_seconds, 60..=86_400)?;
        let unknown_key = self.unknown_key_refresh_interval_seconds;
        check_range("unknown_key_refresh_interval_seconds", unknown_key, 1..=3600)?;
        check_range("token_cache_size", self.token_cache_size as u64, 1..=1_000_000)?;
        check_audiences("audiences", &self.audiences)?;
        self.check_tenants()?;
        let mut seen = HashSet::new();
        for (n, issuer) in self.issuers.iter().enumerate() {
            issuer.check(n)?;
            if !seen.insert(&issuer.issuer) {
                return problem(format!("issuers[{n}].issuer"), "is there twice");
            }
        }
        Ok(())
    }

    fn check_tenants(&self) -> Result<(), InvalidSettings> {
        let templates = self.issuers.iter().any(|issuer| is_template(&issuer.issuer));
        match &self.tenants {
            None if templates => problem(
                "tenants",
                "has to be said when an issuer contains {tenantid}: list the tenants served, or \"any\"",
            ),
            Some(TenantsSetting::Listed(tenants)) if tenants.is_empty() => {
                problem("tenants", "is empty, so no token could be accepted")
            }
            None | Some(TenantsSetting::Any | TenantsSetting::Listed(_)) => Ok(()),
        }
    }
}

impl IssuerSettings {
    fn check(&self, n: usize) -> Result<(), InvalidSettings> {
        let key = |name: &str| format!("issuers[{n}].{name}");
        let plain = expand(&self.issuer, &Uuid::nil().to_string());
        if plain.contains(['{', '}']) {
            return problem(key("issuer"), "may have no other part in braces than {tenantid}");
        }
        let Ok(url) = Url::parse(&plain) else {
            return problem(key("issuer"), "is not a URL");
        };
        check_transport(key("issuer"), &url)?;
        if self.discovery.is_none() && is_template(&self.issuer) {
            return problem(key("discovery"), "has to be said when the issuer contains {tenantid}");
        }
        if let Some(discovery) = &self.discovery {
            check_transport(key("discovery"), discovery)?;
        }
        self.audiences.as_ref().map_or(Ok(()), |audiences| check_audiences(&key("audiences"), audiences))
    }
}

/// Keys fetched over a network without TLS would be whatever somebody on the way wants.
fn check_transport(key: String, url: &Url) -> Result<(), InvalidSettings> {
    if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)) {
        Ok(())
    } else {
        problem(key, "has to be an https URL (http only on a loopback host)")
    }
}

fn check_audiences(key: &str, audiences: &[String]) -> Result<(), InvalidSettings> {
    if audiences.is_empty() || audiences.iter().any(String::is_empty) {
        return problem(key, "has to name at least one audience, and none that is empty");
    }
    Ok(())
}

fn check_range(key: &str, value: u64, range: RangeInclusive<u64>) -> Result<(), InvalidSettings> {
    if range.contains(&value) {
        return Ok(());
    }
    problem(key, format!("is {value}, but has to be from {} to {}", range.start(), range.end()))
}

fn problem(key: impl Into<String>, problem: impl Into<String>) -> Result<(), InvalidSettings> {
    Err(InvalidSettings { key: key.into(), problem: problem.into() })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const TEMPLATE: &str = "https://login.example/{tenantid}/v2.0";

    fn key_at_fault(settings: Value) -> Option<String> {
        let settings: IdentitySettings = serde_json::from_value(settings).unwrap();
        settings.validate(false).err().map(|e| e.key)
    }

    #[test]
    fn one_issuer_is_all_that_has_to_be_said() {
        assert_eq!(key_at_fault(json!({"issuers": [{"issuer": "https://login.example/realm"}]})), None);
        assert_eq!(IdentitySettings::default().validate(true), Ok(()));
    }

    #[test]
    fn what_could_never_work_or_is_not_safe_is_refused_by_the_name_of_its_key() {
        let one = |issuer: Value| json!({"issuers": [issuer]});
        let with = |name: &str, value: Value| {
            let mut settings = one(json!({"issuer": "https://login.example"}));
            settings[name] = value;
            settings
        };
        let document = "https://login.example/common/.well-known/openid-configuration";
        for (settings, key) in [
            (json!({}), "issuers"),
            (one(json!({"issuer": "http://login.example"})), "issuers[0].issuer"),
            (one(json!({"issuer": "login.example"})), "issuers[0].issuer"),
            (one(json!({"issuer": "https://login.example/{tenant}"})), "issuers[0].issuer"),
            (
                one(json!({"issuer": "https://a.example", "discovery": "http://b.example"})),
                "issuers[0].discovery",
            ),
            (one(json!({"issuer": "https://a.example", "audiences": []})), "issuers[0].audiences"),
            (json!({"issuers": [{"issuer": TEMPLATE}], "tenants": "any"}), "issuers[0].discovery"),
            (one(json!({"issuer": TEMPLATE, "discovery": document})), "tenants"),
            (
                json!({"issuers": [{"issuer": "https://a.example"}, {"issuer": "https://a.example"}]}),
                "issuers[1].issuer",
            ),
            (with("tenants", json!([])), "tenants"),
            (with("audiences", json!([""])), "audiences"),
            (with("leeway_seconds", json!(301)), "leeway_seconds"),
            (with("key_refresh_interval_seconds", json!(59)), "key_refresh_interval_seconds"),
            (with("unknown_key_refresh_interval_seconds", json!(0)), "unknown_key_refresh_interval_seconds"),
            (with("token_cache_size", json!(0)), "token_cache_size"),
        ] {
            assert_eq!(key_at_fault(settings.clone()).as_deref(), Some(key), "{settings}");
        }
    }

    #[test]
    fn a_loopback_issuer_may_do_without_tls() {
        for issuer in ["http://127.0.0.1:8080/realm", "http://[::1]/realm", "http://localhost:8080/realm"] {
            assert_eq!(key_at_fault(json!({"issuers": [{"issuer": issuer}]})), None, "{issuer}");
        }
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        assert!(serde_json::from_value::<IdentitySettings>(json!({"issuer": []})).is_err());
        assert!(serde_json::from_value::<IssuerSettings>(json!({"issuer": "", "audience": []})).is_err());
    }
}
