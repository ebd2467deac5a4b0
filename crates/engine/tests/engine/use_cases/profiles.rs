use gangway_domain::{ConnectorKind, OnboardingStatus, ReleaseState, TenantId};
use gangway_engine::{Departed, Error, Listing, Store as _};
use uuid::Uuid;

use crate::{House, TENANT, by, profile};

#[tokio::test]
async fn every_tenant_has_a_partner_for_each_profile_once_for_ever() {
    let mut house = House::new();
    house.policy.profiles.push(profile("link", ConnectorKind::Link));
    house.restart();
    let store = house.engine.store().clone();
    for _ in 0..3 {
        house.engine.provision(TENANT).await.unwrap();
        house.restart();
    }
    let partners = store.partners(TENANT, Listing::all()).await.unwrap().items;
    let names: Vec<_> = partners.iter().map(|p| p.profile.as_ref().unwrap().as_str()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"helper") && names.contains(&"link"));
    assert_eq!(store.rows().audit.len(), 2);

    house.engine.delete_partner(TENANT, &by(), partners[0].id).await.unwrap();
    house.restart();
    house.engine.provision(TENANT).await.unwrap();
    assert_eq!(
        store.partners(TENANT, Listing::all()).await.unwrap().items.len(),
        1,
        "what was deleted stays deleted"
    );
}

#[tokio::test]
async fn a_profile_that_leaves_the_configuration_is_cut_and_released_all_the_same() {
    let mut house = House::new();
    let id = house.connected().await;
    house.policy.profiles.clear();
    house.connectors.gone.lock().unwrap().push("helper".parse().unwrap());
    house.restart();
    let mut departed = Departed::default();
    house.engine.disconnect_departed(|_| true, &mut departed).await.unwrap();
    assert_eq!(departed.profiles.into_iter().collect::<Vec<_>>(), [("helper".to_owned(), 1)]);
    house.work().await;
    assert_eq!(house.partner.alive(), 0, "what it takes was kept beside the credential");
    assert_eq!(house.engine.begin_onboarding(TENANT, &by(), id).await, Err(Error::NoProfile(id)));
    let mut again = Departed::default();
    house.engine.disconnect_departed(|_| true, &mut again).await.unwrap();
    assert_eq!(again, Departed::default());
}

#[tokio::test]
async fn a_tenant_that_leaves_the_configuration_is_cut_and_released_all_the_same() {
    let house = House::new();
    let id = house.connected().await;
    let others = TenantId(Uuid::from_u128(99));
    let mut departed = Departed::default();
    house.engine.disconnect_departed(|tenant| tenant == others, &mut departed).await.unwrap();
    assert_eq!(departed.tenants.into_iter().collect::<Vec<_>>(), [(TENANT, 1)]);
    let partner = house.engine.store().partner(TENANT, id).await.unwrap().unwrap();
    assert_eq!(partner.status.onboarding_status(), OnboardingStatus::NotOnboarded);
    house.work().await;
    assert_eq!(house.partner.alive(), 0);
}

#[tokio::test]
async fn deleting_a_connected_partner_releases_it_without_its_row() {
    let house = House::new();
    let id = house.connected().await;
    house.engine.delete_partner(TENANT, &by(), id).await.unwrap();
    assert_eq!(house.engine.store().partner(TENANT, id).await, Ok(None));
    house.work().await;
    assert_eq!(house.partner.alive(), 0);
    let rows = house.engine.store().rows();
    let (release, _) = rows.releases.values().next().unwrap();
    assert!(matches!(release.state, ReleaseState::Confirmed(_)));
    assert_eq!(release.partner, id);
}
