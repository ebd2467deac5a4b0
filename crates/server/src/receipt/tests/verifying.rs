use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::identity::{DevIssuer, TokenKind, TokenRequest};

/// Anything, signed by a signer's own key.
fn signed(place: &Place, header: &Value, payload: &str) -> String {
    let file: Value = serde_json::from_slice(&fs::read(place.0.path().join(Signer::FILE)).unwrap()).unwrap();
    let der =
        base64::engine::general_purpose::STANDARD.decode(file["private_key"].as_str().unwrap()).unwrap();
    let text = format!("{}.{}", encoded(&header.to_string()), encoded(payload));
    let key = jsonwebtoken::EncodingKey::from_ec_der(&der);
    let signature =
        jsonwebtoken::crypto::sign(text.as_bytes(), &key, jsonwebtoken::Algorithm::ES256).unwrap();
    format!("{text}.{signature}")
}

fn encoded(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn a_signed_receipt_verifies_with_the_public_key_alone() {
    let place = Place::new();
    let signer = place.signer();
    for state in [ReleaseState::Pending { next_try: Timestamp::LAST, obstacle: None }, confirmed(), forced()]
    {
        let receipt = receipt(state);
        let jws = signer.sign(&receipt).unwrap();
        let key = signer.kid().to_owned();
        assert_eq!(verify(&jws, &signer.jwks()), Ok(Verified { receipt, key }));
    }
    let header = signer.sign(&receipt(forced())).unwrap();
    let header = URL_SAFE_NO_PAD.decode(header.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({"alg": "ES256", "typ": "gangway-receipt+jwt", "kid": signer.kid()}));
}

#[test]
fn no_character_of_it_can_be_another() {
    let signer = Place::new().signer();
    let (jws, keys) = (signer.sign(&receipt(confirmed())).unwrap(), signer.jwks());
    for (at, was) in jws.char_indices() {
        let mut altered = jws.clone();
        altered.replace_range(at..=at, if was == 'A' { "B" } else { "A" });
        assert!(verify(&altered, &keys).is_err(), "{at}: {was}");
    }
    let (text, signature) = jws.rsplit_once('.').unwrap();
    for end in [String::new(), format!("{signature}="), format!("{signature}A"), signature[..43].to_owned()] {
        assert_eq!(verify(&format!("{text}.{end}"), &keys), Err(VerifyError::Altered), "{end}");
    }
    let (header, payload) = text.split_once('.').unwrap();
    let said = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let other = encoded(&said.replace("TeamViewer", "TeamViewed"));
    assert_eq!(verify(&format!("{header}.{other}.{signature}"), &keys), Err(VerifyError::Altered));
}

#[test]
fn a_receipt_of_a_key_that_is_not_given_is_not_believed() {
    let (mine, theirs) = (Place::new().signer(), Place::new().signer());
    let jws = theirs.sign(&receipt(confirmed())).unwrap();
    assert_eq!(verify(&jws, &mine.jwks()), Err(VerifyError::UnknownKey(theirs.kid().into())));
    let renamed = mine.jwks().replace(mine.kid(), theirs.kid());
    assert_eq!(verify(&jws, &renamed), Err(VerifyError::Altered));
    let empty = json!({"keys": []}).to_string();
    assert_eq!(verify(&jws, &empty), Err(VerifyError::UnknownKey(theirs.kid().into())));
    let both: Vec<_> = [&mine, &theirs]
        .map(|signer| serde_json::from_str::<Value>(&signer.jwks()).unwrap()["keys"][0].clone())
        .into();
    assert!(verify(&jws, &json!({"keys": both}).to_string()).is_ok());
}

#[test]
fn only_its_own_algorithm_and_type_are_a_receipts() {
    let place = Place::new();
    let signer = place.signer();
    let said = serde_json::to_string(&receipt(confirmed())).unwrap();
    let (kid, keys) = (signer.kid().to_owned(), signer.jwks());
    let good = json!({"alg": "ES256", "typ": TYPE, "kid": kid});
    assert!(verify(&signed(&place, &good, &said), &keys).is_ok());
    for header in [
        json!({"alg": "none", "typ": TYPE, "kid": kid}),
        json!({"alg": "HS256", "typ": TYPE, "kid": kid}),
        json!({"alg": "ES384", "typ": TYPE, "kid": kid}),
        json!({"alg": "es256", "typ": TYPE, "kid": kid}),
        json!({"alg": "ES256", "typ": "JWT", "kid": kid}),
        json!({"alg": "ES256", "kid": kid}),
        json!({"alg": "ES256", "typ": TYPE}),
        json!({"alg": "ES256", "typ": TYPE, "kid": kid, "crit": ["b64"], "b64": false}),
        json!({"alg": "ES256", "typ": TYPE, "kid": kid, "jwk": {}}),
    ] {
        let found = verify(&signed(&place, &header, &said), &keys);
        assert!(matches!(found, Err(VerifyError::NotAReceipt(_))), "{header}: {found:?}");
    }
}

#[test]
fn what_the_key_signed_but_is_no_receipt_is_none() {
    let place = Place::new();
    let signer = place.signer();
    let header = json!({"alg": "ES256", "typ": TYPE, "kid": signer.kid()});
    let good = serde_json::to_value(receipt(confirmed())).unwrap();
    let with = |at: &str, value: Value| {
        let mut json = good.clone();
        json[at] = value;
        json.to_string()
    };
    let verified = |payload: &str| verify(&signed(&place, &header, payload), &signer.jwks());
    assert!(verified(&good.to_string()).is_ok());
    for payload in [
        "{}",
        "7",
        "",
        &with("more", json!(1)),
        &with("issuedAt", json!("today")),
        &with("outcome", json!("?")),
    ] {
        assert!(matches!(verified(payload), Err(VerifyError::NotAReceipt(_))), "{payload}");
    }
    assert_eq!(verified(&with("version", json!(3))), Err(VerifyError::OtherVersion(3)));
}

/// As it was signed before receipts told of each token.
#[test]
fn a_receipt_of_before_keeps_verifying() {
    let place = Place::new();
    let signer = place.signer();
    let header = json!({"alg": "ES256", "typ": TYPE, "kid": signer.kid()});
    let mut old = serde_json::to_value(receipt(confirmed())).unwrap();
    old["version"] = json!(1);
    let verified = verify(&signed(&place, &header, &old.to_string()), &signer.jwks()).unwrap();
    assert_eq!((verified.receipt.version, verified.receipt.outcome), (1, Outcome::Confirmed));
    assert!(verified.receipt.tokens.is_empty() && verified.receipt.missing.is_empty());
}

#[test]
fn a_token_is_no_receipt_and_a_receipt_no_token() {
    let data = tempfile::tempdir().unwrap();
    let issuer = DevIssuer::open(data.path()).unwrap();
    let kind = TokenKind::Application { roles: vec![] };
    let request = TokenRequest { tenant: uuid::Uuid::nil(), kind, expires_in: 60 };
    let token = issuer.mint(&request, Timestamp::from_unix_seconds(0)).unwrap();
    let found = verify(&token, &issuer.jwks().to_string());
    assert_eq!(found, Err(VerifyError::NotAReceipt("its typ is another one")));
}

#[test]
fn what_is_too_long_or_nothing_is_not_looked_at() {
    let keys = Place::new().signer().jwks();
    assert_eq!(verify(&"a".repeat(LONGEST + 1), &keys), Err(VerifyError::TooLong));
    for text in ["", ".", "..", "a.b", "a.b.c", "e30.e30.", "{}", "\u{0}"] {
        assert!(matches!(verify(text, &keys), Err(VerifyError::NotAReceipt(_))), "{text:?}");
    }
}

#[test]
fn keys_that_are_none_are_said_to_be_that() {
    let signer = Place::new().signer();
    let jws = signer.sign(&receipt(confirmed())).unwrap();
    let key: Value = serde_json::from_str(&signer.jwks()).unwrap();
    let with = |at: &str, value: Value| {
        let mut set = key.clone();
        set["keys"][0][at] = value;
        set.to_string()
    };
    for keys in [
        String::new(),
        "{}".into(),
        " ".repeat(64 * 1024 + 1),
        json!({"keys": vec![key["keys"][0].clone(); 101]}).to_string(),
        with("use", json!("enc")),
        with("alg", json!("ES384")),
        with("crv", json!("P-384")),
        with("kty", json!("oct")),
    ] {
        assert!(matches!(verify(&jws, &keys), Err(VerifyError::Keys(_))), "{keys}");
    }
}
