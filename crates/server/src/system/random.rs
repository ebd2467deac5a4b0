//! The real randomness.

use gangway_engine::Random;
use rand::RngExt as _;
use zeroize::Zeroizing;

/// The operating system's randomness, stretched by a generator of the thread's own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemRandom;

impl SystemRandom {
    /// A secret key of 256 bits.
    pub(crate) fn key() -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; 32]);
        Self.fill(&mut key);
        key
    }
}

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) {
        rand::rng().fill(buffer);
    }
}
