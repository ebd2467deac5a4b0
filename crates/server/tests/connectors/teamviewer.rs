//! The `teamviewer` connector and the stand-in.

use std::time::Duration;

use gangway_domain::{Account, Life};
use gangway_engine::CallFailure::{Refused, RefusesUs};

use crate::connection::{
    REDIRECT, Tokens, connect_teamviewer, connector, consent_page, introspected, redeem, secret, teamviewer,
    used, verifier,
};
use crate::partners::TeamViewerStandIn;

#[tokio::test]
async fn a_connection_is_made_kept_fresh_revoked_and_seen_to_be_dead() {
    let partner = TeamViewerStandIn::start(REDIRECT);
    let connector = connector(&teamviewer(&partner.url()), TeamViewerStandIn::SECRET);
    let callback = partner.consent_as(&consent_page(&*connector).await, "u9").await;
    let Tokens { access, refresh } = redeem(&*connector, &callback).await;
    assert_eq!(connector.account(&access).await.unwrap(), Some(Account::new("u9", Some("u9 of Contoso"))));
    let grant = connector.refresh(&refresh).await.unwrap();
    assert_eq!(grant.expires_in, Some(Duration::from_hours(24)));
    let Tokens { access, refresh } = grant.into();
    assert_eq!(used(&*connector, &access).await, Some(Life::Alive));
    assert_eq!(introspected(&*connector, (&access, &refresh)).await, (None, None));

    connector.revoke_access_token(&access).await.unwrap();
    assert_eq!(partner.revocations(), 1);
    assert!(!partner.is_alive(access.expose()) && !partner.is_alive(refresh.expose()));
    assert_eq!(used(&*connector, &access).await, Some(Life::Dead));
    assert_eq!(connector.refresh(&refresh).await.unwrap_err().kind, Refused);
}

#[tokio::test]
async fn a_dead_token_is_refused_whether_that_is_said_by_400_or_401() {
    let partner = TeamViewerStandIn::start(REDIRECT);
    let connector = connector(&teamviewer(&partner.url()), TeamViewerStandIn::SECRET);
    let Tokens { access, refresh } = connect_teamviewer(&*connector, &partner).await;
    partner.remove_the_app();
    for status in [400, 401] {
        partner.habits(|habits| habits.dead_token_status = status);
        assert_eq!(connector.account(&access).await.unwrap_err().kind, Refused);
        assert_eq!(connector.open_sessions(&access).await.unwrap_err().kind, Refused);
        assert_eq!(connector.revoke_access_token(&access).await.unwrap_err().kind, Refused);
        assert_eq!(used(&*connector, &access).await, Some(Life::Dead));
        assert_eq!(connector.refresh(&refresh).await.unwrap_err().kind, Refused);
    }
}

#[tokio::test]
async fn where_one_token_is_revoked_alone_a_refresh_shows_that_the_grant_lives() {
    let partner = TeamViewerStandIn::start(REDIRECT);
    partner.habits(|habits| {
        habits.revocation_ends_the_grant = false;
        habits.rotates = false;
    });
    let connector = connector(&teamviewer(&partner.url()), TeamViewerStandIn::SECRET);
    let Tokens { access, refresh } = connect_teamviewer(&*connector, &partner).await;
    connector.revoke_access_token(&access).await.unwrap();
    assert_eq!(used(&*connector, &access).await, Some(Life::Dead));
    let grant = connector.refresh(&refresh).await.unwrap();
    assert!(grant.refresh_token.is_none(), "the old one goes on");
    assert_eq!(used(&*connector, &grant.access_token).await, Some(Life::Alive));
}

#[tokio::test]
async fn open_sessions_are_counted_over_all_pages() {
    let partner = TeamViewerStandIn::start(REDIRECT);
    let connector = connector(&teamviewer(&partner.url()), TeamViewerStandIn::SECRET);
    let Tokens { access, .. } = connect_teamviewer(&*connector, &partner).await;
    for count in [0, 1, 2, 5, 47] {
        partner.has_open_sessions(count);
        assert_eq!(connector.open_sessions(&access).await.unwrap(), Some(count as u64));
    }
}

#[tokio::test]
async fn an_app_that_is_not_known_is_told_so_which_proves_nothing() {
    let partner = TeamViewerStandIn::start(REDIRECT);
    let right = connector(&teamviewer(&partner.url()), TeamViewerStandIn::SECRET);
    let Tokens { refresh, .. } = connect_teamviewer(&*right, &partner).await;
    let wrong = connector(&teamviewer(&partner.url()), "not the secret");
    assert_eq!(wrong.refresh(&refresh).await.unwrap_err().kind, RefusesUs);
    assert_eq!(wrong.redeem(&secret("c"), &verifier()).await.unwrap_err().kind, RefusesUs);
    assert!(partner.is_alive(refresh.expose()));
}
