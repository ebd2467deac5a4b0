use gangway_domain::{Partner, PartnerId, Status};
use gangway_engine::Store;

use crate::samples::*;

pub(super) async fn nothing_is_there_at_first(store: &impl Store) {
    assert_eq!(read(store, &partner_of(CONTOSO)).await, None);
    assert_eq!(partners_in(store, CONTOSO).await, Ok(vec![]));
    assert_eq!(store.count_partners(CONTOSO, None).await, Ok(0));
    assert_eq!(store.expired_attempts(at(0), 10).await, Ok(vec![]));
    assert_eq!(newest_events(store, CONTOSO, 10).await, Ok(vec![]));
    assert_eq!(store.connected_partners(None, 10).await, Ok(vec![]));
    assert_eq!(store.forget_attempts(at(0), 10).await, Ok(0));
}

pub(super) async fn partners_come_oldest_id_first(store: &impl Store) {
    let mut partners: Vec<_> = (0..20).map(|_| partner_of(CONTOSO)).collect();
    for partner in partners.iter().rev() {
        assert_eq!(store.commit(insert(partner)).await, APPLIED);
    }
    partners.sort_by_key(|partner| partner.id);
    assert_eq!(store.count_partners(CONTOSO, None).await, Ok(20));
    assert_eq!(partners_in(store, CONTOSO).await, Ok(partners));
}

pub(super) async fn the_same_id_in_two_tenants_is_two_partners(store: &impl Store) {
    assert_eq!(CONTOSO.part(), FABRIKAM.part(), "else the part alone would keep them apart");
    let here = stored(store, CONTOSO).await;
    let there = Partner { tenant: FABRIKAM, display_name: "Theirs".into(), ..here.clone() };
    assert_eq!(store.partner(FABRIKAM, here.id).await, Ok(None));
    assert_eq!(partners_in(store, FABRIKAM).await, Ok(vec![]));

    assert_eq!(store.commit(insert(&there)).await, APPLIED);
    assert_eq!(store.commit(delete(&here)).await, APPLIED);

    assert_eq!(read(store, &here).await, None);
    assert_eq!(read(store, &there).await, Some(there.clone()));
    assert_eq!(store.count_partners(CONTOSO, None).await, Ok(0));
    assert_eq!(partners_in(store, FABRIKAM).await, Ok(vec![there]));
}

pub(super) async fn expired_attempts_come_longest_expired_first_and_no_more_than_asked(store: &impl Store) {
    let mut expired = Vec::new();
    for (tenant, expires) in [(CONTOSO, 30), (FABRIKAM, 10), (CONTOSO, 20), (FABRIKAM, 99)] {
        let partner = Partner { status: onboarding_until(at(expires)), ..partner_of(tenant) };
        assert_eq!(store.commit(insert(&partner)).await, APPLIED);
        expired.push((expires, partner));
    }
    expired.sort_by_key(|(expires, _)| *expires);
    let expired: Vec<_> = expired.into_iter().map(|(_, partner)| partner).collect();

    assert_eq!(store.expired_attempts(at(50), 10).await, Ok(expired[..3].to_vec()));
    assert_eq!(store.expired_attempts(at(50), 2).await, Ok(expired[..2].to_vec()));
    assert_eq!(store.expired_attempts(at(50), 0).await, Ok(vec![]));
    assert_eq!(store.expired_attempts(at(500), usize::MAX).await, Ok(expired));
}

pub(super) async fn an_attempt_is_expired_from_its_very_moment_on(store: &impl Store) {
    let partner = Partner { status: onboarding_until(at(10)), ..partner_of(CONTOSO) };
    assert_eq!(store.commit(insert(&partner)).await, APPLIED);
    let tick_before = gangway_domain::Timestamp::from_ticks(at(10).ticks() - 1).unwrap();
    assert_eq!(store.expired_attempts(tick_before, 10).await, Ok(vec![]));
    assert_eq!(store.expired_attempts(at(10), 10).await, Ok(vec![partner]));
}

pub(super) async fn only_what_is_being_onboarded_can_expire(store: &impl Store) {
    let first = Partner { status: onboarding_until(at(10)), ..partner_of(CONTOSO) };
    assert_eq!(store.commit(insert(&first)).await, APPLIED);
    let onboarded = Partner { status: Status::Onboarded, ..renamed(&first, "Onboarded") };
    assert_eq!(store.commit(update(&first, &onboarded)).await, APPLIED);
    let other = Partner { id: PartnerId(fresh_uuid()), status: Status::NotOnboarded, ..onboarded.clone() };
    assert_eq!(store.commit(insert(&other)).await, APPLIED);
    assert_eq!(store.expired_attempts(at(99), 10).await, Ok(vec![]));
}

pub(super) async fn connected_partners_come_in_the_order_of_keys(store: &impl Store) {
    let mut connected = Vec::new();
    for tenant in [FABRIKAM, CONTOSO, FABRIKAM, CONTOSO] {
        for status in [Status::Onboarded, Status::NotOnboarded, onboarding_until(at(10))] {
            let partner = Partner { status, ..partner_of(tenant) };
            assert_eq!(store.commit(insert(&partner)).await, APPLIED);
            connected.extend((status != Status::NotOnboarded).then_some(partner));
        }
    }
    connected.sort_by_key(|partner| (partner.tenant.part(), partner.tenant, partner.id));
    assert_eq!(store.connected_partners(None, usize::MAX).await, Ok(connected.clone()));
    assert_eq!(store.connected_partners(None, 0).await, Ok(vec![]));
    for at_most in [1, 3, 8] {
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let some = store.connected_partners(after, at_most).await.unwrap();
            assert!(some.len() <= at_most);
            let Some(last) = some.last() else { break };
            after = Some((last.tenant, last.id));
            seen.extend(some);
        }
        assert_eq!(seen, connected, "{at_most} at a time");
    }
}

pub(super) async fn a_working_store_is_ready(store: &impl Store) {
    assert_eq!(store.ready().await, Ok(()));
    let partner = stored(store, CONTOSO).await;
    assert_eq!(store.ready().await, Ok(()));
    assert_eq!(read(store, &partner).await, Some(partner.clone()), "and to ask changes nothing");
}
