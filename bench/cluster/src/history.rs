//! What clients asked and were told.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;

use crate::Fallible;
use crate::checker::Operation;
use crate::model::State;

/// A partner of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PartnerKey {
    pub(crate) tenant: String,
    pub(crate) id: String,
}

/// One request about a partner.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) client: String,
    pub(crate) partner: PartnerKey,
    pub(crate) operation: Operation,
    /// The `client-request-id`, which its audit event names.
    pub(crate) correlation: String,
    pub(crate) status: Option<u16>,
    /// It was answered as done, and is known to have changed something: there has to be an audit
    /// event of it.
    pub(crate) leaves_event: bool,
}

/// A look whether a partner's connection is good, by one node.
#[derive(Debug, Clone)]
pub(crate) struct SeenAccount {
    pub(crate) partner: PartnerKey,
    pub(crate) asked: Duration,
    pub(crate) answered: Duration,
    /// The account, if it is good.
    pub(crate) account: Option<String>,
}

/// A grant that a partner was connected with, since when.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) partner: PartnerKey,
    pub(crate) grant: usize,
    pub(crate) since: Duration,
}

/// All of it, in the order in which it was answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorded {
    /// How each partner begins.
    pub(crate) starts: BTreeMap<PartnerKey, State>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) looks: Vec<SeenAccount>,
    pub(crate) connections: Vec<Connection>,
    /// Answers that no client should get, whatever is broken.
    pub(crate) unexpected: Vec<String>,
}

/// Where clients write it down.
#[derive(Debug, Default)]
pub(crate) struct History {
    recorded: Mutex<Recorded>,
}

impl History {
    pub(crate) fn note(&self, note: impl FnOnce(&mut Recorded)) {
        note(&mut self.recorded.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn so_far(&self) -> Recorded {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Recorded {
    /// The operations of each partner.
    pub(crate) fn by_partner(&self) -> BTreeMap<&PartnerKey, Vec<Operation>> {
        let mut found: BTreeMap<&PartnerKey, Vec<Operation>> = BTreeMap::new();
        for entry in &self.entries {
            found.entry(&entry.partner).or_default().push(entry.operation.clone());
        }
        found
    }

    /// One line of JSON for each request.
    pub(crate) fn write(&self, path: &Path) -> Fallible<()> {
        let mut file = BufWriter::new(File::create(path)?);
        for Entry { client, partner, operation, correlation, status, .. } in &self.entries {
            let line = json!({
                "client": client,
                "tenant": partner.tenant,
                "partner": partner.id,
                "asked": operation.asked.as_secs_f64(),
                "answered": operation.answered.as_secs_f64(),
                "action": format!("{:?}", operation.action),
                "outcome": format!("{:?}", operation.outcome),
                "correlation": correlation,
                "status": status,
            });
            writeln!(file, "{line}")?;
        }
        Ok(file.flush()?)
    }
}
