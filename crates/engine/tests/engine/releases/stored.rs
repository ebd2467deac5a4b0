//! What an earlier version has stored.

use gangway_domain::{MissingKind, PartnerId, Timestamp};
use gangway_engine::{Binding, Check, Field, Vault as _};

use crate::partner::{Manner, OldRefresh};
use crate::releases::only_release;
use crate::{House, PlainVault, TENANT, missing};

/// The credential as it was stored before there were sets of tokens.
fn store_as_before(house: &House, id: PartnerId, with_refresh_token: bool) {
    let mut rows = house.engine.store().rows();
    let stored = rows.credentials.get_mut(&(TENANT, id)).unwrap();
    let refresh_token = with_refresh_token.then_some("refresh-3");
    let before = serde_json::json!({ "tokens": {
        "accessToken": "access-2",
        "refreshToken": refresh_token,
        "expires": Timestamp::from_unix_seconds(house.clock.seconds() + 600).ticks(),
        "seenAlive": { "accessToken": true, "refreshToken": with_refresh_token },
        "unanswered": false,
        "connector": "snapshot",
    }});
    let binding =
        Binding { tenant: TENANT, partner: id, generation: stored.generation, field: Field::Credential };
    stored.sealed = PlainVault.seal(&binding, before.to_string().as_bytes()).unwrap();
}

#[tokio::test]
async fn a_credential_from_before_there_were_sets_opens_and_its_release_ends() {
    for (gives_refresh, kinds) in [(true, vec![MissingKind::BeforeSets]), (false, vec![])] {
        let house = House::with(Manner { gives_refresh, ..Manner::FORGETFUL });
        let id = house.connected().await;
        store_as_before(&house, id, gives_refresh);
        house.cut(id).await;
        assert_eq!((missing(&only_release(&house)), house.partner.alive()), (kinds, 0));
    }
}

#[tokio::test]
async fn a_connection_from_before_there_were_sets_goes_on() {
    let house = House::with(Manner { old_refresh: OldRefresh::Dies, ..Manner::OAUTH });
    let id = house.connected().await;
    store_as_before(&house, id, true);
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    house.clock.step(3600);
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    assert_eq!(house.partner.refreshes(), 1);
    house.cut(id).await;
    assert_eq!((missing(&only_release(&house)), house.partner.alive()), (vec![MissingKind::BeforeSets], 0));
}
