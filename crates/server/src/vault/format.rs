//! How a sealed secret is laid out; the tables are in the module above.

use gangway_engine::{Binding, Sealed};

use super::key_id::KeyId;

/// The version of the format.
const VERSION: u8 = 1;
/// The layer of the wrapped data key, in what it is bound to.
const WRAPPING: u8 = 1;
/// The layer of the secret itself, in what it is bound to.
const SECRET: u8 = 2;

/// What is wrapped.
pub(super) const DATA_KEY: usize = 32;
/// What a layer adds: nonce before, tag after.
pub(super) const NONCE: usize = 12;
pub(super) const TAG: usize = 16;

const KEY_ID: usize = 8;
const WRAPPED: usize = NONCE + DATA_KEY + TAG;
const HEAD: usize = 1 + KEY_ID + WRAPPED;

/// The parts of a sealed secret.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) key: KeyId,
    /// Nonce, data key, tag.
    pub(super) wrapped: &'a [u8],
    /// Nonce, secret, tag.
    pub(super) secret: &'a [u8],
}

impl<'a> Parts<'a> {
    /// The parts, if it is laid out as this version does it.
    pub(super) fn parse(sealed: &'a Sealed) -> Option<Self> {
        let (version, rest) = sealed.0.split_first()?;
        let (key, rest) = rest.split_first_chunk::<KEY_ID>()?;
        let (wrapped, secret) = rest.split_at_checked(WRAPPED)?;
        let whole = *version == VERSION && secret.len() >= NONCE + TAG;
        whole.then_some(Self { key: KeyId(*key), wrapped, secret })
    }
}

impl KeyId {
    /// The key that a sealed secret needs; `None` if it is none that this version sealed.
    #[must_use]
    pub fn of_sealed(sealed: &Sealed) -> Option<Self> {
        Parts::parse(sealed).map(|parts| parts.key)
    }
}

/// A sealed secret as it is begun: everything that comes before the secret's own nonce.
pub(super) fn begin(key: KeyId, wrapped: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(HEAD);
    sealed.push(VERSION);
    sealed.extend_from_slice(&key.0);
    sealed.extend_from_slice(wrapped);
    sealed
}

/// What the wrapped data key is bound to.
pub(super) fn wrapping_context(key: KeyId, binding: &Binding) -> Vec<u8> {
    let mut context = vec![VERSION, WRAPPING];
    context.extend_from_slice(&key.0);
    put(&mut context, binding);
    context
}

/// What the secret is bound to.
pub(super) fn secret_context(binding: &Binding) -> Vec<u8> {
    let mut context = vec![VERSION, SECRET];
    put(&mut context, binding);
    context
}

fn put(context: &mut Vec<u8>, binding: &Binding) {
    let field = binding.field.as_str().as_bytes();
    context.extend_from_slice(binding.tenant.0.as_bytes());
    context.extend_from_slice(binding.partner.0.as_bytes());
    context.extend_from_slice(&binding.generation.0.to_be_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "the longest word has ten letters")]
    context.push(field.len() as u8);
    context.extend_from_slice(field);
}
