//! What follows from the configuration: every tenant has a partner for each profile, and what the
//! configuration does not know any more is cut.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use aws_lc_rs::digest::{SHA256, digest};
use gangway_domain::{Actor, AuditEventId, Command, Correlated, Partner, PartnerId, TenantId};
use uuid::{Builder, Uuid};

use crate::command::Asking;
use crate::engine::Profile;
use crate::{Engine, Error, Record, Store};

/// How many tenants are remembered to have their partners; more are only looked up again.
const MOST_REMEMBERED: usize = 100_000;
/// How many partners are looked at in one go.
const PAGE: usize = 500;

/// What the store had of things that the configuration does not know any more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Departed {
    /// Partners that were disconnected because their profile is gone, by its name.
    pub profiles: BTreeMap<String, u64>,
    /// Partners that were disconnected because their tenant is not served any more, by tenant.
    pub tenants: BTreeMap<TenantId, u64>,
}

impl<S: Store> Engine<S> {
    /// Gives a tenant its partner for each profile, once for ever: one that is deleted stays
    /// deleted.
    ///
    /// # Errors
    /// [`Error::Store`] if nothing could be committed.
    pub async fn provision(&self, tenant: TenantId) -> Result<(), Error> {
        if self.policy.profiles.is_empty() || self.remembers(tenant) {
            return Ok(());
        }
        for profile in &self.policy.profiles {
            self.provision_one(tenant, profile).await?;
        }
        let mut provisioned = self.provisioned.lock().unwrap_or_else(PoisonError::into_inner);
        if provisioned.len() >= MOST_REMEMBERED {
            provisioned.clear();
        }
        provisioned.insert(tenant);
        Ok(())
    }

    fn remembers(&self, tenant: TenantId) -> bool {
        self.provisioned.lock().unwrap_or_else(PoisonError::into_inner).contains(&tenant)
    }

    async fn provision_one(&self, tenant: TenantId, profile: &Profile) -> Result<(), Error> {
        let now = self.now();
        let id = PartnerId(derived(b"partner", tenant, profile));
        let partner = Partner {
            display_name: profile.display_name.clone(),
            onboarding_url: profile.onboarding_url.clone(),
            profile: Some(profile.name.clone()),
            ..Partner::blank(tenant, id, profile.connector)
        };
        let by = Correlated { actor: Actor::Gangway, correlation: id.0 };
        let mut creation = self.creation(&partner, &by, now);
        // The event's id is what says that it was done before, even if the partner is deleted by
        // now.
        if let Record::Event(event) = &mut creation.record {
            event.id = AuditEventId(derived(b"event", tenant, profile));
        }
        self.committed(creation).await?;
        Ok(())
    }

    /// Disconnects what is connected by a profile, or for a tenant, that the configuration does not
    /// know any more: its release goes on, and nothing is left behind that nobody can reach. What
    /// that was is added to `departed`.
    ///
    /// # Errors
    /// [`Error::Store`] or [`Error::Contended`]; what was disconnected before stays so.
    pub async fn disconnect_departed(
        &self,
        serves: impl Fn(TenantId) -> bool + Send,
        departed: &mut Departed,
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.store.connected_partners(after, PAGE).await?;
            for partner in &page {
                let is_served = serves(partner.tenant);
                let lost_profile = self.lost_profile(partner).filter(|_| is_served);
                if is_served && lost_profile.is_none() {
                    continue;
                }
                let by =
                    Correlated { actor: Actor::Gangway, correlation: self.time_ordered_uuid(self.now()) };
                let asking = Asking { tenant: partner.tenant, id: partner.id, by: &by };
                match self.command(asking, |_| Command::Disconnect).await {
                    Ok(_) | Err(Error::NoSuchPartner(_)) => {}
                    Err(error) => return Err(error),
                }
                *match lost_profile {
                    Some(name) => departed.profiles.entry(name).or_default(),
                    None => departed.tenants.entry(partner.tenant).or_default(),
                } += 1;
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some((last.tenant, last.id)),
                _ => return Ok(()),
            }
        }
    }

    /// The name of this partner's profile, if it is there no more or is of another kind now.
    fn lost_profile(&self, partner: &Partner) -> Option<String> {
        let name = partner.profile.as_ref()?;
        let same = |profile: &Profile| profile.name == *name && profile.connector == partner.connector;
        (!self.policy.profiles.iter().any(same)).then(|| name.to_string())
    }
}

/// An id that is the same every time: of the form of version 8 (RFC 9562), with a time of 0, so
/// that an event of this id is the oldest of its tenant.
fn derived(what: &[u8], tenant: TenantId, profile: &Profile) -> Uuid {
    let name = profile.name.as_str().as_bytes();
    let hash = digest(&SHA256, &[what, tenant.0.as_bytes(), name].concat());
    let mut bytes = [0; 16];
    bytes[6..].copy_from_slice(&hash.as_ref()[..10]);
    Builder::from_custom_bytes(bytes).into_uuid()
}
