use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The organisation; every row starts with its id and nothing crosses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(pub Uuid);

/// A partner's id within its tenant. Written in lower case with hyphens, and compared exactly:
/// Graph's ids are case-sensitive, so any other spelling names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartnerId(pub Uuid);

/// The id of what an audit event is about: a partner's, or a tenant's where it is about its
/// settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId(pub Uuid);

/// The id of one audit event; also the idempotency key of the changeset that carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AuditEventId(pub Uuid);

/// The id of one release; made of the time, so later ones sort later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReleaseId(pub Uuid);

/// Names one token of a connection, in receipts and calls. It says nothing of the token's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId(pub Uuid);

/// Names one changeset, so that it is committed once however often it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChangesetId(pub Uuid);

/// Names one try at onboarding. It is random and hard to guess, because whoever knows it may
/// complete a simulated onboarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptId(pub Uuid);

/// A number on the partner that goes up at every fence; whatever carries an older one may change
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation(pub u64);

/// A number on a partner, or on settings, that goes up at every change; a changeset names the one
/// it was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub u64);

/// The slice of the store a tenant lives in, fixed for ever by [`TenantId::part`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Part(pub u8);

impl TenantId {
    /// Where this tenant's rows are: FNV-1a over the id's 16 bytes, folded to 8 bits (0 to 255).
    /// The answer must never change: keys in every store begin with it.
    #[must_use]
    pub fn part(self) -> Part {
        let hash = self
            .0
            .as_bytes()
            .iter()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
        let [a, b, c, d] = hash.to_be_bytes();
        Part(a ^ b ^ c ^ d)
    }
}

impl Generation {
    /// The generation of a new partner.
    pub const FIRST: Self = Self(1);

    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Version {
    /// The version of what is not stored.
    pub const NONE: Self = Self(0);
    /// The version of a new partner.
    pub const FIRST: Self = Self(1);

    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The text is not a GUID in lower case with hyphens, so nothing can have it as its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a GUID in lower case with hyphens")]
pub struct NotAnId;

/// Takes only the canonical spelling, since ids are case-sensitive.
fn canonical(text: &str) -> Result<Uuid, NotAnId> {
    let canonical = text.len() == 36 && !text.bytes().any(|b| b.is_ascii_uppercase());
    Uuid::try_parse(text).ok().filter(|_| canonical).ok_or(NotAnId)
}

impl FromStr for PartnerId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        canonical(text).map(Self)
    }
}

impl FromStr for AuditEventId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        canonical(text).map(Self)
    }
}

impl From<PartnerId> for ResourceId {
    fn from(id: PartnerId) -> Self {
        Self(id.0)
    }
}

impl From<TenantId> for ResourceId {
    fn from(id: TenantId) -> Self {
        Self(id.0)
    }
}

macro_rules! display_as_hyphenated {
    ($($id:ty),+) => {$(
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
    )+};
}
display_as_hyphenated!(
    TenantId,
    PartnerId,
    ResourceId,
    AuditEventId,
    AttemptId,
    ReleaseId,
    TokenId,
    ChangesetId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_part_never_changes() {
        let part = |text: &str| TenantId(Uuid::try_parse(text).unwrap()).part().0;
        assert_eq!(part("00000000-0000-0000-0000-000000000000"), 0x1c);
        assert_eq!(part("11111111-2222-3333-4444-555555555555"), 0x7f);
        assert_eq!(part("ffffffff-ffff-ffff-ffff-ffffffffffff"), 0xbd);
    }

    #[test]
    fn parts_spread_tenants_evenly() {
        let mut count = [0_u32; 256];
        for n in 0..25_600_u128 {
            let tenant = TenantId(Uuid::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)));
            count[usize::from(tenant.part().0)] += 1;
        }
        assert!(count.iter().all(|n| (50..=150).contains(n)), "{count:?}");
    }

    #[test]
    fn only_the_canonical_spelling_is_an_id() {
        let id = "6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a";
        assert_eq!(id.parse::<PartnerId>().unwrap().to_string(), id);
        let upper = id.to_uppercase();
        let braced = format!("{{{id}}}");
        let plain = id.replace('-', "");
        for other in ["", "x", upper.as_str(), braced.as_str(), plain.as_str()] {
            assert_eq!(other.parse::<PartnerId>(), Err(NotAnId), "{other}");
        }
    }
}
