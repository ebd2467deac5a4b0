use super::claims;
use crate::support::{ONBOARDED, PARTNERS, Place, Setup, token};

#[test]
fn a_token_made_before_the_server_ever_ran_is_accepted() {
    let place = Place::new();
    let early = token(&place.data(), &[]);
    let gangway = Setup::dev(&place.data()).start();
    gangway.client().with_token(early).disconnect(ONBOARDED).is(204);
}

#[test]
fn a_token_made_while_the_server_runs_names_it_and_outlives_it() {
    let place = Place::new();
    let setup = Setup::dev(&place.data());
    let gangway = setup.start();
    let token = gangway.token(&[]);
    assert_eq!(claims(&token)["iss"], format!("http://{}/gangway/issuer", gangway.address));
    assert_eq!(gangway.client().with_token(&token).status(ONBOARDED), "onboarded");
    assert_eq!(gangway.stop().code, Some(0));
    let gangway = setup.start();
    assert_eq!(gangway.client().with_token(&token).status(ONBOARDED), "onboarded");
}

#[test]
fn a_token_of_another_data_directory_is_not_valid() {
    let (place, other) = (Place::new(), Place::new());
    let gangway = Setup::dev(&place.data()).start();
    let theirs = token(&other.data(), &[]);
    let answer = gangway.client().with_token(theirs).send("GET", PARTNERS, None);
    answer.says(401, "Access token validation failure.");
}

#[test]
fn a_personal_account_gets_nothing() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let mut personal = gangway.client().with_token(gangway.token(&["--personal"]));
    let text = "Personal Microsoft accounts are not supported by this operation.";
    personal.disconnect(ONBOARDED).says(403, text);
    personal.send("GET", PARTNERS, None).says(403, text);
}

#[test]
fn an_application_gets_what_the_profile_and_its_roles_allow() {
    const WRITE: &str = "DeviceManagementServiceConfig.ReadWrite.All";
    let place = Place::new();
    let documented = Setup::dev(&place.data());
    let gangway = documented.start();
    let app = gangway.token(&["--app", "--role", WRITE]);
    gangway.client().with_token(&app).disconnect(ONBOARDED).says(403, "app only context");
    assert_eq!(gangway.stop().code, Some(0));

    let gangway = documented.env("GANGWAY_IDENTITY__PERMISSIONS", "current").start();
    let reader = gangway.token(&["--app", "--role", "DeviceManagementServiceConfig.Read.All"]);
    let mut reader = gangway.client().with_token(reader);
    assert_eq!(reader.status(ONBOARDED), "onboarded");
    reader.disconnect(ONBOARDED).says(403, "must have one of the following scopes");
    let none = gangway.token(&["--app"]);
    gangway.client().with_token(none).send("GET", PARTNERS, None).is(403);
    gangway.client().with_token(app).disconnect(ONBOARDED).is(204);
}

#[test]
fn scopes_are_what_was_asked_for() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let reader = gangway.token(&["--scope", "openid DeviceManagementServiceConfig.Read.All"]);
    let mut reader = gangway.client().with_token(reader);
    assert_eq!(reader.status(ONBOARDED), "onboarded");
    reader.disconnect(ONBOARDED).says(403, "must have one of the following scopes");
    let none = gangway.token(&["--scope", "openid profile"]);
    gangway.client().with_token(none).send("GET", PARTNERS, None).is(403);
}

#[test]
fn each_tenant_has_its_own_partners() {
    const OTHER: &str = "cccccccc-0000-cccc-1111-dddd2222eeee";
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let token = gangway.token(&["--tenant", OTHER]);
    assert_eq!(claims(&token)["tid"], OTHER);
    let mut other = gangway.client().with_token(token);
    assert!(other.list().is_empty());
    let id = other.onboarded();
    assert_eq!(other.list().len(), 1);
    gangway.client().disconnect(&id).is(404);
    assert_eq!(gangway.client().list().len(), 2);
}

#[test]
fn a_token_made_expired_has_expired() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let expired = gangway.token(&["--expires", "-3600"]);
    let mut client = gangway.client().with_token(expired);
    client.disconnect(ONBOARDED).says(401, "Lifetime validation failed, the token is expired.");
    let expired = gangway.token(&["--expires", "-10"]);
    let mut client = gangway.client().with_token(expired);
    client.disconnect(ONBOARDED).says(401, "Lifetime validation failed, the token is expired.");
}
