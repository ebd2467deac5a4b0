//! How much a batch may have.

/// The most requests a batch may have.
pub(in crate::batch) const MAX_REQUESTS: usize = 20;
/// The longest id, in bytes. Ids are repeated in answers and errors.
pub(in crate::batch) const MAX_ID: usize = 128;
/// The most headers one request may have.
pub(in crate::batch) const MAX_HEADERS: usize = 100;
/// The longest url of one request, in bytes.
pub(in crate::batch) const MAX_URL: usize = 16 * 1024;
