//! Copies beside a store that is at work, and what is put back.

use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use gangway_engine::Store as _;
use gangway_store::{
    AuditKey, BackupError, BackupFacts, OpenError, Restore, RestoreTerms, SqliteOptions, SqliteStore, back_up,
};
use rusqlite::Connection;

use crate::embedded::Place;
use crate::samples::{CONTOSO, at, connected, disconnected, done, key, pending, read, stored, update};

/// When everything is restored here, in seconds after whatever else happens.
const RESTORED: i64 = 1_000_000;

fn backed_up(database: &Path, to: &Path) -> BackupFacts {
    back_up(database, to, &key(), &mut |_| {}).unwrap()
}

fn terms(replace: bool, sha256: Option<&str>) -> RestoreTerms<'_> {
    static KEY: LazyLock<AuditKey> = LazyLock::new(key);
    RestoreTerms { replace, sha256, now: at(RESTORED), key: &KEY }
}

fn restored(from: &Path, database: &Path) -> Result<(), BackupError> {
    Restore::begin(from, database, terms(true, None), &mut |_| {})?.finish()
}

/// What is in the directory, by name.
fn names(place: &Place) -> Vec<String> {
    let entries = std::fs::read_dir(place.path().parent().unwrap()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_backup_beside_an_open_store_has_all_that_was_committed_and_no_more() {
    let (place, other) = (Place::new(), Place::new());
    let store = place.open();
    let (partner, credential) = connected(&store, CONTOSO).await;
    let (release, secret) = pending(&store, &partner, at(0)).await;
    let file = place.file_beside(".backup");
    let facts = backed_up(&place.path(), &file);
    assert_eq!((facts.partners, facts.connected, facts.pending), (1, 1, 1));
    assert_eq!((facts.tenants, facts.events), (1, 1));
    assert_eq!(facts.bytes, std::fs::metadata(&file).unwrap().len());
    assert_eq!(mode(&file), 0o600);

    done(&store, update(&partner, &disconnected(&partner))).await;
    restored(&file, &other.path()).unwrap();
    let old = other.open();
    assert_eq!(read(&old, &partner).await, Some(partner.clone()));
    assert_eq!(old.credential(CONTOSO, partner.id).await.unwrap(), Some(credential));
    assert_eq!(old.release_secret(CONTOSO, release.id).await.unwrap().unwrap().1, secret);
    assert_eq!(mode(&other.path()), 0o600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_never_begins_anew_while_changes_never_stop() {
    let place = Place::new();
    let store = place.open();
    // So much that it is copied in several steps.
    let filler = "CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(60000000))";
    place.outsider().execute_batch(filler).unwrap();
    let stop = AtomicBool::new(false);
    let (committed, backups) = std::thread::scope(|scope| {
        let backups = scope.spawn(|| {
            let _stops = Stop(&stop);
            (0..3).map(|n| steadily_backed_up(&place, &format!(".backup{n}")).events).collect::<Vec<_>>()
        });
        let committed = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut count = 0;
                while !stop.load(Ordering::SeqCst) {
                    stored(&store, CONTOSO).await;
                    count += 1;
                }
                count
            })
        });
        (committed.join().unwrap(), backups.join().unwrap())
    });
    assert!(backups.is_sorted() && *backups.last().unwrap() <= committed, "{backups:?} {committed}");
    assert!(backups[0] < backups[2], "there were changes: {backups:?}");
}

/// Has the others stop when it goes.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn steadily_backed_up(place: &Place, to: &str) -> BackupFacts {
    let (mut done, mut steps) = (0, 0);
    let facts = back_up(&place.path(), &place.file_beside(to), &key(), &mut |copied| {
        assert!(copied.done > done && copied.done <= copied.of, "{copied:?} after {done}");
        (done, steps) = (copied.done, steps + 1);
    });
    assert!(steps > 5, "{steps}");
    facts.unwrap()
}

#[tokio::test]
async fn a_backup_is_one_file_that_can_be_read_where_nothing_can_be_written() {
    let place = Place::new();
    let store = place.open();
    stored(&store, CONTOSO).await;
    let file = place.file_beside(".backup");
    backed_up(&place.path(), &file);
    drop(store);
    assert_eq!(names(&place), ["gangway.db", "gangway.db.backup", "gangway.db.lock"]);
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let copy = Connection::open_with_flags(&file, flags).unwrap();
    let mode: String = copy.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete");
}

#[tokio::test]
async fn what_is_there_is_neither_overwritten_by_a_backup_nor_replaced_unasked() {
    let (place, other) = (Place::new(), Place::new());
    let partner = stored(&place.open(), CONTOSO).await;
    drop(other.open());
    let file = place.file_beside(".backup");
    backed_up(&place.path(), &file);
    let again = back_up(&place.path(), &file, &key(), &mut |_| {}).unwrap_err();
    assert!(matches!(again, BackupError::Exists(_)), "{again}");
    let refused = Restore::begin(&file, &other.path(), terms(false, None), &mut |_| {}).unwrap_err();
    assert!(matches!(refused, BackupError::WouldReplace(_)), "{refused}");
    assert_eq!(read(&other.open(), &partner).await, None);
}

#[tokio::test]
async fn nothing_is_restored_under_a_server_that_runs() {
    let (place, other) = (Place::new(), Place::new());
    drop(place.open());
    let file = place.file_beside(".backup");
    backed_up(&place.path(), &file);
    let _serving = other.open();
    let refused = restored(&file, &other.path()).unwrap_err();
    assert!(matches!(refused, BackupError::Open(OpenError::InUse(_))), "{refused}");
}

/// What of the database changes, and how that is refused.
type Harm = (fn(&Path), fn(&BackupError) -> bool);

#[tokio::test]
async fn a_backup_that_was_harmed_is_refused_and_the_database_stays() {
    let harms: [Harm; 4] = [
        (|file| flip(file), |error| matches!(error, BackupError::Unsound { .. } | BackupError::Open(_))),
        (
            |file| drop(Connection::open(file).unwrap().execute("UPDATE audit_events SET at = at + 1", [])),
            |error| matches!(error, BackupError::BrokenChains { count: 1, .. }),
        ),
        (|file| std::fs::write(file, "notes").unwrap(), |error| matches!(error, BackupError::Open(_))),
        (
            |file| Connection::open(file).unwrap().pragma_update(None, "user_version", 1000).unwrap(),
            |error| matches!(error, BackupError::Open(OpenError::Newer { .. })),
        ),
    ];
    let (place, other) = (Place::new(), Place::new());
    let store = place.open();
    for _ in 0..100 {
        stored(&store, CONTOSO).await;
    }
    let kept = stored(&other.open(), CONTOSO).await;
    for (n, (harm, is_named)) in harms.into_iter().enumerate() {
        let file = place.file_beside(&format!(".backup{n}"));
        let facts = backed_up(&place.path(), &file);
        harm(&file);
        let refused = restored(&file, &other.path()).unwrap_err();
        assert!(is_named(&refused), "{n}: {refused}");
        let digest = Restore::begin(&file, &other.path(), terms(true, Some(&facts.sha256)), &mut |_| {});
        digest.unwrap_err();
        assert_eq!(read(&other.open(), &kept).await.as_ref(), Some(&kept));
        assert_eq!(names(&other), ["gangway.db", "gangway.db.lock"]);
    }
}

/// Changes bytes in the middle of the file.
fn flip(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 64].iter_mut().for_each(|byte| *byte ^= 0x5a);
    std::fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn a_backup_that_is_not_the_one_that_was_written_down_is_refused() {
    let place = Place::new();
    let store = place.open();
    let first = backed_up(&place.path(), &place.file_beside(".first"));
    stored(&store, CONTOSO).await;
    backed_up(&place.path(), &place.file_beside(".second"));
    let other = Place::new();
    let begin = |file: &str| {
        Restore::begin(
            &place.file_beside(file),
            &other.path(),
            terms(false, Some(&first.sha256)),
            &mut |_| {},
        )
    };
    assert!(matches!(begin(".second"), Err(BackupError::OtherDigest { .. })));
    begin(".first").unwrap().finish().unwrap();
}

#[tokio::test]
async fn a_restore_that_was_interrupted_leaves_the_one_or_the_other() {
    let (place, other) = (Place::new(), Place::new());
    let new = stored(&place.open(), CONTOSO).await;
    let old = stored(&other.open(), CONTOSO).await;
    let file = place.file_beside(".backup");
    backed_up(&place.path(), &file);

    // Before it was whole.
    let restore = Restore::begin(&file, &other.path(), terms(true, None), &mut |_| {}).unwrap();
    let part = std::fs::read(restore.path()).unwrap();
    drop(restore);
    std::fs::write(other.file_beside(".restore-part"), &part[..5000]).unwrap();
    std::fs::write(other.file_beside(".restore-part-wal"), "half").unwrap();
    assert_eq!(read(&other.open(), &old).await.as_ref(), Some(&old));

    // After it was, with the log of the old one still there.
    let store = other.open();
    stored(&store, CONTOSO).await;
    let log = std::fs::read(other.file_beside("-wal")).unwrap();
    drop(store);
    assert!(!log.is_empty());
    std::fs::copy(&file, other.file_beside(".restored")).unwrap();
    std::fs::write(other.file_beside("-wal"), log).unwrap();
    let store = SqliteStore::open(&SqliteOptions::at(other.path()), &key()).unwrap();
    assert_eq!(read(&store, &new).await.as_ref(), Some(&new));
    assert_eq!(read(&store, &old).await, None);
    drop(store);
    restored(&file, &other.path()).unwrap();
    assert_eq!(names(&other), ["gangway.db", "gangway.db.lock"]);
}

#[tokio::test]
async fn a_database_knows_that_it_was_restored_however_often() {
    let place = Place::new();
    let store = place.open();
    stored(&store, CONTOSO).await;
    assert_eq!(store.restored_at().await, Ok(None));
    let file = place.file_beside(".backup");
    backed_up(&place.path(), &file);
    drop(store);
    for _ in 0..2 {
        restored(&file, &place.path()).unwrap();
        assert_eq!(place.open().restored_at().await, Ok(Some(at(RESTORED))));
        std::fs::remove_file(&file).unwrap();
        backed_up(&place.path(), &file);
    }
}
