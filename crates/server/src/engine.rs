//! The engine as this program runs it.

use gangway_store::AnyStore;

/// The engine over the store this server runs on.
pub(crate) type Engine = gangway_engine::Engine<AnyStore>;
