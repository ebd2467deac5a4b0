use serde_json::{Value, json};

use super::*;

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const WRITE: &str = "DeviceManagementServiceConfig.ReadWrite.All";

fn claims(mut changes: Value) -> Claims {
    let mut all = json!({"aud": "me", "exp": 1000, "tid": TENANT, "oid": "o"});
    for (name, value) in changes.as_object_mut().unwrap() {
        all[name] = value.take();
    }
    serde_json::from_value(all).unwrap()
}

fn caller(changes: Value) -> Result<Caller, TokenError> {
    claims(changes).into_caller(&TenantsSetting::Any)
}

fn check(changes: Value, now: i64) -> Result<i64, TokenError> {
    claims(changes).check(&["me".into(), "too".into()], now, 60)
}

fn may_write(caller: &Caller) -> bool {
    caller.permissions.has_any(&[Permission::ServiceConfigReadWrite])
}

#[test]
fn it_has_to_be_meant_for_this_service() {
    for (aud, good) in [
        (json!("me"), true),
        (json!(["other", "too"]), true),
        (json!("ME"), false),
        (json!("me/"), false),
        (json!([]), false),
        (Value::Null, false),
    ] {
        let expected = if good { Ok(1060) } else { Err(TokenError::Invalid(Reason::Audience)) };
        assert_eq!(check(json!({ "aud": aud }), 0), expected, "{aud}");
    }
}

#[test]
fn it_is_good_from_its_nbf_to_its_exp_give_or_take_the_leeway() {
    let times = || json!({"nbf": 500, "exp": 1000});
    assert_eq!(check(times(), 439), Err(TokenError::NotYetValid));
    assert_eq!(check(times(), 440), Ok(1060));
    assert_eq!(check(times(), 1059), Ok(1060));
    assert_eq!(check(times(), 1060), Err(TokenError::Expired));
    assert_eq!(check(json!({"exp": Value::Null}), 0), Err(TokenError::Invalid(Reason::Unlimited)));
    assert_eq!(check(json!({"exp": 1000.9}), 1059), Ok(1060));
    assert_eq!(check(json!({"exp": u64::MAX}), 0), Ok(i64::MAX));
    assert_eq!(check(json!({"exp": -1e300}), 0), Err(TokenError::Expired));
    assert_eq!(check(json!({"nbf": i64::MIN}), 0), Ok(1060));
}

#[test]
fn a_users_token_gives_its_scopes_and_the_users_roles_count_for_nothing() {
    let scopes = caller(json!({"scp": format!("User.Read {WRITE}"), "idtyp": "user", "upn": "a@b"})).unwrap();
    assert!(may_write(&scopes));
    assert_eq!(scopes.subject, Subject::User { id: "o".into(), principal_name: Some("a@b".into()) });
    for claims in [
        json!({"scp": "User.Read", "roles": [WRITE]}),
        json!({"idtyp": "user", "roles": [WRITE]}),
        json!({"idtyp": "user", "scp": "", "roles": [WRITE]}),
    ] {
        let user = caller(claims).unwrap();
        assert!(matches!(user.subject, Subject::User { .. }));
        assert!(!may_write(&user));
    }
}

#[test]
fn without_scopes_or_when_it_says_so_it_is_an_application_with_roles() {
    for claims in [
        json!({"roles": [WRITE]}),
        json!({"roles": [WRITE], "scp": " "}),
        json!({"roles": [WRITE], "idtyp": "app"}),
        json!({"roles": [WRITE], "idtyp": "app", "scp": "User.Read"}),
    ] {
        let application = caller(claims).unwrap();
        assert_eq!(application.subject, Subject::Application { id: "o".into() });
        assert!(may_write(&application));
    }
    assert!(!may_write(&caller(json!({"idtyp": "app", "scp": WRITE})).unwrap()));
}

#[test]
fn a_personal_account_is_told_whatever_tenant_it_is_a_guest_of() {
    let none = TenantsSetting::Listed(vec![]);
    for changes in [
        json!({"tid": "9188040d-6c67-4c5b-b112-36a304b66dad"}),
        json!({"tid": "9188040D-6C67-4C5B-B112-36A304B66DAD"}),
        json!({"idp": "https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/"}),
        json!({"idp": "live.com"}),
    ] {
        let personal = claims(changes).into_caller(&none).unwrap();
        assert_eq!(personal.subject, Subject::PersonalUser { id: "o".into() });
    }
    let guest = json!({"idp": format!("https://sts.windows.net/{TENANT}/"), "scp": "User.Read"});
    assert!(matches!(caller(guest).unwrap().subject, Subject::User { .. }));
}

#[test]
fn only_the_tenants_served_are_let_in() {
    let served = |tenant: &str| {
        let tenants = TenantsSetting::Listed(vec![tenant.parse().unwrap()]);
        claims(json!({"scp": WRITE})).into_caller(&tenants).map(|caller| caller.tenant)
    };
    assert_eq!(served(TENANT), Ok(TenantId(TENANT.parse().unwrap())));
    assert_eq!(served("99999999-2222-3333-4444-555555555555"), Err(TokenError::UnknownTenant));
}

#[test]
fn the_tenant_has_to_be_a_guid_in_its_usual_spelling() {
    for tid in [
        json!(TENANT.replace('-', "")),
        json!(format!("{{{TENANT}}}")),
        json!(format!("urn:uuid:{TENANT}")),
        json!("contoso.example"),
        json!(""),
        Value::Null,
    ] {
        assert_eq!(caller(json!({ "tid": tid })), Err(TokenError::Invalid(Reason::Tenant)), "{tid}");
    }
}

#[test]
fn somebody_has_to_be_named_and_no_name_may_be_mistaken_for_another() {
    let named = |claims| caller(claims).map(|caller| caller.subject);
    let sub = json!({"oid": Value::Null, "sub": "s"});
    assert_eq!(named(sub), Ok(Subject::Application { id: "s".into() }));
    let nobody = Err(TokenError::Invalid(Reason::Subject));
    assert_eq!(named(json!({"oid": ""})), nobody);
    assert_eq!(named(json!({"oid": "x".repeat(257)})), nobody);
    assert_eq!(named(json!({"oid": "a\0b"})), nobody);
}

#[test]
fn names_are_kept_and_cut_between_characters() {
    let first =
        json!({"scp": "a", "upn": "é".repeat(200), "preferred_username": "p", "appid": "i", "azp": "z"});
    let first = caller(first).unwrap();
    let Subject::User { principal_name: Some(upn), .. } = &first.subject else { panic!("{first:?}") };
    assert_eq!(upn, &"é".repeat(128));
    assert_eq!(first.application_id.as_deref(), Some("i"));
    let second = json!({"scp": "a", "preferred_username": "p", "azp": "z", "app_displayname": "To\0ol", "appid": "\0"});
    let second = caller(second).unwrap();
    assert_eq!(second.subject, Subject::User { id: "o".into(), principal_name: Some("p".into()) });
    assert_eq!(second.application_id.as_deref(), Some("z"));
    assert_eq!(second.application_name.as_deref(), Some("Tool"));
}
