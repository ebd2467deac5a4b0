//! What a try has at hand while it asks the partner.

use std::collections::HashSet;

use gangway_domain::TokenId;

use super::Try;
use super::probe_log::ProbeLog;
use crate::credential::Holdings;
use crate::{Connector, Secret};

/// A try with all that it takes to ask the partner.
pub(super) struct TryContext<'a> {
    pub(super) attempt: &'a mut Try,
    pub(super) connector: &'a dyn Connector,
    pub(super) holdings: Holdings,
    /// Tokens that a live connection has too, because the partner gave them twice: they are left
    /// alone.
    pub(super) spared: HashSet<TokenId>,
    pub(super) probes: ProbeLog,
}

impl TryContext<'_> {
    /// The tokens there is no proof for and which nobody else has, newest first.
    pub(super) fn targets(&self) -> Vec<gangway_domain::Token<Secret>> {
        let living = self.holdings.set.living().rev();
        living.filter(|token| !self.spared.contains(&token.id)).cloned().collect()
    }
}
