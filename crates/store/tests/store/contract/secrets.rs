use gangway_domain::{Generation, Partner};
use gangway_engine::{AttemptPhase, Binding, Effect, Field, ReleaseSecret, SecretPlace, Store, StoredSecret};

use crate::samples::*;

/// A secret of every kind in two tenants, in the order of places.
async fn some_of_every_kind(store: &impl Store) -> Vec<StoredSecret> {
    let (mut attempts, mut credentials, mut releases) = (Vec::new(), Vec::new(), Vec::new());
    for tenant in [CONTOSO, FABRIKAM] {
        for generation in [3, 4] {
            let (partner, credential) = connected(store, tenant).await;
            let partner = Partner { generation: Generation(generation), ..partner };
            let binding =
                |field| Binding { tenant, partner: partner.id, generation: partner.generation, field };
            let (first, binding_first) = (Generation::FIRST, binding(Field::Credential));
            credentials.push(StoredSecret {
                place: SecretPlace::Credential(tenant, partner.id),
                binding: Binding { generation: first, ..binding_first },
                sealed: credential.sealed,
            });
            let open = opened(store, &partner).await;
            attempts.push(StoredSecret {
                place: SecretPlace::Attempt(tenant, open.id),
                binding: binding(Field::Attempt),
                sealed: open.secret.unwrap(),
            });
            let (redeeming, code) = redeeming(store, &partner).await;
            let place = SecretPlace::Attempt(tenant, redeeming.id);
            attempts.push(StoredSecret { place, binding: binding(Field::Code), sealed: code });
            let (moved, code) = crate::samples::redeeming(store, &partner).await;
            let release = release_of(&partner, at(0));
            done(store, beside(&partner, vec![begin(&release, ReleaseSecret::Code(moved.id))])).await;
            let place = SecretPlace::Release(tenant, release.id);
            releases.push(StoredSecret { place, binding: binding(Field::Code), sealed: code });
            let (release, sealed) = pending(store, &partner, at(0)).await;
            let place = SecretPlace::Release(tenant, release.id);
            releases.push(StoredSecret { place, binding: binding(Field::Credential), sealed });
        }
    }
    [attempts, credentials, releases].concat()
}

pub(super) async fn secrets_come_in_the_order_of_their_places_as_many_as_asked(store: &impl Store) {
    assert_eq!(store.secrets(None, 10).await, Ok(vec![]));
    let all = some_of_every_kind(store).await;
    assert_eq!(store.secrets(None, usize::MAX).await, Ok(all.clone()));
    assert_eq!(store.secrets(None, 0).await, Ok(vec![]));
    for at_most in [1, 2, 3, 7, 19, 20, 21] {
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let some = store.secrets(after, at_most).await.unwrap();
            assert!(some.len() <= at_most);
            let Some(last) = some.last() else { break };
            after = Some(last.place);
            seen.extend(some);
        }
        assert_eq!(seen, all, "{at_most} at a time");
    }
}

pub(super) async fn the_place_to_go_on_from_need_not_be_there_any_more(store: &impl Store) {
    let (one, first) = connected(store, CONTOSO).await;
    let (_, second) = connected(store, CONTOSO).await;
    let after = Some(SecretPlace::Credential(CONTOSO, one.id));
    let gone = release_of(&one, at(0));
    done(store, beside(&one, vec![begin(&gone, ReleaseSecret::Credential(first.id))])).await;
    let rest = store.secrets(after, 10).await.unwrap();
    assert_eq!(
        rest.into_iter().map(|secret| secret.sealed).collect::<Vec<_>>(),
        [second.sealed, first.sealed]
    );
}

pub(super) async fn every_secret_can_be_sealed_anew(store: &impl Store) {
    let all = some_of_every_kind(store).await;
    let mut expected = Vec::new();
    for old in all {
        let anew =
            StoredSecret { sealed: gangway_engine::Sealed([&sealed().0[..]; 13].concat()), ..old.clone() };
        assert_eq!(store.reseal(old.clone(), anew.sealed.clone()).await, Ok(true));
        assert_eq!(store.reseal(old, sealed()).await, Ok(false), "it is there no more");
        expected.push(anew);
    }
    assert_eq!(store.secrets(None, 100).await, Ok(expected));
}

pub(super) async fn a_secret_that_is_another_or_gone_is_not_sealed_anew(store: &impl Store) {
    let (partner, credential) = connected(store, CONTOSO).await;
    let attempt = opened(store, &partner).await;
    let read = store.secrets(None, 10).await.unwrap();
    let next = credential_of(&partner);
    let effects = vec![
        Effect::ReplaceCredential { read: credential.id, credential: next.clone() },
        Effect::CloseAttempt { id: attempt.id, read: AttemptPhase::Open },
    ];
    done(store, beside(&partner, effects)).await;
    for old in read {
        let elsewhere = StoredSecret { place: SecretPlace::Credential(FABRIKAM, partner.id), ..old.clone() };
        assert_eq!(store.reseal(old, sealed()).await, Ok(false));
        assert_eq!(store.reseal(elsewhere, sealed()).await, Ok(false));
    }
    assert_eq!(store.credential(CONTOSO, partner.id).await, Ok(Some(next)));
    assert_eq!(store.secrets(None, 10).await.unwrap().len(), 1);
}
