use gangway_domain::{
    Activity, Actor, AuditEvent, Audited, AuditedChange, Caller, Correlated, Partner, Permission, Property,
    SettingsProperty, Subject, Timestamp,
};
use gangway_engine::{Changeset, Record, Store};

use crate::samples::*;

pub(super) fn actors() -> Vec<Actor> {
    let caller = |subject, permissions: &[Permission], name: Option<&str>| {
        Actor::Caller(Box::new(Caller {
            tenant: FABRIKAM,
            subject,
            permissions: permissions.iter().copied().collect(),
            application_id: name.map(|name| format!("id of {name}")),
            application_name: name.map(Into::into),
        }))
    };
    let all = [
        Permission::ServiceConfigRead,
        Permission::ServiceConfigReadWrite,
        Permission::ConfigurationRead,
        Permission::ConfigurationReadWrite,
    ];
    let named = Subject::User { id: "u".into(), principal_name: Some("zoë@例え.jp \"\\\u{1}\n".into()) };
    vec![
        Actor::Gangway,
        Actor::Partner,
        caller(named, &all, Some("An app {}[]")),
        caller(Subject::User { id: String::new(), principal_name: None }, &all[..1], None),
        caller(Subject::PersonalUser { id: "p".into() }, &[], Some("")),
        caller(Subject::Application { id: "a".into() }, &all[1..2], Some("App")),
    ]
}

fn every_change() -> Vec<AuditedChange> {
    let text = |text: &str| Some(text.to_owned());
    vec![
        AuditedChange { what: Audited::Property(Property::Id), old: None, new: text("6a4d55ea") },
        AuditedChange {
            what: Audited::Property(Property::DisplayName),
            old: text(""),
            new: text("日本 🦀 \" \\ \u{1}"),
        },
        AuditedChange {
            what: Audited::Property(Property::OnboardingUrl),
            old: text("https://a.example"),
            new: None,
        },
        AuditedChange { what: Audited::Property(Property::OnboardingStatus), old: None, new: None },
        AuditedChange {
            what: Audited::Property(Property::LastConnectionDateTime),
            old: text("a"),
            new: text("b"),
        },
        AuditedChange {
            what: Audited::Property(Property::OnboardingRequestExpiryDateTime),
            old: text("a"),
            new: text("b"),
        },
        AuditedChange {
            what: Audited::Setting(SettingsProperty::RemoteAssistanceState),
            old: text("disabled"),
            new: text("enabled"),
        },
        AuditedChange::now(Audited::Setting(SettingsProperty::AllowSessionsToUnenrolledDevices), "true"),
        AuditedChange::now(Audited::Setting(SettingsProperty::BlockChat), "false"),
        AuditedChange::now(Audited::Account, "account"),
        AuditedChange::now(Audited::Release, ""),
        AuditedChange::now(Audited::ReleaseState, "pending"),
        AuditedChange::now(Audited::Evidence, "noCredential"),
        AuditedChange::now(Audited::Reason, "日本"),
    ]
}

pub(super) async fn every_activity_and_actor_reads_back_as_it_was(store: &impl Store) {
    let mut current = stored(store, CONTOSO).await;
    let of_partners = Activity::ALL.into_iter().filter(|activity| *activity != Activity::PatchSettings);
    let cases = of_partners.flat_map(|activity| actors().into_iter().map(move |a| (activity, a)));
    for (activity, actor) in cases {
        let after = renamed(&current, &format!("{activity:?} 名"));
        let mut change = update(&current, &after);
        let by = Correlated { actor, correlation: fresh_uuid() };
        let event = told(&change).clone();
        let sent = AuditEvent { activity, by, changes: every_change(), at: Timestamp::LAST, ..event };
        change.record = Record::Event(sent.clone());
        assert_eq!(store.commit(change).await, APPLIED);
        assert_eq!(store.audit_event(CONTOSO, sent.id).await, Ok(Some(sent.clone())));
        assert_eq!(newest_events(store, CONTOSO, 1).await, Ok(vec![sent]));
        current = after;
    }
    let earliest = renamed(&current, "Earliest");
    let change = update(&current, &earliest);
    let sent = AuditEvent { at: Timestamp::NEVER, changes: vec![], ..told(&change).clone() };
    assert_eq!(store.commit(Changeset { record: Record::Event(sent.clone()), ..change }).await, APPLIED);
    assert_eq!(newest_events(store, CONTOSO, 1).await, Ok(vec![sent]));
}

/// Renames the partner as often as asked, and answers with the events of it, newest first.
async fn renames(store: &impl Store, partner: &Partner, times: usize) -> Vec<AuditEvent> {
    let mut current = partner.clone();
    let mut events = Vec::new();
    for n in 0..times {
        let after = renamed(&current, &format!("Name {n}"));
        let change = update(&current, &after);
        events.extend(change.record.event().cloned());
        assert_eq!(store.commit(change).await, APPLIED);
        current = after;
    }
    events.reverse();
    events
}

pub(super) async fn events_come_newest_first_and_no_more_than_asked(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let events = renames(store, &partner, 10).await;
    assert_eq!(newest_events(store, CONTOSO, 10).await, Ok(events.clone()));
    assert_eq!(newest_events(store, CONTOSO, 3).await, Ok(events[..3].to_vec()));
    assert_eq!(newest_events(store, CONTOSO, 0).await, Ok(vec![]));
    assert_eq!(newest_events(store, CONTOSO, usize::MAX).await.unwrap().len(), 11);
}

pub(super) async fn events_of_another_tenant_are_never_shown(store: &impl Store) {
    let here = stored(store, CONTOSO).await;
    assert_eq!(newest_events(store, FABRIKAM, 10).await, Ok(vec![]));
    let event = events_about(store, &here).await[0];
    assert_eq!(store.audit_event(FABRIKAM, event).await, Ok(None));
    assert!(store.audit_event(CONTOSO, event).await.unwrap().is_some());

    let there = Partner { tenant: FABRIKAM, ..here.clone() };
    let mut change = insert(&there);
    told_otherwise(&mut change).id = events_about(store, &here).await[0];
    assert_eq!(store.commit(change).await, APPLIED, "an idempotency key is a tenant's own");
    assert_eq!(events_about(store, &here).await.len(), 1);
    assert_eq!(events_about(store, &there).await.len(), 1);
}

pub(super) async fn what_is_refused_leaves_no_event(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let stale = Partner { version: partner.version.next(), ..partner.clone() };
    assert_eq!(store.commit(insert(&partner)).await, TAKEN);
    assert_eq!(store.commit(delete(&stale)).await, STALE);
    assert!(store.commit(unstorable()).await.is_err());
    assert_eq!(newest_events(store, CONTOSO, 10).await.unwrap().len(), 1);
}
