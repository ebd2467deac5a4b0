//! What can be done with partners, profiles and settings.

mod onboarding;
mod profiles;
mod settings;

use gangway_domain::{
    Activity, Caller, OnboardingStatus, PartnerId, PermissionSet, Refusal, Status, StatusChange, Subject,
    TenantId, Update,
};
use gangway_engine::{Error, NewPartner, Visit};
use uuid::Uuid;

use super::{ATTEMPT_TIMEOUT, House, TENANT, by};

fn caller(tenant: TenantId) -> Caller {
    Caller {
        tenant,
        subject: Subject::User { id: "u".into(), principal_name: None },
        permissions: PermissionSet::default(),
        application_id: None,
        application_name: None,
    }
}

fn activities(house: &House) -> Vec<Activity> {
    house.engine.store().rows().audit.iter().map(|event| event.activity).collect()
}

async fn status(house: &House, id: PartnerId) -> OnboardingStatus {
    house.engine.partner(&caller(TENANT), id).await.unwrap().status.onboarding_status()
}

#[tokio::test]
async fn a_disconnect_is_recorded_once_however_often_it_is_asked() {
    let house = House::new();
    let id = house.partner(Some(StatusChange::Onboarded)).await;
    for _ in 0..3 {
        house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    }
    assert_eq!(status(&house, id).await, OnboardingStatus::NotOnboarded);
    assert_eq!(activities(&house), [Activity::Create, Activity::Disconnect]);
}

#[tokio::test]
async fn the_record_says_what_was_and_what_is() {
    let house = House::new();
    let id = house.partner(Some(StatusChange::Onboarded)).await;
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    let event = gangway_domain::AuditEvent::clone(house.engine.store().rows().audit.last().unwrap());
    assert_eq!((event.resource, event.by, event.resource_name.as_str()), (id.into(), by(), "P"));
    let changes: Vec<_> =
        event.changes.iter().map(|c| (c.what.name(), c.old.as_deref(), c.new.as_deref())).collect();
    assert_eq!(changes, [("onboardingStatus", Some("onboarded"), Some("notOnboarded"))]);
}

#[tokio::test]
async fn another_tenants_partner_is_nobodys() {
    let house = House::new();
    let id = house.partner(Some(StatusChange::Onboarded)).await;
    let other = TenantId(Uuid::from_u128(2));
    let nobody = Err(Error::NoSuchPartner(id));
    assert_eq!(house.engine.disconnect(other, &by(), id).await, nobody);
    assert_eq!(house.engine.delete_partner(other, &by(), id).await, nobody);
    assert_eq!(house.engine.begin_onboarding(other, &by(), id).await, nobody);
    assert_eq!(house.engine.partner(&caller(other), id).await, Err(Error::NoSuchPartner(id)));
    assert_eq!(house.engine.count_partners(&caller(other), None).await, Ok(0));
    assert_eq!(status(&house, id).await, OnboardingStatus::Onboarded);
}

#[tokio::test]
async fn an_id_is_given_once() {
    let house = House::new();
    let id = house.partner(None).await;
    let again = NewPartner { id: Some(id), ..NewPartner::default() };
    assert_eq!(house.engine.create_partner(TENANT, &by(), &again).await.unwrap_err(), Error::IdTaken(id));
    assert_eq!(activities(&house), [Activity::Create]);
}

#[tokio::test]
async fn a_change_that_changes_nothing_leaves_no_event() {
    let house = House::new();
    let id = house.partner(None).await;
    let same = Update { display_name: Some("P".into()), ..Update::default() };
    let after = house.engine.update_partner(TENANT, &by(), id, same).await.unwrap();
    assert_eq!((after.display_name.as_str(), after.version.0), ("P", 1));
    assert_eq!(activities(&house), [Activity::Create]);
}

#[tokio::test]
async fn onboarding_is_completed_by_its_own_attempt_only() {
    let house = House::new();
    let id = house.partner(None).await;
    house.engine.begin_onboarding(TENANT, &by(), id).await.unwrap();
    let first = house.engine.partner(&caller(TENANT), id).await.unwrap().attempt().unwrap().id;
    house.engine.begin_onboarding(TENANT, &by(), id).await.unwrap();
    let second = house.engine.partner(&caller(TENANT), id).await.unwrap().attempt().unwrap().id;
    let complete = |attempt| house.engine.consent_to_simulated(TENANT, id, attempt, Uuid::nil());
    assert_eq!(complete(first).await, Err(Error::Refused(Refusal::NoSuchAttempt)));
    assert_eq!(house.engine.visit(TENANT, id, second).await, Ok(Visit::Consent("P".into())));
    assert_eq!(complete(second).await.unwrap().name, "P");
    assert_eq!(complete(second).await, Err(Error::Refused(Refusal::NoSuchAttempt)));
    let partner = house.engine.partner(&caller(TENANT), id).await.unwrap();
    assert_eq!((partner.status, partner.last_connection), (Status::Onboarded, house.engine.now()));
}

#[tokio::test]
async fn an_attempt_that_nobody_finishes_is_given_up() {
    let house = House::new();
    let id = house.partner(None).await;
    house.engine.begin_onboarding(TENANT, &by(), id).await.unwrap();
    assert_eq!(house.engine.expire_attempts(10).await, Ok(0));
    let attempt = house.engine.partner(&caller(TENANT), id).await.unwrap().attempt().unwrap().id;
    house.clock.step(i64::try_from(ATTEMPT_TIMEOUT.as_secs()).unwrap());
    let late = house.engine.consent_to_simulated(TENANT, id, attempt, Uuid::nil()).await;
    assert_eq!(late, Err(Error::Refused(Refusal::AttemptExpired)));
    assert_eq!(house.engine.expire_attempts(10).await, Ok(1));
    assert_eq!(status(&house, id).await, OnboardingStatus::NotOnboarded);
    assert_eq!(activities(&house).last(), Some(&Activity::ExpireOnboarding));
}

#[tokio::test]
async fn a_partner_that_others_change_all_the_time_is_given_up_and_left_as_it_is() {
    let house = House::new();
    let id = house.partner(Some(StatusChange::Onboarded)).await;
    let store = house.engine.store();
    store.make_stale(3);
    assert_eq!(
        house.engine.begin_onboarding(TENANT, &by(), id).await,
        Ok(()),
        "unchanged, so nothing to commit"
    );
    assert_eq!(house.engine.disconnect(TENANT, &by(), id).await, Ok(()), "tried again");
    let id = house.partner(Some(StatusChange::Onboarded)).await;
    store.make_stale(u32::MAX);
    assert_eq!(house.engine.disconnect(TENANT, &by(), id).await, Err(Error::Contended(id.into())));
    assert_eq!(status(&house, id).await, OnboardingStatus::Onboarded);
}
