use gangway_engine::{Sealed, Vault as _, VaultError};
use proptest::prelude::*;

use super::*;

/// `00 01 02 … 1f`.
const VECTOR_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// `refresh-token`, sealed for [`BINDING`] by Python's `cryptography`: data key `40 41 … 5f`, nonces `a0 … ab` and
/// `b0 … bb`. It must open for ever.
const VECTOR: &str = "01630dcd2966c43366a0a1a2a3a4a5a6a7a8a9aaaba6593e6e018e44f82a2ccd984b378e9120fd0b43c6e2143bc4577cd\
                      d23f62b5e5f26cb0c7c483c8e004fdbba23b5536cb0b1b2b3b4b5b6b7b8b9babb7165e6f7a43983b44f814c9d836d28d1\
                      edc97002dd33054765918bf13f";

fn vector() -> Sealed {
    let byte = |at| u8::from_str_radix(&VECTOR[at..at + 2], 16).unwrap();
    Sealed((0..VECTOR.len()).step_by(2).map(byte).collect())
}

#[test]
fn what_another_implementation_sealed_by_the_same_format_opens_for_ever() {
    let ring = KeyRing::open(&given(VECTOR_KEY), NOW).unwrap();
    assert_eq!(ring.open(&BINDING, &vector()).unwrap().as_slice(), b"refresh-token");
    assert_eq!(ring.active().unwrap().to_string(), "630dcd2966c43366");
    assert_eq!(KeyId::of_sealed(&vector()), ring.active());
}

#[test]
fn a_secret_opens_as_it_was_and_is_not_seen_in_what_is_stored() {
    let ring = Place::new().ring();
    for secret in [b"".as_slice(), b"x", b"a refresh token", &vec![7; 100_000]] {
        let sealed = ring.seal(&BINDING, secret).unwrap();
        assert_eq!(sealed.0.len(), secret.len() + 97);
        assert_eq!(ring.open(&BINDING, &sealed).unwrap().as_slice(), secret);
        assert!(secret.len() < 5 || !sealed.0.windows(secret.len()).any(|part| part == secret));
    }
}

#[test]
fn the_same_secret_is_sealed_otherwise_each_time() {
    let ring = Place::new().ring();
    let [one, other] = [(); 2].map(|()| ring.seal(&BINDING, b"secret").unwrap());
    let parts = |sealed: &Sealed| {
        let [nonce, wrapped, secret_nonce, secret] = [9..21, 21..69, 69..81, 81..103];
        [nonce, wrapped, secret_nonce, secret].map(|part| sealed.0[part].to_vec())
    };
    for (one, other) in parts(&one).iter().zip(parts(&other)) {
        assert_ne!(*one, other);
    }
}

#[test]
fn a_secret_opens_only_as_what_it_belongs_to() {
    let place = Place::new();
    let ring = place.ring();
    let sealed = ring.seal(&BINDING, b"secret").unwrap();
    let others = [
        Binding { tenant: TenantId(BINDING.partner.0), ..BINDING },
        Binding { partner: PartnerId(BINDING.tenant.0), ..BINDING },
        Binding { generation: Generation(8), ..BINDING },
        Binding { field: Field::Code, ..BINDING },
        Binding { field: Field::Attempt, ..BINDING },
        Binding { tenant: TenantId(BINDING.partner.0), partner: PartnerId(BINDING.tenant.0), ..BINDING },
    ];
    ring.with_new_key(NOW).unwrap();
    for other in others {
        assert_eq!(ring.open(&other, &sealed).unwrap_err(), VaultError::NotAuthentic, "{other:?}");
        assert_eq!(ring.rewrap(&other, &sealed), Err(VaultError::NotAuthentic), "{other:?}");
    }
}

/// Each layer holds by itself: neither the data key nor the secret of one row can be put into another's.
#[test]
fn neither_layer_can_be_moved_to_another_row() {
    let ring = Place::new().ring();
    let mine = ring.seal(&BINDING, b"mine").unwrap().0;
    let theirs = Binding { tenant: TenantId(BINDING.partner.0), ..BINDING };
    let other = ring.seal(&theirs, b"them").unwrap().0;
    let whole = Sealed(other.clone());
    let key_moved = Sealed([&other[..69], &mine[69..]].concat());
    let secret_moved = Sealed([&mine[..69], &other[69..]].concat());
    for moved in [whole, key_moved, secret_moved] {
        assert_eq!(ring.open(&BINDING, &moved).unwrap_err(), VaultError::NotAuthentic);
    }
}

/// Who has the data key of a row, but not the key that wraps, cannot use it for another row's secret: the inner
/// layer is bound as well.
#[test]
fn the_inner_layer_is_bound_by_itself() {
    let key = super::cipher::fresh_key().unwrap();
    let cipher = super::cipher::Cipher::new(&key).unwrap();
    let mut sealed = Vec::new();
    cipher.seal_onto(&mut sealed, &super::format::secret_context(&BINDING), b"secret").unwrap();
    let opens = |binding: &Binding| cipher.open(&super::format::secret_context(binding), &sealed).is_ok();
    assert!(opens(&BINDING));
    assert!(!opens(&Binding { tenant: TenantId(BINDING.partner.0), ..BINDING }));
    assert!(!opens(&Binding { partner: PartnerId(BINDING.tenant.0), ..BINDING }));
    assert!(!opens(&Binding { generation: Generation(8), ..BINDING }));
    assert!(!opens(&Binding { field: Field::Code, ..BINDING }));
}

#[test]
fn what_an_unknown_key_sealed_is_said_to_be_that() {
    let (one, other) = (Place::new().ring(), Place::new().ring());
    let sealed = one.seal(&BINDING, b"secret").unwrap();
    let unknown = VaultError::UnknownKey(one.active().unwrap().to_string());
    assert_eq!(other.open(&BINDING, &sealed).unwrap_err(), unknown);
    assert_eq!(other.rewrap(&BINDING, &sealed), Err(unknown));
}

#[test]
fn without_keys_nothing_is_sealed_and_nothing_opened() {
    let ring = KeyRing::open(&Source::Nowhere, NOW).unwrap();
    assert_eq!(ring.seal(&BINDING, b"secret"), Err(VaultError::NoKeys));
    assert_eq!(ring.open(&BINDING, &vector()).unwrap_err(), VaultError::NoKeys);
    assert_eq!(ring.rewrap(&BINDING, &vector()), Err(VaultError::NoKeys));
    assert_eq!((ring.active(), ring.ids()), (None, vec![]));
}

#[test]
fn a_rewrapped_secret_has_the_same_bytes_and_does_not_need_the_old_key() {
    let (old, new) = (Place::new(), Place::new());
    let old_key = key_of(&old);
    let new_key = key_of(&new);
    let before = KeyRing::open(&given(&old_key), NOW).unwrap();
    let sealed = before.seal(&BINDING, b"secret").unwrap();
    assert_eq!(before.rewrap(&BINDING, &sealed), Ok(None));

    let both = KeyRing::open(&given(&format!("{new_key},{old_key}")), NOW).unwrap();
    let rewrapped = both.rewrap(&BINDING, &sealed).unwrap().unwrap();
    assert_eq!(both.rewrap(&BINDING, &rewrapped), Ok(None));
    assert_eq!(rewrapped.0[69..], sealed.0[69..], "the secret was touched");
    for part in [1..9, 9..21, 21..69] {
        assert_ne!(rewrapped.0[part.clone()], sealed.0[part]);
    }
    let after = KeyRing::open(&given(&new_key), NOW).unwrap();
    assert_eq!(after.open(&BINDING, &rewrapped).unwrap().as_slice(), b"secret");
    assert!(after.open(&BINDING, &sealed).is_err());
    assert!(before.open(&BINDING, &rewrapped).is_err());
}

/// The text of the only key in a place's file.
fn key_of(place: &Place) -> String {
    place.ring();
    let file: serde_json::Value = serde_json::from_str(&place.text()).unwrap();
    file["keys"][0]["key"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_cut_short_or_made_longer_does_not_open() {
    let ring = KeyRing::open(&given(VECTOR_KEY), NOW).unwrap();
    let Sealed(whole) = vector();
    for length in 0..whole.len() {
        let cut = Sealed(whole[..length].to_vec());
        assert_eq!(ring.open(&BINDING, &cut).unwrap_err(), VaultError::NotAuthentic, "{length}");
    }
    let longer = Sealed([whole, vec![0]].concat());
    assert_eq!(ring.open(&BINDING, &longer).unwrap_err(), VaultError::NotAuthentic);
}

#[test]
fn no_byte_of_it_can_be_another() {
    let ring = KeyRing::open(&given(VECTOR_KEY), NOW).unwrap();
    for at in 0..vector().0.len() {
        for bit in 0..8 {
            let mut flipped = vector();
            flipped.0[at] ^= 1 << bit;
            assert!(ring.open(&BINDING, &flipped).is_err(), "bit {bit} of byte {at}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_changed_in_whatever_secret_it_does_not_open(
        secret in prop::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
        by in 1..=255_u8,
        generation in any::<u64>(),
    ) {
        let ring = KeyRing::open(&given(VECTOR_KEY), NOW).unwrap();
        let binding = Binding { generation: Generation(generation), ..BINDING };
        let mut sealed = ring.seal(&binding, &secret).unwrap();
        let opened = ring.open(&binding, &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), secret.as_slice());
        let at = at.index(sealed.0.len());
        sealed.0[at] ^= by;
        prop_assert!(ring.open(&binding, &sealed).is_err());
    }

    #[test]
    fn no_bytes_make_the_vault_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let ring = KeyRing::open(&given(VECTOR_KEY), NOW).unwrap();
        let sealed = Sealed(bytes);
        prop_assert!(ring.open(&BINDING, &sealed).is_err());
        prop_assert!(ring.rewrap(&BINDING, &sealed).is_err());
    }
}
