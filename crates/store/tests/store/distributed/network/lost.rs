//! What becomes of a changeset when nobody hears how it ended.

use std::time::{Duration, Instant};

use gangway_domain::{Activity, Partner, Transition};
use gangway_engine::{Changeset, CommitError, Effect, Record, Store, StoredAttempt, deadline};
use gangway_store::{PostgresStore, RetryReason};

use crate::distributed::harness::database::{Database, retries, somebody_waits};
use crate::distributed::harness::proxy::{Does, Proxy};
use crate::samples::*;

/// A store behind a proxy, one connection of which knows all statements of these tests.
struct Place {
    database: Database,
    proxy: Proxy,
    store: PostgresStore,
    partner: Partner,
    attempt: StoredAttempt,
}

impl Place {
    async fn new() -> Self {
        let database = Database::new().await;
        let (proxy, url) = Proxy::before(&database.0.url).await;
        let store = database
            .open_as(|options| {
                options.url = url;
                options.connections = 1;
            })
            .await;
        let partner = stored(&store, CONTOSO).await;
        let attempt = opened(&store, &partner).await;
        let place = Self { database, proxy, store, partner, attempt };
        place.know_all_statements().await;
        place
    }

    /// A connection that was lost is followed by one that knows none yet.
    async fn know_all_statements(&self) {
        for many in [false, true] {
            done(&self.store, self.recorded(many)).await;
            done(&self.store, self.unrecorded(many)).await;
        }
    }

    fn effects(&self, many: bool) -> Vec<Effect> {
        vec![Effect::CountRefusal { id: self.attempt.id }; if many { 3 } else { 1 }]
    }

    /// As one statement or as several.
    fn recorded(&self, many: bool) -> Changeset {
        let transition = Transition::Changed { before: &self.partner, after: &self.partner };
        let record = Record::Event(event(Activity::RefuseCallback, transition));
        Changeset { record, ..self.unrecorded(many) }
    }

    fn unrecorded(&self, many: bool) -> Changeset {
        beside(&self.partner, self.effects(many))
    }

    async fn refusals(&self) -> u32 {
        self.store.attempt(CONTOSO, self.attempt.id).await.unwrap().unwrap().refusals
    }

    async fn events(&self) -> usize {
        events_about(&self.store, &self.partner).await.len()
    }
}

#[tokio::test]
async fn a_change_is_there_once_whether_the_request_or_the_answer_was_lost() {
    let place = Place::new().await;
    for (many, does) in [
        (false, Does::LoseAnswer),
        (true, Does::LoseAnswer),
        (false, Does::LoseRequest),
        (true, Does::LoseRequest),
    ] {
        for is_told in [true, false] {
            place.know_all_statements().await;
            let before = (place.refusals().await, place.events().await);
            let change = if is_told { place.recorded(many) } else { place.unrecorded(many) };
            let more = u32::try_from(change.effects.len()).unwrap();
            let tries = retries(&place.store, RetryReason::ConnectionLost);
            place.proxy.does(does);
            assert_eq!(place.store.commit(change.clone()).await, APPLIED, "{many} {does:?} {is_told}");
            let after = (place.refusals().await, place.events().await);
            assert_eq!(
                after,
                (before.0 + more, before.1 + usize::from(is_told)),
                "{many} {does:?} {is_told}"
            );
            assert_eq!(retries(&place.store, RetryReason::ConnectionLost), tries + 1);
            assert_eq!(place.store.commit(change).await, DUPLICATE);
        }
    }
    assert_eq!(place.store.statistics().unknown_commits, 0);
}

#[tokio::test]
async fn who_hears_nothing_is_told_in_time_that_nobody_knows() {
    let place = Place::new().await;
    for change in [place.recorded(false), place.unrecorded(false)] {
        place.know_all_statements().await;
        place.proxy.does(Does::KeepAnswers);
        let (begun, lasts) = (Instant::now(), Duration::from_millis(200));
        let answer = deadline::within(lasts, place.store.commit(change)).await;
        assert!(matches!(answer, Err(CommitError::Unknown(_))), "{answer:?}");
        assert!(begun.elapsed() >= lasts && begun.elapsed() < Duration::from_secs(10));
        place.proxy.does(Does::Pass);
    }
    assert_eq!(place.store.statistics().unknown_commits, 2);
    done(&place.store, place.recorded(false)).await;
}

/// Ends the backend that commits this while it waits for a lock.
async fn killed_at_its_work(place: &Place, change: Changeset) -> Answer {
    let holder = place.database.outsider().await;
    let observer = place.database.outsider().await;
    holder.batch_execute("BEGIN; UPDATE attempts SET refusals = refusals").await.unwrap();
    let killing = async {
        let waiting = somebody_waits(&observer, 1).await;
        observer.execute("SELECT pg_terminate_backend($1)", &[&waiting[0]]).await.unwrap();
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    tokio::join!(place.store.commit(change), killing).0
}

#[tokio::test]
async fn a_backend_that_is_ended_takes_no_change_with_it() {
    let place = Place::new().await;
    for many in [false, true] {
        let (refusals, events) = (place.refusals().await, place.events().await);
        assert_eq!(killed_at_its_work(&place, place.recorded(many)).await, APPLIED);
        assert_eq!(killed_at_its_work(&place, place.unrecorded(many)).await, APPLIED);
        let more = if many { 6 } else { 2 };
        assert_eq!((place.refusals().await, place.events().await), (refusals + more, events + 1));
    }
}
