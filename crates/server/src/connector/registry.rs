use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use gangway_domain::{ConnectorKind, ProfileName};
use gangway_engine::{Clock, Connector, Connectors, Random, Secret};
use quick_cache::sync::Cache;
use url::Url;

use super::answer::Words;
use super::below;
use super::guard::{Lookup, system_lookup};
use super::oauth2::{EndpointSource, OAuth2};
use super::outbound::Outbound;
use super::plan::{Dialect, Plan};
use super::settings::{InvalidProfile, ProfileSettings, checked};
use super::simulated::SimulatedPartner;
use super::teamviewer::TeamViewer;
use crate::system::{SystemClock, SystemRandom};

/// How many connectors made of snapshots are kept ready: one serves every release of its profile.
const MOST_RESTORED: usize = 64;

/// All connectors there are: one for each profile, the simulated one, and those that are made of snapshots.
pub struct Registry {
    summaries: Vec<ProfileSummary>,
    connectors: BTreeMap<ProfileName, (ConnectorKind, Arc<dyn Connector>)>,
    simulated: Arc<SimulatedPartner>,
    restored: Cache<[u8; 32], Arc<dyn Connector>>,
    workshop: Workshop,
}

/// A profile, as far as others than its connector need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileSummary {
    /// Its name.
    pub name: ProfileName,
    /// What its partners are called at first.
    pub display_name: String,
    /// The code that speaks its partner's dialect.
    pub connector: ConnectorKind,
    /// What a link opens.
    pub base_url: Option<Url>,
}

/// What connectors are made with.
struct Workshop {
    lookup: Lookup,
    clock: Arc<dyn Clock>,
    simulated: Arc<SimulatedPartner>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("profiles", &self.summaries).finish_non_exhaustive()
    }
}

impl Registry {
    /// The connectors of these profiles, with what they need read from files and the environment. `base_url` is
    /// where browsers reach Gangway; partners send them back to `<base_url>/gangway/v1/callback/<profile>`.
    ///
    /// # Errors
    /// The first thing that is wrong with a profile.
    pub fn new(profiles: &[ProfileSettings], base_url: &Url) -> Result<Self, InvalidProfile> {
        Self::with(profiles, base_url, system_lookup(), |name| std::env::var(name).ok())
    }

    pub(super) fn with(
        profiles: &[ProfileSettings],
        base_url: &Url,
        lookup: Lookup,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, InvalidProfile> {
        let simulated = Arc::new(simulated_partner(base_url, Arc::new(SystemRandom)));
        let workshop = Workshop { lookup, clock: Arc::new(SystemClock), simulated: Arc::clone(&simulated) };
        let (mut summaries, mut connectors) = (Vec::new(), BTreeMap::new());
        for profile in checked(profiles)? {
            let redirect_uri = below(base_url, &format!("gangway/v1/callback/{}", profile.name));
            let name = profile.name.clone();
            if let Some(plan) = profile.plan(redirect_uri, &environment)? {
                let made = workshop.make(plan).map_err(|why| InvalidProfile::Key {
                    profile: name.to_string(),
                    key: "connector",
                    why: format!(
                        "cannot be set up, which may be for want of the system's certificates: {why}"
                    ),
                })?;
                connectors.insert(name.clone(), (profile.connector, made));
            }
            let (display_name, connector, base_url) =
                (profile.display_name, profile.connector, profile.base_url);
            summaries.push(ProfileSummary { name, display_name, connector, base_url });
        }
        Ok(Self { summaries, connectors, simulated, restored: Cache::new(MOST_RESTORED), workshop })
    }

    /// The profiles, in the order of the configuration.
    #[must_use]
    pub fn profiles(&self) -> &[ProfileSummary] {
        &self.summaries
    }

    /// The simulated partner. All profiles of its kind share it.
    #[must_use]
    pub fn simulated(&self) -> &Arc<SimulatedPartner> {
        &self.simulated
    }
}

/// What is kept of the simulated partner: there is one in every process.
fn simulated_partner(base_url: &Url, random: Arc<dyn Random>) -> SimulatedPartner {
    let reach = super::outbound::Reach {
        allow_private: false,
        ca_pem: None,
        timeout: std::time::Duration::from_secs(1),
    };
    let plan = Plan {
        display_name: "Simulated".into(),
        redirect_uri: base_url.clone(),
        reach,
        dialect: Dialect::Simulated {},
    };
    SimulatedPartner::new(random, plan.written())
}

impl Workshop {
    /// # Errors
    /// What is wrong with the certificates.
    fn make(&self, plan: Plan) -> Result<Arc<dyn Connector>, String> {
        let snapshot = plan.written();
        let Plan { display_name, redirect_uri, reach, dialect } = plan;
        let outbound = || Outbound::new(&reach, Arc::clone(&self.lookup), Arc::clone(&self.clock));
        Ok(match dialect {
            Dialect::Simulated {} => Arc::clone(&self.simulated) as Arc<dyn Connector>,
            Dialect::OAuth2 { client, scopes, issuer, endpoints, dead_token_errors } => {
                let described = EndpointSource::new(issuer.as_deref(), endpoints.as_deref());
                let described = described.ok_or("it has neither an issuer nor endpoints")?;
                let outbound = outbound()?;
                Arc::new(OAuth2 {
                    display_name,
                    redirect_uri,
                    client,
                    scopes,
                    issuer,
                    described,
                    words: Words::for_oauth2(dead_token_errors),
                    outbound,
                    snapshot,
                })
            }
            Dialect::TeamViewer { client, authorize_url, api, dead_token_errors } => Arc::new(TeamViewer {
                display_name,
                redirect_uri,
                client,
                authorize_url,
                api,
                words: Words::for_teamviewer(dead_token_errors),
                outbound: outbound()?,
                snapshot,
            }),
        })
    }
}

impl Connectors for Registry {
    fn connector(&self, kind: ConnectorKind, profile: Option<&ProfileName>) -> Option<Arc<dyn Connector>> {
        match profile {
            Some(name) => {
                let (of, connector) = self.connectors.get(name)?;
                (*of == kind).then(|| Arc::clone(connector))
            }
            None if kind == ConnectorKind::Simulated => {
                Some(Arc::clone(&self.simulated) as Arc<dyn Connector>)
            }
            None => None,
        }
    }

    fn connector_of(
        &self,
        kind: ConnectorKind,
        profile: Option<&ProfileName>,
        snapshot: &Secret,
    ) -> Option<Arc<dyn Connector>> {
        let plan = Plan::read(snapshot).filter(|plan| plan.kind() == kind)?;
        let configured = self.connector(kind, profile);
        let same = |now: &Arc<dyn Connector>| {
            Plan::read(&now.snapshot()).is_some_and(|now| now.is_same_partner_as(&plan))
        };
        configured.filter(same).or_else(|| self.restored(plan, snapshot))
    }
}

impl Registry {
    fn restored(&self, plan: Plan, snapshot: &Secret) -> Option<Arc<dyn Connector>> {
        let key: [u8; 32] = digest(&SHA256, snapshot.expose().as_bytes()).as_ref().try_into().ok()?;
        self.restored.get_or_insert_with(&key, || self.workshop.make(plan)).ok()
    }
}

#[cfg(test)]
mod tests;
