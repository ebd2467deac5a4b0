//! What has to be so in the end, wherever the process died.

use std::path::Path;

use gangway_domain::{Activity, Generation, PartnerId, ReleaseState};
use gangway_engine::{Listing, ReleaseFilter, Store as _};
use gangway_store::{KnownHeads, SqliteStore, verify_audit};

use crate::fixture::{ALL, TENANT, key};
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
            // An answer that the process did not live to hear may have had tokens in it.
            let (ReleaseState::Confirmed(evidence) | ReleaseState::Unaccounted(evidence, _)) = &release.state
            else {
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
        let ended = count(&[Activity::ConfirmRelease, Activity::EndRelease]);
        assert_eq!(ended, self.releases, "{}: each release is ended by one event", self.told);
    }

    /// Its chain.
    pub(crate) fn in_the_audit(&self, database: &Path) {
        let report = verify_audit(database, &key(), None, &KnownHeads::default()).unwrap();
        assert!(report.is_whole() && !report.chains.is_empty(), "{}: {report:?}", self.told);
    }
}
