//! What clients do their work on: tenants nobody has used before, with the partners they have by
//! themselves.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::Fallible;
use crate::cluster::issuer::Issuer;
use crate::cluster::node::{PROFILES, front};
use crate::cluster::partner::Partner;
use crate::history::{History, PartnerKey};
use crate::model::{Kind, State};
use crate::tools::http::{Request, ask};
use crate::tools::{ids, shell};

/// How many tenants there are in a round.
const TENANTS: usize = 3;

pub(crate) const PARTNERS: &str = "/v1.0/deviceManagement/remoteAssistancePartners";

/// Shared by all clients of a round.
pub(crate) struct World {
    pub(crate) tokens: HashMap<String, String>,
    /// Partners that all clients do something with, each with the name it begins with.
    pub(crate) shared: Vec<(PartnerKey, String)>,
    pub(crate) partner: Partner,
    pub(crate) history: History,
    /// Where each node is asked directly.
    pub(crate) sides: Vec<String>,
}

impl World {
    /// Hears of new tenants, which makes their partners.
    pub(crate) fn new(issuer: &Issuer, partner: &Partner, sides: Vec<String>) -> Fallible<Arc<Self>> {
        let (mut tokens, mut shared) = (HashMap::new(), Vec::new());
        for _ in 0..TENANTS {
            let tenant = ids::random();
            let token = issuer.token(&tenant)?;
            shared.extend(partners_of(&tenant, &token)?);
            tokens.insert(tenant, token);
        }
        let history = History::default();
        let starts = shared.iter().map(|(key, name)| (key.clone(), State::fresh(Kind::Attempt, name)));
        history.note(|recorded| recorded.starts.extend(starts));
        Ok(Arc::new(Self { tokens, shared, partner: partner.clone(), history, sides }))
    }

    /// The token of a user of this tenant.
    pub(crate) fn token(&self, tenant: &str) -> &str {
        self.tokens.get(tenant).map_or("", String::as_str)
    }

    /// One of the tenants.
    pub(crate) fn tenant(&self, n: usize) -> &str {
        &self.shared[n % self.shared.len()].0.tenant
    }
}

fn partners_of(tenant: &str, token: &str) -> Fallible<Vec<(PartnerKey, String)>> {
    let request = Request { method: "GET", target: PARTNERS, token: Some(token), ..Request::default() };
    let list = shell::until("a tenant's partners are there", Duration::from_secs(20), || {
        let answer = ask(&front(), &request, Duration::from_secs(5)).ok()?;
        let list = answer.json()["value"].as_array()?.clone();
        (list.len() == PROFILES.len()).then_some(list)
    })?;
    let named = list.iter().filter_map(|partner| {
        let (id, name) = (partner["id"].as_str()?, partner["displayName"].as_str()?);
        Some((PartnerKey { tenant: tenant.to_owned(), id: id.to_owned() }, name.to_owned()))
    });
    Ok(named.collect())
}
