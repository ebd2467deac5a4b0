//! What is begun, killed, and brought to its end.

use std::sync::Arc;
use std::time::Duration;

use gangway_domain::{AttemptId, Generation, PartnerId, ReleaseState, Version};
use gangway_engine::{AttemptPhase, Check, Engine, Error, Listing, ReleaseFilter, Store as _, Visit};

use crate::child::{ASKED, Act, Task};
use crate::dying::{Death, DyingStore, Side};
use crate::fixture::{ALL, ATTEMPT_TIMEOUT, Ahead, Answered, Place, TENANT, by, come_back, work};
use crate::partner::{Kind, Partner};
use crate::partners::block_on;
use crate::verdict::Expected;

/// More calls than any child makes.
const MOST_CALLS: usize = 60;
/// More tries than any release takes here.
const MOST_TRIES: usize = 10;
/// Longer than any pause between two tries.
const PAUSE: Duration = Duration::from_hours(2);

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) partner: Kind,
    pub(crate) begins: Begins,
    /// How much later the child comes.
    pub(crate) later: Duration,
    pub(crate) does: Does,
    pub(crate) then: Then,
    /// Ports the child is known to call: had it called others, it would have been killed at nothing of interest.
    pub(crate) calls: &'static [&'static str],
    /// The call whose first answer nobody can make up for, if the process dies before it calls anything else.
    pub(crate) irretrievable: Option<&'static str>,
}

/// How far things are when the child comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begins {
    Consented,
    Connected,
    Cut,
}

/// What the child does.
#[derive(Clone, Copy)]
pub(crate) enum Does {
    ComeBack,
    Check,
    Disconnect,
    Delete,
    Release,
    SetSettings,
}

/// What happens after the restart, before the partner is disconnected and released.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Nothing,
    /// The browser comes with the same answer again.
    ComeBack,
    /// Nobody comes for so long that the attempt expires.
    Wait,
    /// The connection is checked again, with the credential there is.
    Check,
    /// The partner is deleted.
    Delete,
    /// The settings are set to the same again.
    SetSettings,
}

/// What is there when the child comes.
struct Prepared {
    id: PartnerId,
    attempt: AttemptId,
    answered: Answered,
    /// Before any cut.
    generation: Generation,
    /// Codes that live for other reasons.
    codes: usize,
}

/// What was done, said if it ends badly.
struct Told(String);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}

impl Scenario {
    /// Kills one child after another, each a call later, until one comes through.
    pub(crate) fn run(&self, side: Side) {
        let partner = self.partner.start();
        let mut last_calls = Vec::new();
        for number in 0..MOST_CALLS {
            let calls = self.kill(&partner, number, side);
            match calls {
                Ok(calls) => {
                    self.check_calls(&calls);
                    assert_eq!(calls.len(), number, "a child came through that should have been killed");
                    return;
                }
                Err(call) => last_calls.push(call),
            }
        }
        panic!("no child ever comes through: {last_calls:?}");
    }

    fn check_calls(&self, calls: &[String]) {
        let mut left = calls.iter();
        for wanted in self.calls {
            assert!(left.any(|call| call == wanted), "no {wanted} at its place among {calls:?}");
        }
    }

    /// The call it was killed at; or all its calls, if it was not.
    fn kill(&self, partner: &Partner, number: usize, side: Side) -> Result<Vec<String>, String> {
        let data = tempfile::tempdir().unwrap();
        let place = Place { data: data.path().to_owned(), dialect: partner.dialect(), url: partner.url() };
        let prepared = block_on(self.prepare(partner, &place));
        if self.later > Duration::ZERO {
            partner.time_passes();
        }
        let act = self.act(&prepared);
        let (partner_id, ahead) = (prepared.id.0, self.later);
        let task = Task { place: place.clone(), partner: partner_id, ahead, act, dies_at: (number, side) };
        let life = task.live();
        let call = life.calls.last().cloned().unwrap_or_default();
        let told = if life.killed {
            Told(format!("{}, killed {} call {number}, {call}", self.name, side.as_str()))
        } else {
            Told(format!("{}, not killed", self.name))
        };
        if life.killed && self.is_irretrievable(life.done(side)) {
            block_on(self.lose(partner, &place, prepared.id, &told.0));
        } else {
            block_on(self.end(partner, &place, &prepared, &told.0));
        }
        if life.killed { Err(call) } else { Ok(life.calls) }
    }

    fn is_irretrievable(&self, done: &[String]) -> bool {
        let Some(lost) = self.irretrievable else { return false };
        let times = done.iter().filter(|call| *call == lost).count();
        times == 1 && done.last().is_some_and(|last| last == lost)
    }

    async fn prepare(&self, partner: &Partner, place: &Place) -> Prepared {
        let engine = place.open(&Arc::default(), &Death::never());
        engine.provision(TENANT).await.unwrap();
        let store = &engine.store().inner;
        let id = store.partners(TENANT, Listing::all()).await.unwrap().items[0].id;
        engine.begin_onboarding(TENANT, &by(), id).await.unwrap();
        let begun = store.partner(TENANT, id).await.unwrap().unwrap();
        let attempt = begun.attempt().unwrap().id;
        let visit = engine.visit(TENANT, id, attempt).await.unwrap();
        let Visit::Elsewhere { url, browser_key } = visit else { panic!("{visit:?}") };
        let codes = partner.codes().await;
        let callback = partner.consent(&url).await;
        let answered = Answered {
            state: callback.state(),
            code: callback.code(),
            issuer: callback.issuer(),
            browser_key: browser_key.expose().to_owned(),
        };
        if self.begins != Begins::Consented {
            come_back(&engine, &answered).await.unwrap();
            assert!(partner.tokens().await > 0, "nothing lives that could die");
        }
        if self.begins == Begins::Cut {
            engine.disconnect(TENANT, &by(), id).await.unwrap();
        }
        store.close();
        Prepared { id, attempt, answered, generation: begun.generation, codes }
    }

    fn act(&self, prepared: &Prepared) -> Act {
        match self.does {
            Does::ComeBack => Act::ComeBack(prepared.answered.clone()),
            Does::Check => Act::Check,
            Does::Disconnect => Act::Disconnect,
            Does::Delete => Act::Delete,
            Does::Release => Act::Release,
            Does::SetSettings => Act::SetSettings,
        }
    }

    /// Starts again, and sees that everything comes to its end.
    async fn end(&self, partner: &Partner, place: &Place, prepared: &Prepared, told: &str) {
        let clock = Arc::new(Ahead::by(self.later));
        let engine = place.open(&clock, &Death::never());
        let attempt = engine.store().inner.attempt(TENANT, prepared.attempt).await.unwrap().unwrap();
        let answered = attempt.phase != AttemptPhase::Open || self.then == Then::ComeBack;
        self.go_on(&engine, &clock, prepared).await;
        let cut = engine.disconnect(TENANT, &by(), prepared.id).await;
        assert!(cut == Ok(()) || self.is_gone(&cut), "{told}: {cut:?}");
        release_all(&engine, &clock, told).await;
        let expected = Expected {
            told,
            id: prepared.id,
            generation: prepared.generation.next(),
            releases: usize::from(answered),
            codes: answered.then_some(prepared.codes),
        };
        expected.at_the_partner(partner).await;
        expected.in_the_store(&engine.store().inner).await;
        engine.store().inner.close();
        expected.in_the_audit(&place.database());
    }

    /// Where the limit is thought to be, there it is: a grant lives, whatever is tried. The release says so.
    async fn lose(&self, partner: &Partner, place: &Place, id: PartnerId, told: &str) {
        let clock = Arc::new(Ahead::by(self.later));
        let engine = place.open(&clock, &Death::never());
        engine.disconnect(TENANT, &by(), id).await.unwrap();
        release_all(&engine, &clock, told).await;
        for release in engine.store().inner.releases(ReleaseFilter::default(), ALL).await.unwrap() {
            let ReleaseState::Unaccounted(_, missing) = &release.state else { panic!("{told}: {release:?}") };
            assert!(!missing.is_empty(), "{told}: {release:?}");
        }
        assert!(partner.tokens().await > 0, "{told}: nothing is lost here, so all of it can be held to");
        partner.is_told_by_hand();
    }

    async fn go_on(&self, engine: &Engine<DyingStore>, clock: &Ahead, prepared: &Prepared) {
        match self.then {
            Then::Nothing => {}
            Then::ComeBack => {
                let again = come_back(engine, &prepared.answered).await;
                assert!(matches!(again, Ok(_) | Err(Error::Callback(_))), "{again:?}");
            }
            Then::Wait => {
                clock.step(ATTEMPT_TIMEOUT);
                engine.expire_attempts(1).await.unwrap();
            }
            Then::Check => {
                let check = engine.check_connection(TENANT, prepared.id).await.unwrap();
                assert!(matches!(check, Check::Good(_) | Check::Gone), "{check:?}");
            }
            Then::SetSettings => {
                let settings = engine.update_settings(TENANT, &by(), ASKED).await.unwrap();
                assert_eq!((settings.version, settings.patched(ASKED)), (Version::FIRST, None));
            }
            Then::Delete => {
                let deleted = engine.delete_partner(TENANT, &by(), prepared.id).await;
                assert!(deleted == Ok(()) || self.is_gone(&deleted), "{deleted:?}");
            }
        }
    }

    fn is_gone(&self, answer: &Result<(), Error>) -> bool {
        self.then == Then::Delete && matches!(answer, Err(Error::NoSuchPartner(_)))
    }
}

async fn release_all(engine: &Engine<DyingStore>, clock: &Ahead, told: &str) {
    for _ in 0..MOST_TRIES {
        while work(engine).await {}
        if engine.store().inner.pending_releases().await.unwrap().count == 0 {
            return;
        }
        clock.step(PAUSE);
    }
    panic!("{told}: a release is pending for ever");
}
