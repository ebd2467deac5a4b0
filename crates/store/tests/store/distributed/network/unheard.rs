//! What becomes of each kind of change when the answer to the very statement that makes it is lost: once, and every time.

use std::time::Duration;

use futures_util::future::join_all;
use gangway_domain::{Settings, SettingsUpdate, TenantId};
use gangway_engine::{
    About, AttemptPhase, Changeset, CommitError, Effect, PartnerChange, ReleaseSecret, Store, deadline,
};
use gangway_store::{PostgresStore, RetryReason};

use crate::distributed::harness::database::{Database, retries};
use crate::distributed::harness::proxy::Proxy;
use crate::samples::*;

/// Words of the statement whose answer is lost, and the change that it makes.
struct Case {
    statement: &'static str,
    change: Changeset,
}

/// One of each kind, with an event and without one where there may be both, each of a tenant of its own: they have nothing to do
/// with each other.
async fn cases(store: &PostgresStore) -> Vec<Case> {
    let mut cases = Vec::new();
    for n in 0..TOLD {
        for is_silent in [false, true] {
            let (statement, change) = changes(store, TenantId(fresh_uuid())).await.swap_remove(n);
            let record = if is_silent { silent() } else { change.record.clone() };
            cases.push(Case { statement, change: Changeset { record, ..change } });
        }
    }
    for n in 0..SILENT {
        let (statement, change) = silent_changes(store, TenantId(fresh_uuid())).await.swap_remove(n);
        cases.push(Case { statement, change });
    }
    cases
}

const TOLD: usize = 6;
const SILENT: usize = 6;

async fn changes(store: &PostgresStore, tenant: TenantId) -> Vec<(&'static str, Changeset)> {
    let (new, gone, renaming) =
        (partner_of(tenant), stored(store, tenant).await, stored(store, tenant).await);
    let accepted = stored(store, tenant).await;
    let (attempt, _) = redeeming(store, &accepted).await;
    let completed = vec![
        Effect::CloseAttempt { id: attempt.id, read: AttemptPhase::Redeeming },
        Effect::InsertCredential(credential_of(&accepted)),
    ];
    let (cut, held) = connected(store, tenant).await;
    let moved = vec![begin(&release_of(&cut, at(0)), ReleaseSecret::Credential(held.id))];
    let chat = SettingsUpdate { block_chat: Some(true), ..SettingsUpdate::default() };
    let unset = Settings::unset(tenant);
    vec![
        ("INSERT INTO partners", insert(&new)),
        ("DELETE FROM partners", delete(&gone)),
        ("UPDATE partners", update(&renaming, &renamed(&renaming, "Second"))),
        // An onboarding is completed.
        (
            "INSERT INTO credentials",
            Changeset { effects: completed, ..update(&accepted, &renamed(&accepted, "Its")) },
        ),
        ("INSERT INTO releases", disconnecting(&cut, moved)),
        ("INSERT INTO settings", patched(&unset, chat).1),
    ]
}

async fn silent_changes(store: &PostgresStore, tenant: TenantId) -> Vec<(&'static str, Changeset)> {
    let (refreshed, held) = connected(store, tenant).await;
    let replaced = Effect::ReplaceCredential { read: held.id, credential: credential_of(&refreshed) };
    let tried = stored(store, tenant).await;
    let (release, _) = pending(store, &tried, at(0)).await;
    let (ended, _) = pending(store, &tried, at(0)).await;
    let answered = opened(store, &tried).await;
    let redeemed = Effect::RedeemAttempt { id: answered.id, code: sealed() };
    let beginning = opened(store, &tried).await;
    let several = vec![Effect::CountRefusal { id: beginning.id }; 2];
    vec![
        ("UPDATE credentials", beside(&refreshed, vec![replaced])),
        ("UPDATE releases", beside(&tried, vec![update_release(&release, &put_off(&release, at(9)), None)])),
        ("UPDATE releases", beside(&tried, vec![update_release(&ended, &confirmed(&ended), None)])),
        ("UPDATE attempts", beside(&tried, vec![redeemed])),
        ("INSERT INTO commits", beside(&tried, several)),
        ("INSERT INTO commits", beside(&tried, vec![])),
    ]
}

/// A store of the same database whose every word goes through a proxy.
async fn through_a_proxy(database: &Database) -> (Proxy, PostgresStore) {
    let (proxy, url) = Proxy::before(&database.0.url).await;
    let store = database.open_as(|options| options.url = url).await;
    (proxy, store)
}

/// The change is there once: what is sent again has no effect.
async fn is_there(store: &PostgresStore, Case { statement, change }: &Case) {
    let tenant = match &change.about {
        About::Partner(PartnerChange::Insert(partner) | PartnerChange::Update { partner, .. }) => {
            partner.tenant
        }
        About::Partner(PartnerChange::Delete { tenant, .. } | PartnerChange::Keep { tenant, .. }) => *tenant,
        About::Settings(change) => change.settings.tenant,
    };
    assert_eq!(store.was_committed(tenant, change.record.id()).await, Ok(true), "{statement}");
    let secrets = store.secrets(None, 1000).await.unwrap();
    assert_eq!(store.commit(change.clone()).await, DUPLICATE, "{statement}");
    let other = Changeset { record: silent(), ..change.clone() };
    let changes_nothing = matches!(&change.about, About::Partner(PartnerChange::Keep { .. }))
        && change.effects.iter().all(|effect| matches!(effect, Effect::CountRefusal { .. }));
    if !changes_nothing {
        let answer = store.commit(other).await;
        assert!(answer == STALE || answer == TAKEN, "{statement}: under another id it is late: {answer:?}");
    }
    assert_eq!(store.secrets(None, 1000).await.unwrap(), secrets, "{statement}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_whose_answer_is_lost_once_is_applied_and_there_once() {
    let database = Database::new().await;
    let direct = database.open().await;
    let (proxy, store) = through_a_proxy(&database).await;
    for case in cases(&direct).await {
        let tries = retries(&store, RetryReason::ConnectionLost);
        proxy.loses_the_answer_to(case.statement);
        assert_eq!(store.commit(case.change.clone()).await, APPLIED, "{}", case.statement);
        assert_eq!(
            retries(&store, RetryReason::ConnectionLost),
            tries + 1,
            "{}: else it is no test",
            case.statement
        );
        is_there(&direct, &case).await;
    }
    assert_eq!(store.statistics().unknown_commits, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_is_never_answered_is_found_by_its_id_and_there_once() {
    let database = Database::new().await;
    let direct = database.open().await;
    let (proxy, store) = through_a_proxy(&database).await;
    for case in cases(&direct).await {
        proxy.loses_every_answer_to(case.statement);
        assert_eq!(store.commit(case.change.clone()).await, APPLIED, "{}", case.statement);
        is_there(&direct, &case).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_nothing_is_answered_any_more_a_change_is_unknown_and_never_stale_and_there_once() {
    let database = Database::new().await;
    let direct = database.open().await;
    let tried = cases(&direct).await.into_iter().map(async |case| {
        let (proxy, store) = through_a_proxy(&database).await;
        proxy.loses_every_answer_from(case.statement);
        let answer = deadline::within(Duration::from_secs(3), store.commit(case.change.clone())).await;
        assert!(matches!(answer, Err(CommitError::Unknown(_))), "{}: {answer:?}", case.statement);
        assert_eq!(store.statistics().unknown_commits, 1);
        store.close().await;
        is_there(&direct, &case).await;
    });
    join_all(tried).await;
}
