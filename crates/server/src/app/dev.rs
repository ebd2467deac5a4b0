//! What `serve --dev` has that a real server has not: an issuer of its own, and partners to try things on.

use std::net::SocketAddr;
use std::path::Path;

use gangway_domain::{Actor, ConnectorKind, Correlated, PartnerId, TenantId, Timestamp, Update};
use gangway_engine::{NewPartner, Store as _};
use uuid::uuid;

use crate::Engine;
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
    let seen = engine.store().count_audit_events(TENANT, None).await.map_err(|error| error.to_string())?;
    if seen > 0 {
        return Ok(());
    }
    for (id, name) in [(NOT_ONBOARDED, "Another partner (simulated)"), (ONBOARDED, "TeamViewer (simulated)")]
    {
        let properties = Update {
            display_name: Some(name.into()),
            onboarding_url: Some(Some("https://example.com/onboardingUrl/".into())),
            ..Update::default()
        };
        let new = NewPartner { id: Some(id), properties, connector: Some(ConnectorKind::Simulated) };
        engine.create_partner(TENANT, &by(id), &new).await.map_err(|error| error.to_string())?;
    }
    connect(engine, ONBOARDED).await.map_err(|error| error.to_string())
}

fn by(id: PartnerId) -> Correlated {
    Correlated { actor: Actor::Gangway, correlation: id.0 }
}

/// As somebody would who opens the `onboardingUrl`, so that there is a grant to revoke.
async fn connect(engine: &Engine, id: PartnerId) -> Result<(), gangway_engine::Error> {
    engine.begin_onboarding(TENANT, &by(id), id).await?;
    let partner = engine.store().partner(TENANT, id).await?;
    if let Some(attempt) = partner.as_ref().and_then(|partner| partner.attempt()) {
        engine.consent_to_simulated(TENANT, id, attempt.id, id.0).await?;
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

See what became of its grant, and take a signed receipt of it:
  gangway release list --data {data}
  gangway release receipt --partner {ONBOARDED} --data {data}

A new token, for any tenant and permission: gangway token --data {data} (see gangway token --help)
Stop with Ctrl-C."
    ))
}
