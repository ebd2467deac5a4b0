//! What a store is filled with: tenants with a partner each, ten audit events, and a release that waits for one of a hundred.

use std::time::Duration;

use gangway_domain::{
    Activity, Actor, AuditEvent, AuditEventId, Caller, Command, ConnectorKind, Correlated, Decision,
    HeldCredential, Outcome, Partner, PartnerId, Permission, Release, ReleaseId, RequestedBy, Status,
    Subject, TenantId, Timestamp, Transition, decide,
};
use gangway_engine::{Changeset, Effect, Field, PartnerChange, Record, ReleaseSecret, Sealed};
use uuid::{Builder, Uuid};

use crate::Outcomes;
use crate::scrambled::scrambled;

/// Audit events of a tenant, the one of its partner's creation among them.
pub(crate) const EVENTS: u64 = 10;
/// One tenant of so many has a release that is not done.
const ONE_WAITS_OF: u64 = 100;

/// The tenant with this number.
pub(crate) fn tenant(n: u64) -> TenantId {
    TenantId(Builder::from_random_bytes(*scrambled(1, n).as_bytes()).into_uuid())
}

/// Its partner.
pub(crate) fn partner_id(n: u64) -> PartnerId {
    PartnerId(time_ordered(2, n))
}

/// So many tenants that have an onboarded partner, spread over all, each with its partner on a line.
pub(crate) fn sample(tenants: u64, count: u64) -> String {
    let step = (tenants / count.max(1)).max(1);
    let some =
        (0..tenants).step_by(usize::try_from(step).unwrap_or(1)).map(|n| if waits(n) { n + 1 } else { n });
    let lines: Vec<_> = some.map(|n| format!("{} {}", tenant(n).0, partner_id(n).0)).collect();
    lines.join("\n")
}

/// Whether its partner was disconnected and is not released.
pub(crate) const fn waits(n: u64) -> bool {
    n.is_multiple_of(ONE_WAITS_OF)
}

/// The changesets that make a tenant, in order; its release, if it has one, is due then.
pub(crate) fn changesets(n: u64, due: Timestamp) -> Outcomes<Vec<Changeset>> {
    let partner = partner(n);
    let created = record(n, 0, Activity::Create, Transition::Created(&partner));
    let (tenant, id) = (partner.tenant, partner.id);
    let waits = waits(n);
    let mut changes = vec![Changeset {
        about: PartnerChange::Insert(partner.clone()).into(),
        effects: vec![],
        record: Record::Event(created),
    }];
    let seen = Transition::Changed { before: &partner, after: &partner };
    for event in 1..EVENTS - u64::from(waits) {
        let record = Record::Event(record(n, event, Activity::Patch, seen));
        changes.push(Changeset { about: PartnerChange::Keep { tenant, id }.into(), effects: vec![], record });
    }
    if waits {
        changes.push(disconnected(
            n,
            &partner,
            EVENTS - 1,
            HeldCredential::Secret { account: None, not_before: due },
        )?);
    }
    Ok(changes)
}

/// A partner's disconnect as the engine decides it, recorded as the tenant's event with this number.
pub(crate) fn disconnected(
    n: u64,
    before: &Partner,
    event: u64,
    held: HeldCredential,
) -> Outcomes<Changeset> {
    let Decision::Changed(change) = decide(before, &Command::Disconnect, now(n, event))? else {
        return Err("not onboarded".into());
    };
    let Outcome::Becomes(partner) = change.outcome else {
        return Err("gone".into());
    };
    let audit = record(n, event, change.activity, Transition::Changed { before, after: &partner });
    let asked = RequestedBy { by: audit.by.clone(), activity: change.activity, at: audit.at };
    let release = Release::begin(ReleaseId(audit.id.0), before, held, asked);
    let secret = if release.is_pending() {
        // As long as a sealed pair of tokens.
        ReleaseSecret::Given(Field::Credential, Sealed(vec![7; 600]))
    } else {
        ReleaseSecret::Nothing
    };
    let effects = vec![Effect::BeginRelease { release, secret }];
    let about = PartnerChange::Update { partner, read: before.version }.into();
    Ok(Changeset { about, effects, record: Record::Event(audit) })
}

fn partner(n: u64) -> Partner {
    Partner {
        display_name: format!("Partner {n}"),
        onboarding_url: Some("https://example.com/onboardingUrl/".into()),
        status: Status::Onboarded,
        last_connection: now(n, 0),
        ..Partner::blank(tenant(n), partner_id(n), ConnectorKind::Simulated)
    }
}

fn record(n: u64, event: u64, activity: Activity, transition: Transition<'_>) -> AuditEvent {
    let caller = Caller {
        tenant: tenant(n),
        subject: Subject::User {
            id: scrambled(7, n).to_string(),
            principal_name: Some(format!("admin{}@example.com", n % 50)),
        },
        permissions: [Permission::ServiceConfigReadWrite].into_iter().collect(),
        application_id: Some("14d82eec-204b-4c2f-b7e8-296a70dab67e".into()),
        application_name: Some("Intune automation".into()),
    };
    let seed = 100 + u128::from(event);
    let by = Correlated { actor: Actor::Caller(Box::new(caller)), correlation: scrambled(seed << 64, n) };
    AuditEvent::record(AuditEventId(time_ordered(seed, n)), now(n, event), by, activity, transition)
}

/// The tenants' events come about one another.
fn now(n: u64, event: u64) -> Timestamp {
    Timestamp::from_unix_seconds(1_760_000_000).plus(Duration::from_millis(event * 100_000_000 + n))
}

fn time_ordered(seed: u128, n: u64) -> Uuid {
    let mut random = [0; 10];
    random.copy_from_slice(&scrambled(seed, n).as_bytes()[..10]);
    let event = u64::try_from(seed.saturating_sub(100)).unwrap_or(0);
    let millis = u64::try_from(now(n, event).unix_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
