//! The store may do what it is asked and lose its answer. That is taken neither for a refusal nor
//! for a success, at whichever commit it happens.

use gangway_domain::{Activity, PartnerId, Status};
use gangway_engine::{Check, Error, Store as _, TryOutcome};

use crate::memory::LostAnswer::{self, AfterTheAct, BeforeTheAct, ForLong};
use crate::partner::Manner;
use crate::releases::only_release;
use crate::{ATTEMPT_TIMEOUT, House, TENANT, by, missing};

/// What is lost is lost at this commit from now on.
#[derive(Debug, Clone, Copy)]
struct Loss(u64, LostAnswer);

impl Loss {
    fn begin(self, house: &House) {
        house.engine.store().lose_answer(self.0, self.1);
    }

    /// Whether there was such a commit.
    fn end(house: &House) -> bool {
        let happened = !house.engine.store().lost_answers().is_empty();
        house.engine.store().lose_no_answers();
        happened
    }
}

/// Plays it with the loss at every commit there is.
async fn at_every_commit(least: u64, play: impl AsyncFn(Loss) -> bool) {
    for how in [AfterTheAct, BeforeTheAct, ForLong] {
        let mut number = 0;
        while play(Loss(number, how)).await {
            number += 1;
        }
        assert!(number >= least, "only {number} commits");
    }
}

/// Whoever is told anything else than that it was done is told that the store does not answer.
fn is_told_so<T>(outcome: &Result<T, Error>, loss: Loss) -> bool {
    outcome.is_ok() || (loss.1 == ForLong && matches!(outcome, Err(Error::Store(_))))
}

fn count(house: &House, activity: Activity) -> usize {
    house.engine.store().rows().audit.iter().filter(|event| event.activity == activity).count()
}

async fn is_connected(house: &House, id: PartnerId) -> bool {
    house.engine.store().partner(TENANT, id).await.unwrap().unwrap().status == Status::Onboarded
}

#[tokio::test]
async fn a_partner_is_connected_or_all_that_it_gave_dies_whichever_commit_loses_its_answer() {
    at_every_commit(3, async |loss| {
        let house = House::with(Manner::FORGETFUL);
        let id = house.provisioned().await;
        loss.begin(&house);
        let begun = house.engine.begin_onboarding(TENANT, &by(), id).await;
        let partner = house.engine.store().partner(TENANT, id).await.unwrap().unwrap();
        let connected = match partner.attempt() {
            Some(_) => house.visited(id).await.deliver(&house.engine).await.map(drop),
            None => begun,
        };
        let happened = Loss::end(&house);
        assert!(is_told_so(&connected, loss), "{loss:?}: {connected:?}");
        if connected.is_err() {
            house.clock.step(i64::try_from(ATTEMPT_TIMEOUT.as_secs()).unwrap());
            house.engine.expire_attempts(10).await.unwrap();
            house.settle().await;
        }
        let is_connected = is_connected(&house, id).await;
        assert_eq!(house.partner.alive(), usize::from(is_connected), "{loss:?}: {connected:?}");
        assert!(is_connected || connected.is_err());
        assert_eq!(count(&house, Activity::CompleteOnboarding), usize::from(is_connected));
        assert!(house.engine.store().rows().releases.values().all(|(release, _)| !release.is_pending()));
        happened
    })
    .await;
}

#[tokio::test]
async fn a_check_loses_neither_connection_nor_tokens_whichever_commit_loses_its_answer() {
    at_every_commit(3, async |loss| {
        let house = House::with(Manner::FORGETFUL);
        let id = house.connected().await;
        house.clock.step(3600);
        loss.begin(&house);
        let check = house.engine.check_connection(TENANT, id).await;
        let happened = Loss::end(&house);
        assert!(
            matches!(check, Ok(Check::Good(_)))
                || (loss.1 == ForLong && matches!(check, Err(Error::Store(_)))),
            "{loss:?}: {check:?}"
        );
        house.clock.step(1);
        let check = house.engine.check_connection(TENANT, id).await;
        assert!(matches!(check, Ok(Check::Good(_))), "{loss:?}: {check:?}");
        assert_eq!(
            (house.partner.refreshes(), house.engine.store().rows().releases.len()),
            (1, 0),
            "{loss:?}"
        );
        house.cut(id).await;
        assert_eq!((missing(&only_release(&house)), house.partner.alive()), (Vec::new(), 0), "{loss:?}");
        happened
    })
    .await;
}

#[tokio::test]
async fn a_partner_is_cut_once_whichever_commit_loses_its_answer() {
    at_every_commit(1, async |loss| {
        let house = House::new();
        let id = house.connected().await;
        loss.begin(&house);
        let cut = house.engine.disconnect(TENANT, &by(), id).await;
        let happened = Loss::end(&house);
        assert!(is_told_so(&cut, loss), "{loss:?}: {cut:?}");
        house.cut(id).await;
        assert_eq!((missing(&only_release(&house)), house.partner.alive()), (Vec::new(), 0), "{loss:?}");
        assert_eq!(count(&house, Activity::Disconnect), 1);
        happened
    })
    .await;
}

#[tokio::test]
async fn a_release_ends_once_and_with_all_its_tokens_whichever_commit_loses_its_answer() {
    at_every_commit(3, async |loss| {
        let house = House::with(Manner::LIVE);
        let id = house.connected().await;
        house.clock.step(3600);
        house.engine.disconnect(TENANT, &by(), id).await.unwrap();
        loss.begin(&house);
        let due = house.engine.due_releases(1).await.unwrap().pop().unwrap();
        let tried = house.engine.try_release(due).await;
        let happened = Loss::end(&house);
        assert!(is_told_so(&tried, loss) && tried != Ok(TryOutcome::Superseded), "{loss:?}: {tried:?}");
        house.settle().await;
        let release = only_release(&house);
        assert_eq!((missing(&release), house.partner.alive()), (Vec::new(), 0), "{loss:?}");
        assert_eq!(count(&house, Activity::ConfirmRelease), 1);
        happened
    })
    .await;
}

/// It was lost at a refusal: what the partner said is not forgotten, and nothing that was asked is
/// taken for lost.
#[tokio::test]
async fn a_connection_that_is_gone_is_cut_whichever_commit_loses_its_answer() {
    at_every_commit(3, async |loss| {
        let house = House::with(Manner::FORGETFUL);
        let id = house.connected().await;
        house.clock.step(3600);
        house.partner.end_there(0);
        loss.begin(&house);
        let check = house.engine.check_connection(TENANT, id).await;
        let happened = Loss::end(&house);
        assert!(check == Ok(Check::Gone) || loss.1 == ForLong, "{loss:?}: {check:?}");
        let check = house.engine.check_connection(TENANT, id).await;
        assert!(matches!(check, Ok(Check::Gone) | Err(Error::NotConnected(_))), "{loss:?}: {check:?}");
        house.settle().await;
        assert_eq!(missing(&only_release(&house)), Vec::new(), "{loss:?}");
        assert_eq!(count(&house, Activity::LoseGrant), 1);
        happened
    })
    .await;
}
