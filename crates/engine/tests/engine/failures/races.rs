use std::collections::HashSet;
use std::sync::Arc;

use gangway_domain::{Activity, OnboardingStatus, PartnerId, StatusChange, Update};
use gangway_engine::{Error, NewPartner, Store as _};
use proptest::prelude::*;
use uuid::Uuid;

use crate::{House, TENANT, by};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_disconnects_at_once_are_one_fence_and_one_event() {
    let house = Arc::new(House::new());
    let id = house.partner(Some(StatusChange::Onboarded)).await;
    let generation = house.engine.store().partner(TENANT, id).await.unwrap().unwrap().generation;
    let all: Vec<_> = (0..100)
        .map(|_| {
            let house = Arc::clone(&house);
            tokio::spawn(async move { house.engine.disconnect(TENANT, &by(), id).await })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap(), Ok(()));
    }
    let partner = house.engine.store().partner(TENANT, id).await.unwrap().unwrap();
    assert_eq!(partner.generation, generation.next());
    let disconnects =
        house.engine.store().rows().audit.iter().filter(|e| e.activity == Activity::Disconnect).count();
    assert_eq!(disconnects, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_at_once_are_all_made_one_after_another() {
    let house = Arc::new(House::new());
    let id = house.partner(None).await;
    let all: Vec<_> = (0..50)
        .map(|n| {
            let house = Arc::clone(&house);
            let update = Update { display_name: Some(format!("N{n}")), ..Update::default() };
            tokio::spawn(async move { house.engine.update_partner(TENANT, &by(), id, update).await })
        })
        .collect();
    for one in all {
        one.await.unwrap().unwrap();
    }
    let rows = house.engine.store().rows();
    assert_eq!(rows.partners[&(TENANT, id)].version.0, 51);
    let names: HashSet<_> = rows.audit.iter().filter_map(|e| e.changes.first()?.new.clone()).collect();
    assert_eq!(names.len(), 51, "every change is there once, and the creation");
}

#[derive(Debug, Clone)]
enum Step {
    Create(Option<OnboardingStatus>),
    Update(usize, OnboardingStatus),
    Begin(usize),
    Complete(usize),
    Disconnect(usize),
    Delete(usize),
    Wait(i64),
    Expire,
}

fn step() -> impl Strategy<Value = Step> {
    let status = prop_oneof![
        Just(OnboardingStatus::NotOnboarded),
        Just(OnboardingStatus::Onboarding),
        Just(OnboardingStatus::Onboarded)
    ];
    let which = 0..4_usize;
    prop_oneof![
        proptest::option::of(status.clone()).prop_map(Step::Create),
        (which.clone(), status).prop_map(|(n, s)| Step::Update(n, s)),
        which.clone().prop_map(Step::Begin),
        which.clone().prop_map(Step::Complete),
        which.clone().prop_map(Step::Disconnect),
        which.prop_map(Step::Delete),
        (0..1200_i64).prop_map(Step::Wait),
        Just(Step::Expire),
    ]
}

/// Takes one step; where it names a partner there is none of, nothing happens.
async fn take(house: &House, partners: &mut Vec<PartnerId>, step: Step) -> Result<(), Error> {
    let engine = &house.engine;
    let of = |n: usize| partners.get(n).copied().unwrap_or(PartnerId(Uuid::nil()));
    let set = |status| Update { status: Some(engine.status_change(status)), ..Update::default() };
    match step {
        Step::Create(status) => {
            let properties = status.map(set).unwrap_or_default();
            let new = NewPartner { properties, ..NewPartner::default() };
            partners.push(engine.create_partner(TENANT, &by(), &new).await?.id);
        }
        Step::Update(n, status) => drop(engine.update_partner(TENANT, &by(), of(n), set(status)).await?),
        Step::Begin(n) => engine.begin_onboarding(TENANT, &by(), of(n)).await?,
        Step::Complete(n) => {
            let partner = engine.store().partner(TENANT, of(n)).await?;
            if let Some(attempt) = partner.and_then(|p| p.attempt().copied()) {
                engine.consent_to_simulated(TENANT, of(n), attempt.id, Uuid::nil()).await?;
            }
        }
        Step::Disconnect(n) => engine.disconnect(TENANT, &by(), of(n)).await?,
        Step::Delete(n) => engine.delete_partner(TENANT, &by(), of(n)).await?,
        Step::Wait(seconds) => house.clock.step(seconds),
        Step::Expire => drop(engine.expire_attempts(100).await?),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever happens in whatever order: the audit tells how every partner came to be as it is.
    #[test]
    fn the_audit_adds_up_to_what_is_there(steps in proptest::collection::vec(step(), 1..40)) {
        let house = House::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut partners = Vec::new();
        for step in steps {
            let outcome = runtime.block_on(take(&house, &mut partners, step));
            prop_assert!(
                matches!(outcome, Ok(()) | Err(Error::NoSuchPartner(_) | Error::Refused(_))),
                "{outcome:?}"
            );
        }
        let rows = house.engine.store().rows();
        for id in partners {
            let events: Vec<_> = rows.audit.iter().filter(|event| event.resource == id.into()).collect();
            let told = events.iter().flat_map(|e| &e.changes).filter(|c| c.what.name() == "onboardingStatus");
            let mut status: Option<String> = None;
            for change in told {
                prop_assert_eq!(&change.old, &status, "each event goes on from the one before");
                status.clone_from(&change.new);
            }
            let partner = rows.partners.get(&(TENANT, id));
            prop_assert_eq!(status, partner.map(|p| p.status.onboarding_status().to_string()));
            if let Some(partner) = partner {
                prop_assert_eq!(partner.version.0, events.len() as u64, "one event for every version");
            }
        }
    }
}
