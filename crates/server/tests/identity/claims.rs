use gangway_domain::Subject as Account;
use gangway_server::identity::{IdentitySettings, IssuerSettings, Reason, TenantsSetting, TokenError};
use serde_json::{Value, json};

use crate::provider::{KeysAnswer, Provider};
use crate::signing::{SigningKey, user_claims};
use crate::support::{NOW, Subject, TENANT, WRITE, may_write, trusting};

const OTHER_TENANT: &str = "99999999-2222-3333-4444-555555555555";

async fn refusal(changes: Value) -> Option<TokenError> {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    let token = key.sign(&user_claims(&provider.url, changes));
    Subject::trusting(&provider.url).ask(&token).await.err()
}

#[tokio::test]
async fn a_users_token_and_an_applications_token_give_their_callers() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    let subject = Subject::trusting(&provider.url);
    let user =
        json!({"upn": "ada@contoso.example", "appid": "app", "app_displayname": "Tool", "roles": ["x"]});
    let user = subject.ask(&key.sign(&user_claims(&provider.url, user))).await.unwrap();
    let ada = Some("ada@contoso.example".to_owned());
    assert_eq!(user.subject, Account::User { id: "a-user".into(), principal_name: ada });
    assert_eq!(user.tenant.0.to_string(), TENANT);
    assert_eq!(user.application_name.as_deref(), Some("Tool"));
    assert!(may_write(&user));
    let application = json!({"scp": null, "roles": [WRITE], "idtyp": "app"});
    let application = subject.ask(&key.sign(&user_claims(&provider.url, application))).await.unwrap();
    assert_eq!(application.subject, Account::Application { id: "a-user".into() });
    assert!(may_write(&application));
}

#[tokio::test]
async fn what_is_wrong_with_a_genuine_token_is_told() {
    for (changes, expected) in [
        (json!({"aud": "https://other.example"}), TokenError::Invalid(Reason::Audience)),
        (json!({"aud": null}), TokenError::Invalid(Reason::Audience)),
        (json!({"iss": "https://other.example"}), TokenError::Invalid(Reason::Issuer)),
        (json!({"iss": null}), TokenError::Invalid(Reason::Issuer)),
        (json!({"exp": NOW - 60}), TokenError::Expired),
        (json!({"exp": null}), TokenError::Invalid(Reason::Unlimited)),
        (json!({"nbf": NOW + 61}), TokenError::NotYetValid),
        (json!({"tid": null}), TokenError::Invalid(Reason::Tenant)),
        (json!({"oid": null}), TokenError::Invalid(Reason::Subject)),
        (json!({"scp": 1}), TokenError::Invalid(Reason::Claims)),
    ] {
        assert_eq!(refusal(changes.clone()).await, Some(expected), "{changes}");
    }
    assert_eq!(refusal(json!({"exp": NOW - 59, "nbf": NOW + 60})).await, None);
}

#[tokio::test]
async fn a_template_takes_the_tokens_of_every_tenant_but_never_one_in_anothers_name() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    let template = format!("{}/{{tenantid}}/v2.0", provider.url);
    provider.calls_itself(&template);
    let discovery = format!("{}/.well-known/openid-configuration", provider.url).parse().unwrap();
    let issuer = IssuerSettings { discovery: Some(discovery), ..IssuerSettings::new(template) };
    let tenants = Some(TenantsSetting::Any);
    let settings = IdentitySettings { issuers: vec![issuer], tenants, ..IdentitySettings::default() };
    let subject = Subject::new(&settings, None);
    let claims =
        |iss: &str, tid: &str| user_claims(&format!("{}/{iss}/v2.0", provider.url), json!({"tid": tid}));
    for tenant in [TENANT, OTHER_TENANT] {
        let caller = subject.ask(&key.sign(&claims(tenant, tenant))).await.unwrap();
        assert_eq!(caller.tenant.0.to_string(), tenant);
    }
    for (iss, tid) in [(OTHER_TENANT, TENANT), ("{tenantid}", TENANT), ("x", "x/v2.0")] {
        let answer = subject.ask(&key.sign(&claims(iss, tid))).await;
        assert_eq!(answer, Err(TokenError::Invalid(Reason::Issuer)), "{iss}");
    }
    let mut bound = key.public();
    bound["issuer"] = json!(format!("{}/{OTHER_TENANT}/v2.0", provider.url));
    provider.answers(KeysAnswer::Json(json!({ "keys": [bound] })));
    let subject = Subject::new(&settings, None);
    assert!(subject.ask(&key.sign(&claims(OTHER_TENANT, OTHER_TENANT))).await.is_ok());
    let answer = subject.ask(&key.sign(&claims(TENANT, TENANT))).await;
    assert_eq!(answer, Err(TokenError::Invalid(Reason::Key)));
}

#[tokio::test]
async fn another_tenant_is_not_served_and_a_personal_account_is_told_as_one() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    let tenants = Some(TenantsSetting::Listed(vec![TENANT.parse().unwrap()]));
    let subject = Subject::new(&IdentitySettings { tenants, ..trusting(&provider.url) }, None);
    let token = |changes| key.sign(&user_claims(&provider.url, changes));
    assert!(subject.ask(&token(json!({}))).await.is_ok());
    assert_eq!(subject.ask(&token(json!({"tid": OTHER_TENANT}))).await, Err(TokenError::UnknownTenant));
    for personal in [
        json!({"tid": "9188040d-6c67-4c5b-b112-36a304b66dad"}),
        json!({"tid": OTHER_TENANT, "idp": "https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/"}),
    ] {
        let caller = subject.ask(&token(personal)).await.unwrap();
        assert_eq!(caller.subject, Account::PersonalUser { id: "a-user".into() });
    }
}

#[tokio::test]
async fn an_issuers_own_audiences_hold_instead_of_the_global_ones() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    let own =
        IssuerSettings { audiences: Some(vec!["gangway".into()]), ..IssuerSettings::new(&*provider.url) };
    let subject = Subject::new(&IdentitySettings { issuers: vec![own], ..IdentitySettings::default() }, None);
    let token = |aud| key.sign(&user_claims(&provider.url, json!({ "aud": aud })));
    assert!(subject.ask(&token("gangway")).await.is_ok());
    let answer = subject.ask(&token("https://graph.microsoft.com")).await;
    assert_eq!(answer, Err(TokenError::Invalid(Reason::Audience)));
}
