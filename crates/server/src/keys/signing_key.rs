//! A private key that signs with ES256, and the public key that goes with it.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, KeyOperations, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// A private key that signs with ES256. It wipes itself, and shows itself nowhere.
pub(crate) struct SigningKey {
    private: EncodingKey,
    public: Jwk,
    kid: String,
}

impl SigningKey {
    /// A new key, as PKCS#8 in base64; `None` if none could be made.
    pub(crate) fn generate() -> Option<Zeroizing<String>> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Some(Zeroizing::new(STANDARD.encode(made.ok()?.as_ref())))
    }

    /// The key, if this is one as PKCS#8 in base64.
    pub(crate) fn from_base64(pkcs8: &str) -> Option<Self> {
        let der = Zeroizing::new(STANDARD.decode(pkcs8).ok()?);
        let private = EncodingKey::from_ec_der(&der);
        let mut public = Jwk::from_encoding_key(&private, Algorithm::ES256).ok()?;
        let kid = public.thumbprint(ThumbprintHash::SHA256).ok()?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        public.common.key_operations = Some(vec![KeyOperations::Verify]);
        Some(Self { private, public, kid })
    }

    /// The key as PKCS#8 in base64, to be kept.
    pub(crate) fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.private.as_bytes()))
    }

    /// What names it: the thumbprint of RFC 7638.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key.
    pub(crate) fn public(&self) -> Value {
        json!(self.public)
    }

    /// A JSON Web Key Set with the public key.
    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": [self.public] })
    }

    /// Claims, signed, in JWS's compact form; `None` if the key could not be used.
    pub(crate) fn sign(&self, typ: &str, claims: &impl Serialize) -> Option<String> {
        let header = Header {
            typ: Some(typ.to_owned()),
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::ES256)
        };
        jsonwebtoken::encode(&header, claims, &self.private).ok()
    }
}
