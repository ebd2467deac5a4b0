use std::path::PathBuf;
use std::time::Duration;

use gangway_domain::{ConnectorKind, ProfileName};
use url::Url;

use super::check::InvalidProfile;
use super::keys::ProfileSettings;
use super::secret_source::{SecretSource, read_certificates};
use crate::connector::outbound::Reach;
use crate::connector::plan::{Dialect, Plan};

/// A profile that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::connector) struct Profile {
    pub(in crate::connector) name: ProfileName,
    pub(in crate::connector) display_name: String,
    pub(in crate::connector) connector: ConnectorKind,
    /// A link's.
    pub(in crate::connector) base_url: Option<Url>,
    /// `None` for a link, which nobody is asked through.
    dialect: Option<Dialect>,
    /// Where the secret is that its client does not have yet.
    secret: Option<SecretSource>,
    allow_private: bool,
    ca_file: Option<PathBuf>,
    timeout: Duration,
}

impl Profile {
    /// # Errors
    /// The first thing that is wrong.
    pub(super) fn from_settings(settings: &ProfileSettings) -> Result<Self, InvalidProfile> {
        let name: ProfileName = settings
            .name
            .parse()
            .map_err(|_| settings.invalid("name", "is not a name: take 1 to 64 of a-z, 0-9 and '-'"))?;
        settings.check_keys()?;
        let display_name = match &settings.display_name {
            Some(_) => settings.text("display_name", settings.display_name.as_ref())?.to_owned(),
            None => name.to_string(),
        };
        let base_url = match settings.connector {
            ConnectorKind::Link => {
                Some(settings.url("base_url", settings.text("base_url", settings.base_url.as_ref())?)?)
            }
            ConnectorKind::OAuth2 | ConnectorKind::TeamViewer | ConnectorKind::Simulated => None,
        };
        Ok(Self {
            name,
            display_name,
            connector: settings.connector,
            base_url,
            dialect: settings.dialect()?,
            secret: settings.secret()?,
            allow_private: settings.allow_private_addresses.unwrap_or(false),
            ca_file: settings.ca_file.as_ref().map(PathBuf::from),
            timeout: settings.timeout()?,
        })
    }

    /// Whether its partner sends browsers back to Gangway.
    pub(super) const fn has_redirect_uri(&self) -> bool {
        match self.connector {
            ConnectorKind::OAuth2 | ConnectorKind::TeamViewer => true,
            ConnectorKind::Link | ConnectorKind::Simulated => false,
        }
    }

    /// What its connector is made of, with what it takes read from files and the environment; `None` for a link.
    ///
    /// # Errors
    /// What could not be read.
    pub(in crate::connector) fn plan(
        &self,
        redirect_uri: Url,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Plan>, InvalidProfile> {
        let invalid = |key, why| InvalidProfile::Key { profile: self.name.to_string(), key, why };
        let Some(mut dialect) = self.dialect.clone() else { return Ok(None) };
        if let (Some(source), Dialect::OAuth2 { client, .. } | Dialect::TeamViewer { client, .. }) =
            (&self.secret, &mut dialect)
        {
            client.secret = Some(source.read(environment).map_err(|why| invalid(source.key(), why))?);
        }
        let ca_pem = self.ca_file.as_deref().map(read_certificates).transpose();
        let ca_pem = ca_pem.map_err(|why| invalid("ca_file", why))?;
        let reach = Reach { allow_private: self.allow_private, ca_pem, timeout: self.timeout };
        Ok(Some(Plan { display_name: self.display_name.clone(), redirect_uri, reach, dialect }))
    }
}
