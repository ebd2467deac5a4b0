use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// More keys than any issuer has; beyond it, the set is taken for a mistake.
const MOST_KEYS: usize = 100;

/// One public key of an issuer.
#[derive(Debug)]
pub(super) struct Key {
    jwk: Jwk,
    kind: Kind,
    /// Entra ID's `issuer` of a key it shares among tenants.
    issuer: Option<String>,
    decoding: DecodingKey,
    /// Cleared when the key leaves its issuer's set, which ends what was verified with it.
    live: AtomicBool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
}

/// Why a key set could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadKeySet {
    #[error("the key set is not a JSON Web Key Set")]
    NotAKeySet,
    #[error("the key set has more than {MOST_KEYS} keys")]
    TooManyKeys,
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Value>,
}

impl Key {
    /// The key, if it is one that can verify a signature here.
    pub(super) fn from_json(json: &Value) -> Option<Self> {
        let issuer = json.get("issuer").and_then(Value::as_str).map(str::to_owned);
        let jwk: Jwk = serde_json::from_value(json.clone()).ok()?;
        let kind = kind(&jwk.algorithm)?;
        let common = &jwk.common;
        let verifies = common.key_operations.as_ref().is_none_or(|ops| ops.contains(&KeyOperations::Verify));
        let signs = common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
        if !verifies || !signs {
            return None;
        }
        let decoding = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { jwk, kind, issuer, decoding, live: AtomicBool::new(true) })
    }

    pub(super) fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// Whether the issuer still has it.
    pub(super) fn is_live(&self) -> bool {
        self.live.load(Ordering::Acquire)
    }

    fn has_id(&self, kid: &str) -> bool {
        self.jwk.common.key_id.as_deref() == Some(kid)
    }

    fn is_same_as(&self, other: &Self) -> bool {
        self.jwk == other.jwk && self.issuer == other.issuer
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        let declared = self.jwk.common.key_algorithm.is_none_or(|alg| alg == KeyAlgorithm::from(algorithm));
        declared && kind_for(algorithm) == Some(self.kind)
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "non-exhaustive, and whatever it learns is no use here")]
fn kind(parameters: &AlgorithmParameters) -> Option<Kind> {
    match parameters {
        AlgorithmParameters::RSA(_) => Some(Kind::Rsa),
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => Some(Kind::P256),
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P384 => Some(Kind::P384),
        _ => None,
    }
}

/// The kind of key an algorithm needs; `None` for those that are not accepted at all.
#[expect(clippy::wildcard_enum_match_arm, reason = "non-exhaustive, and new ones are not accepted unseen")]
fn kind_for(algorithm: Algorithm) -> Option<Kind> {
    use Algorithm as A;
    match algorithm {
        A::RS256 | A::RS384 | A::RS512 | A::PS256 | A::PS384 | A::PS512 => Some(Kind::Rsa),
        A::ES256 => Some(Kind::P256),
        A::ES384 => Some(Kind::P384),
        _ => None,
    }
}

/// The keys an issuer has now.
#[derive(Debug, Default)]
pub(super) struct KeySet {
    keys: Vec<Arc<Key>>,
}

impl KeySet {
    /// Reads a JSON Web Key Set. Keys that are of no use here are left out, not refused: an issuer may have
    /// keys for encryption, or of kinds invented later.
    pub(super) fn from_json(json: &[u8]) -> Result<Self, BadKeySet> {
        let set: JwkSet = serde_json::from_slice(json).map_err(|_| BadKeySet::NotAKeySet)?;
        if set.keys.len() > MOST_KEYS {
            return Err(BadKeySet::TooManyKeys);
        }
        Ok(Self::new(set.keys.iter().filter_map(Key::from_json)))
    }

    pub(super) fn new(keys: impl IntoIterator<Item = Key>) -> Self {
        Self { keys: keys.into_iter().map(Arc::new).collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The key a token names. A token without a `kid` has one only if there is no choice.
    pub(super) fn find(&self, algorithm: Algorithm, kid: Option<&str>) -> Option<Arc<Key>> {
        let mut fitting = self.keys.iter().filter(|key| key.fits(algorithm));
        let found = match kid {
            Some(kid) => fitting.find(|key| key.has_id(kid)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        };
        found.cloned()
    }

    /// This set with the keys it shares with an older one taken over from there, so that what was verified
    /// with them stays valid.
    pub(super) fn keeping_known(mut self, older: &Self) -> Self {
        for key in &mut self.keys {
            if let Some(known) = older.keys.iter().find(|known| known.is_same_as(key)) {
                *key = Arc::clone(known);
            }
        }
        self
    }

    /// Ends the keys of this set that a newer one does not have.
    pub(super) fn retire_for(&self, newer: &Self) {
        for key in &self.keys {
            if !newer.keys.iter().any(|kept| Arc::ptr_eq(kept, key)) {
                key.live.store(false, Ordering::Release);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ec(kid: &str) -> Value {
        json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": "AAAA", "y": "AAAA"})
    }

    fn set(keys: &[Value]) -> KeySet {
        KeySet::from_json(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    #[test]
    fn keys_that_cannot_verify_here_are_left_out_and_the_others_are_kept() {
        let keys = [
            json!({"kty": "oct", "kid": "secret", "k": "AAAA"}),
            json!({"kty": "EC", "crv": "secp256k1", "kid": "a", "x": "AA", "y": "AA"}),
            json!({"kty": "OKP", "crv": "Ed25519", "kid": "b", "x": "AA"}),
            json!("not a key"),
            with(ec("enc"), "use", json!("enc")),
            with(ec("ops"), "key_ops", json!(["sign"])),
            with(ec("good"), "use", json!("sig")),
        ];
        let set = set(&keys);
        assert_eq!(set.len(), 1);
        assert!(set.find(Algorithm::ES256, Some("good")).is_some());
    }

    #[test]
    fn a_key_fits_only_its_own_kind_and_the_algorithm_it_declares() {
        let set = set(&[
            ec("any"),
            with(ec("es256"), "alg", json!("ES256")),
            with(ec("oaep"), "alg", json!("RSA-OAEP")),
            with(ec("odd"), "alg", json!("ES999")),
        ]);
        assert!(set.find(Algorithm::ES256, Some("any")).is_some());
        assert!(set.find(Algorithm::ES256, Some("es256")).is_some());
        for (algorithm, kid) in [
            (Algorithm::ES384, "any"),
            (Algorithm::RS256, "any"),
            (Algorithm::HS256, "any"),
            (Algorithm::ES256, "oaep"),
            (Algorithm::ES256, "odd"),
            (Algorithm::ES256, "none of these"),
        ] {
            assert!(set.find(algorithm, Some(kid)).is_none(), "{algorithm:?} {kid}");
        }
    }

    #[test]
    fn without_a_kid_there_must_be_no_choice() {
        assert!(set(&[ec("one")]).find(Algorithm::ES256, None).is_some());
        assert!(set(&[ec("one"), ec("two")]).find(Algorithm::ES256, None).is_none());
        assert!(set(&[]).find(Algorithm::ES256, None).is_none());
    }

    #[test]
    fn a_key_that_stays_is_the_same_key_and_one_that_leaves_or_changes_is_ended() {
        let old = set(&[ec("stays"), ec("leaves"), ec("changes")]);
        let changed = with(ec("changes"), "x", json!("BBBB"));
        let new = set(&[ec("stays"), changed]).keeping_known(&old);
        old.retire_for(&new);
        let live = |kid| old.find(Algorithm::ES256, Some(kid)).unwrap().is_live();
        assert!(live("stays"));
        assert!(!live("leaves"));
        assert!(!live("changes"));
        assert!(new.find(Algorithm::ES256, Some("changes")).unwrap().is_live());
    }

    #[test]
    fn a_set_of_too_many_keys_or_none_at_all_is_refused() {
        let many: Vec<Value> = (0..=MOST_KEYS).map(|n| ec(&n.to_string())).collect();
        let json = json!({ "keys": many }).to_string();
        assert_eq!(KeySet::from_json(json.as_bytes()).unwrap_err(), BadKeySet::TooManyKeys);
        for json in ["", "[]", "{}", r#"{"keys":1}"#] {
            assert_eq!(KeySet::from_json(json.as_bytes()).unwrap_err(), BadKeySet::NotAKeySet);
        }
    }
}
