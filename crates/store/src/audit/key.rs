//! The key that proves where chains of audit events end. It does not lie in the database: whoever can write there can compute
//! every hash of a chain, but not this. What is authenticated is defined by this file and never changes.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use gangway_domain::TenantId;
use zeroize::Zeroizing;

use crate::audit::chain::{ChainHash, End};

/// HMAC-SHA-256 under the key.
pub(crate) type Mac = [u8; 32];

/// Authenticates the ends of chains, and how many there are. It shows itself nowhere, and is wiped when nobody has it any more.
#[derive(Clone)]
pub struct AuditKey {
    key: Arc<hmac::Key>,
    takes_up: TakesUp,
}

/// Which audit a store is opened with that this key does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakesUp {
    /// None.
    Nothing,
    /// One that no key has ever proven.
    Unproven,
    /// Whatever there is.
    Anything,
}

impl AuditKey {
    /// How long its secret is.
    pub const BYTES: usize = 32;

    /// The key with this secret. A store that is opened with it has to be authenticated by it already, or to have no audit yet.
    #[must_use]
    pub fn new(secret: &Zeroizing<[u8; Self::BYTES]>) -> Self {
        Self {
            key: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret.as_slice())),
            takes_up: TakesUp::Nothing,
        }
    }

    /// The same for a key that was only just made: a store that is opened with it and was never authenticated is, as it is found.
    #[must_use]
    pub fn adopting(self) -> Self {
        Self { takes_up: TakesUp::Unproven, ..self }
    }

    /// The same for one that was made because the key of the audit is lost: the store is authenticated by this one from now on,
    /// as it is found.
    #[must_use]
    pub fn replacing(self) -> Self {
        Self { takes_up: TakesUp::Anything, ..self }
    }

    /// What names it. It tells nothing of its secret.
    #[must_use]
    pub fn id(&self) -> String {
        let name = self.mac(b"gangway audit key 1\0", &[]);
        let mut name = ChainHash(name).to_string();
        name.truncate(16);
        name
    }

    pub(crate) const fn takes_up(&self) -> TakesUp {
        self.takes_up
    }

    /// Proves where a tenant's chain ends.
    pub(crate) fn end(&self, tenant: TenantId, end: &End) -> Mac {
        let End { head, adopted } = end;
        let numbers = [head.seq, adopted.events, adopted.unlinked].map(i64::to_be_bytes);
        self.mac(b"gangway audit end 1\0", &[tenant.0.as_bytes(), &head.hash.0, &numbers.concat()])
    }

    /// Proves how many chains a part has, and which.
    pub(crate) fn roster(&self, part: u8, tally: &Tally) -> Mac {
        self.mac(b"gangway audit roster 1\0", &[&[part], &tally.tenants.to_be_bytes(), &tally.members])
    }

    /// What a tenant adds to the roster of its part. Nobody else can tell what makes it up.
    pub(crate) fn member(&self, tenant: TenantId) -> Mac {
        self.mac(b"gangway audit member 1\0", &[tenant.0.as_bytes()])
    }

    /// What goes in has the same length wherever its label is the same.
    fn mac(&self, label: &[u8], fields: &[&[u8]]) -> Mac {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(label);
        for field in fields {
            context.update(field);
        }
        let mut mac = [0; 32];
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditKey").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// How many chains a part has, and which: the sum, without carries, of what each tenant adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub(crate) tenants: i64,
    pub(crate) members: Mac,
}

impl Tally {
    /// With one more.
    pub(crate) fn with(mut self, member: &Mac) -> Self {
        self.tenants += 1;
        for (sum, byte) in self.members.iter_mut().zip(member) {
            *sum ^= byte;
        }
        self
    }
}

/// A row that says where a chain ends, whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredEnd {
    pub(crate) end: End,
    pub(crate) mac: Option<Vec<u8>>,
}

impl StoredEnd {
    /// What it says, if it was written by somebody with this key, and for this tenant.
    pub(crate) fn proven(&self, key: &AuditKey, tenant: TenantId) -> Option<End> {
        is(self.mac.as_deref(), &key.end(tenant, &self.end)).then_some(self.end)
    }
}

/// A row that says how many chains a part has, whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredRoster {
    pub(crate) tenants: i64,
    pub(crate) members: Vec<u8>,
    pub(crate) mac: Vec<u8>,
}

impl StoredRoster {
    /// Whether somebody has proven it, with whichever key. A row that is only there to be locked has a proof of zeros.
    pub(crate) fn has_proof(&self) -> bool {
        self.mac.iter().any(|byte| *byte != 0)
    }

    /// What it says, if it was written by somebody with this key, and for this part.
    pub(crate) fn proven(&self, key: &AuditKey, part: u8) -> Option<Tally> {
        let tally = Tally { tenants: self.tenants, members: self.members.as_slice().try_into().ok()? };
        is(Some(&self.mac), &key.roster(part, &tally)).then_some(tally)
    }
}

/// Why a database whose audit this key does not prove is not opened, whichever store it is of.
pub(crate) fn unproven_audit(key: &str) -> String {
    format!(
        "the audit is not proven by the audit key {key}: this is not the key of this database, or somebody has altered \
         where chains end. `gangway audit verify` says what; if the key is lost, `gangway audit new-key` gives it up"
    )
}

/// Compared in constant time: it tells nothing of how much was guessed.
fn is(given: Option<&[u8]>, mac: &Mac) -> bool {
    given.is_some_and(|given| aws_lc_rs::constant_time::verify_slices_are_equal(given, mac).is_ok())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::audit::chain::{Adopted, Head};

    fn key(byte: u8) -> AuditKey {
        AuditKey::new(&Zeroizing::new([byte; 32]))
    }

    const END: End =
        End { head: Head { seq: 3, hash: ChainHash([7; 32]) }, adopted: Adopted { events: 2, unlinked: 1 } };

    fn written(mac: Mac) -> String {
        ChainHash(mac).to_string()
    }

    /// Computed with another implementation of HMAC, so that what was authenticated years ago can still be proven.
    #[test]
    fn what_is_authenticated_never_changes() {
        let tenant = TenantId(Uuid::from_u128(0xc0));
        let tally = Tally::default().with(&key(1).member(tenant));
        assert_eq!(written(key(1).end(tenant, &END)), EXPECTED[0]);
        assert_eq!(written(key(1).member(tenant)), EXPECTED[1]);
        assert_eq!(written(key(1).roster(9, &tally)), EXPECTED[2]);
        assert_eq!(key(1).id(), EXPECTED[3]);
    }

    const EXPECTED: [&str; 4] = [
        "b81da0e7a19d458a985e07a87e9d6f1f03018786a31424ab734ae24ce2b25660",
        "26f20967edc64263070d18734627ae32abcf9ec02625d32ba1e80563d2180b24",
        "b514e9a89077ce7db9ab5d821eeb2c3526e0cc3fd39d9bbe66540ada40d4166f",
        "6459d5435f3c3d4e",
    ];

    #[test]
    fn an_end_is_proven_by_its_key_for_its_tenant_as_it_is_and_not_otherwise() {
        let (ours, other) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        let stored = StoredEnd { end: END, mac: Some(key(1).end(ours, &END).to_vec()) };
        assert_eq!(stored.proven(&key(1), ours), Some(END));
        assert_eq!((stored.proven(&key(2), ours), stored.proven(&key(1), other)), (None, None));
        for end in [
            End { head: Head { seq: 4, ..END.head }, ..END },
            End { head: Head { hash: ChainHash([8; 32]), ..END.head }, ..END },
            End { adopted: Adopted { events: 1, ..END.adopted }, ..END },
            End { adopted: Adopted { unlinked: 0, ..END.adopted }, ..END },
        ] {
            assert_eq!(StoredEnd { end, ..stored.clone() }.proven(&key(1), ours), None, "{end:?}");
        }
        assert_eq!(StoredEnd { mac: None, ..stored }.proven(&key(1), ours), None);
    }

    #[test]
    fn a_roster_is_proven_for_its_part_and_in_whatever_order_tenants_came() {
        let [a, b] = [1, 2].map(|n| key(1).member(TenantId(Uuid::from_u128(n))));
        let tally = Tally::default().with(&a).with(&b);
        assert_eq!(tally, Tally::default().with(&b).with(&a));
        let mac = key(1).roster(3, &tally).to_vec();
        let stored = StoredRoster { tenants: 2, members: tally.members.to_vec(), mac };
        assert_eq!(stored.proven(&key(1), 3), Some(tally));
        assert_eq!((stored.proven(&key(1), 4), stored.proven(&key(2), 3)), (None, None));
        assert_eq!(StoredRoster { tenants: 1, ..stored }.proven(&key(1), 3), None);
    }

    #[test]
    fn a_key_shows_itself_nowhere() {
        let shown = format!("{:?}", key(0x5a));
        assert!(
            shown.contains(&key(0x5a).id()) && !shown.contains("5a5a") && !shown.contains("90, 90"),
            "{shown}"
        );
    }
}
