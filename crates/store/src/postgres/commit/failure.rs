use crate::postgres::client::fault::Fault;

/// What it means for a changeset that it was not seen to be committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// Something was not as it expects, or an id is in use: a look tells what.
    Refused,
    /// Nothing of it happened, and it may well go better next time.
    Again,
    /// It waited too long for somebody else. Nothing of it happened.
    Held,
    /// Nobody knows whether it happened.
    Unknown,
    /// Nothing of it happened, nor will it.
    Useless,
}

impl Failure {
    /// What this fault means after the statements were sent.
    pub(super) fn of(fault: &Fault) -> Self {
        let Some(code) = fault.code() else {
            return if fault.is_of_connection() { Self::Unknown } else { Self::Useless };
        };
        match code.code() {
            // division_by_zero, which is how statements refuse; unique_violation.
            "22012" | "23505" => Self::Refused,
            // serialization_failure, deadlock_detected; read_only_sql_transaction, of a primary that was taken over from.
            "40001" | "40P01" | "25006" => Self::Again,
            // lock_not_available, query_canceled.
            "55P03" | "57014" => Self::Held,
            // statement_completion_unknown, which is CockroachDB's word for it.
            "40003" => Self::Unknown,
            _ if fault.is_of_connection() => Self::Unknown,
            _ => Self::Useless,
        }
    }

    /// What this fault means before anything was sent.
    pub(super) fn before_all(fault: &Fault) -> Self {
        match fault {
            Fault::Unreachable(_) | Fault::Late => Self::Again,
            Fault::Crowded => Self::Held,
            Fault::Sql(_) if fault.is_of_connection() => Self::Again,
            Fault::Sql(_) | Fault::Closed | Fault::Moved | Fault::Senseless(_) | Fault::Query(_) => {
                Self::Useless
            }
        }
    }
}
