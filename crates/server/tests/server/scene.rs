//! A server as an operator runs it, with partners in its configuration, and the people around it: an administrator
//! with a browser, callers with tokens of an issuer, and whoever runs the server.

mod browser;
mod command;
mod issuer;
mod operator;
mod oracle;
mod profile;
mod with_partner;

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::partners::{Callback, OAuthPartner, TeamViewerStandIn, Unruly, block_on};
use crate::support::{
    Client, Database, Gangway, Place, Setup, make_attempts_late, make_releases_due, until, until_within,
};

pub(crate) use browser::Browser;
pub(crate) use issuer::token;
pub(crate) use operator::Operator;
pub(crate) use oracle::{dishonest, is_dead, is_honest, says_that_tokens_are_missing};
pub(crate) use profile::{PUBLIC_URL, Profile, redirect_uri};
pub(crate) use with_partner::{
    Tokens, numbered, spelled, with_families, with_families_behind, with_family, with_family_behind,
    with_oauth, with_teamviewer,
};

/// The tenant of nearly all tests, which commands take if they are not told another.
pub(crate) const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
pub(crate) const OTHER_TENANT: &str = "cccccccc-0000-cccc-1111-dddd2222eeee";
pub(crate) const WRITE: &str = "DeviceManagementServiceConfig.ReadWrite.All";

/// A server over a directory of its own.
pub(crate) struct Scene {
    pub(crate) gangway: Gangway,
    pub(crate) place: Place,
    setup: Setup,
}

/// An onboarding as far as an administrator's browser has got who was sent to the partner.
pub(crate) struct Attempt {
    pub(crate) browser: Browser,
    /// Where the partner asks for consent.
    pub(crate) consent_url: String,
}

/// A partner at which somebody consents.
pub(crate) trait Consents {
    fn consents(&self, url: &str) -> Callback;
}

impl Consents for OAuthPartner {
    fn consents(&self, url: &str) -> Callback {
        block_on(self.consent(url))
    }
}

impl Consents for TeamViewerStandIn {
    fn consents(&self, url: &str) -> Callback {
        block_on(self.consent(url))
    }
}

impl Consents for Unruly {
    fn consents(&self, url: &str) -> Callback {
        self.consent(url)
    }
}

impl Scene {
    pub(crate) fn start(profiles: &[Profile]) -> Self {
        Self::start_with("", profiles)
    }

    /// With tables of the configuration beside those that every scene has.
    pub(crate) fn start_with(tables: &str, profiles: &[Profile]) -> Self {
        let place = Place::new();
        let made = Setup::of(&["keys", "generate"]).arg(place.path("keys.json")).outcome();
        assert_eq!(made.code, Some(0), "{made:?}");
        let setup = configured(&place, tables, profiles);
        let gangway = ready(&setup);
        Self { gangway, place, setup }
    }

    /// As an operator does it: what is under way comes to its end.
    pub(crate) fn stop(&mut self) {
        self.gangway.signal(Signal::TERM);
        assert_eq!(self.gangway.ended().code(), Some(0));
    }

    /// As a power cut does it.
    pub(crate) fn kill(&mut self) {
        self.gangway.kill();
    }

    /// Starts it again; what ran before is killed.
    pub(crate) fn start_again(&mut self) {
        self.gangway.kill();
        self.gangway = ready(&self.setup);
    }

    /// Starts it again as if time had gone by, without the wait: whatever is pending is due.
    pub(crate) fn start_again_when_all_is_due(&mut self) {
        self.gangway.kill();
        make_releases_due(&self.gangway.data);
        self.start_again();
    }

    /// Starts it again as if the time of every attempt were over.
    pub(crate) fn start_again_when_all_is_late(&mut self) {
        self.gangway.kill();
        make_attempts_late(&self.gangway.data);
        self.start_again();
    }

    /// Starts it again with another configuration; what ran before is killed.
    pub(crate) fn start_again_with(&mut self, tables: &str, profiles: &[Profile]) {
        self.setup = configured(&self.place, tables, profiles);
        self.start_again();
    }

    /// A caller of the Graph routes who may do everything there.
    pub(crate) fn caller(&self) -> Client {
        self.caller_of(TENANT)
    }

    pub(crate) fn caller_of(&self, tenant: &str) -> Client {
        Client::new(self.gangway.address, Some(token(tenant, WRITE)))
    }

    /// Whoever runs the server, over its admin listener.
    pub(crate) fn operator(&self) -> Operator<'_> {
        Operator::of(&self.gangway)
    }

    /// What the tenant's partner for this profile is called in paths.
    pub(crate) fn partner(&self, profile: &str) -> String {
        self.partner_of(TENANT, profile)
    }

    pub(crate) fn partner_of(&self, tenant: &str, profile: &str) -> String {
        let list = self.caller_of(tenant).list();
        let found = list.iter().find(|partner| partner["displayName"] == profile);
        let found = found.unwrap_or_else(|| panic!("no partner is called {profile}: {list:?}"));
        found["id"].as_str().unwrap().to_owned()
    }

    /// An administrator begins an onboarding and opens its URL, which leads to the partner.
    pub(crate) fn begin(&self, id: &str) -> Attempt {
        self.begin_as(TENANT, id)
    }

    pub(crate) fn begin_as(&self, tenant: &str, id: &str) -> Attempt {
        let mut caller = self.caller_of(tenant);
        caller.act(id, "beginOnboarding").is(204);
        let url = caller.get(id)["onboardingUrl"].as_str().unwrap().to_owned();
        let mut browser = Browser::new(self.gangway.address);
        let sent = browser.get(&url).is(302);
        let consent_url = sent.header("location").unwrap().to_owned();
        Attempt { browser, consent_url }
    }

    /// Connects the partner of this profile as an administrator does, and says its id.
    pub(crate) fn connect(&self, profile: &str, partner: &impl Consents) -> String {
        self.connect_as(TENANT, profile, partner)
    }

    pub(crate) fn connect_as(&self, tenant: &str, profile: &str, partner: &impl Consents) -> String {
        let id = self.partner_of(tenant, profile);
        let mut attempt = self.begin_as(tenant, &id);
        let callback = partner.consents(&attempt.consent_url);
        let page = attempt.browser.get(&callback.target()).is(200);
        assert!(page.text().contains("Connected"), "{}", page.text());
        assert_eq!(self.caller_of(tenant).status(&id), "onboarded");
        id
    }

    /// The releases of a partner, newest first, as the operator sees them.
    pub(crate) fn releases(&self, partner: &str) -> Vec<Value> {
        let list = self.operator().get(&format!("releases?partner={partner}")).is(200).json();
        list["value"].as_array().unwrap().clone()
    }

    /// The newest release of a partner once it looks like this.
    #[track_caller]
    pub(crate) fn release_that(&self, partner: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut seen = Value::Null;
        let look = || {
            seen = self.releases(partner).first()?.clone();
            is(&seen).then(|| seen.clone())
        };
        // Of a refresh on another node nobody knows for 65 seconds whether its answer is on its way.
        let patience = if crate::ON_POSTGRES { Duration::from_secs(110) } else { Duration::from_secs(30) };
        until_within(patience, what, look)
    }

    /// The file of its configuration.
    pub(crate) fn config(&self) -> String {
        self.place.path("gangway.toml").to_str().unwrap().to_owned()
    }

    /// The newest release of a partner, once it is confirmed.
    #[track_caller]
    pub(crate) fn confirmed(&self, partner: &str) -> Value {
        self.release_that(partner, "its release is confirmed", |release| release["state"] == "confirmed")
    }

    /// The newest release of a partner, once all is dead that is known, and an answer is missing.
    #[track_caller]
    pub(crate) fn unaccounted(&self, partner: &str, missing: &str) -> Value {
        let is_it = |release: &Value| release["state"] == "unaccounted";
        let release = self.release_that(partner, "its release ends without an answer", is_it);
        let receipt = self.receipt(&release);
        assert_eq!(receipt["missing"][0]["what"], missing, "{receipt}");
        release
    }

    /// The newest release of a partner, once it was tried in vain.
    #[track_caller]
    pub(crate) fn tried(&self, partner: &str) -> Value {
        let tried = |release: &Value| release["state"] == "pending" && release["tries"].as_u64() > Some(0);
        self.release_that(partner, "its release is tried", tried)
    }

    /// What a receipt of this release would say.
    pub(crate) fn receipt(&self, release: &Value) -> Value {
        let path = format!("releases/{}", name(release));
        self.operator().get(&path).is(200).json()["receipt"].take()
    }

    /// Waits until a line of the log has all of this.
    pub(crate) fn logs(&self, parts: &[&str]) {
        let is_it = |line: &str| parts.iter().all(|part| line.contains(part));
        until("the log says so", || self.gangway.log().lines().any(is_it).then_some(()));
    }

    pub(crate) fn database(&self) -> Database {
        Database::read(&self.gangway.data)
    }
}

/// A release as commands and paths name it.
pub(crate) fn name(release: &Value) -> String {
    let text = |name: &str| release[name].as_str().unwrap().to_owned();
    format!("{}/{}", text("tenant"), text("id"))
}

fn configured(place: &Place, tables: &str, profiles: &[Profile]) -> Setup {
    let profiles: String = profiles.iter().map(Profile::toml).collect();
    let file = format!(
        "public_url = \"{PUBLIC_URL}\"\n[vault]\nkey_file = \"{}\"\n[[identity.issuers]]\nissuer = \"{}\"\n\
         {tables}\n{profiles}",
        place.path("keys.json").display(),
        issuer::url()
    );
    let setup = Setup::config(&place.file("gangway.toml", &file), &place.data());
    Profile::environment().fold(setup, |setup, (name, value)| setup.env(name, value))
}

pub(crate) fn ready(setup: &Setup) -> Gangway {
    let gangway = setup.start();
    until("the server is ready", || (gangway.readyz().0 == 200).then_some(()));
    gangway
}
