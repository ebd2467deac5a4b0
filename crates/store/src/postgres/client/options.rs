use std::path::PathBuf;
use std::time::Duration;

/// How a [`PostgresStore`](crate::PostgresStore) is opened. [`PostgresOptions::at`] has what fits almost everybody.
#[derive(Clone)]
pub struct PostgresOptions {
    /// The database: `postgres://user:password@host:port/database?sslmode=verify-full`. Several hosts may be named, with
    /// commas between; of them the one that can be written is used. It is a secret if it has a password.
    pub url: String,
    /// The certificates to believe the server's by, in PEM; those of the system if there are none. What the URL says as
    /// `sslrootcert` goes before it.
    pub ca_file: Option<PathBuf>,
    /// Whether the schema is brought up to date when the store is opened. If not, one that is not is refused.
    pub migrates: bool,
    /// Connections for reads of one row, and for commits.
    pub connections: usize,
    /// Connections for the lists that the program needs for its own work, which nobody's query may hold up.
    pub list_connections: usize,
    /// Connections for what callers list and count, which may take long.
    pub query_connections: usize,
    /// How long it may take to make a connection, whichever of the hosts it is to.
    pub connect_lasts: Duration,
    /// How long to wait for a connection that somebody else has.
    pub wait_lasts: Duration,
    /// How long a read of one row may take in all.
    pub point_lasts: Duration,
    /// How long a list that the program needs for its own work may take in all.
    pub list_lasts: Duration,
    /// How long a list or count of a caller may take.
    pub query_lasts: Duration,
    /// How long a commit may take in all, where whoever asks has not said.
    pub commit_lasts: Duration,
}

impl PostgresOptions {
    /// The defaults, for the database at this URL.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ca_file: None,
            migrates: true,
            connections: 16,
            list_connections: 2,
            query_connections: 4,
            connect_lasts: Duration::from_secs(1),
            wait_lasts: Duration::from_millis(1500),
            point_lasts: Duration::from_secs(2),
            list_lasts: Duration::from_secs(5),
            query_lasts: Duration::from_secs(5),
            commit_lasts: Duration::from_secs(5),
        }
    }

    /// When whatever a node has begun is over: no statement lasts longer than a commit may, each `WITH` of a commit looks for
    /// itself whether it may be done, what is inserted behind the last of them waits for nobody, and what is committed later
    /// than a commit may last is answered to nobody.
    pub(crate) fn statements_end(&self) -> Duration {
        self.commit_lasts.max(self.point_lasts) * 6 / 5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_in_no_log() {
        let options =
            PostgresOptions::at("postgres://someone:hunter2@db.example:5433/gangway?sslmode=disable");
        let shown = format!("{options:?}");
        assert!(shown.contains("db.example:5433/gangway"), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("someone"), "{shown}");
        let shown = format!("{:?}", PostgresOptions::at("postgres://someone:hunter2@db.example:port/?x=y"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
