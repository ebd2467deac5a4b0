use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::claims::Claims;
use super::keys::Key;
use super::{Reason, TokenError};

/// Longer than any token an issuer gives out; more would only be work for nothing.
const LONGEST_TOKEN: usize = 16 * 1024;

/// The token of an `Authorization` header.
pub(super) fn bearer(authorization: Option<&HeaderValue>) -> Result<&[u8], TokenError> {
    let value = authorization.ok_or(TokenError::Missing)?.as_bytes().trim_ascii();
    let (scheme, token) = value.split_at_checked(6).ok_or(TokenError::Missing)?;
    let apart = token.first().is_some_and(u8::is_ascii_whitespace);
    if !scheme.eq_ignore_ascii_case(b"Bearer") || !apart {
        return Err(TokenError::Missing);
    }
    let token = token.trim_ascii_start();
    if token.len() > LONGEST_TOKEN { Err(TokenError::Malformed) } else { Ok(token) }
}

/// A JWT as it came: nothing it says is to be believed yet, except for finding the key it has to be signed with.
#[derive(Debug)]
pub(super) struct Unverified<'a> {
    signed: &'a [u8],
    signature: &'a str,
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
    pub(super) claims: Claims,
}

#[derive(Deserialize)]
struct TokenHeader {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

impl<'a> Unverified<'a> {
    pub(super) fn parse(token: &'a [u8]) -> Result<Self, TokenError> {
        let token = str::from_utf8(token).map_err(|_| TokenError::Malformed)?;
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        let header: TokenHeader = part(header).map_err(|_| TokenError::Malformed)?;
        let algorithm = accepted(&header.alg).ok_or(TokenError::Invalid(Reason::Algorithm))?;
        if header.crit.is_some() {
            return Err(TokenError::Invalid(Reason::Algorithm));
        }
        let signed = signed.as_bytes();
        Ok(Self { signed, signature, algorithm, kid: header.kid, claims: part(claims)? })
    }

    /// The claims, if this key has signed them.
    pub(super) fn verify(self, key: &Key) -> Result<Claims, TokenError> {
        match jsonwebtoken::crypto::verify(self.signature, self.signed, key.decoding(), self.algorithm) {
            Ok(true) => Ok(self.claims),
            Ok(false) | Err(_) => Err(TokenError::Invalid(Reason::Signature)),
        }
    }
}

/// One part of a JWT, read as JSON.
fn part<T: DeserializeOwned>(encoded: &str) -> Result<T, TokenError> {
    let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&json).map_err(|error| {
        let wrong_type = error.classify() == serde_json::error::Category::Data && json.first() == Some(&b'{');
        if wrong_type { TokenError::Invalid(Reason::Claims) } else { TokenError::Malformed }
    })
}

/// Only signatures that can be checked with a public key: with a shared secret, whoever knows the public key
/// could pass it off as the secret.
fn accepted(name: &str) -> Option<Algorithm> {
    Some(match name {
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn token(header: &Value, claims: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        format!("{}.{}.AAAA", part(header), part(claims))
    }

    fn refusal(header: &Value, claims: &Value) -> Option<TokenError> {
        Unverified::parse(token(header, claims).as_bytes()).err()
    }

    #[test]
    fn a_token_follows_the_word_bearer_in_any_case() {
        let found = |text: &'static str| {
            let header = HeaderValue::from_static(text);
            bearer(Some(&header)).map(|token| String::from_utf8_lossy(token).into_owned())
        };
        assert_eq!(bearer(None), Err(TokenError::Missing));
        assert_eq!(found("Bearer a.b.c"), Ok("a.b.c".into()));
        assert_eq!(found("bEARER   a.b.c "), Ok("a.b.c".into()));
        for text in ["", "Bearer", "Bearer ", "Basic a.b.c", "BearerX a.b.c", "a.b.c"] {
            assert_eq!(found(text), Err(TokenError::Missing), "{text}");
        }
    }

    #[test]
    fn a_token_too_long_is_not_even_looked_at() {
        let header = |length| HeaderValue::from_str(&format!("Bearer {}", "a".repeat(length))).unwrap();
        assert!(bearer(Some(&header(LONGEST_TOKEN))).is_ok());
        assert_eq!(bearer(Some(&header(LONGEST_TOKEN + 1))), Err(TokenError::Malformed));
    }

    #[test]
    fn only_asymmetric_algorithms_are_accepted() {
        for alg in ["none", "None", "HS256", "HS384", "HS512", "EdDSA", "es256", "", "ES512"] {
            let expected = Some(TokenError::Invalid(Reason::Algorithm));
            assert_eq!(refusal(&json!({ "alg": alg }), &json!({})), expected, "{alg}");
        }
        for alg in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"] {
            assert_eq!(refusal(&json!({ "alg": alg }), &json!({})), None, "{alg}");
        }
    }

    #[test]
    fn a_critical_header_is_refused_because_none_is_understood() {
        let header = json!({"alg": "ES256", "crit": ["b64"], "b64": false});
        assert_eq!(refusal(&header, &json!({})), Some(TokenError::Invalid(Reason::Algorithm)));
    }

    #[test]
    fn claims_of_a_wrong_type_or_twice_are_refused() {
        let header = json!({"alg": "ES256"});
        for claims in
            [json!({"scp": 7}), json!({"roles": {"a": 1}}), json!({"exp": "soon"}), json!({"tid": []})]
        {
            assert_eq!(refusal(&header, &claims), Some(TokenError::Invalid(Reason::Claims)), "{claims}");
        }
        let twice = URL_SAFE_NO_PAD.encode(r#"{"tid":"a","tid":"b"}"#);
        let token = format!("{}.{twice}.AAAA", URL_SAFE_NO_PAD.encode(header.to_string()));
        let parsed = Unverified::parse(token.as_bytes());
        assert_eq!(parsed.unwrap_err(), TokenError::Invalid(Reason::Claims));
    }

    #[test]
    fn what_is_no_jwt_is_malformed() {
        for token in ["a", "a.b", "a.b.c", "..", "e30.e30", "W10.e30.AA", "e30.W10.AA", "e30.e30.AA.AA"] {
            assert_eq!(Unverified::parse(token.as_bytes()).unwrap_err(), TokenError::Malformed, "{token}");
        }
    }
}
