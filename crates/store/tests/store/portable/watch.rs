use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// While it is there, every statement that is prepared is looked at. A test that has one ends with the complaint, whether it
/// was it or another test that had the statement prepared.
pub(crate) struct Watch(());

/// The statements that were seen, and what is wrong with some.
static SEEN: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
static WRONG: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Watch {
    pub(crate) fn new() -> Self {
        static START: Once = Once::new();
        START.call_once(|| tracing::subscriber::set_global_default(Listener).unwrap());
        Self(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let wrong = WRONG.lock().unwrap().join("\n");
            assert!(wrong.is_empty(), "{wrong}");
        }
    }
}

/// Hears what the store says when it prepares something.
struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "gangway_store::sql"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Statement);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Statement;

impl Visit for Statement {
    fn record_str(&mut self, _: &Field, sql: &str) {
        if !SEEN.lock().unwrap().insert(sql.to_owned()) {
            return;
        }
        if let Err(why) = super::check(sql) {
            WRONG.lock().unwrap().push(format!("{why}: {sql}"));
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
