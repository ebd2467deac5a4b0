//! How much a request may be. What is more is refused, by an error that names the limit.

/// The longest request target (RFC 9112, section 3.2), in bytes.
pub(super) const MAX_URI: usize = 16 * 1024;
/// How many header fields a request may have.
pub(super) const MAX_HEADERS: usize = 100;
/// The largest head, in bytes.
pub(super) const MAX_HEADER_BYTES: usize = 64 * 1024;
/// The largest body taken, in bytes.
pub(super) const MAX_BODY: usize = 1024 * 1024;
/// The largest body read and thrown away to keep a connection, in bytes.
pub(super) const MAX_DRAINED: usize = 64 * 1024;
/// The largest answers of one batch that are kept until all are there, in bytes together.
pub(super) const MAX_HELD: usize = 16 * 1024 * 1024;
/// The largest body taken on the admin listener, in bytes.
pub(super) const MAX_ADMIN_BODY: usize = 16 * 1024;
