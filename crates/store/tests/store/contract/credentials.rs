use gangway_domain::{Account, Generation, Partner, Timestamp};
use gangway_engine::{CredentialId, Effect, Field, ReleaseSecret, Sealed, Store, StoredCredential};

use crate::samples::*;

async fn of(store: &impl Store, partner: &Partner) -> Option<StoredCredential> {
    store.credential(partner.tenant, partner.id).await.unwrap()
}

pub(super) async fn a_credential_reads_back_as_it_was(store: &impl Store) {
    let account = |id: &str, name: Option<&str>| Some(Account { id: id.into(), name: name.map(Into::into) });
    let partners: Vec<_> = (0..4).map(|_| partner_of(CONTOSO)).collect();
    let credentials = [
        credential_of(&partners[0]),
        StoredCredential { account: None, obtained: Timestamp::NEVER, ..credential_of(&partners[1]) },
        StoredCredential { account: account("", Some("")), ..credential_of(&partners[2]) },
        StoredCredential {
            account: account("日本 \u{1} \"", None),
            generation: Generation(i64::MAX.unsigned_abs()),
            sealed: Sealed((0..=255).cycle().take(9000).collect()),
            obtained: Timestamp::LAST,
            ..credential_of(&partners[3])
        },
    ];
    for (partner, credential) in partners.iter().zip(&credentials) {
        assert_eq!(of(store, partner).await, None);
        done(store, beside(partner, vec![Effect::InsertCredential(credential.clone())])).await;
    }
    for (partner, credential) in partners.iter().zip(credentials) {
        assert_eq!(of(store, partner).await, Some(credential));
    }
}

pub(super) async fn a_partner_has_one_credential(store: &impl Store) {
    let (partner, first) = connected(store, CONTOSO).await;
    let second = credential_of(&partner);
    assert_eq!(store.commit(beside(&partner, vec![Effect::InsertCredential(second)])).await, STALE);
    assert_eq!(of(store, &partner).await, Some(first));
    assert_eq!(store.secrets(None, 10).await.unwrap().len(), 1);
}

pub(super) async fn the_same_partner_id_in_two_tenants_has_two_credentials(store: &impl Store) {
    let (here, ours) = connected(store, CONTOSO).await;
    let there = Partner { tenant: FABRIKAM, ..here.clone() };
    assert_eq!(of(store, &there).await, None);
    let theirs = credential_of(&there);
    done(store, beside(&there, vec![Effect::InsertCredential(theirs.clone())])).await;
    assert_eq!((of(store, &here).await, of(store, &there).await), (Some(ours), Some(theirs)));
}

pub(super) async fn a_credential_is_replaced_if_it_is_the_one_that_was_read(store: &impl Store) {
    let (partner, first) = connected(store, CONTOSO).await;
    let second = StoredCredential {
        account: None,
        generation: Generation(8),
        obtained: at(9),
        ..credential_of(&partner)
    };
    let replace = |read, credential: &StoredCredential| Effect::ReplaceCredential {
        read,
        credential: credential.clone(),
    };
    done(store, beside(&partner, vec![replace(first.id, &second)])).await;
    assert_eq!(of(store, &partner).await, Some(second.clone()));

    let third = credential_of(&partner);
    for read in [first.id, CredentialId(fresh_uuid())] {
        assert_eq!(store.commit(beside(&partner, vec![replace(read, &third)])).await, STALE);
    }
    assert_eq!(of(store, &partner).await, Some(second.clone()));
    let secrets = store.secrets(None, 10).await.unwrap();
    assert_eq!(secrets.into_iter().map(|secret| secret.sealed).collect::<Vec<_>>(), [second.sealed]);

    let other = stored(store, CONTOSO).await;
    let none = replace(first.id, &credential_of(&other));
    assert_eq!(store.commit(beside(&other, vec![none])).await, STALE, "where there is none");
    assert_eq!(of(store, &other).await, None);
}

pub(super) async fn a_credential_is_moved_if_it_is_the_one_that_was_read(store: &impl Store) {
    let (partner, first) = connected(store, CONTOSO).await;
    let second = credential_of(&partner);
    let replace = Effect::ReplaceCredential { read: first.id, credential: second.clone() };
    done(store, beside(&partner, vec![replace])).await;
    let release = release_of(&partner, at(0));
    let over = confirmed(&release_of(&partner, at(0)));
    for read in [first.id, CredentialId(fresh_uuid())] {
        for release in [&release, &over] {
            let moved = vec![begin(release, ReleaseSecret::Credential(read))];
            assert_eq!(store.commit(disconnecting(&partner, moved.clone())).await, STALE);
            assert_eq!(store.commit(beside(&partner, moved)).await, STALE);
            assert_eq!(store.release(CONTOSO, release.id).await, Ok(None));
        }
    }
    assert_eq!(of(store, &partner).await, Some(second.clone()));
    let moved = begin(&release, ReleaseSecret::Credential(second.id));
    done(store, disconnecting(&partner, vec![moved])).await;
    assert_eq!(of(store, &partner).await, None);
    let held = store.release_secret(CONTOSO, release.id).await;
    assert_eq!(held, Ok(Some((Field::Credential, second.sealed))));
}

pub(super) async fn of_many_that_refresh_at_once_one_is_applied(store: &impl Store) {
    let (partner, first) = connected(store, CONTOSO).await;
    let credentials: Vec<_> = (0..16).map(|_| credential_of(&partner)).collect();
    let changes = credentials.iter().map(|credential| {
        let credential = credential.clone();
        beside(&partner, vec![Effect::ReplaceCredential { read: first.id, credential }])
    });
    let answers = all_at_once(store, changes.collect(), || {}).await;
    assert_eq!((how_many(&answers, &APPLIED), how_many(&answers, &STALE)), (1, 15), "{answers:?}");
    let won = answers.iter().position(|answer| *answer == APPLIED).unwrap();
    assert_eq!(of(store, &partner).await, Some(credentials[won].clone()));
}
