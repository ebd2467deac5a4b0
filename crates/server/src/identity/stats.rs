use std::sync::atomic::{AtomicU64, Ordering};

/// What the identity module has done since it started; for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Tokens answered for from the cache.
    pub cache_hits: u64,
    /// Tokens that were not in the cache, or whose key is no longer the issuer's.
    pub cache_misses: u64,
    /// Signatures checked, whatever came out.
    pub signatures_checked: u64,
    /// Times an issuer's keys were asked for, successfully or not.
    pub key_fetches: u64,
    /// Of these, those that failed.
    pub failed_key_fetches: u64,
    /// Tokens in the cache now.
    pub cached_tokens: u64,
}

/// The counters behind [`Stats`]. They only count, so nothing needs their order.
#[derive(Debug, Default)]
pub(super) struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    signatures: AtomicU64,
    fetches: AtomicU64,
    failed_fetches: AtomicU64,
}

impl Counters {
    pub(super) fn hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn miss(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn signature(&self) {
        self.signatures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn fetch(&self) {
        self.fetches.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failed_fetch(&self) {
        self.failed_fetches.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn stats(&self, cached_tokens: usize) -> Stats {
        Stats {
            cache_hits: self.hits.load(Ordering::Relaxed),
            cache_misses: self.misses.load(Ordering::Relaxed),
            signatures_checked: self.signatures.load(Ordering::Relaxed),
            key_fetches: self.fetches.load(Ordering::Relaxed),
            failed_key_fetches: self.failed_fetches.load(Ordering::Relaxed),
            cached_tokens: u64::try_from(cached_tokens).unwrap_or(u64::MAX),
        }
    }
}
