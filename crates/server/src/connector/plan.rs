//! All that one connector is made of: what becomes of a profile, and what is kept sealed beside a credential for when
//! its profile is gone. The written form is stored for as long as a release may take.

use std::time::Duration;

use gangway_domain::ConnectorKind;
use gangway_engine::Secret;
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use super::outbound::Reach;

/// All that one connector is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    /// What people call the partner.
    pub(super) display_name: String,
    #[serde(with = "as_text")]
    pub(super) redirect_uri: Url,
    #[serde(with = "reach")]
    pub(super) reach: Reach,
    pub(super) dialect: Dialect,
}

/// What differs from dialect to dialect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Dialect {
    OAuth2 {
        client: Client,
        scopes: Vec<String>,
        issuer: Option<String>,
        endpoints: Option<Box<Endpoints>>,
        /// What this partner calls a dead token, beside what is known. Plans of before have none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dead_token_errors: Vec<String>,
    },
    TeamViewer {
        client: Client,
        #[serde(with = "as_text")]
        authorize_url: Url,
        #[serde(with = "as_text")]
        api: Url,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dead_token_errors: Vec<String>,
    },
    Simulated {},
}

/// Who we are to the partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Client {
    pub(super) id: String,
    /// `None` for a public client.
    #[serde(with = "exposed")]
    pub(super) secret: Option<Secret>,
}

/// Where a partner that speaks OAuth 2.0 answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoints {
    #[serde(with = "as_text")]
    pub(super) authorization: Url,
    #[serde(with = "as_text")]
    pub(super) token: Url,
    #[serde(with = "as_optional_text")]
    pub(super) revocation: Option<Url>,
    #[serde(with = "as_optional_text")]
    pub(super) introspection: Option<Url>,
    #[serde(with = "as_optional_text")]
    pub(super) account: Option<Url>,
    /// Whether the partner says that it names itself in every answer (RFC 9207).
    pub(super) names_itself: bool,
}

/// The written form; a new one gets a new name, and the old ones are read on.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Written<P> {
    V1(P),
}

impl Plan {
    pub(super) const fn kind(&self) -> ConnectorKind {
        match self.dialect {
            Dialect::OAuth2 { .. } => ConnectorKind::OAuth2,
            Dialect::TeamViewer { .. } => ConnectorKind::TeamViewer,
            Dialect::Simulated {} => ConnectorKind::Simulated,
        }
    }

    /// Whether the other leads to the same partner, at which we are the same client. Our secret, what we ask for, what counts as
    /// its word for a dead token, the trusted certificates and how long we wait may differ; so may what people call it.
    pub(super) fn is_same_partner_as(&self, other: &Self) -> bool {
        self.redirect_uri == other.redirect_uri && self.dialect.identity() == other.dialect.identity()
    }

    /// As it is kept.
    pub(super) fn written(&self) -> Secret {
        // Large enough that it does not grow, which would leave a copy behind.
        let certificates = self.reach.ca_pem.as_ref().map_or(0, String::len);
        let mut json = Zeroizing::new(Vec::with_capacity(32 * 1024 + 2 * certificates));
        // Writing plain fields into memory does not fail.
        let written = serde_json::to_writer(&mut *json, &Written::V1(self)).ok();
        let text = written.and_then(|()| str::from_utf8(&json).ok());
        Secret::new(text.unwrap_or_default().to_owned())
    }

    /// What [`Plan::written`] wrote; `None` if it was not this version, or is damaged.
    pub(super) fn read(written: &Secret) -> Option<Self> {
        let Written::V1(plan) = serde_json::from_str(written.expose()).ok()?;
        Some(plan)
    }
}

impl Dialect {
    /// Without what may change while partner and client stay the same.
    fn identity(&self) -> Self {
        let mut dialect = self.clone();
        match &mut dialect {
            Self::OAuth2 { client, scopes, dead_token_errors, .. } => {
                client.secret = None;
                scopes.clear();
                dead_token_errors.clear();
            }
            Self::TeamViewer { client, dead_token_errors, .. } => {
                client.secret = None;
                dead_token_errors.clear();
            }
            Self::Simulated {} => {}
        }
        dialect
    }
}

mod as_text {
    use serde::{Deserialize as _, Deserializer, Serializer};
    use url::Url;

    pub(super) fn serialize<S: Serializer>(url: &Url, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(url.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

mod as_optional_text {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
    use url::Url;

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
        url.as_ref().map(Url::as_str).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse()).transpose().map_err(serde::de::Error::custom)
    }
}

/// The one place where a client's secret is written out.
mod exposed {
    use gangway_engine::Secret;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        secret: &Option<Secret>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(Secret::expose).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
    }
}

mod reach {
    use serde::{Deserializer, Serializer};

    use super::{Deserialize, Duration, Reach, Serialize};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct WrittenReach {
        allow_private: bool,
        ca_pem: Option<String>,
        timeout_seconds: u64,
    }

    pub(super) fn serialize<S: Serializer>(reach: &Reach, serializer: S) -> Result<S::Ok, S::Error> {
        let Reach { allow_private, ca_pem, timeout } = reach.clone();
        WrittenReach { allow_private, ca_pem, timeout_seconds: timeout.as_secs() }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reach, D::Error> {
        let WrittenReach { allow_private, ca_pem, timeout_seconds } =
            WrittenReach::deserialize(deserializer)?;
        Ok(Reach { allow_private, ca_pem, timeout: Duration::from_secs(timeout_seconds) })
    }
}
