//! Tenants, one for each caller, and their partners, which are all to be disconnected.

use std::fmt::Write as _;
use std::time::Duration;

use gangway_domain::{
    Activity, Actor, AuditEvent, AuditEventId, Caller, Command, ConnectorKind, Correlated, Decision,
    HeldCredential, Outcome as Becoming, Partner, PartnerId, Permission, Release, ReleaseId, RequestedBy,
    Status, Subject, TenantId, Timestamp, Transition, decide,
};
use gangway_engine::{Changeset, Effect, PartnerChange, Record, ReleaseSecret};
use uuid::Uuid;

use crate::Outcome;

pub(crate) fn tenant(caller: u32) -> TenantId {
    TenantId(Uuid::from_u128(0xaaaa_bbbb_0000_cccc_1111_dddd_0000_0000 + u128::from(caller)))
}

/// The number in hexadecimal with zeros before it, as `lpad` writes it of a decimal one.
pub(crate) fn id(n: u32) -> Uuid {
    Uuid::try_parse(&format!("{n:032}")).unwrap_or_default()
}

fn partner(caller: u32, n: u32) -> Partner {
    Partner {
        display_name: format!("Partner {n}"),
        onboarding_url: Some("https://example.com/onboardingUrl/".into()),
        status: Status::Onboarded,
        last_connection: now(0),
        ..Partner::blank(tenant(caller), PartnerId(id(n)), ConnectorKind::Simulated)
    }
}

/// SQL that makes so many partners for each caller.
pub(crate) fn rows(callers: u32, each: u32) -> String {
    let mut sql = String::new();
    for caller in 0..callers {
        let (part, tenant) = (tenant(caller).part().0, tenant(caller).0);
        let _ = write!(sql, "{}", partners(&part.to_string(), &format!("'{tenant}'"), each));
    }
    sql
}

pub(crate) fn partners(part: &str, tenant: &str, each: u32) -> String {
    format!(
        "INSERT INTO partners (part, tenant, id, display_name, onboarding_url, connector, status, last_connection, \
         generation, version) SELECT {part}, {tenant}::uuid, lpad(n::text, 32, '0')::uuid, 'Partner ' || n, \
         'https://example.com/onboardingUrl/', 'simulated', 'onboarded', {}, 1, 1 FROM generate_series(0, {each}) n; ",
        now(0).ticks()
    )
}

/// What the engine commits when a partner is disconnected that holds no credential.
pub(crate) fn disconnect(caller: u32, n: u32) -> Outcome<Changeset> {
    let before = partner(caller, n);
    let Decision::Changed(change) = decide(&before, &Command::Disconnect, now(n))? else {
        return Err("not onboarded".into());
    };
    let Becoming::Becomes(after) = change.outcome else {
        return Err("gone".into());
    };
    let id = id(n);
    let by = Correlated { actor: administrator(before.tenant), correlation: id };
    let transition = Transition::Changed { before: &before, after: &after };
    let audit = AuditEvent::record(AuditEventId(id), now(n), by.clone(), Activity::Disconnect, transition);
    let asked = RequestedBy { by, activity: Activity::Disconnect, at: now(n) };
    let release = Release::begin(ReleaseId(id), &before, HeldCredential::Nothing, asked);
    let effects = vec![Effect::BeginRelease { release, secret: ReleaseSecret::Nothing }];
    let about = PartnerChange::Update { partner: after, read: before.version }.into();
    Ok(Changeset { about, effects, record: Record::Event(audit) })
}

fn administrator(tenant: TenantId) -> Actor {
    Actor::Caller(Box::new(Caller {
        tenant,
        subject: Subject::User {
            id: "0f3f7b0e-7a7e-4c1c-9a0e-3a1f6f4a6d52".into(),
            principal_name: Some("admin@example.com".into()),
        },
        permissions: [Permission::ServiceConfigReadWrite].into_iter().collect(),
        application_id: Some("14d82eec-204b-4c2f-b7e8-296a70dab67e".into()),
        application_name: Some("Intune automation".into()),
    }))
}

fn now(n: u32) -> Timestamp {
    Timestamp::from_unix_seconds(1_790_000_000).plus(Duration::from_micros(u64::from(n) * 100))
}
