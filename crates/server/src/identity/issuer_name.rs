use url::{Host, Url};

use super::dev_issuer::DevIssuer;

const TENANT: &str = "{tenantid}";

/// Which `iss` an issuer's tokens may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IssuerName {
    /// This one.
    Exact(String),
    /// A template as in Entra ID's discovery documents: this one, with the token's own `tid` put in.
    PerTenant(String),
    /// The dev issuer's path on any loopback host and port: its key tells which data directory it is of, and
    /// the port may be another one at every start.
    Dev,
}

impl IssuerName {
    pub(super) fn from_configured(issuer: &str) -> Self {
        let issuer = issuer.to_owned();
        if is_template(&issuer) { Self::PerTenant(issuer) } else { Self::Exact(issuer) }
    }

    pub(super) fn is_of(&self, iss: &str, tid: Option<&str>) -> bool {
        match self {
            Self::Exact(name) => name == iss,
            Self::PerTenant(template) => tid.is_some_and(|tid| expand(template, tid) == iss),
            Self::Dev => is_dev_issuer(iss),
        }
    }

    /// Keys that Entra ID shares among tenants say which issuer each is for; a key of one tenant must not
    /// sign for another. Where the configuration names one tenant's issuer, its own keys are all there are.
    pub(super) fn allows_key_of(&self, key_issuer: Option<&str>, iss: &str, tid: Option<&str>) -> bool {
        match (self, key_issuer, tid) {
            (Self::PerTenant(_), Some(key_issuer), Some(tid)) => expand(key_issuer, tid) == iss,
            (Self::PerTenant(_), Some(_), None) => false,
            (Self::PerTenant(_), None, _) | (Self::Exact(_) | Self::Dev, _, _) => true,
        }
    }
}

pub(super) fn is_template(issuer: &str) -> bool {
    issuer.contains(TENANT)
}

/// The issuer with this tenant put in where the template says so.
pub(super) fn expand(template: &str, tid: &str) -> String {
    template.replace(TENANT, tid)
}

/// Whether a URL's host is this machine, by a name or address that cannot mean another one.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn is_dev_issuer(iss: &str) -> bool {
    let Ok(url) = Url::parse(iss) else { return false };
    let bare = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    url.scheme() == "http" && bare && is_loopback(&url) && url.path() == DevIssuer::PATH
}

#[cfg(test)]
mod tests {
    use super::*;

    const TID: &str = "11111111-2222-3333-4444-555555555555";

    #[test]
    fn a_template_takes_only_the_issuer_of_the_tokens_own_tenant() {
        let name = IssuerName::from_configured("https://login.example/{tenantid}/v2.0");
        assert!(name.is_of(&format!("https://login.example/{TID}/v2.0"), Some(TID)));
        assert!(!name.is_of("https://login.example/99999999-2222-3333-4444-555555555555/v2.0", Some(TID)));
        assert!(!name.is_of("https://login.example/{tenantid}/v2.0", Some(TID)));
        assert!(!name.is_of(&format!("https://login.example/{TID}/v2.0"), None));
    }

    #[test]
    fn a_key_bound_to_one_issuer_signs_for_no_other_tenant() {
        let name = IssuerName::from_configured("https://login.example/{tenantid}/v2.0");
        let iss = format!("https://login.example/{TID}/v2.0");
        assert!(name.allows_key_of(None, &iss, Some(TID)));
        assert!(name.allows_key_of(Some("https://login.example/{tenantid}/v2.0"), &iss, Some(TID)));
        assert!(!name.allows_key_of(Some("https://login.example/other/v2.0"), &iss, Some(TID)));
        assert!(!name.allows_key_of(Some(&iss), &iss, None));
    }

    #[test]
    fn the_dev_issuer_is_any_loopback_address_with_its_path_and_nothing_else() {
        for iss in [
            "http://127.0.0.1:8080/gangway/issuer",
            "http://localhost:1/gangway/issuer",
            "http://[::1]:65535/gangway/issuer",
            "http://127.0.0.1/gangway/issuer",
        ] {
            assert!(IssuerName::Dev.is_of(iss, None), "{iss}");
        }
        for iss in [
            "https://127.0.0.1:8080/gangway/issuer",
            "http://10.0.0.1:8080/gangway/issuer",
            "http://localhost.example:8080/gangway/issuer",
            "http://127.0.0.1@example.com/gangway/issuer",
            "http://user@127.0.0.1/gangway/issuer",
            "http://127.0.0.1:8080/gangway/issuer/",
            "http://127.0.0.1:8080/gangway/issuer?x",
            "http://127.0.0.1:8080/gangway/issuer#x",
            "/gangway/issuer",
            "",
        ] {
            assert!(!IssuerName::Dev.is_of(iss, None), "{iss}");
        }
    }
}
