use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::time::Duration;

use gangway_engine::Vault as _;

use super::super::key_file::{FileKey, KeyFile, MOST_KEYS};
use super::*;

/// This many seconds after [`NOW`].
fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

#[test]
fn a_new_key_seals_at_once_and_what_the_old_one_sealed_still_opens() {
    let place = Place::new();
    let ring = place.ring();
    let old = ring.active().unwrap();
    let sealed = ring.seal(&BINDING, b"secret").unwrap();
    let new = ring.with_new_key(NOW).unwrap();
    assert_eq!(ring.ids(), [new, old]);
    assert_eq!(KeyId::of_sealed(&ring.seal(&BINDING, b"secret").unwrap()), Some(new));
    assert_eq!(ring.open(&BINDING, &sealed).unwrap().as_slice(), b"secret");
    assert_eq!(opened(&place.path()).unwrap().ids(), [new, old], "it is not in the file");
}

#[test]
fn a_new_key_is_on_disk_before_anything_is_sealed_under_it() {
    let place = Place::new();
    let ring = place.ring();
    let old = ring.active();
    let add = |file: &mut KeyFile, _: &Path| {
        file.keys.insert(0, FileKey::fresh(NOW)?);
        Ok(())
    };
    ring.change(add, |file, path| {
        assert_eq!(
            KeyId::of_sealed(&ring.seal(&BINDING, b"secret").unwrap()),
            old,
            "it is used before it is kept"
        );
        file.replace(path)
    })
    .unwrap();
    let new = ring.active();
    assert_ne!(new, old);

    let fails = |_: &KeyFile, path: &Path| {
        let source = io::Error::from(io::ErrorKind::StorageFull);
        Err(KeyError::File(PrivateFileError::Io { path: path.to_owned(), source }))
    };
    assert!(ring.change(add, fails).is_err());
    assert_eq!(ring.active(), new, "it is used although it could not be kept");
    assert_eq!(opened(&place.path()).unwrap().ids(), ring.ids());
}

#[test]
fn a_key_that_another_process_added_is_not_lost() {
    let place = Place::new();
    let (one, other) = (place.ring(), place.ring());
    let first = one.with_new_key(NOW).unwrap();
    let second = other.with_new_key(NOW).unwrap();
    assert_eq!(other.ids()[..2], [second, first]);
    assert_eq!(opened(&place.path()).unwrap().ids(), other.ids());
}

#[test]
fn two_changes_at_a_time_lose_no_key() {
    let place = Place::new();
    let rings = [place.ring(), place.ring()];
    let mut made: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..20)
            .map(|n| {
                let ring = &rings[n % 2];
                scope.spawn(|| ring.with_new_key(NOW))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    made.retain(|made| !matches!(made, Err(KeyError::InUse(_))));
    let kept = opened(&place.path()).unwrap().ids();
    assert!(!made.is_empty() && made.len() + 1 == kept.len(), "{made:?} {kept:?}");
    assert!(made.iter().all(|made| kept.contains(made.as_ref().unwrap())), "{made:?} {kept:?}");
}

#[test]
fn while_another_process_changes_the_keys_nobody_else_does() {
    let place = Place::new();
    let ring = place.ring();
    let directory = File::open(place.0.path()).unwrap();
    directory.lock().unwrap();
    assert!(matches!(ring.with_new_key(NOW), Err(KeyError::InUse(_))));
    assert!(matches!(ring.forget_unused(&[].into(), NOW), Err(KeyError::InUse(_))));
    drop(directory);
    ring.with_new_key(NOW).unwrap();
}

#[test]
fn a_file_behind_a_link_is_changed_where_it_is() {
    let place = Place::new();
    let real = tempfile::tempdir().unwrap();
    let file = real.path().join("real.json");
    KeyRing::generate(&file, NOW).unwrap();
    std::os::unix::fs::symlink(&file, place.path()).unwrap();
    let ring = opened(&place.path()).unwrap();
    ring.with_new_key(NOW).unwrap();
    assert!(std::fs::symlink_metadata(place.path()).unwrap().is_symlink());
    assert_eq!(opened(&file).unwrap().ids(), ring.ids());
}

#[test]
fn there_are_never_more_keys_than_can_be_read_back() {
    let place = Place::new();
    let ring = place.ring();
    for _ in 1..MOST_KEYS {
        ring.with_new_key(NOW).unwrap();
    }
    assert!(matches!(ring.with_new_key(NOW), Err(KeyError::TooMany { .. })));
    assert_eq!(opened(&place.path()).unwrap().ids().len(), MOST_KEYS);
}

#[test]
fn only_keys_that_nothing_needs_and_nothing_can_come_to_need_are_forgotten() {
    let place = Place::new();
    let ring = place.ring();
    let oldest = ring.active().unwrap();
    let used = ring.with_new_key(after(10)).unwrap();
    let recent = ring.with_new_key(after(20)).unwrap();
    let active = ring.with_new_key(after(5000)).unwrap();
    let needed = BTreeSet::from([used]);
    let forget = |now| ring.forget_unused(&needed, now).unwrap();

    assert_eq!(forget(after(3609)), [], "a secret of the oldest may be on its way");
    assert_eq!(forget(after(5001)), [oldest]);
    assert_eq!(forget(after(8599)), []);
    assert_eq!(forget(after(8600)), [recent]);
    assert_eq!(forget(after(1_000_000)), []);
    assert_eq!(ring.ids(), [active, used]);
    assert_eq!(opened(&place.path()).unwrap().ids(), [active, used]);
}

#[test]
fn a_ring_without_a_file_of_its_own_is_not_changed() {
    let nothing = KeyRing::open(&Source::Nowhere, NOW).unwrap();
    assert!(matches!(nothing.with_new_key(NOW), Err(KeyError::NoKeys)));
    let place = Place::new();
    let ring = place.ring();
    std::fs::remove_file(place.path()).unwrap();
    let before = ring.ids();
    assert!(matches!(ring.with_new_key(NOW), Err(KeyError::Missing(_))));
    assert_eq!(ring.ids(), before);
}
