use std::sync::Arc;

use gangway_domain::{Activity, RemoteAssistanceState, Settings, SettingsUpdate, Version};
use gangway_engine::{Error, Store as _};

use crate::{House, TENANT, by};

const ON: SettingsUpdate = SettingsUpdate {
    remote_assistance_state: Some(RemoteAssistanceState::Enabled),
    allow_sessions_to_unenrolled_devices: None,
    block_chat: None,
};

fn chat_blocked(is: bool) -> SettingsUpdate {
    SettingsUpdate { block_chat: Some(is), ..SettingsUpdate::default() }
}

#[tokio::test]
async fn settings_are_off_until_somebody_sets_them_and_each_change_is_told_once() {
    let house = House::new();
    let engine = &house.engine;
    let unset = Settings::unset(TENANT);
    assert_eq!(engine.settings(TENANT).await, Ok(unset));
    assert_eq!(
        engine.update_settings(TENANT, &by(), chat_blocked(false)).await,
        Ok(unset),
        "it is so already"
    );
    assert!(engine.store().rows().audit.is_empty() && engine.store().settings(TENANT).await == Ok(None));

    let after = engine.update_settings(TENANT, &by(), ON).await.unwrap();
    assert_eq!(
        after,
        Settings {
            remote_assistance_state: RemoteAssistanceState::Enabled,
            version: Version::FIRST,
            ..unset
        }
    );
    assert_eq!(engine.update_settings(TENANT, &by(), ON).await, Ok(after));
    assert_eq!(engine.settings(TENANT).await, Ok(after));
    let rows = engine.store().rows();
    let [event] = rows.audit.as_slice() else { panic!("{:?}", rows.audit) };
    assert_eq!(
        (event.activity, event.resource, event.at),
        (Activity::PatchSettings, TENANT.into(), engine.now())
    );
    assert_eq!((&event.by, event.changes.len()), (&by(), 1));
}

#[tokio::test]
async fn settings_that_others_change_all_the_time_are_given_up_and_left_as_they_are() {
    let house = House::new();
    let store = house.engine.store();
    store.make_stale(3);
    let after = house.engine.update_settings(TENANT, &by(), ON).await;
    assert!(after.is_ok(), "tried again: {after:?}");
    store.make_stale(u32::MAX);
    let given_up = house.engine.update_settings(TENANT, &by(), chat_blocked(true)).await;
    assert_eq!(given_up, Err(Error::Contended(TENANT.into())));
    assert_eq!(house.engine.settings(TENANT).await, after);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_settings_at_once_lose_nothing_of_each_other() {
    let house = Arc::new(House::new());
    let unenrolled =
        SettingsUpdate { allow_sessions_to_unenrolled_devices: Some(true), ..SettingsUpdate::default() };
    let all: Vec<_> = [ON, unenrolled, chat_blocked(true)]
        .into_iter()
        .cycle()
        .take(60)
        .map(|update| {
            let house = Arc::clone(&house);
            tokio::spawn(async move { house.engine.update_settings(TENANT, &by(), update).await })
        })
        .collect();
    for one in all {
        one.await.unwrap().unwrap();
    }
    let settings = house.engine.settings(TENANT).await.unwrap();
    assert_eq!(settings.patched(ON), None);
    assert!(settings.allow_sessions_to_unenrolled_devices && settings.block_chat);
    assert_eq!((settings.version, house.engine.store().rows().audit.len()), (Version(3), 3));
}
