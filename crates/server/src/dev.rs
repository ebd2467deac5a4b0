//! What `serve --dev` has that a real server has not: an issuer of its own, and partners to try things on.

use std::net::SocketAddr;
use std::path::Path;

use gangway_domain::{
    Actor, ConnectorKind, Correlated, PartnerId, StatusChange, TenantId, Timestamp, Update,
};
use gangway_engine::{NewPartner, Store as _};
use uuid::uuid;

use crate::http::Engine;
use crate::identity::{DevIssuer, TokenKind, TokenRequest};

/// The seeded tenant: the one that Microsoft's documentation uses in its examples.
pub(crate) const TENANT: TenantId = TenantId(uuid!("aaaabbbb-0000-cccc-1111-dddd2222eeee"));
/// What a token of the built-in issuer allows if nobody says otherwise.
pub(crate) const SCOPE: &str = "DeviceManagementServiceConfig.ReadWrite.All";

const ONBOARDED: PartnerId = PartnerId(uuid!("6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a"));
const NOT_ONBOARDED: PartnerId = PartnerId(uuid!("7b5e66fb-66fb-7b5e-fb66-5e7bfb665e7b"));

/// How long the token in the welcome is good for, in seconds.
const TOKEN_SECONDS: i64 = 24 * 3600;

/// The built-in issuer of this data directory, at this address.
pub(crate) fn issuer(data: &Path, bound: SocketAddr) -> Result<DevIssuer, String> {
    let mut issuer = DevIssuer::open(data).map_err(|error| error.to_string())?;
    issuer.set_url(bound).map_err(|error| error.to_string())?;
    Ok(issuer)
}

/// Gives the seeded tenant its partners, if it never had any.
pub(crate) async fn seed(engine: &Engine) -> Result<(), String> {
    let seen = engine.store().audit_events(TENANT, None, 1).await.map_err(|error| error.to_string())?;
    if !seen.is_empty() {
        return Ok(());
    }
    for (id, name, status) in [
        (ONBOARDED, "TeamViewer (simulated)", Some(StatusChange::Onboarded)),
        (NOT_ONBOARDED, "Another partner (simulated)", None),
    ] {
        let properties = Update {
            display_name: Some(name.into()),
            onboarding_url: Some(Some("https://example.com/onboardingUrl/".into())),
            status,
            last_connection: status.map(|_| engine.now()),
            attempt_expires: None,
        };
        let new = NewPartner { id: Some(id), properties, connector: Some(ConnectorKind::Simulated) };
        let by = Correlated { actor: Actor::Gangway, correlation: id.0 };
        engine.create_partner(TENANT, &by, &new).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// What a developer sees first: the disconnect of the source document, ready to run.
pub(crate) fn welcome(
    issuer: &DevIssuer,
    bound: SocketAddr,
    data: &Path,
    now: Timestamp,
) -> Result<String, String> {
    let request = TokenRequest {
        tenant: TENANT.0,
        kind: TokenKind::Delegated { scopes: vec![SCOPE.into()] },
        expires_in: TOKEN_SECONDS,
    };
    let token = issuer.mint(&request, now).map_err(|error| error.to_string())?;
    let partners = format!("http://{bound}/v1.0/deviceManagement/remoteAssistancePartners");
    let data = data.display();
    Ok(format!(
        "
Tenant {TENANT} has two simulated partners:
  {ONBOARDED}  onboarded
  {NOT_ONBOARDED}  notOnboarded

Disconnect the first (204 No Content):
  curl -i -X POST {partners}/{ONBOARDED}/disconnect -H 'Authorization: Bearer {token}'

See that it is notOnboarded now:
  curl -s {partners}/{ONBOARDED} -H 'Authorization: Bearer {token}'

A new token, for any tenant and permission: gangway token --data {data} (see gangway token --help)
Stop with Ctrl-C."
    ))
}
