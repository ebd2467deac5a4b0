use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::{Receipt, TYPE, VERSION};

/// The longest receipt looked at, in bytes; several times what one can have.
pub const LONGEST: usize = 512 * 1024;
/// The longest key set looked at, in bytes, and the most keys in it.
const LONGEST_KEYS: usize = 64 * 1024;
const MOST_KEYS: usize = 100;
/// As much of a key's name as is repeated.
const SHOWN: usize = 64;

/// A receipt whose signature is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it says.
    pub receipt: Receipt,
    /// The name of the key that signed it.
    pub key: String,
}

/// Why something is not a receipt that can be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It is far longer than a receipt.
    #[error("not a receipt: longer than {LONGEST} bytes")]
    TooLong,
    /// It is something else.
    #[error("not a receipt: {0}")]
    NotAReceipt(&'static str),
    /// None of the keys has the name of the one that is said to have signed it.
    #[error("signed with key {0:?}, which is not among the keys given")]
    UnknownKey(String),
    /// The signature is not of this text.
    #[error("the signature is not good: the receipt was altered, or another key signed it")]
    Altered,
    /// It is signed, but this version does not know what is in it.
    #[error("a receipt of version {0}, of which this Gangway knows nothing")]
    OtherVersion(u64),
    /// The keys cannot be used.
    #[error("the keys are not usable: {0}")]
    Keys(&'static str),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptHeader {
    alg: String,
    typ: String,
    kid: String,
}

#[derive(Deserialize)]
struct ReceiptKeys {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

/// What a receipt (a compact JWS) says, if one of these keys (a JSON Web Key Set) signed it.
///
/// # Errors
/// [`VerifyError`] that says what is wrong.
pub fn verify(receipt: &str, keys: &str) -> Result<Verified, VerifyError> {
    use VerifyError::NotAReceipt;
    if receipt.len() > LONGEST {
        return Err(VerifyError::TooLong);
    }
    let (signed, signature) = receipt.rsplit_once('.').ok_or(NotAReceipt("it is no JWS"))?;
    let (header, payload) = signed.split_once('.').ok_or(NotAReceipt("it is no JWS"))?;
    let header: ReceiptHeader = serde_json::from_slice(&decoded(header)?)
        .map_err(|_| NotAReceipt("its header is not one of a receipt"))?;
    if header.typ != TYPE {
        return Err(NotAReceipt("its typ is another one"));
    }
    if header.alg != "ES256" {
        return Err(NotAReceipt("its alg is not ES256"));
    }
    let key = find(&header.kid, keys)?;
    match jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, Algorithm::ES256) {
        Ok(true) => {}
        Ok(false) | Err(_) => return Err(VerifyError::Altered),
    }
    Ok(Verified { receipt: said(&decoded(payload)?)?, key: header.kid })
}

fn decoded(part: &str) -> Result<Vec<u8>, VerifyError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| VerifyError::NotAReceipt("it is no JWS"))
}

fn said(json: &[u8]) -> Result<Receipt, VerifyError> {
    let wrong = |_| VerifyError::NotAReceipt("what is signed is something else");
    let Versioned { version } = serde_json::from_slice(json).map_err(wrong)?;
    if !(1..=VERSION).contains(&version) {
        return Err(VerifyError::OtherVersion(version));
    }
    serde_json::from_slice(json).map_err(wrong)
}

/// The key of this name.
fn find(kid: &str, keys: &str) -> Result<DecodingKey, VerifyError> {
    if keys.len() > LONGEST_KEYS {
        return Err(VerifyError::Keys("they are too long for a key set"));
    }
    let set: ReceiptKeys =
        serde_json::from_str(keys).map_err(|_| VerifyError::Keys("they are no JSON Web Key Set"))?;
    if set.keys.len() > MOST_KEYS {
        return Err(VerifyError::Keys("they are too many"));
    }
    let named = |key: &&Value| key.get("kid").and_then(Value::as_str) == Some(kid);
    let unknown = || VerifyError::UnknownKey(kid.chars().take(SHOWN).collect());
    let key = set.keys.iter().find(named).ok_or_else(unknown)?;
    verifies(key).ok_or(VerifyError::Keys("the one that is named is not for ES256 signatures"))
}

/// The key, if it is one for ES256 signatures.
fn verifies(key: &Value) -> Option<DecodingKey> {
    let key: Jwk = serde_json::from_value(key.clone()).ok()?;
    let common = &key.common;
    let meant = common.key_algorithm.is_none_or(|algorithm| algorithm == KeyAlgorithm::ES256)
        && common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let p256 =
        matches!(&key.algorithm, AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256);
    if meant && p256 { DecodingKey::from_jwk(&key).ok() } else { None }
}
