//! Nothing happens twice: changesets are known by their ids, and generations of partners are used once.

use std::time::Duration;

use gangway_domain::{Activity, ChangesetId, Generation, Partner, TenantId, Timestamp, Transition};
use gangway_engine::{Changeset, Effect, PartnerChange, Record, ReleaseSecret, Store, StoredCredential};
use uuid::Builder;

use crate::samples::*;

fn replacing(partner: &Partner, read: &StoredCredential) -> (StoredCredential, Changeset) {
    let credential = credential_of(partner);
    let replace = Effect::ReplaceCredential { read: read.id, credential: credential.clone() };
    (credential, beside(partner, vec![replace]))
}

async fn was_committed(store: &impl Store, tenant: TenantId, change: &Changeset) -> bool {
    store.was_committed(tenant, change.record.id()).await.unwrap()
}

pub(super) async fn a_silent_changeset_sent_again_is_a_duplicate_wherever_its_row_has_gone(
    store: &impl Store,
) {
    let (partner, first) = connected(store, CONTOSO).await;
    let (second, sent) = replacing(&partner, &first);
    done(store, sent.clone()).await;
    assert_eq!(store.commit(sent.clone()).await, DUPLICATE);

    let (third, later) = replacing(&partner, &second);
    done(store, later).await;
    assert_eq!(store.commit(sent.clone()).await, DUPLICATE, "what it did is no more");
    assert_eq!(store.credential(CONTOSO, partner.id).await, Ok(Some(third.clone())));

    let release = release_of(&partner, at(0));
    let taken = beside(&partner, vec![begin(&release, ReleaseSecret::Credential(third.id))]);
    done(store, taken.clone()).await;
    done(store, delete(&partner)).await;
    for again in [sent, taken] {
        assert_eq!(store.commit(again).await, DUPLICATE);
    }
    assert_eq!(store.credential(CONTOSO, partner.id).await, Ok(None));
}

pub(super) async fn a_stale_silent_changeset_leaves_no_id(store: &impl Store) {
    let (partner, first) = connected(store, CONTOSO).await;
    let (_, won) = replacing(&partner, &first);
    let (_, lost) = replacing(&partner, &first);
    done(store, won.clone()).await;
    for _ in 0..2 {
        assert_eq!(store.commit(lost.clone()).await, STALE);
        assert!(!was_committed(store, CONTOSO, &lost).await);
    }
    assert!(was_committed(store, CONTOSO, &won).await);
    let nothing = Changeset { record: lost.record, ..beside(&partner, vec![]) };
    done(store, nothing).await;
}

pub(super) async fn it_is_known_what_was_committed_whether_or_not_it_has_an_event(store: &impl Store) {
    let partner = partner_of(CONTOSO);
    let (told, silent) = (insert(&partner), beside(&partner, vec![]));
    for change in [told, silent] {
        assert!(!was_committed(store, CONTOSO, &change).await);
        done(store, change.clone()).await;
        assert!(was_committed(store, CONTOSO, &change).await);
        assert!(!was_committed(store, FABRIKAM, &change).await, "an id is a tenant's own");
    }
    let here = beside(&partner, vec![]);
    let there = Partner { tenant: FABRIKAM, ..partner };
    done(store, here.clone()).await;
    done(store, Changeset { record: here.record, ..beside(&there, vec![]) }).await;
}

pub(super) async fn an_id_is_used_once_whether_or_not_it_has_an_event(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let attempt = opened(store, &partner).await;
    let counting = || beside(&partner, vec![Effect::CountRefusal { id: attempt.id }]);
    let transition = Transition::Changed { before: &partner, after: &partner };
    let remark = event(Activity::RefuseCallback, transition);
    let told = Changeset { record: Record::Event(remark.clone()), ..counting() };
    let silent = Changeset { record: Record::Silent(ChangesetId(remark.id.0)), ..counting() };
    done(store, silent.clone()).await;
    assert_eq!(store.commit(told).await, DUPLICATE);

    let mut told = Changeset { record: Record::Event(remark), ..counting() };
    told_otherwise(&mut told).id.0 = fresh_uuid();
    done(store, told.clone()).await;
    assert_eq!(
        store.commit(Changeset { record: Record::Silent(told.record.id()), ..silent }).await,
        DUPLICATE
    );
    assert_eq!(store.attempt(CONTOSO, attempt.id).await.unwrap().unwrap().refusals, 2);
    assert_eq!(events_about(store, &partner).await.len(), 2);
}

/// An id that was made then.
fn made(when: Timestamp, random: u8) -> ChangesetId {
    let millis = u64::try_from(when.unix_millis()).unwrap();
    ChangesetId(Builder::from_unix_timestamp_millis(millis, &[random; 10]).into_uuid())
}

pub(super) async fn silent_changesets_are_forgotten_by_the_time_in_their_ids(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let there = Partner { tenant: FABRIKAM, ..partner.clone() };
    let mut ids = Vec::new();
    for (of, second, random) in
        [(&partner, 30, 0), (&there, 20, 0), (&partner, 20, 0xff), (&partner, 10, 0xff)]
    {
        let id = made(at(second), random);
        done(store, Changeset { record: Record::Silent(id), ..beside(of, vec![]) }).await;
        ids.push((of.tenant, id));
    }
    assert_eq!(store.forget_commits(Timestamp::NEVER, 10).await, Ok(0));
    assert_eq!(store.forget_commits(at(10), 10).await, Ok(0), "it was made then and not before");
    let later = at(20).plus(Duration::from_millis(1));
    assert_eq!(store.forget_commits(later, 0).await, Ok(0));
    assert_eq!(store.forget_commits(later, 2).await, Ok(2));
    assert_eq!(store.was_committed(ids[3].0, ids[3].1).await, Ok(false), "the oldest go first");
    assert_eq!(store.forget_commits(later, 2).await, Ok(1));
    assert_eq!(store.forget_commits(later, 2).await, Ok(0));
    for (n, (tenant, id)) in ids.into_iter().enumerate() {
        assert_eq!(store.was_committed(tenant, id).await, Ok(n == 0));
    }
    assert_eq!(store.forget_commits(Timestamp::LAST, 10).await, Ok(1));
    let event = ChangesetId(events_about(store, &partner).await[0].0);
    assert_eq!(store.was_committed(CONTOSO, event).await, Ok(true), "events are never forgotten");
}

fn at_generation(generation: u64, partner: &Partner) -> Partner {
    Partner { generation: Generation(generation), ..partner.clone() }
}

pub(super) async fn no_generation_of_a_partner_comes_twice(store: &impl Store) {
    let first = stored(store, CONTOSO).await;
    let last = || async { store.last_generation(CONTOSO, first.id).await.unwrap().map(|last| last.0) };
    let third = Partner { generation: Generation(3), ..renamed(&first, "Third") };
    done(store, update(&first, &third)).await;
    assert_eq!(last().await, None, "it was never deleted");
    assert_eq!(store.commit(delete(&first)).await, STALE);
    assert_eq!(last().await, None);
    done(store, delete(&third)).await;
    assert_eq!(last().await, Some(3));
    assert_eq!(store.last_generation(FABRIKAM, first.id).await, Ok(None), "it is its tenant's own");
    done(store, insert(&Partner { tenant: FABRIKAM, ..first.clone() })).await;

    let events = events_about(store, &first).await;
    for generation in 1..=3 {
        let refused = insert(&at_generation(generation, &first));
        assert_eq!(store.commit(refused.clone()).await, STALE, "{generation}");
        let silently = Changeset { record: silent(), ..refused };
        assert_eq!(store.commit(silently.clone()).await, STALE, "{generation}");
        assert!(!was_committed(store, CONTOSO, &silently).await);
    }
    assert_eq!((read(store, &first).await, events_about(store, &first).await), (None, events));

    let fourth = at_generation(4, &first);
    done(store, Changeset { record: silent(), ..insert(&fourth) }).await;
    assert_eq!(last().await, Some(3), "it is there");
    assert_eq!(store.commit(insert(&at_generation(1, &first))).await, TAKEN);
    done(store, Changeset { record: silent(), ..delete(&fourth) }).await;
    assert_eq!(last().await, Some(4));
    assert_eq!(store.commit(insert(&fourth)).await, STALE);
}

/// The deleted one has the generation of its row, whatever the one who deletes it has read.
pub(super) async fn of_an_insert_and_a_delete_at_once_the_generation_is_new_or_nothing_is_there(
    store: &impl Store,
) {
    for round in 0..20 {
        let there = partner_of(CONTOSO);
        done(store, insert(&at_generation(2, &there))).await;
        let inserts = [1, 2, 3]
            .map(|generation| Changeset { record: silent(), ..insert(&at_generation(generation, &there)) });
        let about = PartnerChange::Delete { tenant: there.tenant, id: there.id, read: there.version }.into();
        let mut changes = vec![Changeset { about, effects: vec![], record: silent() }];
        changes.extend(inserts);
        changes.rotate_left(round % 4);
        all_at_once(store, changes, || {}).await;
        let (found, last) = (read(store, &there).await, store.last_generation(CONTOSO, there.id).await);
        assert_eq!(last, Ok(Some(Generation(2))));
        assert!(found.as_ref().is_none_or(|found| found.generation == Generation(3)), "{found:?}");
    }
}
