//! The chain that ties a tenant's audit events together: SHA-256 over the event, its number, and the hash of the
//! event before. What is hashed is defined by this file and never changes, because chains are years long.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};

/// A link's hash; written in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChainHash(pub(crate) [u8; SHA256_OUTPUT_LEN]);

impl ChainHash {
    /// The SHA-256 of what went into this.
    pub(crate) fn from_context(context: Context) -> Self {
        let mut hash = [0; SHA256_OUTPUT_LEN];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a chain has got to: the number and hash of its last link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: i64,
    pub(crate) hash: ChainHash,
}

impl Head {
    /// Where a chain without a link stands.
    pub(crate) const START: Self = Self { seq: 0, hash: ChainHash([0; SHA256_OUTPUT_LEN]) };

    /// The link of an event with this digest that comes next.
    pub(crate) fn next(self, event: &Digest) -> Self {
        let seq = self.seq + 1;
        let mut context = Context::new(&SHA256);
        context.update(b"gangway audit link 1\0");
        context.update(&self.hash.0);
        context.update(&seq.to_be_bytes());
        context.update(&event.0.0);
        Self { seq, hash: ChainHash::from_context(context) }
    }
}

/// Where a chain ends, as a store vouches for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) head: Head,
    pub(crate) adopted: Adopted,
}

/// What there was of a chain when its end was authenticated first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Adopted {
    /// So many events; nothing but their hashes vouches for them.
    pub(crate) events: i64,
    /// How many of these had no place in the chain, and were given one behind the others.
    pub(crate) unlinked: i64,
}

impl End {
    /// The end of a chain without a link.
    pub(crate) const START: Self = Self { head: Head::START, adopted: Adopted { events: 0, unlinked: 0 } };

    /// Where it is when an event with this digest was added.
    pub(crate) fn next(self, event: &Digest) -> Self {
        Self { head: self.head.next(event), ..self }
    }
}

/// What an event says, as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest(ChainHash);

/// Every field of an event, as it is stored: `partner` and `partner_name` are what it is about, whatever its type.
pub(crate) struct Fields<'a> {
    pub(crate) tenant: &'a [u8],
    pub(crate) id: &'a [u8],
    pub(crate) at: i64,
    pub(crate) activity: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) result: &'a str,
    pub(crate) correlation: &'a [u8],
    pub(crate) actor: &'a str,
    pub(crate) partner: &'a [u8],
    pub(crate) partner_name: &'a str,
    pub(crate) generation: i64,
    pub(crate) changes: &'a str,
}

impl Fields<'_> {
    /// Each field goes in with its length before it, so that no two events read the same.
    pub(crate) fn digest(&self) -> Digest {
        let mut context = Context::new(&SHA256);
        context.update(b"gangway audit event 1\0");
        let (at, generation) = (self.at.to_be_bytes(), self.generation.to_be_bytes());
        for field in [
            self.tenant,
            self.id,
            &at,
            self.activity.as_bytes(),
            self.operation.as_bytes(),
            self.result.as_bytes(),
            self.correlation,
            self.actor.as_bytes(),
            self.partner,
            self.partner_name.as_bytes(),
            &generation,
            self.changes.as_bytes(),
        ] {
            context.update(&(field.len() as u64).to_be_bytes());
            context.update(field);
        }
        Digest(ChainHash::from_context(context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields<'a>(partner_name: &'a str, changes: &'a str) -> Fields<'a> {
        Fields {
            tenant: &[1; 16],
            id: &[2; 16],
            at: 3,
            activity: "disconnect",
            operation: "Action",
            result: "Success",
            correlation: &[4; 16],
            actor: "{}",
            partner: &[5; 16],
            partner_name,
            generation: 6,
            changes,
        }
    }

    /// Computed with another implementation of SHA-256, so that chains of years ago can still be verified.
    #[test]
    fn what_is_hashed_never_changes() {
        let link = Head::START.next(&fields("name", "[]").digest());
        assert_eq!(link.seq, 1);
        assert_eq!(link.hash.to_string(), EXPECTED);
    }

    const EXPECTED: &str = "57c157b2db928e76871a337b7525a9270bd30b1b66b4c8e05469235744d3347e";

    #[test]
    fn where_one_field_ends_and_the_next_begins_is_part_of_it() {
        assert_ne!(fields("ab", "c").digest(), fields("a", "bc").digest());
    }

    #[test]
    fn a_link_depends_on_all_links_before_it() {
        let (a, b) = (fields("a", "").digest(), fields("b", "").digest());
        assert_ne!(Head::START.next(&a).next(&b), Head::START.next(&b).next(&b));
        assert_ne!(Head::START.next(&a), Head::START.next(&b));
    }
}
