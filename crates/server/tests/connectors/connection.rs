//! Connectors, and connections by them.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use gangway_domain::{ConnectorKind, Life, Probe, TokenKind};
use gangway_engine::{Connector, Connectors as _, Grant, Secret};
use gangway_server::connector::{ProfileSettings, Registry};

use crate::partners::{Callback, OAuthPartner, TeamViewerStandIn};

/// Where partners send browsers back to.
pub(crate) const REDIRECT: &str = "https://gangway.example/gangway/v1/callback/partner";
/// What Gangway makes of each attempt.
pub(crate) const VERIFIER: &str = "a-verifier-of-at-least-43-characters-is-what-the-rfc-asks-for";
/// Longer than any answer takes on a busy machine.
const LONG: u64 = 30;

pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

pub(crate) fn verifier() -> Secret {
    secret(VERIFIER)
}

/// A connector for a partner on this machine, which waits long.
pub(crate) fn connector(settings: &ProfileSettings, client_secret: &str) -> Arc<dyn Connector> {
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("secret");
    std::fs::write(&file, client_secret).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    let settings = ProfileSettings {
        client_secret_file: Some(file.to_str().unwrap().to_owned()),
        allow_private_addresses: Some(true),
        timeout_seconds: settings.timeout_seconds.or(Some(LONG)),
        ..settings.clone()
    };
    let base = "https://gangway.example".parse().unwrap();
    let kind = settings.connector;
    let registry = Registry::new(&[settings], &base).unwrap();
    registry.connector(kind, Some(&"partner".parse().unwrap())).unwrap()
}

/// A profile for an OAuth partner of this issuer, which says itself where it answers.
pub(crate) fn oauth2(issuer: &str) -> ProfileSettings {
    ProfileSettings {
        client_id: Some(OAuthPartner::CLIENT.to_owned()),
        scopes: Some(["openid", "profile", "email"].map(str::to_owned).to_vec()),
        issuer: Some(issuer.to_owned()),
        ..ProfileSettings::new("partner", ConnectorKind::OAuth2)
    }
}

/// A profile for the stand-in at this URL.
pub(crate) fn teamviewer(url: &str) -> ProfileSettings {
    ProfileSettings {
        client_id: Some(TeamViewerStandIn::CLIENT.to_owned()),
        authorize_url: Some(format!("{url}/oauth2/authorize")),
        api: Some(format!("{url}/api/v1")),
        ..ProfileSettings::new("partner", ConnectorKind::TeamViewer)
    }
}

/// What a connection holds.
pub(crate) struct Tokens {
    pub(crate) access: Secret,
    pub(crate) refresh: Secret,
}

impl From<Grant> for Tokens {
    fn from(grant: Grant) -> Self {
        Self { access: grant.access_token, refresh: grant.refresh_token.unwrap() }
    }
}

/// What of `Connector` is asked before there is a connection.
pub(crate) async fn consent_page(connector: &dyn Connector) -> String {
    connector.authorization_url("the-state", &verifier()).await.unwrap()
}

/// Redeems what came back with the browser.
pub(crate) async fn redeem(connector: &dyn Connector, callback: &Callback) -> Tokens {
    assert_eq!(callback.state().as_deref(), Some("the-state"));
    assert!(connector.is_issuer(callback.issuer().as_deref()).await.unwrap());
    connector.redeem(&secret(&callback.code()), &verifier()).await.unwrap().into()
}

pub(crate) async fn connect_oauth(connector: &dyn Connector, partner: &OAuthPartner) -> Tokens {
    let callback = partner.consent(&consent_page(connector).await).await;
    redeem(connector, &callback).await
}

pub(crate) async fn connect_teamviewer(connector: &dyn Connector, partner: &TeamViewerStandIn) -> Tokens {
    let callback = partner.consent(&consent_page(connector).await).await;
    redeem(connector, &callback).await
}

/// What introspection says of both.
pub(crate) async fn introspected(
    connector: &dyn Connector,
    tokens: (&Secret, &Secret),
) -> (Option<Life>, Option<Life>) {
    let mut seen = [None, None];
    let both = [(TokenKind::Access, tokens.0), (TokenKind::Refresh, tokens.1)];
    for (seen, (kind, token)) in seen.iter_mut().zip(both) {
        let look = connector.probe(Probe::Introspection, kind, token).await.unwrap();
        *seen = look.map(|look| look.life);
    }
    seen.into()
}

/// What a use says of an access token.
pub(crate) async fn used(connector: &dyn Connector, access: &Secret) -> Option<Life> {
    connector.probe(Probe::Use, TokenKind::Access, access).await.unwrap().map(|look| look.life)
}

pub(crate) const HOUR: Duration = Duration::from_hours(1);
