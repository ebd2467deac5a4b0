//! Random changesets over a small world, committed to both stores: both have to say the same of each and be the same after it.

use std::time::Duration;

use gangway_domain::{
    Account, Activity, Actor, AttemptId, AuditEvent, AuditEventId, Caller, ChangesetId, ConnectorKind,
    Correlated, Forced, Generation, Partner, PartnerId, Permission, Release, ReleaseId, ReleaseState,
    RemoteAssistanceState, Settings, Status, Subject, TenantId, Transition, Version,
};
use gangway_engine::{
    About, AttemptPhase, Changeset, CommitError, CredentialId, Effect, Field, Lease, Listing, NodeId,
    PartnerChange, Record, ReleaseFilter, ReleaseSecret, Sealed, SecretChange, SettingsChange, Store,
    StoredAttempt, StoredCredential, StoredSecret,
};
use gangway_store::{PostgresStore, SqliteOptions, SqliteStore};
use uuid::Uuid;

use crate::distributed::harness::database::Database;
use crate::distributed::options_of_a_stubborn_database;
use crate::queries::dice::Dice;
use crate::samples::*;

/// So many changesets have the same ids to choose from.
const WINDOW: usize = 60;
const NODES: [NodeId; 2] = [NodeId(Uuid::from_u128(0x1)), NodeId(Uuid::from_u128(0x2))];
const PHASES: [AttemptPhase; 3] = [AttemptPhase::Open, AttemptPhase::Redeeming, AttemptPhase::Closed];

/// What there is of a partner, as a changeset may expect it.
struct Known {
    tenant: TenantId,
    id: PartnerId,
    partner: Option<Partner>,
    credential: Option<StoredCredential>,
    attempts: Vec<(AttemptId, Option<StoredAttempt>)>,
    releases: Vec<(ReleaseId, Option<Release>)>,
    settings: Settings,
    /// At which generation it was deleted last.
    departed: u64,
}

/// Ids are few, and others after a while, as what is over stays over.
fn ids(kind: u128, round: usize) -> impl Iterator<Item = Uuid> {
    let first = kind << 64 | u128::try_from(4 * (round / WINDOW)).unwrap();
    (0..6).map(move |n| Uuid::from_u128(first + n))
}

async fn known(store: &impl Store, dice: &mut Dice, round: usize) -> Known {
    let tenant = *dice.any(&[CONTOSO, FABRIKAM]);
    let mut partners: Vec<_> = ids(0xa, 0).take(2).map(PartnerId).collect();
    let mut attempts = Vec::new();
    for id in ids(0xb, round).map(AttemptId) {
        attempts.push((id, store.attempt(tenant, id).await.unwrap()));
    }
    let mut releases = Vec::new();
    for id in ids(0xc, round).map(ReleaseId) {
        releases.push((id, store.release(tenant, id).await.unwrap()));
    }
    // Mostly one that something can be done with.
    partners.extend(attempts.iter().filter_map(|(_, found)| found.as_ref()).map(|found| found.partner));
    partners.extend(releases.iter().filter_map(|(_, found)| found.as_ref()).map(|found| found.partner));
    let id = *dice.any(&partners);
    let partner = store.partner(tenant, id).await.unwrap();
    let credential = store.credential(tenant, id).await.unwrap();
    let settings = store.settings(tenant).await.unwrap().unwrap_or(Settings::unset(tenant));
    let departed = store.last_generation(tenant, id).await.unwrap().map_or(0, |last| last.0);
    Known { tenant, id, partner, credential, attempts, releases, settings, departed }
}

/// Mostly this.
fn mostly(dice: &mut Dice, this: u64) -> u64 {
    match dice.below(24) {
        0 => this + 1,
        1 => this.saturating_sub(1).max(1),
        2 => 1,
        3 if dice.one_in(4) => u64::MAX,
        _ => this,
    }
}

impl Known {
    fn subject(&self) -> Partner {
        Partner { tenant: self.tenant, id: self.id, ..partner_of(self.tenant) }
    }

    fn partner(&self, dice: &mut Dice, version: u64) -> Partner {
        let expires = at(i64::try_from(dice.below(100)).unwrap());
        Partner {
            display_name: format!("Name {}", dice.below(4)),
            onboarding_url: dice.one_in(2).then(|| "https://example.com".into()),
            connector: *dice.any(&[ConnectorKind::OAuth2, ConnectorKind::Link]),
            profile: dice.one_in(2).then(|| "profile".parse().unwrap()),
            status: match dice.below(3) {
                0 => Status::NotOnboarded,
                1 => Status::Onboarded,
                _ => onboarding_until(expires),
            },
            last_connection: expires,
            generation: Generation(if dice.one_in(60) { 0 } else { self.departed + dice.next() % 4 }.max(1)),
            version: Version(version),
            ..self.subject()
        }
    }

    fn about(&self, dice: &mut Dice) -> About {
        if dice.one_in(10) {
            let read = mostly(dice, self.settings.version.0);
            let settings = Settings {
                remote_assistance_state: *dice
                    .any(&[RemoteAssistanceState::Enabled, RemoteAssistanceState::Disabled]),
                block_chat: dice.one_in(2),
                version: Version(read.wrapping_add(1)),
                ..self.settings
            };
            return About::Settings(SettingsChange { settings, read: Version(read) });
        }
        let (tenant, id) = (self.tenant, self.id);
        let read = mostly(dice, self.partner.as_ref().map_or(1, |partner| partner.version.0));
        let is_there = self.partner.is_some();
        let change = match dice.below(10) {
            0 | 1 if is_there => PartnerChange::Delete { tenant, id, read: Version(read) },
            2 | 3 => PartnerChange::Keep { tenant, id },
            4 if !is_there => {
                PartnerChange::Update { partner: self.partner(dice, read), read: Version(read) }
            }
            5 if is_there => PartnerChange::Insert(self.partner(dice, 1)),
            _ if is_there => {
                let partner = self.partner(dice, read.wrapping_add(1));
                PartnerChange::Update { partner, read: Version(read) }
            }
            _ => PartnerChange::Insert(self.partner(dice, 1)),
        };
        change.into()
    }

    fn effect(&self, dice: &mut Dice) -> Effect {
        let mut partner = self.subject();
        if dice.one_in(60) {
            partner.id = PartnerId(fresh_uuid());
        }
        let kind = dice.below(10);
        let (attempt, found) = self.attempt_for(dice, kind);
        let phase = match found {
            Some(attempt) if !dice.one_in(6) => attempt.phase,
            _ => *dice.any(&PHASES),
        };
        match kind {
            0 | 1 => Effect::OpenAttempt(StoredAttempt { id: attempt, ..attempt_of(&partner) }),
            2 => Effect::RedeemAttempt { id: attempt, code: secret(dice) },
            3 => Effect::CloseAttempt { id: attempt, read: phase },
            4 => Effect::CountRefusal { id: attempt },
            5 => Effect::InsertCredential(credential(dice, &partner)),
            6 => {
                let held = self.credential.as_ref().filter(|_| !dice.one_in(6)).map(|held| held.id);
                let read = held.unwrap_or(CredentialId(fresh_uuid()));
                Effect::ReplaceCredential { read, credential: credential(dice, &partner) }
            }
            7 | 8 => self.begin(dice, &partner, attempt),
            _ => self.update(dice, &partner),
        }
    }

    /// Mostly one that an effect of this kind fits.
    fn attempt_for(&self, dice: &mut Dice, kind: usize) -> (AttemptId, Option<StoredAttempt>) {
        let fits = |attempt: &StoredAttempt| match kind {
            2 => attempt.phase == AttemptPhase::Open,
            7 | 8 => attempt.phase == AttemptPhase::Redeeming && attempt.secret.is_some(),
            _ => true,
        };
        let fitting: Vec<_> =
            self.attempts.iter().filter(|(_, found)| found.as_ref().is_some_and(fits)).cloned().collect();
        let among = if fitting.is_empty() || dice.one_in(4) { &self.attempts } else { &fitting };
        dice.any(among).clone()
    }

    fn begin(&self, dice: &mut Dice, partner: &Partner, attempt: AttemptId) -> Effect {
        let (id, _) = dice.any(&self.releases).clone();
        let mut release = Release { id, ..release_of(partner, at(0)) };
        if dice.one_in(3) {
            release = confirmed(&release);
        }
        let secret = match dice.below(6) {
            0 => ReleaseSecret::Nothing,
            1 | 2 => {
                let held = self.credential.as_ref().filter(|_| !dice.one_in(6)).map(|held| held.id);
                ReleaseSecret::Credential(held.unwrap_or(CredentialId(fresh_uuid())))
            }
            3 | 4 => ReleaseSecret::Code(attempt),
            _ => ReleaseSecret::Given(Field::Credential, secret(dice)),
        };
        begin(&release, secret)
    }

    fn update(&self, dice: &mut Dice, partner: &Partner) -> Effect {
        let known: Vec<_> = self.releases.iter().filter(|(_, found)| found.is_some()).cloned().collect();
        let (id, found) = dice.any(if known.is_empty() { &self.releases } else { &known }).clone();
        let before = found.unwrap_or_else(|| Release { id, ..release_of(partner, at(0)) });
        let after = match dice.below(4) {
            0 if before.is_pending() => confirmed(&before),
            1 => {
                let forced = Forced { by: Actor::Operator, at: at(9), reason: "Because".into() };
                Release {
                    state: ReleaseState::Forced(forced),
                    version: before.version.next(),
                    ..before.clone()
                }
            }
            _ => put_off(&before, at(3)),
        };
        let lease = dice.one_in(2).then(|| Lease {
            node: *dice.any(&NODES),
            epoch: if dice.one_in(30) { u64::MAX } else { 1 + dice.next() % 2 },
        });
        let change = if dice.one_in(2) {
            SecretChange::Keep
        } else {
            SecretChange::Replace(Field::Credential, secret(dice))
        };
        // Whose it is stays what it was, so it may be another partner's.
        let release = if dice.one_in(8) { after } else { Release { partner: partner.id, ..after } };
        let read = Version(mostly(dice, before.version.0));
        Effect::UpdateRelease { release, read, lease, secret: change }
    }

    fn event(&self, dice: &mut Dice, about: &About, id: AuditEventId) -> AuditEvent {
        let by = Correlated { actor: actor(dice, self.tenant), correlation: fresh_uuid() };
        if let About::Settings(change) = about
            && !dice.one_in(40)
        {
            return AuditEvent::of_settings(id, at(1), by, &change.settings, vec![]);
        }
        let partner = self.partner(dice, 1);
        let transition = Transition::Changed { before: &self.subject(), after: &partner };
        AuditEvent::record(id, at(1), by, *dice.any(&[Activity::Patch, Activity::Disconnect]), transition)
    }

    fn change(&self, dice: &mut Dice, used: &[ChangesetId]) -> Changeset {
        let about = self.about(dice);
        let of_settings = matches!(about, About::Settings(_));
        let count = if of_settings && !dice.one_in(20) { 0 } else { *dice.any(&[0, 1, 1, 1, 1, 2, 3, 4]) };
        let effects = (0..count).map(|_| self.effect(dice)).collect();
        let id =
            if !used.is_empty() && dice.one_in(12) { *dice.any(used) } else { ChangesetId(fresh_uuid()) };
        let record = if dice.one_in(4) {
            Record::Silent(id)
        } else {
            Record::Event(self.event(dice, &about, AuditEventId(id.0)))
        };
        Changeset { about, effects, record }
    }
}

fn secret(dice: &mut Dice) -> Sealed {
    let length = if dice.one_in(60) { 70_000 } else { 1 + dice.below(3000) };
    Sealed(vec![u8::try_from(dice.below(256)).unwrap(); length])
}

fn credential(dice: &mut Dice, partner: &Partner) -> StoredCredential {
    let name = dice.one_in(2).then(|| "Zoë".into());
    let account = dice.one_in(2).then(|| Account { id: "u".into(), name });
    StoredCredential { account, sealed: secret(dice), ..credential_of(partner) }
}

fn actor(dice: &mut Dice, tenant: TenantId) -> Actor {
    let some = |dice: &mut Dice, word: &str| dice.one_in(2).then(|| word.to_owned());
    let subject = match dice.below(6) {
        0 => Subject::User { id: "u".into(), principal_name: some(dice, "Ü@example.com") },
        1 => Subject::PersonalUser { id: "p".into() },
        2 => Subject::Application { id: "a".into() },
        3 => return Actor::Partner,
        4 => return Actor::Gangway,
        _ => return Actor::Operator,
    };
    let permissions = [Permission::ServiceConfigReadWrite].into_iter().collect();
    let (application_id, application_name) = (some(dice, "app"), some(dice, "An \"app\""));
    Actor::Caller(Box::new(Caller { tenant, subject, permissions, application_id, application_name }))
}

/// Everything a store shows of two tenants.
#[derive(Debug, PartialEq)]
struct Shown {
    partners: Vec<Vec<Partner>>,
    departed: Vec<Option<Generation>>,
    committed: Vec<bool>,
    settings: Vec<Option<Settings>>,
    events: Vec<Vec<AuditEvent>>,
    credentials: Vec<Option<StoredCredential>>,
    attempts: Vec<Option<StoredAttempt>>,
    releases: Vec<Release>,
    secrets: Vec<StoredSecret>,
}

async fn shown(store: &impl Store, round: usize, used: &[ChangesetId]) -> Shown {
    let mut shown = Shown {
        partners: vec![],
        departed: vec![],
        committed: vec![],
        settings: vec![],
        events: vec![],
        credentials: vec![],
        attempts: vec![],
        releases: store.releases(ReleaseFilter::default(), 1000).await.unwrap(),
        secrets: store.secrets(None, 1000).await.unwrap(),
    };
    for tenant in [CONTOSO, FABRIKAM] {
        for id in used.iter().rev().take(30) {
            shown.committed.push(store.was_committed(tenant, *id).await.unwrap());
        }
        shown.partners.push(partners_in(store, tenant).await.unwrap());
        shown.settings.push(store.settings(tenant).await.unwrap());
        shown.events.push(store.audit_events(tenant, Listing::all()).await.unwrap().items);
        for id in ids(0xa, 0).map(PartnerId) {
            shown.departed.push(store.last_generation(tenant, id).await.unwrap());
            shown.credentials.push(store.credential(tenant, id).await.unwrap());
        }
        for id in (0..=round).step_by(WINDOW).flat_map(|round| ids(0xb, round)).map(AttemptId) {
            shown.attempts.push(store.attempt(tenant, id).await.unwrap());
        }
    }
    shown
}

/// What a store says, but for the words of what it could not do.
fn said(answer: &Answer) -> Answer {
    match answer {
        Err(CommitError::Store(_)) => Err(CommitError::Store(gangway_engine::StoreError::Busy)),
        other => other.clone(),
    }
}

const COLUMNS: &str = "seq, activity, operation, result, actor, partner_name, generation, changes, actor_kind, \
    user_principal_name, user_id, application_id, application_name";

fn rows_in_sqlite(path: &std::path::Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let sql = format!(
        "SELECT json_array(lower(hex(tenant)), lower(hex(hash)), {COLUMNS}) FROM audit_events ORDER BY tenant, seq"
    );
    let mut statement = connection.prepare(&sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

async fn rows_in_postgres(database: &Database) -> Vec<String> {
    let sql = format!(
        "SELECT json_build_array(replace(tenant::text, '-', ''), encode(hash, 'hex'), {COLUMNS})::text \
         FROM audit_events ORDER BY tenant, seq"
    );
    database.outsider().await.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

fn parsed(rows: &[String]) -> Vec<serde_json::Value> {
    rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

async fn lease(stores: (&SqliteStore, &PostgresStore), node: NodeId, now: i64) {
    stores.0.lease_parts(node, at(now), Duration::from_secs(30)).await.unwrap();
    stores.1.lease_parts(node, at(now), Duration::from_secs(30)).await.unwrap();
}

#[tokio::test]
async fn both_stores_say_the_same_of_every_changeset_and_are_the_same_after_it() {
    are_alike(&Database::new().await, 1000).await;
}

#[tokio::test]
async fn both_stores_are_alike_where_every_third_transaction_is_refused_at_first() {
    are_alike(&Database(options_of_a_stubborn_database().await), 300).await;
}

async fn are_alike(database: &Database, changes: usize) {
    let (directory, mut dice) = (tempfile::tempdir().unwrap(), Dice::new());
    let path = directory.path().join("gangway.db");
    let sqlite = SqliteStore::open(&SqliteOptions::at(&path), &key()).unwrap();
    let postgres = database.open().await;
    lease((&sqlite, &postgres), NODES[0], 0).await;
    let (mut used, mut applied) = (Vec::new(), 0);
    for round in 0..changes {
        if round == changes / 2 {
            lease((&sqlite, &postgres), NODES[1], 1000).await;
        }
        let known = known(&sqlite, &mut dice, round).await;
        let change = known.change(&mut dice, &used);
        let answers = (sqlite.commit(change.clone()).await, postgres.commit(change.clone()).await);
        assert_eq!(said(&answers.0), said(&answers.1), "seed {}: {answers:?} {change:#?}", dice.seed);
        applied += usize::from(answers.0 == APPLIED);
        used.push(change.record.id());
        if round % 25 == 0 || round + 1 == changes {
            let shown = (shown(&sqlite, round, &used).await, shown(&postgres, round, &used).await);
            assert_eq!(shown.0, shown.1, "seed {}", dice.seed);
        }
    }
    assert!(applied > changes / 4, "seed {}: {applied}", dice.seed);
    sqlite.close();
    let (rows, others) = (rows_in_sqlite(&path), rows_in_postgres(database).await);
    assert_eq!(parsed(&rows), parsed(&others), "seed {}", dice.seed);
}
