//! What this program has of the machine it runs on: clocks and randomness, files, the terminal, the log. Nothing here knows of
//! Gangway's own parts, so everything may name it.

mod clock;
mod random;

pub(crate) mod admin_file;
pub(crate) mod core_dumps;
pub(crate) mod data_dir;
pub(crate) mod logging;
pub(crate) mod private_file;
pub(crate) mod terminal;

pub(crate) use clock::{CommonClock, SystemClock};
pub(crate) use random::SystemRandom;
