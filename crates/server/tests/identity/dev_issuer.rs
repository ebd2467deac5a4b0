use std::sync::Arc;

use gangway_domain::{PERSONAL_ACCOUNTS_TENANT, Subject as Account, Timestamp};
use gangway_server::identity::{
    DevIssuer, Identity, IdentitySettings, Reason, TokenError, TokenKind, TokenRequest,
};

use crate::support::{NOW, Same, SteppedClock, Subject, TENANT, WRITE, may_write};

fn request(kind: TokenKind) -> TokenRequest {
    TokenRequest { tenant: TENANT.parse().unwrap(), kind, expires_in: 3600 }
}

fn delegated() -> TokenRequest {
    request(TokenKind::Delegated { scopes: vec!["User.Read".into(), WRITE.into()] })
}

fn mint(issuer: &DevIssuer, request: &TokenRequest) -> String {
    issuer.mint(request, Timestamp::from_unix_seconds(NOW)).unwrap()
}

#[tokio::test]
async fn its_tokens_of_each_kind_are_what_they_say() {
    let dir = tempfile::tempdir().unwrap();
    let issuer = DevIssuer::open(dir.path()).unwrap();
    let subject = Subject::new(&IdentitySettings::default(), Some(&issuer));
    let user = subject.ask(&mint(&issuer, &delegated())).await.unwrap();
    assert!(matches!(&user.subject, Account::User { principal_name: Some(_), .. }));
    assert_eq!(user.tenant.0.to_string(), TENANT);
    assert!(may_write(&user));
    let again = subject.ask(&mint(&issuer, &delegated())).await.unwrap();
    assert_eq!(user.subject, again.subject);
    let application = request(TokenKind::Application { roles: vec![WRITE.into()] });
    let application = subject.ask(&mint(&issuer, &application)).await.unwrap();
    assert!(matches!(application.subject, Account::Application { .. }) && may_write(&application));
    let personal = request(TokenKind::Personal { scopes: vec![WRITE.into()] });
    let personal = subject.ask(&mint(&issuer, &personal)).await.unwrap();
    assert!(matches!(personal.subject, Account::PersonalUser { .. }));
    assert_eq!(personal.tenant.0, PERSONAL_ACCOUNTS_TENANT);
    for expires_in in [-61, -3600] {
        let expired = TokenRequest { expires_in, ..delegated() };
        assert_eq!(subject.ask(&mint(&issuer, &expired)).await, Err(TokenError::Expired));
    }
}

#[tokio::test]
async fn a_token_is_good_whatever_port_the_server_has_now() {
    let dir = tempfile::tempdir().unwrap();
    let mut issuer = DevIssuer::open(dir.path()).unwrap();
    let subject = Subject::new(&IdentitySettings::default(), Some(&issuer));
    for bound in ["127.0.0.1:8080", "127.0.0.1:9090", "[::1]:80"] {
        issuer.set_url(bound.parse().unwrap()).unwrap();
        assert!(subject.ask(&mint(&issuer, &delegated())).await.is_ok(), "{bound}");
    }
}

#[tokio::test]
async fn a_key_made_anew_by_another_process_is_found_and_the_old_one_ends() {
    let dir = tempfile::tempdir().unwrap();
    let old = DevIssuer::open(dir.path()).unwrap();
    let subject = Subject::new(&IdentitySettings::default(), Some(&old));
    let of_old = mint(&old, &delegated());
    assert!(subject.ask(&of_old).await.is_ok());
    std::fs::remove_file(dir.path().join("dev-issuer.json")).unwrap();
    let new = DevIssuer::open(dir.path()).unwrap();
    let of_new = mint(&new, &delegated());
    assert_eq!(subject.ask(&of_new).await, Err(TokenError::Invalid(Reason::Key)), "read again too soon");
    subject.clock.step(30);
    assert!(subject.ask(&of_new).await.is_ok());
    assert_eq!(subject.ask(&of_old).await, Err(TokenError::Invalid(Reason::Key)));
}

#[tokio::test]
async fn without_the_dev_issuer_its_tokens_are_nobodys() {
    let dir = tempfile::tempdir().unwrap();
    let issuer = DevIssuer::open(dir.path()).unwrap();
    let subject = Subject::trusting("https://login.example");
    let answer = subject.ask(&mint(&issuer, &delegated())).await;
    assert_eq!(answer, Err(TokenError::Invalid(Reason::Issuer)));
}

#[test]
fn without_any_issuer_nothing_starts() {
    let clock = SteppedClock::new();
    let refused = Identity::new(&IdentitySettings::default(), None, clock, Arc::new(Same)).unwrap_err();
    assert_eq!(refused.key, "issuers");
}
