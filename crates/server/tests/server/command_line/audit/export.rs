//! `gangway audit export`: every event once, in order, however often it is interrupted.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::nothing_is_pending;
use crate::support::{Client, Gangway, Outcome, Place, Setup, until};

const OTHER: &str = "11111111-2222-3333-4444-555555555555";
const SEEDED: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

fn export(data: &Path, arguments: &[&str]) -> Outcome {
    Setup::of(&[&["audit", "export"], arguments].concat()).at(data).outcome()
}

/// What standard output has of it.
fn exported(data: &Path, arguments: &[&str]) -> String {
    let outcome = export(data, arguments);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    outcome.stdout
}

fn exported_to(data: &Path, file: &Path) -> String {
    let outcome = export(data, &["--to", file.to_str().unwrap(), "--resume"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    std::fs::read_to_string(file).unwrap()
}

fn events(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whose each event is, and its place.
fn places(lines: &str) -> Vec<(String, u64)> {
    let place =
        |event: &Value| (event["tenantId"].as_str().unwrap().to_owned(), event["sequence"].as_u64().unwrap());
    events(lines).iter().map(place).collect()
}

fn client_of(gangway: &Gangway, tenant: &str) -> Client {
    gangway.client().with_token(gangway.token(&["--tenant", tenant]))
}

/// A server with events of two tenants.
fn with_a_history(place: &Place) -> Gangway {
    let gangway = Setup::dev(&place.data()).start();
    for tenant in [SEEDED, OTHER] {
        let mut client = client_of(&gangway, tenant);
        let id = client.create(&json!({"displayName": "\"名\" \\", "onboardingStatus": "onboarded"}));
        client.disconnect(&id).is(204);
        until("its grant is dead", || nothing_is_pending(&place.data()).then_some(()));
        client.onboarded();
    }
    gangway
}

#[test]
fn every_event_is_exported_beside_a_running_server_as_graph_shows_it() {
    let place = Place::new();
    let gangway = with_a_history(&place);
    let all = exported(&place.data(), &[]);
    let places = places(&all);
    let verified = Setup::of(&["audit", "verify"]).at(&place.data()).outcome().stdout;
    for tenant in [SEEDED, OTHER] {
        let of_tenant: Vec<_> =
            places.iter().filter(|place| place.0 == tenant).map(|place| place.1).collect();
        assert!(verified.contains(&format!("{tenant}  {} events: whole", of_tenant.len())), "{verified}");
        assert!(of_tenant.iter().copied().eq(1..=of_tenant.len() as u64), "{of_tenant:?}");
        assert_eq!(of_tenant.len(), if tenant == SEEDED { 8 } else { 4 });
    }
    let mut events = events(&all);
    let event = events.iter_mut().find(|event| event["activityType"] == "disconnect RemoteAssistancePartner");
    let mut event = event.unwrap().take();
    assert!(event["activityDateTime"].as_str().unwrap().ends_with('Z'));
    let changes = event["resources"][0]["modifiedProperties"].take();
    assert_eq!(changes[0]["newValue"], "notOnboarded");
    assert_eq!(
        event.as_object().unwrap().keys().collect::<Vec<_>>().len(),
        14,
        "Graph's twelve members, and two of ours: {event}"
    );
    for (member, value) in [
        ("displayName", "disconnect RemoteAssistancePartner"),
        ("componentName", "RemoteAssistance"),
        ("activityOperationType", "Action"),
        ("activityResult", "Success"),
    ] {
        assert_eq!(event[member], value);
    }
    assert_eq!(event["actor"]["auditActorType"], "ItPro");
    assert_eq!(event["resources"][0]["displayName"], "\"名\" \\");
    drop(gangway);
    assert_eq!(exported(&place.data(), &[]), all, "and beside none");
}

#[test]
fn an_export_that_was_cut_anywhere_goes_on_to_the_same_file() {
    let place = Place::new();
    let _gangway = with_a_history(&place);
    let file = place.path("audit.jsonl");
    let whole = exported_to(&place.data(), &file);
    assert_eq!(whole, exported(&place.data(), &[]));
    let ends: Vec<_> = whole.match_indices('\n').map(|(end, _)| end).collect();
    let near_ends = ends.iter().flat_map(|end| [*end, end + 1, end + 2]);
    let anywhere = (0..12).map(|n| n * 7919 % whole.len());
    for cut in near_ends.chain(anywhere).filter(|cut| *cut <= whole.len()) {
        std::fs::write(&file, &whole.as_bytes()[..cut]).unwrap();
        assert_eq!(exported_to(&place.data(), &file), whole, "cut at {cut}");
    }
}

#[test]
fn nothing_is_lost_or_there_twice_when_events_are_committed_between_and_during_exports() {
    let place = Place::new();
    let gangway = with_a_history(&place);
    let file = place.path("audit.jsonl");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers = [SEEDED, OTHER].map(|tenant| {
            let mut client = client_of(&gangway, tenant);
            scope.spawn(move || (0..40).for_each(|_| drop(client.onboarded())))
        });
        let exporter = scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                exported_to(&place.data(), &file);
            }
        });
        let written = writers.map(std::thread::ScopedJoinHandle::join);
        over.store(true, Ordering::SeqCst);
        exporter.join().unwrap();
        for writer in written {
            writer.unwrap();
        }
    });
    let sorted = |text: &str| {
        let mut lines: Vec<_> = places(text).into_iter().zip(text.lines().map(str::to_owned)).collect();
        lines.sort();
        lines
    };
    let all = exported(&place.data(), &[]);
    assert_eq!(sorted(&exported_to(&place.data(), &file)), sorted(&all));
    assert_eq!(places(&all).len(), 12 + 80);
}

#[test]
fn an_export_can_begin_at_a_time_and_be_of_one_tenant() {
    let place = Place::new();
    let _gangway = with_a_history(&place);
    let of_one = exported(&place.data(), &["--tenant", OTHER]);
    assert_eq!(places(&of_one).into_iter().map(|place| place.1).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(of_one.lines().all(|line| line.contains(OTHER)));

    let time = events(&of_one)[1]["activityDateTime"].as_str().unwrap().to_owned();
    let since = exported(&place.data(), &["--tenant", OTHER, "--since", &time]);
    assert_eq!(places(&since).first().map(|place| place.1), Some(2), "from its very moment on");
    assert_eq!(
        places(&exported(&place.data(), &["--since", &time])).len(),
        3,
        "the other tenant's are older"
    );
    assert_eq!(exported(&place.data(), &["--since", "9999-01-01T00:00:00Z"]), "");
    assert_eq!(exported(&place.data(), &["--tenant", "22222222-2222-3333-4444-555555555555"]), "");
}

fn refused(data: &Path, file: &Path, resume: bool, named: &[&str]) {
    let before = std::fs::read(file).unwrap();
    let resume: &[&str] = if resume { &["--resume"] } else { &[] };
    let outcome = export(data, &[&["--to", file.to_str().unwrap()], resume].concat());
    outcome.is_refused_naming(&[named, &[file.to_str().unwrap()]].concat());
    assert_eq!(std::fs::read(file).unwrap(), before, "left as it was");
}

#[test]
fn a_file_that_is_no_export_of_this_database_is_left_as_it_is() {
    let (place, elsewhere) = (Place::new(), Place::new());
    let _gangway = with_a_history(&place);
    let _other = with_a_history(&elsewhere);
    let file: PathBuf = place.path("audit.jsonl");
    let whole = exported_to(&place.data(), &file);
    refused(&place.data(), &file, false, &["already exists", "--resume"]);
    refused(&elsewhere.data(), &file, true, &["this database does not have there"]);
    let lock = std::fs::File::open(&file).unwrap();
    lock.lock().unwrap();
    refused(&place.data(), &file, true, &["another export"]);
    drop(lock);
    let second = whole.find('\n').unwrap() + 1;
    let notes = "notes without an end of line";
    for (content, line) in [
        ("[]\n", "line 1 "),
        (&format!("{}{{}}\n", &whole[..second]), "line 2 "),
        (notes, "line 1 "),
        (&format!("{}{notes}", &whole[..second]), "line 2 "),
    ] {
        std::fs::write(&file, content).unwrap();
        refused(&place.data(), &file, true, &[line, "not an export"]);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
    }
}

#[test]
fn a_new_file_is_for_its_owner_only() {
    let place = Place::new();
    let file = place.path("audit.jsonl");
    let to = file.to_str().unwrap();
    let _gangway = with_a_history(&place);
    let outcome = export(&place.data(), &["--to", to]);
    assert_eq!((outcome.code, outcome.stdout), (Some(0), format!("12 events written to {to}\n")));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    export(&place.data(), &["--resume"]).stderr.contains("--to").then_some(()).unwrap();
    let no_time = export(&place.data(), &["--since", "2026-11-01"]);
    assert!(no_time.code != Some(0) && no_time.stderr.contains("yyyy-mm-dd"), "{no_time:?}");
}
