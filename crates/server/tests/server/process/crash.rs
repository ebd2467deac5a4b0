//! What was answered survives, whenever the server dies.

use std::collections::VecDeque;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::support::{Client, Database, Gangway, Place, Recorded, Setup, key};

const CRASHES: usize = 20;
const CALLERS: usize = 8;
const PARTNERS: usize = 5000;

/// The partners that nobody has tried to disconnect, and what became of the others.
#[derive(Default)]
struct Ledger {
    untried: Mutex<VecDeque<String>>,
    answered: Mutex<Vec<String>>,
    /// Asked, but the server died first: either outcome is right, half of one is not.
    unanswered: Mutex<Vec<String>>,
}

#[test]
fn whatever_was_answered_204_is_there_after_twenty_crashes_and_nothing_is_there_by_half() {
    let place = Place::new();
    let setup = Setup::dev(&place.data());
    let ledger = Ledger::default();
    let mut gangway = setup.start();
    create_partners(&gangway, &ledger);
    for crash in 0..CRASHES {
        let so_far = ledger.answered.lock().unwrap().len();
        disconnect_until_it_crashes(&mut gangway, &ledger, so_far + 10 + 9 * crash);
        gangway = setup.start();
        check_database(&place, &ledger);
        check_answers(&gangway, &ledger, so_far);
    }
    assert!(!ledger.untried.lock().unwrap().is_empty(), "there were too few partners for the load");
    assert!(ledger.unanswered.lock().unwrap().len() >= CRASHES, "the crashes hit nobody");
    assert!(Database::read(&place.data()).is_sound());
    let chain = Setup::of(&["audit", "verify"]).at(&place.data()).outcome();
    assert_eq!(chain.code, Some(0), "{chain:?}");
    assert_eq!(gangway.stop().code, Some(0));
}

fn create_partners(gangway: &Gangway, ledger: &Ledger) {
    let client = gangway.client();
    std::thread::scope(|scope| {
        for _ in 0..2 * CALLERS {
            let mut caller = client.another();
            scope.spawn(move || {
                let created: Vec<_> = (0..PARTNERS / CALLERS / 2).map(|_| caller.onboarded()).collect();
                ledger.untried.lock().unwrap().extend(created);
            });
        }
    });
}

fn disconnect_until_it_crashes(gangway: &mut Gangway, ledger: &Ledger, crash_at: usize) {
    let client = gangway.client();
    let answered = AtomicUsize::new(ledger.answered.lock().unwrap().len());
    std::thread::scope(|scope| {
        for number in 0..CALLERS {
            let caller = client.another();
            let answered = &answered;
            // Every other one asks for some at once.
            let at_once = 1 + 2 * (number % 2);
            scope.spawn(move || disconnect_until_nobody_answers(caller, ledger, answered, at_once));
        }
        while answered.load(Ordering::SeqCst) < crash_at {
            sleep(Duration::from_micros(200));
        }
        gangway.kill();
    });
}

fn disconnect_until_nobody_answers(
    mut caller: Client,
    ledger: &Ledger,
    answered: &AtomicUsize,
    at_once: usize,
) {
    loop {
        let ids: Vec<_> = {
            let mut untried = ledger.untried.lock().unwrap();
            let some = untried.len().min(at_once);
            untried.drain(..some).collect()
        };
        let asked = match &ids[..] {
            [] => return,
            [id] => disconnect(&mut caller, id),
            ids => disconnect_batch(&mut caller, ids),
        };
        match asked {
            Ok(()) => {
                answered.fetch_add(ids.len(), Ordering::SeqCst);
                ledger.answered.lock().unwrap().extend(ids);
            }
            Err(_) => return ledger.unanswered.lock().unwrap().extend(ids),
        }
    }
}

fn disconnect(caller: &mut Client, id: &str) -> io::Result<()> {
    let path = format!("{}/{id}/disconnect", crate::support::PARTNERS);
    caller.try_send("POST", &path, None)?.is(204);
    Ok(())
}

fn disconnect_batch(caller: &mut Client, ids: &[String]) -> io::Result<()> {
    let requests = ids.iter().map(|id| {
        let url = format!("/deviceManagement/remoteAssistancePartners/{id}/disconnect");
        json!({"id": id, "method": "POST", "url": url})
    });
    let batch = json!({"requests": requests.collect::<Vec<_>>()});
    let answers = caller.try_send("POST", "/v1.0/$batch", Some(&batch))?.is(200).json();
    let answers = answers["responses"].as_array().unwrap();
    assert_eq!(answers.len(), ids.len());
    assert!(answers.iter().all(|answer| answer["status"] == 204), "{answers:?}");
    Ok(())
}

fn check_database(place: &Place, ledger: &Ledger) {
    let partners = Database::read(&place.data()).partners();
    let cut = Recorded { status: "notOnboarded".into(), disconnects: 1 };
    let kept = Recorded { status: "onboarded".into(), disconnects: 0 };
    for id in ledger.answered.lock().unwrap().iter() {
        assert_eq!(partners[&key(id)], cut, "{id} was answered 204");
    }
    for id in ledger.unanswered.lock().unwrap().iter() {
        let found = &partners[&key(id)];
        assert!(*found == cut || *found == kept, "{id} is cut by half: {found:?}");
    }
    for id in ledger.untried.lock().unwrap().iter() {
        assert_eq!(partners[&key(id)], kept, "nobody asked to cut {id}");
    }
}

/// Through the API as well, for those that are new since the last crash.
fn check_answers(gangway: &Gangway, ledger: &Ledger, since: usize) {
    let mut client = gangway.client();
    for id in &ledger.answered.lock().unwrap()[since..] {
        assert_eq!(client.status(id), "notOnboarded", "{id} was answered 204");
    }
}
