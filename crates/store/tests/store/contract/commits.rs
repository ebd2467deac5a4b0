use gangway_domain::{AuditEvent, ConnectorKind, Generation, Partner, PartnerId, Status, Timestamp, Version};
use gangway_engine::{Changeset, CommitError, Record, Store};

use crate::samples::*;

pub(super) async fn what_was_applied_can_be_read_at_once(store: &impl Store) {
    let partner = partner_of(CONTOSO);
    assert_eq!(store.commit(insert(&partner)).await, APPLIED);
    assert_eq!(read(store, &partner).await, Some(partner.clone()));

    let after = disconnected(&partner);
    assert_eq!(store.commit(update(&partner, &after)).await, APPLIED);
    assert_eq!(read(store, &partner).await, Some(after));
    assert_eq!(events_about(store, &partner).await.len(), 2);
}

pub(super) async fn every_state_of_a_partner_reads_back_as_it_was(store: &impl Store) {
    let largest = i64::MAX.unsigned_abs();
    let states = [
        Partner { status: Status::NotOnboarded, onboarding_url: None, ..partner_of(CONTOSO) },
        Partner { status: Status::Onboarded, connector: ConnectorKind::Link, ..partner_of(CONTOSO) },
        Partner { status: onboarding_until(at(60)), ..partner_of(CONTOSO) },
        Partner {
            connector: ConnectorKind::OAuth2,
            profile: "an-oauth2-1".parse().ok(),
            ..partner_of(CONTOSO)
        },
        Partner {
            connector: ConnectorKind::TeamViewer,
            profile: "t".repeat(64).parse().ok(),
            ..partner_of(CONTOSO)
        },
        Partner { status: onboarding_until(Timestamp::NEVER), ..partner_of(CONTOSO) },
        Partner { status: onboarding_until(Timestamp::LAST), ..partner_of(CONTOSO) },
        Partner { last_connection: Timestamp::NEVER, ..partner_of(CONTOSO) },
        Partner { last_connection: Timestamp::LAST, ..partner_of(CONTOSO) },
        Partner { display_name: String::new(), onboarding_url: Some(String::new()), ..partner_of(CONTOSO) },
        Partner {
            display_name: "日本 🦀 e\u{301} \u{10ffff} ' \" \\ %_ \u{1} end".into(),
            ..partner_of(CONTOSO)
        },
        Partner { display_name: "é".repeat(256), ..partner_of(CONTOSO) },
        Partner { generation: Generation(largest), version: Version(largest), ..partner_of(CONTOSO) },
        Partner { id: PartnerId(uuid::Uuid::nil()), ..partner_of(CONTOSO) },
        Partner { id: PartnerId(uuid::Uuid::max()), ..partner_of(CONTOSO) },
    ];
    for partner in &states {
        assert_eq!(store.commit(insert(partner)).await, APPLIED, "{partner:?}");
    }
    for partner in states {
        assert_eq!(read(store, &partner).await, Some(partner));
    }
}

pub(super) async fn an_update_replaces_every_property(store: &impl Store) {
    let before = stored(store, CONTOSO).await;
    let after = Partner {
        display_name: "Another".into(),
        onboarding_url: None,
        connector: ConnectorKind::TeamViewer,
        profile: "teamviewer".parse().ok(),
        status: onboarding_until(at(60)),
        last_connection: Timestamp::NEVER,
        generation: Generation(7),
        version: Version(9),
        ..before.clone()
    };
    assert_eq!(store.commit(update(&before, &after)).await, APPLIED);
    assert_eq!(read(store, &before).await, Some(after.clone()));

    let back = Partner { version: Version(10), ..before.clone() };
    assert_eq!(store.commit(update(&after, &back)).await, APPLIED);
    assert_eq!(read(store, &before).await, Some(back));
}

pub(super) async fn a_stale_changeset_changes_nothing(store: &impl Store) {
    let first = stored(store, CONTOSO).await;
    let second = renamed(&first, "Second");
    assert_eq!(store.commit(update(&first, &second)).await, APPLIED);

    assert_eq!(store.commit(update(&first, &disconnected(&first))).await, STALE);

    assert_eq!(read(store, &first).await, Some(second));
    assert_eq!(events_about(store, &first).await.len(), 2);
}

pub(super) async fn a_changeset_for_a_partner_that_is_gone_is_stale(store: &impl Store) {
    let never_stored = partner_of(CONTOSO);
    assert_eq!(store.commit(update(&never_stored, &disconnected(&never_stored))).await, STALE);
    assert_eq!(store.commit(delete(&never_stored)).await, STALE);
    assert_eq!(read(store, &never_stored).await, None);
    assert!(events_about(store, &never_stored).await.is_empty());
}

pub(super) async fn an_id_that_is_taken_changes_nothing(store: &impl Store) {
    let first = stored(store, CONTOSO).await;
    let second = Partner { display_name: "Second".into(), ..first.clone() };
    assert_eq!(store.commit(insert(&second)).await, TAKEN);
    assert_eq!(read(store, &first).await, Some(first.clone()));
    assert_eq!(events_about(store, &first).await.len(), 1);
}

pub(super) async fn a_deleted_partner_is_gone_and_its_audit_stays(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    assert_eq!(store.commit(delete(&partner)).await, APPLIED);
    assert_eq!(read(store, &partner).await, None);
    assert_eq!(store.count_partners(CONTOSO, None).await, Ok(0));
    assert_eq!(events_about(store, &partner).await.len(), 2);
    let anew = Partner { generation: partner.generation.next(), ..partner };
    assert_eq!(store.commit(insert(&anew)).await, APPLIED, "its id is free again");
}

pub(super) async fn a_stale_delete_deletes_nothing(store: &impl Store) {
    let first = stored(store, CONTOSO).await;
    let second = renamed(&first, "Second");
    assert_eq!(store.commit(update(&first, &second)).await, APPLIED);
    assert_eq!(store.commit(delete(&first)).await, STALE);
    assert_eq!(read(store, &first).await, Some(second));
    assert_eq!(events_about(store, &first).await.len(), 2);
}

pub(super) async fn an_update_sent_again_is_a_duplicate_and_changes_nothing(store: &impl Store) {
    let first = stored(store, CONTOSO).await;
    let second = disconnected(&first);
    let sent = update(&first, &second);
    assert_eq!(store.commit(sent.clone()).await, APPLIED);
    assert_eq!(store.commit(sent.clone()).await, DUPLICATE);
    assert_eq!(read(store, &first).await, Some(second.clone()));

    let third = renamed(&second, "Third");
    assert_eq!(store.commit(update(&second, &third)).await, APPLIED);
    assert_eq!(store.commit(sent).await, DUPLICATE, "however much has happened since");
    assert_eq!(read(store, &first).await, Some(third));
    assert_eq!(events_about(store, &first).await.len(), 3);
}

pub(super) async fn an_insert_sent_again_is_a_duplicate_and_changes_nothing(store: &impl Store) {
    let partner = partner_of(CONTOSO);
    let sent = insert(&partner);
    assert_eq!(store.commit(sent.clone()).await, APPLIED);
    assert_eq!(store.commit(sent).await, DUPLICATE);
    assert_eq!(read(store, &partner).await, Some(partner.clone()));
    assert_eq!(events_about(store, &partner).await.len(), 1);
}

pub(super) async fn a_delete_sent_again_is_a_duplicate_and_changes_nothing(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let sent = delete(&partner);
    assert_eq!(store.commit(sent.clone()).await, APPLIED);
    assert_eq!(store.commit(sent).await, DUPLICATE);
    assert_eq!(events_about(store, &partner).await.len(), 2);
}

pub(super) async fn an_insert_sent_again_after_a_delete_does_not_revive_the_partner(store: &impl Store) {
    let partner = partner_of(CONTOSO);
    let sent = insert(&partner);
    assert_eq!(store.commit(sent.clone()).await, APPLIED);
    assert_eq!(store.commit(delete(&partner)).await, APPLIED);
    assert_eq!(store.commit(sent).await, DUPLICATE);
    assert_eq!(read(store, &partner).await, None);
    assert_eq!(events_about(store, &partner).await.len(), 2);
}

pub(super) async fn a_changeset_sent_twice_at_once_is_applied_once(store: &impl Store) {
    let before = stored(store, CONTOSO).await;
    let after = disconnected(&before);
    let sent = update(&before, &after);
    let (one, other) = tokio::join!(store.commit(sent.clone()), store.commit(sent));
    let answers = [one, other];
    assert_eq!((how_many(&answers, &APPLIED), how_many(&answers, &DUPLICATE)), (1, 1), "{answers:?}");
    assert_eq!(read(store, &before).await, Some(after));
}

pub(super) async fn an_audit_id_in_use_undoes_the_change_it_came_with(store: &impl Store) {
    let first = stored(store, CONTOSO).await;
    let used = events_about(store, &first).await[0];
    let mut change = update(&first, &disconnected(&first));
    told_otherwise(&mut change).id = used;
    assert_eq!(store.commit(change).await, DUPLICATE);
    assert_eq!(read(store, &first).await, Some(first.clone()), "neither without the other");
    assert_eq!(events_about(store, &first).await, [used]);
}

pub(super) async fn what_cannot_be_stored_is_refused_whole(store: &impl Store) {
    let partner = partner_of(CONTOSO);
    let largest = i64::MAX.unsigned_abs();
    for (generation, version) in [(1, largest + 1), (largest + 1, 1), (1, u64::MAX), (0, 1), (1, 0)] {
        let odd =
            Partner { generation: Generation(generation), version: Version(version), ..partner.clone() };
        let answer = store.commit(insert(&odd)).await;
        assert!(matches!(answer, Err(CommitError::Store(_))), "{generation} {version} {answer:?}");
    }
    assert_eq!(read(store, &partner).await, None);
    assert!(events_about(store, &partner).await.is_empty());
    assert_eq!(store.commit(insert(&partner)).await, APPLIED, "and the store goes on");
}

pub(super) async fn an_audit_event_about_another_partner_is_refused(store: &impl Store) {
    let partner = partner_of(CONTOSO);
    let right = insert(&partner);
    for audit in [
        AuditEvent { tenant: FABRIKAM, ..told(&right).clone() },
        AuditEvent { resource: partner_of(CONTOSO).id.into(), ..told(&right).clone() },
    ] {
        let wrong = Changeset { record: Record::Event(audit), ..right.clone() };
        assert!(matches!(store.commit(wrong).await, Err(CommitError::Store(_))));
    }
    assert_eq!(read(store, &partner).await, None);
}
