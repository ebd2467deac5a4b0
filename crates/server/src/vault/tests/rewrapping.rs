use std::sync::Arc;

use gangway_domain::{AttemptId, ReleaseId};
use gangway_engine::{Sealed, SecretPlace, StoredSecret, Vault as _, VaultError};
use uuid::Uuid;

use super::fake_store::Secrets;
use super::*;

/// The secret of the place with this number: one of each kind in turn.
fn secret(ring: &KeyRing, number: u128) -> StoredSecret {
    let (tenant, id) = (TenantId(Uuid::from_u128(number % 7)), Uuid::from_u128(number));
    let (place, field) = match number % 3 {
        0 => (SecretPlace::Attempt(tenant, AttemptId(id)), Field::Attempt),
        1 => (SecretPlace::Credential(tenant, PartnerId(id)), Field::Credential),
        _ => (SecretPlace::Release(tenant, ReleaseId(id)), Field::Credential),
    };
    let binding = Binding { tenant, partner: PartnerId(id), generation: Generation(1), field };
    let sealed = ring.seal(&binding, &number.to_be_bytes()).unwrap();
    StoredSecret { place, binding, sealed }
}

fn secrets(ring: &KeyRing, numbers: std::ops::Range<u128>) -> Vec<StoredSecret> {
    numbers.map(|number| secret(ring, number)).collect()
}

/// All of them open with the key that seals alone.
fn are_under_the_new_key(rows: &[StoredSecret], ring: &KeyRing) {
    for row in rows {
        assert_eq!(KeyId::of_sealed(&row.sealed), ring.active(), "{row:?}");
        let expected = row.binding.partner.0.as_u128().to_be_bytes();
        assert_eq!(ring.open(&row.binding, &row.sealed).unwrap().as_slice(), expected);
    }
}

#[tokio::test]
async fn all_secrets_come_under_the_new_key_page_by_page_and_once_is_enough() {
    let place = Place::new();
    let ring = place.ring();
    let old = ring.active().unwrap();
    let store = Secrets::of(secrets(&ring, 0..250));
    assert_eq!(used_keys(&store).await.unwrap(), [old].into());
    let new = ring.with_new_key(NOW).unwrap();
    let late = secrets(&ring, 250..255);
    let store = Secrets::of([store.rows(), late].concat());
    assert_eq!(used_keys(&store).await.unwrap(), [old, new].into());

    let done = rewrap_all(&store, &ring).await.unwrap();
    assert_eq!(done, Rewrapped { rewrapped: 250, already: 5, vanished: 0, failed: 0 });
    are_under_the_new_key(&store.rows(), &ring);
    assert_eq!(used_keys(&store).await.unwrap(), [new].into());
    let before = store.rows();
    let done = rewrap_all(&store, &ring).await.unwrap();
    assert_eq!(done, Rewrapped { rewrapped: 0, already: 255, vanished: 0, failed: 0 });
    assert!(store.rows() == before, "something was sealed anew for nothing");
    assert!(store.asked.lock().unwrap().iter().all(|asked| *asked == 100));
}

#[tokio::test]
async fn what_somebody_else_wrote_meanwhile_is_kept_and_comes_under_the_new_key_too() {
    let place = Place::new();
    let ring = Arc::new(place.ring());
    let old = KeyRing::open(&Source::File(place.path()), NOW).unwrap();
    let rows = secrets(&ring, 1..11);
    ring.with_new_key(NOW).unwrap();
    let mut calls = 0;
    // One is replaced and one destroyed just before it is put back; one comes late, behind the cursor.
    let store = Secrets::of(rows).beside(move |rows| {
        calls += 1;
        match calls {
            1 => {
                let row = &mut rows[0];
                row.sealed = old.seal(&row.binding, &row.binding.partner.0.as_u128().to_be_bytes()).unwrap();
                rows.retain(|row| row.binding.partner.0.as_u128() != 3);
            }
            10 => rows.push(StoredSecret { place: first(), ..secret(&old, 300) }),
            _ => {}
        }
    });
    let done = rewrap_all(&store, &ring).await.unwrap();
    assert_eq!(done, Rewrapped { rewrapped: 10, already: 0, vanished: 2, failed: 0 });
    assert_eq!(store.rows().len(), 10);
    are_under_the_new_key(&store.rows(), &ring);
}

/// Before all others.
fn first() -> SecretPlace {
    SecretPlace::Attempt(TenantId(Uuid::nil()), AttemptId(Uuid::nil()))
}

#[tokio::test]
async fn a_secret_that_cannot_be_opened_stops_nothing_and_is_left_as_it_is() {
    let (place, elsewhere) = (Place::new(), Place::new());
    let ring = place.ring();
    let mut rows = secrets(&ring, 0..6);
    rows[1].binding.generation = Generation(2);
    rows[2].sealed = Sealed(b"damaged".to_vec());
    rows[3] = secret(&elsewhere.ring(), 3);
    let bad = rows[1..4].to_vec();
    ring.with_new_key(NOW).unwrap();
    let store = Secrets::of(rows);
    let done = rewrap_all(&store, &ring).await.unwrap();
    assert_eq!(done, Rewrapped { rewrapped: 3, already: 0, vanished: 0, failed: 3 });
    assert_eq!(store.rows()[1..4], bad);
    // The key of the one that may still be opened some day is not forgotten.
    let used = used_keys(&store).await.unwrap();
    assert!(used.contains(&KeyId::of_sealed(&bad[0].sealed).unwrap()));
}

#[tokio::test]
async fn if_somebody_goes_on_sealing_under_an_old_key_it_ends_and_says_so() {
    let place = Place::new();
    let ring = place.ring();
    let old = KeyRing::open(&Source::File(place.path()), NOW).unwrap();
    let rows = secrets(&ring, 0..1);
    ring.with_new_key(NOW).unwrap();
    let store = Secrets::of(rows).beside(move |rows| {
        let row = &mut rows[0];
        row.sealed = old.seal(&row.binding, b"again").unwrap();
    });
    assert!(matches!(rewrap_all(&store, &ring).await, Err(RewrapError::StillOld)));
}

#[tokio::test]
async fn without_a_key_or_a_store_it_says_so() {
    let nothing = KeyRing::open(&Source::Nowhere, NOW).unwrap();
    let done = rewrap_all(&Secrets::of(vec![]), &nothing).await;
    assert!(matches!(done, Err(RewrapError::Vault(VaultError::NoKeys))));
}
