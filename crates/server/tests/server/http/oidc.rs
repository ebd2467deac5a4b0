//! Tokens of a real OIDC issuer, which is nobody's mock: `oidc-provider`, as `clients/oidc` starts it.

mod issuer;

use crate::support::{Client, Database, Gangway, PARTNERS, Place, Setup, until};
use issuer::Issuer;

/// What secrets are sealed with: 32 bytes in base64.
const KEY: &str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";

fn serving_for(issuer: &Issuer, place: &Place, identity: &str) -> Gangway {
    let url = &issuer.url;
    let file = format!(
        "[identity]\n{identity}\nunknown_key_refresh_interval_seconds = 1\n[[identity.issuers]]\nissuer = \"{url}\"\n"
    );
    let setup = Setup::config(&place.file("gangway.toml", &file), &place.data());
    let gangway =
        setup.env("GANGWAY_ONBOARDING__CREATED_AS", "simulated").env("GANGWAY_VAULT__KEY", KEY).start();
    until("the server is ready", || (gangway.readyz().0 == 200).then_some(()));
    gangway
}

fn caller(gangway: &Gangway, token: &str) -> Client {
    Client::new(gangway.address, Some(token.to_owned()))
}

#[test]
fn a_users_token_of_a_real_issuer_disconnects_a_partner() {
    let (issuer, place) = (Issuer::start(), Place::new());
    let gangway = serving_for(&issuer, &place, "");
    let mut user = caller(&gangway, &issuer.token("user"));
    let id = user.onboarded();
    user.disconnect(&id).is(204);
    assert_eq!(user.status(&id), "notOnboarded");
    let database = Database::read(&place.data());
    // The release may have written an event of its own after it.
    let activities = database.activities(&id);
    let cut = activities.iter().position(|activity| activity == "disconnect").unwrap();
    let actors = database.events(&id, "actor");
    assert!(actors[cut].contains("11111111-aaaa-4000-8000-000000000001"), "{actors:?}");
}

#[test]
fn the_profile_decides_whether_an_applications_token_may() {
    let issuer = Issuer::start();
    let (documented, current) = (Place::new(), Place::new());
    let app = issuer.token("app");
    let gangway = serving_for(&issuer, &documented, "permissions = \"documented\"");
    caller(&gangway, &app).send("GET", PARTNERS, None).says(403, "app only context");
    let gangway = serving_for(&issuer, &current, "permissions = \"current\"");
    let mut app = caller(&gangway, &app);
    let id = app.onboarded();
    app.disconnect(&id).is(204);
    caller(&gangway, &issuer.token("user")).disconnect(&id).is(204);
}

#[test]
fn a_tenant_that_is_not_served_and_an_audience_that_is_not_meant_are_refused() {
    let issuer = Issuer::start();
    let (tenant, audience) = (Place::new(), Place::new());
    let user = issuer.token("user");
    let gangway = serving_for(&issuer, &tenant, "tenants = [\"cccccccc-0000-cccc-1111-dddd2222eeee\"]");
    caller(&gangway, &user).send("GET", PARTNERS, None).says(400, "not applicable to target tenant");
    let gangway = serving_for(&issuer, &audience, "audiences = [\"https://graph.example\"]");
    caller(&gangway, &user).send("GET", PARTNERS, None).says(401, "Access token validation failure.");
}

#[test]
fn after_the_issuer_has_changed_its_keys_the_new_token_is_accepted_and_the_old_one_is_not() {
    let (mut issuer, place) = (Issuer::start(), Place::new());
    let gangway = serving_for(&issuer, &place, "");
    let old = issuer.token("user");
    let mut holder = caller(&gangway, &old);
    holder.list();

    issuer.start_anew_with_other_keys();
    holder.list();
    let new = issuer.token("user");
    caller(&gangway, &new).list();
    holder.send("GET", PARTNERS, None).says(401, "Access token validation failure.");
    caller(&gangway, &old).send("GET", PARTNERS, None).says(401, "Access token validation failure.");
}

#[test]
fn tokens_go_on_being_accepted_while_the_issuer_is_away() {
    let (mut issuer, place) = (Issuer::start(), Place::new());
    let gangway = serving_for(&issuer, &place, "");
    let (seen, fresh) = (issuer.token("user"), issuer.token("user"));
    caller(&gangway, &seen).list();
    issuer.stop();
    caller(&gangway, &seen).list();
    caller(&gangway, &fresh).list();
}

#[test]
fn a_server_that_started_before_its_issuer_becomes_ready_by_itself() {
    let (mut issuer, place) = (Issuer::start(), Place::new());
    issuer.stop();
    let file = place.file("gangway.toml", &format!("[[identity.issuers]]\nissuer = \"{}\"", issuer.url));
    let gangway = Setup::config(&file, &place.data()).start();
    issuer.start_anew_with_other_keys();
    let user = issuer.token("user");
    until("the keys are fetched", || {
        let answer = caller(&gangway, &user).send("GET", PARTNERS, None);
        if answer.status == 503 {
            answer.asks_to_come_back();
            return None;
        }
        answer.is(200);
        Some(())
    });
}
