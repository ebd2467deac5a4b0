//! What is known of `oidc-provider` as a partner.

use super::caller::{OAuthCaller, REDIRECT, Tokens, authorization_url, get};
use crate::partners::{OAuthPartner, block_on};

async fn connected() -> (OAuthPartner, OAuthCaller, Tokens) {
    let partner = OAuthPartner::start(REDIRECT);
    let caller = OAuthCaller::of(&partner);
    let tokens = caller.connect(&partner).await;
    (partner, caller, tokens)
}

#[tokio::test]
async fn a_consent_leads_back_with_a_code_the_state_and_who_answers() {
    let partner = OAuthPartner::start(REDIRECT);
    let callback = partner.consent(&authorization_url(partner.issuer(), REDIRECT)).await;
    assert!(callback.url.as_str().starts_with(REDIRECT), "{callback:?}");
    assert!(callback.target().starts_with("/gangway/v1/callback?"), "{callback:?}");
    assert!(callback.code().len() > 20);
    assert_eq!(callback.state().as_deref(), Some("the-state"));
    assert_eq!(callback.issuer().as_deref(), Some(partner.issuer()));
}

#[tokio::test]
async fn a_refused_consent_leads_back_with_an_error_and_no_code() {
    let partner = OAuthPartner::start(REDIRECT);
    let callback = partner.deny(&authorization_url(partner.issuer(), REDIRECT)).await;
    assert_eq!(callback.error().as_deref(), Some("access_denied"));
    assert_eq!(callback.field("code"), None);
    assert_eq!(callback.state().as_deref(), Some("the-state"));
    assert_eq!(partner.usable().await.codes, 0);
}

#[tokio::test]
async fn a_redirect_uri_that_is_not_the_same_to_the_letter_is_refused() {
    let partner = OAuthPartner::start(REDIRECT);
    for other in [format!("{REDIRECT}/"), format!("{REDIRECT}?x=1"), REDIRECT.to_uppercase()] {
        let answer = get(&authorization_url(partner.issuer(), &other)).await;
        assert_eq!((answer.status, answer.headers.get("location")), (400, None), "{other}");
    }
}

#[tokio::test]
async fn a_code_without_its_challenge_or_verifier_is_no_good() {
    let partner = OAuthPartner::start(REDIRECT);
    let caller = OAuthCaller::of(&partner);
    let url = authorization_url(partner.issuer(), REDIRECT);
    let bare = partner.consent(url.split("&code_challenge").next().unwrap()).await;
    assert_eq!(bare.error().as_deref(), Some("invalid_request"));
    let code = partner.consent(&url).await.code();
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    caller.post("/token", &fields).await.is_error("invalid_grant");
}

#[tokio::test]
async fn the_tokens_open_the_account_that_consented() {
    let partner = OAuthPartner::start(REDIRECT);
    let caller = OAuthCaller::of(&partner);
    for account in ["anna", "bert"] {
        let callback = partner.consent_as(&authorization_url(partner.issuer(), REDIRECT), account).await;
        let tokens = Tokens::from(caller.redeem(&callback.code()).await);
        let answer = caller.userinfo(&tokens.access).await;
        assert_eq!(answer.field("sub"), account);
        assert_eq!(answer.field("name"), format!("{account} of Contoso"));
        assert_eq!(answer.field("email"), format!("{account}@contoso.example"));
    }
}

#[tokio::test]
async fn a_code_that_is_replayed_is_refused_and_kills_what_it_gave() {
    let partner = OAuthPartner::start(REDIRECT);
    let caller = OAuthCaller::of(&partner);
    let code = partner.consent(&authorization_url(partner.issuer(), REDIRECT)).await.code();
    assert_eq!(partner.usable().await.codes, 1);
    let tokens = Tokens::from(caller.redeem(&code).await);
    assert!(partner.is_active(&tokens.access).await && partner.is_active(&tokens.refresh).await);
    caller.redeem(&code).await.is_error("invalid_grant");
    assert!(!partner.is_active(&tokens.access).await && !partner.is_active(&tokens.refresh).await);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_reuse_kills_the_family() {
    let (partner, caller, first) = connected().await;
    let second = Tokens::from(caller.refresh(&first.refresh).await);
    assert_ne!(second.refresh, first.refresh);
    assert!(!partner.is_active(&first.refresh).await && partner.is_active(&second.refresh).await);
    assert!(partner.is_active(&first.access).await, "a refresh leaves the old access token");
    caller.refresh(&first.refresh).await.is_error("invalid_grant");
    for token in [&first.access, &second.access, &second.refresh] {
        assert!(!partner.is_active(token).await);
    }
    caller.refresh(&second.refresh).await.is_error("invalid_grant");
}

#[tokio::test]
async fn revoking_the_refresh_token_kills_everything() {
    let (partner, caller, first) = connected().await;
    let second = Tokens::from(caller.refresh(&first.refresh).await);
    assert_eq!(caller.revoke(&second.refresh).await, 200);
    for token in [&first.access, &second.access, &second.refresh] {
        assert!(!partner.is_active(token).await);
    }
    caller.refresh(&second.refresh).await.is_error("invalid_grant");
    assert_eq!(caller.userinfo(&second.access).await.status, 401);
    let left = partner.usable().await;
    assert_eq!((left.access_tokens, left.refresh_tokens, left.codes), (0, 0, 0));
}

#[tokio::test]
async fn revoking_a_refresh_token_that_was_rotated_away_kills_the_newest_too() {
    let (partner, caller, first) = connected().await;
    let second = Tokens::from(caller.refresh(&first.refresh).await);
    assert_eq!(caller.revoke(&first.refresh).await, 200);
    assert!(!partner.is_active(&second.access).await && !partner.is_active(&second.refresh).await);
}

#[tokio::test]
async fn that_a_revocation_is_answered_with_200_proves_nothing() {
    let (partner, caller, tokens) = connected().await;
    assert_eq!(caller.revoke("garbage").await, 200);
    assert!(partner.is_active(&tokens.refresh).await);
    for _ in 0..2 {
        assert_eq!(caller.revoke(&tokens.refresh).await, 200);
    }
}

/// RFC 7009 leaves that open, and others keep the refresh token; see the next test.
#[tokio::test]
async fn revoking_the_access_token_alone_kills_the_refresh_token_too_at_this_version() {
    let (partner, caller, tokens) = connected().await;
    assert_eq!(caller.revoke(&tokens.access).await, 200);
    assert!(!partner.is_active(&tokens.access).await && !partner.is_active(&tokens.refresh).await);
    assert_eq!(partner.usable().await.grants, 1, "the consent itself stands");
}

#[tokio::test]
async fn a_partner_that_revokes_one_token_at_a_time_keeps_the_other() {
    let partner = OAuthPartner::setup(REDIRECT).revoking_one_token().start();
    let caller = OAuthCaller::of(&partner);
    let tokens = caller.connect(&partner).await;
    assert_eq!(caller.revoke(&tokens.access).await, 200);
    assert!(!partner.is_active(&tokens.access).await && partner.is_active(&tokens.refresh).await);
    let fresh = Tokens::from(caller.refresh(&tokens.refresh).await);
    assert_eq!(caller.revoke(&fresh.refresh).await, 200);
    assert!(!partner.is_active(&fresh.refresh).await && partner.is_active(&fresh.access).await);
}

#[test]
fn a_test_that_is_not_asynchronous_can_use_it_as_well() {
    let partner = OAuthPartner::start(REDIRECT);
    let caller = OAuthCaller::of(&partner);
    let tokens = block_on(caller.connect(&partner));
    assert!(block_on(partner.is_active(&tokens.refresh)));
}
