//! What a database of schema 7 has, and what has to be in it when it was brought up to date.

use gangway_domain::{
    ChangesetId, Evidence, Generation, Missing, MissingKind, Partner, Proof, Release, ReleaseState,
};
use gangway_engine::{Effect, Field, NodeId, ReleaseSecret, Sealed, Store, StoredCredential};

use crate::samples::*;

/// What was stored before there was schema 8.
pub(crate) struct Old {
    connected: (Partner, StoredCredential),
    pending: (Release, Sealed),
    lost: Vec<Release>,
    removed: Partner,
}

/// Fills a store with nothing but what a program of schema 7 could have stored.
pub(crate) async fn fill(store: &impl Store) -> Old {
    let connected = connected(store, CONTOSO).await;
    opened(store, &connected.0).await;
    let mut lost = Vec::new();
    for proof in [Proof::CodeRefused, Proof::RefreshTokenRefused] {
        let evidence = Evidence { at: at(4), proofs: vec![proof, Proof::AnswerLost] };
        let release = Release { state: ReleaseState::Confirmed(evidence), ..release_of(&connected.0, at(3)) };
        done(store, beside(&connected.0, vec![begin(&release, ReleaseSecret::Nothing)])).await;
        lost.push(release);
    }
    let pending = pending(store, &connected.0, at(1)).await;
    let first = stored(store, CONTOSO).await;
    let removed = disconnected(&first);
    done(store, update(&first, &removed)).await;
    done(store, delete(&removed)).await;
    Old { connected, pending, lost, removed }
}

/// Everything is there, what was added says nothing, and all goes on.
pub(crate) async fn is_up_to_date(store: &impl Store, old: Old) {
    let Old { connected: (partner, credential), pending: (release, secret), lost, removed } = old;
    assert_eq!(read(store, &partner).await, Some(partner.clone()));
    assert_eq!(store.credential(CONTOSO, partner.id).await, Ok(Some(credential.clone())));
    assert_eq!(store.release(CONTOSO, release.id).await, Ok(Some(release.clone())));
    assert_eq!(store.release_secret(CONTOSO, release.id).await, Ok(Some((Field::Credential, secret))));
    for (before, what) in lost.into_iter().zip([MissingKind::CodeAnswer, MissingKind::RefreshAnswer]) {
        let ReleaseState::Confirmed(evidence) = before.state.clone() else { panic!("{before:?}") };
        let state = ReleaseState::Unaccounted(evidence, vec![Missing { what, at: at(4) }]);
        assert_eq!(store.release(CONTOSO, before.id).await, Ok(Some(Release { state, ..before })));
    }
    for event in events_about(store, &removed).await {
        assert_eq!(store.was_committed(CONTOSO, ChangesetId(event.0)).await, Ok(true));
    }

    assert_eq!(store.last_generation(CONTOSO, removed.id).await, Ok(Some(removed.generation)));
    assert_eq!(store.last_generation(CONTOSO, partner.id).await, Ok(None));
    for generation in [1, removed.generation.0] {
        let again = Partner { generation: Generation(generation), ..removed.clone() };
        assert_eq!(store.commit(insert(&again)).await, STALE);
    }
    done(store, insert(&Partner { generation: removed.generation.next(), ..removed })).await;
    let node = NodeId(fresh_uuid());
    store.lease_parts(node, at(0), std::time::Duration::from_mins(1)).await.unwrap();
    let due = store.due_releases(node, at(2), 10).await.unwrap();
    assert_eq!(due.iter().map(|due| due.release.id).collect::<Vec<_>>(), [release.id]);
    let over = confirmed(&release);
    let end: Vec<Effect> = vec![update_release(&release, &over, Some(due[0].lease))];
    done(store, beside(&partner, end)).await;
    assert_eq!(store.release(CONTOSO, over.id).await, Ok(Some(over)));
    let moved = release_of(&partner, at(0));
    done(store, disconnecting(&partner, vec![begin(&moved, ReleaseSecret::Credential(credential.id))])).await;
    assert_eq!(
        store.release_secret(CONTOSO, moved.id).await,
        Ok(Some((Field::Credential, credential.sealed)))
    );
}
