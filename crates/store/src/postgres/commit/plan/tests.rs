use gangway_domain::{
    Activity, Actor, AttemptId, AuditEvent, AuditEventId, ChangesetId, ConnectorKind, Correlated, Evidence,
    HeldCredential, Partner, PartnerId, Release, ReleaseId, ReleaseState, RemoteAssistanceState, RequestedBy,
    Settings, Status, TenantId, Timestamp, Transition, Version,
};
use gangway_engine::{
    AttemptPhase, Changeset, CredentialId, Effect, Field, Lease, NodeId, Record, ReleaseSecret, Sealed,
    SecretChange, StoredAttempt, StoredCredential,
};
use sqlparser::ast::{FromTable, SetExpr, Statement as Parsed};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use uuid::Uuid;

use super::*;
use crate::audit::chain::ChainHash;

fn partner(n: u128) -> Partner {
    Partner {
        display_name: format!("Partner {n} ? @ ~"),
        status: Status::Onboarded,
        ..Partner::blank(
            TenantId(Uuid::from_u128(n)),
            PartnerId(Uuid::from_u128(n + 1)),
            ConnectorKind::OAuth2,
        )
    }
}

fn by(n: u128) -> Correlated {
    Correlated { actor: Actor::Gangway, correlation: Uuid::from_u128(n) }
}

fn release(partner: &Partner, n: u128) -> Release {
    let asked = RequestedBy { by: by(n), activity: Activity::Disconnect, at: Timestamp::NEVER };
    let held = HeldCredential::Secret { account: None, not_before: Timestamp::NEVER };
    Release::begin(ReleaseId(Uuid::from_u128(n)), partner, held, asked)
}

fn attempt(partner: &Partner, id: AttemptId) -> StoredAttempt {
    StoredAttempt {
        tenant: partner.tenant,
        id,
        partner: partner.id,
        generation: partner.generation,
        state_hash: [7; 32],
        phase: AttemptPhase::Open,
        secret: Some(Sealed(vec![1])),
        expires: Timestamp::NEVER,
        refusals: 0,
    }
}

fn credential(partner: &Partner) -> StoredCredential {
    StoredCredential {
        tenant: partner.tenant,
        partner: partner.id,
        id: CredentialId(Uuid::from_u128(5)),
        generation: partner.generation,
        account: None,
        sealed: Sealed(vec![2]),
        obtained: Timestamp::NEVER,
    }
}

/// Everything an effect can be.
fn all_effects(partner: &Partner, n: u128) -> Vec<Effect> {
    let id = AttemptId(Uuid::from_u128(n));
    let begin = |secret| Effect::BeginRelease { release: release(partner, n), secret };
    let confirmed = |secret| {
        let state = ReleaseState::Confirmed(Evidence { at: Timestamp::NEVER, proofs: vec![] });
        Effect::BeginRelease { release: Release { state, ..release(partner, n) }, secret }
    };
    let lease = Lease { node: NodeId(Uuid::from_u128(n)), epoch: 3 };
    let update = |lease, secret| Effect::UpdateRelease {
        release: release(partner, n),
        read: Version::FIRST,
        lease,
        secret,
    };
    let given = || Sealed(vec![3]);
    vec![
        Effect::OpenAttempt(attempt(partner, id)),
        Effect::RedeemAttempt { id, code: given() },
        Effect::CloseAttempt { id, read: AttemptPhase::Open },
        Effect::CountRefusal { id },
        Effect::InsertCredential(credential(partner)),
        Effect::ReplaceCredential { read: CredentialId(Uuid::nil()), credential: credential(partner) },
        begin(ReleaseSecret::Credential(CredentialId(Uuid::from_u128(n)))),
        begin(ReleaseSecret::Code(id)),
        begin(ReleaseSecret::Given(Field::Code, given())),
        confirmed(ReleaseSecret::Nothing),
        confirmed(ReleaseSecret::Credential(CredentialId(Uuid::from_u128(n)))),
        confirmed(ReleaseSecret::Code(id)),
        update(None, SecretChange::Keep),
        update(None, SecretChange::Replace(Field::Credential, given())),
        update(Some(lease), SecretChange::Keep),
        update(Some(lease), SecretChange::Replace(Field::Credential, given())),
    ]
}

fn all_abouts(n: u128) -> Vec<(About, AuditEvent)> {
    let before = partner(n);
    let (tenant, id, read) = (before.tenant, before.id, before.version);
    let settings = |read| {
        let settings = Settings {
            tenant,
            remote_assistance_state: RemoteAssistanceState::Enabled,
            allow_sessions_to_unenrolled_devices: true,
            block_chat: false,
            version: Version::FIRST,
        };
        let event =
            AuditEvent::of_settings(AuditEventId(Uuid::nil()), Timestamp::NEVER, by(n), &settings, vec![]);
        (About::Settings(SettingsChange { settings, read }), event)
    };
    let transition = Transition::Changed { before: &before, after: &before };
    let event = AuditEvent::record(
        AuditEventId(Uuid::nil()),
        Timestamp::NEVER,
        by(n),
        Activity::Disconnect,
        transition,
    );
    let told = |change: PartnerChange| (change.into(), event.clone());
    vec![
        told(PartnerChange::Insert(before.clone())),
        told(PartnerChange::Update { partner: before.clone(), read }),
        told(PartnerChange::Delete { tenant, id, read }),
        told(PartnerChange::Keep { tenant, id }),
        settings(Version::NONE),
        settings(Version::FIRST),
    ]
}

fn link(from: Head) -> Link {
    let to = End { head: Head { seq: from.seq + 1, hash: ChainHash([9; 32]) }, ..End::START };
    let tally = Tally::default();
    let enrolled = (from == Head::START).then_some(Enrolled { before: [5; 32], tally, mac: [6; 32] });
    Link { from: (from, [4; 32]), to, mac: [3; 32], enrolled }
}

const SECOND: Head = Head { seq: 1, hash: ChainHash([8; 32]) };

/// The texts of a changeset's statements, each with the number of its values.
fn texts(about: About, effects: Vec<Effect>, record: Option<(AuditEvent, Head)>) -> Vec<(String, usize)> {
    let (event, link) = record.map(|(event, from)| (event, link(from))).unzip();
    let record = event.map_or(Record::Silent(ChangesetId(Uuid::nil())), Record::Event);
    let work = CommitRequest::new(Changeset { about, effects, record }).unwrap();
    let statements = statements(&work, link.as_ref()).unwrap();
    statements.into_iter().map(|DraftStatement { text, values }| (text, values.len())).collect()
}

/// Every statement there can be of one or two effects.
fn all_texts(n: u128) -> Vec<(String, usize)> {
    let mut all = Vec::new();
    for (about, event) in all_abouts(n) {
        let effects = match &about {
            About::Partner(_) => all_effects(&partner(n), n),
            About::Settings(_) => vec![],
        };
        let mut sets = vec![vec![]];
        for one in &effects {
            sets.push(vec![one.clone()]);
            sets.extend(effects.iter().map(|other| vec![one.clone(), other.clone()]));
        }
        for set in sets {
            for record in [None, Some((event.clone(), Head::START)), Some((event.clone(), SECOND))] {
                all.extend(texts(about.clone(), set.clone(), record));
            }
        }
    }
    all
}

#[test]
fn every_parameter_has_its_value_and_every_value_a_parameter() {
    for (text, values) in all_texts(10) {
        for number in 1..=values {
            assert!(text.contains(&format!("${number}")), "{number} of {values}: {text}");
        }
        assert!(!text.contains(&format!("${}", values + 1)), "{values}: {text}");
        assert!(!text.contains(['?', '@', '~']), "{text}");
    }
}

#[test]
fn a_text_depends_on_what_is_done_and_never_on_values() {
    let (one, other) = (all_texts(10), all_texts(77));
    assert_eq!(one, other);
}

#[test]
fn no_text_is_too_long_to_be_kept_prepared() {
    let longest = all_texts(10).into_iter().map(|(text, _)| text.len()).max().unwrap();
    assert!(longest < 4096, "{longest}");
}

/// The tables that a statement writes, as a parser sees it.
fn written(text: &str) -> Vec<String> {
    let parsed =
        Parser::parse_sql(&PostgreSqlDialect {}, text).unwrap_or_else(|error| panic!("{error}: {text}"));
    match parsed.as_slice() {
        [Parsed::Insert(insert)] => vec![format!("+{}", insert.table)],
        [Parsed::Query(query)] => {
            let fragments = &query.with.as_ref().unwrap().cte_tables;
            fragments.iter().filter_map(|fragment| table(&fragment.query.body)).collect()
        }
        _ => panic!("{text}"),
    }
}

fn table(write: &SetExpr) -> Option<String> {
    assert!(!matches!(write, SetExpr::Insert(_)), "{write}");
    if let SetExpr::Update(Parsed::Update(update)) = write {
        return Some(update.table.relation.to_string());
    }
    let SetExpr::Delete(Parsed::Delete(delete)) = write else { return None };
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    Some(from.first()?.relation.to_string())
}

/// What each statement of a changeset writes; a `+` is before what is inserted.
fn all_written(about: About, effects: Vec<Effect>, record: Option<(AuditEvent, Head)>) -> Vec<String> {
    texts(about, effects, record).iter().map(|(text, _)| written(text).join(" ")).collect()
}

#[test]
fn no_statement_writes_a_table_twice_and_each_sees_to_all_it_writes() {
    for (text, _) in all_texts(10) {
        let tables = written(&text);
        if text.starts_with("INSERT") {
            assert_eq!(tables.len(), 1, "{text}");
            continue;
        }
        let mut once = tables.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), tables.len(), "{text}");
        let fragments = text.matches(" AS (").count();
        assert!(fragments >= tables.len() && fragments <= tables.len() + 2, "{text}");
        for number in 1..=fragments {
            assert!(text.contains(&format!("EXISTS (SELECT 1 FROM s{number})")), "{text}");
        }
    }
}

/// What is looked for besides is in a `WITH` that is there already.
#[test]
fn what_is_usual_is_one_with_and_what_it_inserts() {
    let before = partner(10);
    let (about, event) = all_abouts(10).remove(1);
    let written = |effects| all_written(about.clone(), effects, Some((event.clone(), SECOND)));
    assert_eq!(written(vec![]), ["audit_heads partners", "+audit_events"]);
    let id = AttemptId(Uuid::nil());
    let begun = vec![
        Effect::CloseAttempt { id, read: AttemptPhase::Open },
        Effect::OpenAttempt(attempt(&before, id)),
    ];
    assert_eq!(written(begun), ["audit_heads partners attempts", "+attempts", "+audit_events"]);
    let accepted = vec![
        Effect::CloseAttempt { id, read: AttemptPhase::Redeeming },
        Effect::InsertCredential(credential(&before)),
    ];
    assert_eq!(written(accepted), ["audit_heads partners attempts", "+credentials", "+audit_events"]);
    let secret = ReleaseSecret::Credential(CredentialId(id.0));
    let cut = vec![Effect::BeginRelease { release: release(&before, 3), secret }];
    assert_eq!(written(cut), ["audit_heads partners", "+releases", "credentials", "+audit_events"]);
}

/// The first event of a tenant, and what is inserted or deleted with the partner.
#[test]
fn what_is_looked_at_behind_an_insert_is_a_statement_behind_it() {
    let [insert, _, delete, ..] = &all_abouts(10)[..] else { panic!() };
    let written = |(about, event): &(About, AuditEvent), from| {
        all_written(about.clone(), vec![], Some((event.clone(), from)))
    };
    assert_eq!(written(insert, SECOND), ["audit_heads", "+partners", "", "+audit_events"]);
    assert_eq!(written(insert, Head::START), ["+audit_heads", "+partners", "audit_rosters", "+audit_events"]);
    assert_eq!(written(delete, SECOND), ["audit_heads", "+departed_partners", "partners", "+audit_events"]);
}

#[test]
fn what_writes_a_table_again_begins_a_statement() {
    let (before, id) = (partner(10), AttemptId(Uuid::nil()));
    let effects = vec![
        Effect::OpenAttempt(attempt(&before, id)),
        Effect::InsertCredential(credential(&before)),
        Effect::CountRefusal { id },
        Effect::BeginRelease {
            release: release(&before, 3),
            secret: ReleaseSecret::Credential(CredentialId(id.0)),
        },
        Effect::InsertCredential(credential(&before)),
        Effect::CountRefusal { id },
    ];
    let (about, event) = all_abouts(10).remove(1);
    let expected = [
        "audit_heads partners",
        "+attempts",
        "+credentials",
        "attempts",
        "+releases",
        "credentials",
        "+credentials",
        "attempts",
        "+audit_events",
    ];
    assert_eq!(all_written(about, effects, Some((event, SECOND))), expected);
}

#[test]
fn what_changes_nothing_leaves_its_id() {
    let before = partner(10);
    let kept = PartnerChange::Keep { tenant: before.tenant, id: before.id };
    assert_eq!(all_written(kept.into(), vec![], None), ["", "+commits"]);
}

/// What the head of `commit.rs` shows.
#[test]
fn what_is_shown_of_a_disconnect_is_what_is_sent() {
    let shown = include_str!("../../commit.rs").split("```sql").nth(1).unwrap().split("```").next().unwrap();
    let lines = shown.lines().map(|line| line.trim_start_matches("//!").trim());
    let shown = lines.collect::<Vec<_>>().join(" ");
    let (about, event) = all_abouts(10).remove(1);
    let secret = ReleaseSecret::Credential(CredentialId(Uuid::nil()));
    let cut = vec![Effect::BeginRelease { release: release(&partner(10), 3), secret }];
    let sent = texts(about, cut, Some((event, SECOND))).into_iter().map(|(text, _)| format!("{text}; "));
    assert_eq!(shown.trim(), format!("BEGIN; {}COMMIT;", sent.collect::<String>()));
}
