//! What has to be so in the end, wherever the process died.

use std::path::Path;

use gangway_domain::{Activity, Generation, PartnerId, ReleaseState};
use gangway_engine::{Listing, ReleaseFilter, Store as _};
use gangway_store::{Finding, SqliteStore, verify_audit};

use crate::house::{ALL, TENANT};
use crate::partner::Partner;

/// What cuts a connection or an attempt.
const FENCES: [Activity; 5] = [
    Activity::Disconnect,
    Activity::Delete,
    Activity::LoseGrant,
    Activity::ExpireOnboarding,
    Activity::FailOnboarding,
];

pub(crate) struct Expected<'a> {
    /// What happened, for whoever reads that it went wrong.
    pub(crate) told: &'a str,
    pub(crate) id: PartnerId,
    /// After the one fence there has been.
    pub(crate) generation: Generation,
    /// How many releases there are: none, if Gangway never got anything.
    pub(crate) releases: usize,
    /// How many codes may live at most, where Gangway got the one that there was.
    pub(crate) codes: Option<usize>,
}

impl Expected<'_> {
    /// Whoever is asked here was told nothing by Gangway.
    pub(crate) async fn at_the_partner(&self, partner: &Partner) {
        assert_eq!(partner.tokens().await, 0, "{}: tokens live at the partner", self.told);
        if let Some(most) = self.codes {
            assert!(partner.codes().await <= most, "{}: the code can still be redeemed", self.told);
        }
    }

    pub(crate) async fn in_the_store(&self, store: &SqliteStore) {
        let releases = store.releases(ReleaseFilter::default(), ALL).await.unwrap();
        assert_eq!(releases.len(), self.releases, "{}: {releases:?}", self.told);
        for release in &releases {
            let ReleaseState::Confirmed(evidence) = &release.state else {
                panic!("{}: {release:?}", self.told);
            };
            assert!(!evidence.proofs.is_empty(), "{}: no evidence", self.told);
            assert!(release.calls.latest().is_some(), "{}: nobody was asked", self.told);
        }
        let secrets = store.secrets(None, ALL).await.unwrap();
        assert!(secrets.is_empty(), "{}: {} secrets are left", self.told, secrets.len());
        if let Some(partner) = store.partner(TENANT, self.id).await.unwrap() {
            assert_eq!(partner.generation, self.generation, "{}: fenced more or less than once", self.told);
        }
        let events = store.audit_events(TENANT, Listing::all()).await.unwrap().items;
        let count = |wanted: &[Activity]| events.iter().filter(|e| wanted.contains(&e.activity)).count();
        assert_eq!(count(&FENCES), 1, "{}: {events:?}", self.told);
        let settings = store.settings(TENANT).await.unwrap().map_or(0, |settings| settings.version.0);
        let told = count(&[Activity::PatchSettings]) as u64;
        assert_eq!(told, settings, "{}: each change of the settings has one event", self.told);
        let confirmed = count(&[Activity::ConfirmRelease]);
        assert_eq!(confirmed, self.releases, "{}: each release is confirmed by one event", self.told);
    }

    /// Its chain.
    pub(crate) fn in_the_audit(&self, database: &Path) {
        let reports = verify_audit(database, None).unwrap();
        let whole = reports.iter().all(|r| matches!(r.finding, Finding::Whole(Some(_))) && r.unlinked == 0);
        assert!(whole && !reports.is_empty(), "{}: {reports:?}", self.told);
    }
}
