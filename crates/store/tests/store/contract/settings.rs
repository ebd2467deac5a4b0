use gangway_domain::{
    Activity, AttemptId, AuditEvent, Partner, PartnerId, RemoteAssistanceState, Settings, SettingsUpdate,
    TenantId, Version,
};
use gangway_engine::{About, Changeset, CommitError, Effect, Listing, Record, SettingsChange, Store};

use crate::samples::*;

const UNSET: Settings = Settings::unset(CONTOSO);
const CHAT_BLOCKED: SettingsUpdate = SettingsUpdate {
    remote_assistance_state: None,
    allow_sessions_to_unenrolled_devices: None,
    block_chat: Some(true),
};

/// Settings that are in the store.
async fn stored_settings(store: &impl Store, tenant: TenantId) -> Settings {
    let (after, change) = patched(&Settings::unset(tenant), CHAT_BLOCKED);
    done(store, change).await;
    after
}

async fn events(store: &impl Store, tenant: TenantId) -> Vec<AuditEvent> {
    let all = Listing { limit: 100, ..Listing::default() };
    store.audit_events(tenant, all).await.unwrap().items
}

pub(super) async fn settings_that_nobody_has_set_are_not_there(store: &impl Store) {
    stored(store, CONTOSO).await;
    assert_eq!(store.settings(CONTOSO).await, Ok(None));
}

pub(super) async fn every_state_of_settings_reads_back_as_it_was(store: &impl Store) {
    let mut current = UNSET;
    for n in 1..=16_u8 {
        let bit = |place: u8| n >> place & 1 == 1;
        let state = [RemoteAssistanceState::Disabled, RemoteAssistanceState::Enabled][usize::from(bit(0))];
        let update = SettingsUpdate {
            remote_assistance_state: Some(state),
            allow_sessions_to_unenrolled_devices: Some(bit(1)),
            block_chat: Some(bit(2)),
        };
        let (after, change) = patched(&current, update);
        done(store, change).await;
        assert_eq!(store.settings(CONTOSO).await, Ok(Some(after)));
        current = after;
    }
    assert_eq!(current.version, Version(16));
}

pub(super) async fn a_change_of_settings_is_told_by_its_event(store: &impl Store) {
    let (_, change) = patched(&UNSET, CHAT_BLOCKED);
    let told = told(&change).clone();
    assert_eq!((told.activity, told.resource), (Activity::PatchSettings, CONTOSO.into()));
    done(store, change).await;
    assert_eq!(events(store, CONTOSO).await, [told]);
}

pub(super) async fn a_stale_change_of_settings_changes_nothing(store: &impl Store) {
    let (second, too_early) = patched(&Settings { version: Version::FIRST, ..UNSET }, CHAT_BLOCKED);
    assert_eq!(store.commit(too_early).await, STALE, "there are none yet");
    assert_eq!(store.settings(CONTOSO).await, Ok(None));

    let first = stored_settings(store, CONTOSO).await;
    for read in [Version::NONE, second.version, Version(7)] {
        let off = SettingsUpdate { block_chat: Some(false), ..SettingsUpdate::default() };
        let (_, stale) = patched(&Settings { version: read, ..first }, off);
        assert_eq!(store.commit(stale).await, STALE, "{read:?}");
    }
    assert_eq!(store.settings(CONTOSO).await, Ok(Some(first)));
    assert_eq!(events(store, CONTOSO).await.len(), 1);
}

pub(super) async fn a_change_of_settings_sent_again_is_a_duplicate_and_changes_nothing(store: &impl Store) {
    let (first, change) = patched(&UNSET, CHAT_BLOCKED);
    done(store, change.clone()).await;
    assert_eq!(store.commit(change.clone()).await, DUPLICATE);
    let on = SettingsUpdate {
        remote_assistance_state: Some(RemoteAssistanceState::Enabled),
        ..SettingsUpdate::default()
    };
    let (second, next) = patched(&first, on);
    done(store, next.clone()).await;
    assert_eq!(store.commit(change).await, DUPLICATE);

    let (_, mut reused) =
        patched(&second, SettingsUpdate { block_chat: Some(false), ..SettingsUpdate::default() });
    told_otherwise(&mut reused).id = told(&next).id;
    assert_eq!(store.commit(reused).await, DUPLICATE, "neither without the other");
    assert_eq!(store.settings(CONTOSO).await, Ok(Some(second)));
    assert_eq!(events(store, CONTOSO).await.len(), 2);
}

pub(super) async fn settings_are_a_tenants_own(store: &impl Store) {
    let here = stored_settings(store, CONTOSO).await;
    assert_eq!(store.settings(FABRIKAM).await, Ok(None));
    assert!(events(store, FABRIKAM).await.is_empty());
    let there = stored_settings(store, FABRIKAM).await;
    assert_eq!(store.settings(CONTOSO).await, Ok(Some(here)));
    assert_eq!(store.settings(FABRIKAM).await, Ok(Some(there)));
}

pub(super) async fn settings_that_cannot_be_stored_are_refused_whole(store: &impl Store) {
    for (read, version) in [(0, u64::MAX), (u64::MAX, 1), (0, 0)] {
        let (_, mut change) = patched(&UNSET, CHAT_BLOCKED);
        let settings = Settings { version: Version(version), ..UNSET };
        change.about = About::Settings(SettingsChange { settings, read: Version(read) });
        let answer = store.commit(change).await;
        assert!(matches!(answer, Err(CommitError::Store(_))), "{read} {version} {answer:?}");
    }
    assert_eq!(store.settings(CONTOSO).await, Ok(None));
    assert!(events(store, CONTOSO).await.is_empty());
}

pub(super) async fn a_change_of_settings_has_no_effects_and_no_other_event(store: &impl Store) {
    let namesake = Partner { id: PartnerId(CONTOSO.0), ..partner_of(CONTOSO) };
    let (_, right) = patched(&UNSET, CHAT_BLOCKED);
    let audit = told(&right).clone();
    let effects = vec![Effect::CountRefusal { id: AttemptId(fresh_uuid()) }];
    for wrong in [
        Changeset { effects, ..right.clone() },
        Changeset {
            record: Record::Event(AuditEvent { tenant: FABRIKAM, ..audit.clone() }),
            ..right.clone()
        },
        Changeset {
            record: Record::Event(AuditEvent { resource: FABRIKAM.into(), ..audit.clone() }),
            ..right.clone()
        },
        Changeset {
            record: Record::Event(AuditEvent { activity: Activity::Patch, ..audit.clone() }),
            ..right.clone()
        },
        Changeset { record: Record::Event(audit), ..insert(&namesake) },
    ] {
        let answer = store.commit(wrong.clone()).await;
        assert!(matches!(answer, Err(CommitError::Store(_))), "{wrong:?}: {answer:?}");
    }
    assert_eq!(store.settings(CONTOSO).await, Ok(None));
    assert_eq!(read(store, &namesake).await, None);
    assert!(events(store, CONTOSO).await.is_empty());
}

pub(super) async fn of_many_that_change_settings_at_once_one_is_applied(store: &impl Store) {
    for before in [UNSET, stored_settings(store, FABRIKAM).await] {
        let off = SettingsUpdate { block_chat: Some(!before.block_chat), ..SettingsUpdate::default() };
        let changes = (0..8).map(|_| patched(&before, off).1).collect();
        let answers = all_at_once(store, changes, || ()).await;
        assert_eq!((how_many(&answers, &APPLIED), how_many(&answers, &STALE)), (1, 7));
    }
}
