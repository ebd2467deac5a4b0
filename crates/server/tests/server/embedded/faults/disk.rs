use super::small_disk::SmallDisk;
use crate::support::{Client, Database, Setup, key};

/// What became of each partner that somebody tried to disconnect on a full disk.
struct Tried {
    cut: Vec<String>,
    refused: Vec<String>,
}

/// Takes what room there is, then goes on until the disk has refused some.
fn disconnect_until_it_is_full(client: &mut Client, ids: &[String]) -> Tried {
    let mut tried = Tried { cut: Vec::new(), refused: Vec::new() };
    for id in ids {
        let answer = client.disconnect(id);
        if answer.status == 204 {
            tried.cut.push(id.clone());
        } else {
            answer.asks_to_come_back();
            tried.refused.push(id.clone());
        }
    }
    tried
}

#[test]
fn a_full_disk_refuses_changes_keeps_what_was_answered_still_reads_and_recovers() {
    let disk = SmallDisk::mount("size=12m,mode=0700");
    let data = disk.path("data");
    let setup = Setup::dev(&data);
    let mut gangway = setup.start();
    let mut client = gangway.client();
    let ids: Vec<_> = (0..100).map(|_| client.onboarded()).collect();
    let ballast = disk.fill();

    let tried = disconnect_until_it_is_full(&mut client, &ids);
    assert!(tried.refused.len() > 10, "the disk was not full: {}", tried.refused.len());
    assert_eq!(client.list().len(), ids.len() + 2, "reads go on");
    for (ids, status) in [(&tried.cut, "notOnboarded"), (&tried.refused, "onboarded")] {
        for id in ids {
            assert_eq!(client.status(id), status);
        }
    }
    // There may be room for the few pages of some probes where there is none for a disconnect.
    let unready = (0..50).map(|_| gangway.readyz()).find(|(status, _)| *status != 200).unwrap();
    assert!(unready.0 == 503 && unready.1.starts_with("store: "), "{unready:?}");

    std::fs::remove_file(ballast).unwrap();
    assert_eq!(gangway.readyz(), (200, "ready\n".into()));
    let (again, never) = tried.refused.split_at(tried.refused.len() / 2);
    for id in again {
        client.disconnect(id).is(204);
    }

    gangway.kill();
    let gangway = setup.start();
    let partners = Database::read(&data).partners();
    let disconnects = |id: &String| partners[&key(id)].disconnects;
    assert!(tried.cut.iter().chain(again).all(|id| disconnects(id) == 1));
    assert!(never.iter().all(|id| disconnects(id) == 0));
    let mut client = gangway.client();
    for id in never {
        assert_eq!(client.status(id), "onboarded");
    }
    assert_eq!(gangway.stop().code, Some(0));
}

#[test]
fn a_server_on_a_full_disk_stops_cleanly_and_keeps_what_it_answered() {
    let disk = SmallDisk::mount("size=6m,mode=0700");
    let data = disk.path("data");
    let gangway = Setup::dev(&data).start();
    let mut client = gangway.client();
    let ids: Vec<_> = (0..100).map(|_| client.onboarded()).collect();
    let ballast = disk.fill();
    let tried = disconnect_until_it_is_full(&mut client, &ids);
    assert!(!tried.refused.is_empty(), "the disk was not full");
    let outcome = gangway.stop();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");

    std::fs::remove_file(ballast).unwrap();
    let partners = Database::read(&data).partners();
    assert!(tried.cut.iter().all(|id| partners[&key(id)].disconnects == 1));
    assert!(tried.refused.iter().all(|id| partners[&key(id)].disconnects == 0));
}

#[test]
fn a_start_on_a_full_disk_is_refused_with_its_reason() {
    let disk = SmallDisk::mount("size=64k,mode=0700");
    disk.fill();
    let outcome = Setup::dev(&disk.path("data")).outcome();
    outcome.is_refused_naming(&[disk.path("data").to_str().unwrap(), "No space left"]);
}

#[test]
fn a_data_directory_that_cannot_be_written_is_refused_with_its_reason() {
    let disk = SmallDisk::mount("ro,size=64k");
    let data = disk.path("data");
    let outcome = Setup::dev(&data).outcome();
    outcome.is_refused_naming(&[data.to_str().unwrap(), "Read-only file system"]);
    let top = disk.path("");
    let outcome = Setup::dev(&top).outcome();
    outcome.is_refused_naming(&[top.to_str().unwrap().trim_end_matches('/'), "Read-only file system"]);
}
