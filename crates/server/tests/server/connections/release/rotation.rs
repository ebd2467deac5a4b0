//! What `oidc-provider` does with refresh tokens, which is nobody's stand-in: it replaces them, or not, or once.

use crate::partners::{OAuthPartner, Rotation, block_on};
use crate::scene::{Profile, Scene, redirect_uri};
use crate::support::until;

/// Long enough to be asked about while they are good, and soon over.
const ACCESS_SECONDS: u32 = 4;
const RENEWALS: usize = 2;

/// Connects, has the tokens renewed when the access token has run out, and is cut off. Says how many refresh tokens there
/// were, by the names they have at the provider.
fn lives_and_dies(partner: &OAuthPartner) -> usize {
    let scene = Scene::start(&[Profile::oauth2("helpdesk", partner.issuer())]);
    let id = scene.connect("helpdesk", partner);
    for _ in 0..RENEWALS {
        let run_out = || (block_on(partner.usable()).access_tokens == 0).then_some(());
        until("the access token runs out", run_out);
        let given = block_on(partner.given()).len();
        assert_eq!(scene.prints(&["partner", "check", &id]), "the connection is good\n");
        assert!(block_on(partner.given()).len() > given, "nothing was renewed");
        assert!(scene.releases(&id).is_empty(), "nobody cut it");
    }
    assert!(!block_on(partner.alive()).is_empty());

    scene.caller().disconnect(&id).is(204);
    scene.confirmed(&id);
    let alive = block_on(partner.alive());
    assert!(alive.is_empty(), "{} of {} tokens live", alive.len(), block_on(partner.given()).len());
    let usable = block_on(partner.usable());
    assert_eq!((usable.access_tokens, usable.refresh_tokens, usable.codes), (0, 0, 0));
    block_on(partner.given()).len() - (RENEWALS + 1)
}

/// With each way of rotating, of a provider that is set up like this.
fn at_every_rotation(setup: impl Fn(Rotation) -> OAuthPartner) {
    for rotation in Rotation::ALL {
        let partner = setup(rotation);
        let refresh_tokens = match rotation {
            Rotation::On => RENEWALS + 1,
            Rotation::Off => 1,
            Rotation::Once => 2,
        };
        assert_eq!(lives_and_dies(&partner), refresh_tokens, "{rotation:?}");
    }
}

#[test]
fn no_token_is_left_however_refresh_tokens_are_replaced() {
    at_every_rotation(|rotation| {
        let setup = OAuthPartner::setup(&redirect_uri("helpdesk")).rotating(rotation);
        setup.access_seconds(ACCESS_SECONDS).start()
    });
}

#[test]
fn no_token_is_left_where_each_is_revoked_by_itself() {
    at_every_rotation(|rotation| {
        let setup = OAuthPartner::setup(&redirect_uri("helpdesk")).rotating(rotation).revoking_one_token();
        setup.access_seconds(ACCESS_SECONDS).start()
    });
}

#[test]
fn no_token_is_left_where_nobody_can_ask_about_any() {
    at_every_rotation(|rotation| {
        let setup = OAuthPartner::setup(&redirect_uri("helpdesk")).rotating(rotation).without_introspection();
        setup.access_seconds(ACCESS_SECONDS).revoking_one_token().start()
    });
}
