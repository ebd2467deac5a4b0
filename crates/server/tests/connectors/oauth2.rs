//! The `oauth2` connector and `oidc-provider`.

use gangway_domain::{Account, Life, Probe, TokenKind};
use gangway_engine::CallFailure::{Refused, RefusesUs, Rejected};

use crate::connection::{
    HOUR, REDIRECT, Tokens, connect_oauth, connector, consent_page, introspected, oauth2, redeem, secret,
    used, verifier,
};
use crate::partners::OAuthPartner;

const ALIVE: (Option<Life>, Option<Life>) = (Some(Life::Alive), Some(Life::Alive));
const DEAD: (Option<Life>, Option<Life>) = (Some(Life::Dead), Some(Life::Dead));
const NOT_ASKED: (Option<Life>, Option<Life>) = (None, None);

#[tokio::test]
async fn a_connection_is_made_kept_fresh_revoked_and_seen_to_be_dead() {
    let partner = OAuthPartner::start(REDIRECT);
    let connector = connector(&oauth2(partner.issuer()), OAuthPartner::SECRET);
    let callback = partner.consent_as(&consent_page(&*connector).await, "ann").await;
    let Tokens { access, refresh } = redeem(&*connector, &callback).await;
    let account = connector.account(&access).await.unwrap();
    assert_eq!(account, Some(Account::new("ann", Some("ann of Contoso"))));
    assert_eq!(introspected(&*connector, (&access, &refresh)).await, ALIVE);
    assert_eq!(used(&*connector, &access).await, Some(Life::Alive));

    let grant = connector.refresh(&refresh).await.unwrap();
    assert_eq!(grant.expires_in, Some(HOUR));
    let Tokens { access, refresh } = grant.into();
    assert!(partner.is_active(access.expose()).await && partner.is_active(refresh.expose()).await);

    connector.revoke_refresh_token(&refresh).await.unwrap();
    connector.revoke_access_token(&access).await.unwrap();
    assert!(!partner.is_active(access.expose()).await && !partner.is_active(refresh.expose()).await);
    assert_eq!(introspected(&*connector, (&access, &refresh)).await, DEAD);
    assert_eq!(used(&*connector, &access).await, Some(Life::Dead));
    assert_eq!(connector.refresh(&refresh).await.unwrap_err().kind, Refused);
    assert_eq!(connector.account(&access).await.unwrap_err().kind, Refused);
    let hints: Vec<_> = partner.revocations().await.into_iter().map(|asked| asked.hint.unwrap()).collect();
    assert_eq!(hints, ["refresh_token", "access_token"]);
    // Once more does no harm.
    connector.revoke_refresh_token(&refresh).await.unwrap();
}

#[tokio::test]
async fn the_answer_names_the_partner_and_no_other() {
    let (partner, other) = (OAuthPartner::start(REDIRECT), OAuthPartner::start(REDIRECT));
    let connector = connector(&oauth2(partner.issuer()), OAuthPartner::SECRET);
    let issuer = partner.consent(&consent_page(&*connector).await).await.issuer().unwrap();
    assert!(connector.is_issuer(Some(&issuer)).await.unwrap());
    assert!(!connector.is_issuer(Some(other.issuer())).await.unwrap());
    assert!(!connector.is_issuer(None).await.unwrap(), "it says that it always names itself");
}

#[tokio::test]
async fn a_code_is_good_once_and_only_with_its_verifier() {
    let partner = OAuthPartner::start(REDIRECT);
    let connector = connector(&oauth2(partner.issuer()), OAuthPartner::SECRET);
    let callback = partner.consent(&consent_page(&*connector).await).await;
    let code = secret(&callback.code());
    let other = secret("another-verifier-that-is-at-least-43-characters-long");
    assert_eq!(connector.redeem(&code, &other).await.unwrap_err().kind, Refused);
    let tokens = connect_oauth(&*connector, &partner).await;
    assert!(partner.is_active(tokens.access.expose()).await);

    let callback = partner.consent(&consent_page(&*connector).await).await;
    let tokens = redeem(&*connector, &callback).await;
    let again = connector.redeem(&secret(&callback.code()), &verifier()).await.unwrap_err();
    assert_eq!((again.kind, again.answer.as_str()), (Refused, "HTTP 400 invalid_grant"));
    assert!(!partner.is_active(tokens.refresh.expose()).await, "what a replayed code gave is dead");
}

#[tokio::test]
async fn a_client_with_the_wrong_secret_is_told_so_which_proves_nothing() {
    let partner = OAuthPartner::start(REDIRECT);
    let right = connector(&oauth2(partner.issuer()), OAuthPartner::SECRET);
    let Tokens { access, refresh } = connect_oauth(&*right, &partner).await;
    let wrong = connector(&oauth2(partner.issuer()), "not the secret");
    for failure in [
        wrong.refresh(&refresh).await.unwrap_err(),
        wrong.revoke_refresh_token(&refresh).await.unwrap_err(),
        wrong.revoke_access_token(&access).await.unwrap_err(),
        wrong.redeem(&secret("c"), &verifier()).await.unwrap_err(),
    ] {
        assert_eq!((failure.kind, failure.answer.as_str()), (RefusesUs, "HTTP 401 invalid_client"));
    }
    let look = wrong.probe(Probe::Introspection, TokenKind::Refresh, &refresh).await;
    assert_eq!(look.unwrap_err().kind, RefusesUs);
    // The account endpoint asks for no client.
    assert_eq!(used(&*wrong, &access).await, Some(Life::Alive));
    assert!(partner.is_active(refresh.expose()).await);
}

#[tokio::test]
async fn without_introspection_the_account_endpoint_and_a_refresh_show_it() {
    let partner = OAuthPartner::setup(REDIRECT).without_introspection().start();
    let connector = connector(&oauth2(partner.issuer()), OAuthPartner::SECRET);
    let Tokens { access, refresh } = connect_oauth(&*connector, &partner).await;
    assert_eq!(used(&*connector, &access).await, Some(Life::Alive));
    connector.revoke_refresh_token(&refresh).await.unwrap();
    connector.revoke_access_token(&access).await.unwrap();
    assert_eq!(introspected(&*connector, (&access, &refresh)).await, NOT_ASKED);
    assert_eq!(used(&*connector, &access).await, Some(Life::Dead));
    assert_eq!(connector.refresh(&refresh).await.unwrap_err().kind, Refused);
}

#[tokio::test]
async fn a_partner_without_revocation_says_so_and_the_tokens_live() {
    let partner = OAuthPartner::setup(REDIRECT).without_revocation().start();
    let connector = connector(&oauth2(partner.issuer()), OAuthPartner::SECRET);
    let Tokens { access, refresh } = connect_oauth(&*connector, &partner).await;
    let failure = connector.revoke_refresh_token(&refresh).await.unwrap_err();
    assert_eq!((failure.kind, failure.answer.as_str()), (Rejected, "the partner offers no revocation"));
    assert_eq!(introspected(&*connector, (&access, &refresh)).await, ALIVE);
}

#[tokio::test]
async fn where_a_revocation_ends_one_token_the_other_is_seen_to_live() {
    let partner = OAuthPartner::setup(REDIRECT).revoking_one_token().start();
    let connector = connector(&oauth2(partner.issuer()), OAuthPartner::SECRET);
    let Tokens { access, refresh } = connect_oauth(&*connector, &partner).await;
    connector.revoke_refresh_token(&refresh).await.unwrap();
    assert_eq!(introspected(&*connector, (&access, &refresh)).await, (Some(Life::Alive), Some(Life::Dead)));
    connector.revoke_access_token(&access).await.unwrap();
    assert_eq!(introspected(&*connector, (&access, &refresh)).await, DEAD);
}

#[tokio::test]
async fn where_refresh_tokens_stay_a_refresh_gives_none() {
    let partner = OAuthPartner::setup(REDIRECT).without_rotation().start();
    let connector = connector(&oauth2(partner.issuer()), OAuthPartner::SECRET);
    let Tokens { refresh, .. } = connect_oauth(&*connector, &partner).await;
    for _ in 0..2 {
        let grant = connector.refresh(&refresh).await.unwrap();
        assert!(grant.refresh_token.is_none_or(|same| same == refresh));
    }
}
