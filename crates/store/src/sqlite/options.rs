use std::path::PathBuf;
use std::time::Duration;

/// How a [`SqliteStore`](crate::SqliteStore) is opened. [`SqliteOptions::at`] has what fits almost everybody.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The database file. It is created if it is not there; its directory must be.
    pub path: PathBuf,
    /// Connections for reads of one partner; about as many as threads of the runtime.
    pub readers: usize,
    /// Connections for the lists that the program needs for its own work, which nobody's query may hold up.
    pub list_readers: usize,
    /// Connections for what callers list and count, which may take long.
    pub query_readers: usize,
    /// How long such a list or count may take.
    pub query_timeout: Duration,
    /// How many changesets may wait for the writer.
    pub queue_length: usize,
    /// How long a changeset waits for room in the queue before it is `Busy`.
    pub queue_timeout: Duration,
    /// The most changesets that share one `fsync`.
    pub group_length: usize,
    /// How long to wait when another program has locked the file.
    pub lock_timeout: Duration,
    /// Page cache of the writer, in KiB.
    pub writer_cache_kib: u32,
    /// Page cache of each reader, in KiB.
    pub reader_cache_kib: u32,
    /// A checkpoint is due when so many pages of the write-ahead log are not yet in the database.
    pub checkpoint_pages: u32,
    /// The write-ahead log is started anew when it has grown to so many pages (of 4 KiB).
    pub wal_limit_pages: u32,
    /// The database takes no more than so many pages (of 4 KiB), as if the disk were full then.
    pub max_pages: Option<u32>,
}

impl SqliteOptions {
    /// The defaults, for a database at this path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            readers: 4,
            list_readers: 1,
            query_readers: 2,
            query_timeout: Duration::from_secs(5),
            queue_length: 1024,
            queue_timeout: Duration::from_secs(2),
            group_length: 256,
            lock_timeout: Duration::from_secs(1),
            writer_cache_kib: 8 * 1024,
            reader_cache_kib: 2 * 1024,
            checkpoint_pages: 1000,
            wal_limit_pages: 16 * 1024,
            max_pages: None,
        }
    }
}
