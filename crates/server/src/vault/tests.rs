mod changing;
mod fake_store;
mod rewrapping;
mod sealing;
mod sources;

use std::path::{Path, PathBuf};

use gangway_domain::{Generation, PartnerId, TenantId, Timestamp};
use gangway_engine::{Binding, Field};
use tempfile::TempDir;
use uuid::uuid;

use super::*;

const NOW: Timestamp = Timestamp::NEVER;

const BINDING: Binding = Binding {
    tenant: TenantId(uuid!("aaaabbbb-0000-cccc-1111-dddd2222eeee")),
    partner: PartnerId(uuid!("6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a")),
    generation: Generation(7),
    field: Field::Credential,
};

/// A key file of the test's own.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("keys.json")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }

    /// A ring with one key, and its file.
    fn ring(&self) -> KeyRing {
        KeyRing::open(&Source::FileMadeIfAbsent(self.path()), NOW).unwrap()
    }
}

fn opened(path: &Path) -> Result<KeyRing, KeyError> {
    KeyRing::open(&Source::File(path.to_owned()), NOW)
}

fn given(keys: &str) -> Source {
    Source::Given(GivenKeys::new(keys.to_owned()))
}
