//! Ends of chains that somebody keeps elsewhere, to hold the database against later. They find what no key can: a database that
//! was put back as a whole, or an end put back with what proved it.

use std::collections::BTreeMap;

use gangway_domain::TenantId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit::chain::{Adopted, ChainHash, End, Head};
use crate::audit::key::{AuditKey, StoredEnd};

/// Where a tenant's chain ends, and the proof of it: a line to be kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditHead {
    /// Whose chain.
    tenant_id: Uuid,
    /// The number of its last event, which is how many there are.
    sequence: i64,
    /// The hash of that event's link.
    hash: String,
    /// How many events there were when the end was authenticated first, and how many of them had no place in the chain.
    adopted: i64,
    unlinked: i64,
    /// The id of the key.
    key: String,
    /// HMAC-SHA-256 under the key.
    mac: String,
}

/// Heads that were kept elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownHeads(pub(super) BTreeMap<TenantId, End>);

/// A line is no head that this key proves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownHead {
    /// It is none.
    #[error("line {0} is none of `gangway audit head`")]
    Senseless(usize),
    /// It was written under another key.
    #[error("line {line} was written under the audit key {key}, and this one is {ours}")]
    OtherKey {
        /// Its number, from 1.
        line: usize,
        /// The key it names.
        key: String,
        /// The key it was to be proven with.
        ours: String,
    },
    /// It names this key, and was altered.
    #[error("line {0} was altered")]
    Altered(usize),
}

impl AuditHead {
    /// What a proven end comes to.
    pub(crate) fn new(key: &AuditKey, tenant: TenantId, end: &End) -> Self {
        Self {
            tenant_id: tenant.0,
            sequence: end.head.seq,
            hash: end.head.hash.to_string(),
            adopted: end.adopted.events,
            unlinked: end.adopted.unlinked,
            key: key.id(),
            mac: ChainHash(key.end(tenant, end)).to_string(),
        }
    }

    /// As one line of JSON.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::json!(self).to_string()
    }

    fn read(&self) -> Option<(TenantId, StoredEnd)> {
        let head = Head { seq: self.sequence, hash: ChainHash(bytes(&self.hash)?) };
        let adopted = Adopted { events: self.adopted, unlinked: self.unlinked };
        let mac = Some(bytes(&self.mac)?.to_vec());
        Some((TenantId(self.tenant_id), StoredEnd { end: End { head, adopted }, mac }))
    }
}

impl KnownHeads {
    /// The heads in a text of such lines; of several for one tenant the last event counts.
    ///
    /// # Errors
    /// [`UnknownHead`] if the key does not prove one of them.
    pub fn parse(text: &str, key: &AuditKey) -> Result<Self, UnknownHead> {
        let mut known = BTreeMap::<TenantId, End>::new();
        for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            let senseless = || UnknownHead::Senseless(line);
            let head: AuditHead = serde_json::from_str(text).map_err(|_| senseless())?;
            if head.key != key.id() {
                return Err(UnknownHead::OtherKey { line, key: head.key, ours: key.id() });
            }
            let (tenant, stored) = head.read().ok_or_else(senseless)?;
            let end = stored.proven(key, tenant).ok_or(UnknownHead::Altered(line))?;
            let last = known.entry(tenant).or_insert(end);
            if last.head.seq < end.head.seq {
                *last = end;
            }
        }
        Ok(Self(known))
    }

    /// How many tenants they are of.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn end(&self, tenant: TenantId) -> Option<End> {
        self.0.get(&tenant).copied()
    }

    /// Those of tenants that are not among these.
    pub(crate) fn beside<'a>(&'a self, tenants: &'a [TenantId]) -> impl Iterator<Item = TenantId> + 'a {
        self.0.keys().filter(|tenant| tenants.binary_search(tenant).is_err()).copied()
    }
}

/// 32 bytes in hexadecimal.
fn bytes(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn key(byte: u8) -> AuditKey {
        AuditKey::new(&Zeroizing::new([byte; 32]))
    }

    fn line(seq: i64) -> String {
        let head = Head { seq, hash: ChainHash([9; 32]) };
        AuditHead::new(&key(1), TenantId(Uuid::nil()), &End { head, adopted: Adopted::default() }).line()
    }

    #[test]
    fn of_several_heads_of_a_tenant_the_last_counts() {
        let known =
            KnownHeads::parse(&format!("{}\n\n{}\n{}\n", line(2), line(3), line(1)), &key(1)).unwrap();
        assert_eq!(known.end(TenantId(Uuid::nil())).unwrap().head.seq, 3);
        assert_eq!(known.len(), 1);
    }

    #[test]
    fn what_this_key_does_not_prove_is_no_head() {
        let parse = |text: &str, byte| KnownHeads::parse(text, &key(byte)).unwrap_err();
        assert_eq!(parse(&format!("{}\n{{}}", line(1)), 1), UnknownHead::Senseless(2));
        assert_eq!(parse(&line(1).replace("\"sequence\":1", "\"sequence\":2"), 1), UnknownHead::Altered(1));
        assert_eq!(parse(&line(1).replace("0909", "09zz"), 1), UnknownHead::Senseless(1));
        assert!(matches!(parse(&line(1), 2), UnknownHead::OtherKey { line: 1, .. }));
    }
}
