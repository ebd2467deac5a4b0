use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gangway_server::identity::{Reason, TokenError};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

use crate::provider::{KeysAnswer, Provider};
use crate::signing::{SigningKey, encoded, user_claims};
use crate::support::{Subject, may_write};

const fn invalid<T>(reason: Reason) -> Result<T, TokenError> {
    Err(TokenError::Invalid(reason))
}

#[tokio::test]
async fn every_accepted_algorithm_is_accepted_with_its_own_kind_of_key() {
    use Algorithm as A;
    let (rsa, p256, p384) = (SigningKey::rsa("rsa"), SigningKey::es256("p256"), SigningKey::es384("p384"));
    let provider = Provider::start(&[&rsa, &p256, &p384]).await;
    let subject = Subject::trusting(&provider.url);
    for algorithm in [A::RS256, A::RS384, A::RS512, A::PS256, A::PS384, A::PS512] {
        let token = rsa.with(algorithm).sign(&user_claims(&provider.url, json!({})));
        assert!(may_write(&subject.ask(&token).await.unwrap()), "{algorithm:?}");
    }
    for key in [&p256, &p384] {
        let token = key.sign(&user_claims(&provider.url, json!({})));
        assert!(may_write(&subject.ask(&token).await.unwrap()), "{}", key.kid);
    }
}

#[tokio::test]
async fn a_token_without_a_signature_or_signed_with_the_public_key_as_a_secret_is_refused() {
    let key = SigningKey::rsa("k");
    let provider = Provider::start(&[&key]).await;
    let subject = Subject::trusting(&provider.url);
    let claims = user_claims(&provider.url, json!({}));
    let none = format!("{}.{}.", encoded(&json!({"alg": "none", "kid": "k"})), encoded(&claims));
    assert_eq!(subject.ask(&none).await, invalid(Reason::Algorithm));
    let public = key.public();
    let modulus = public["n"].as_str().unwrap();
    for secret in [modulus.as_bytes(), STANDARD.encode(public.to_string()).as_bytes()] {
        let header = Header { kid: Some("k".into()), ..Header::new(Algorithm::HS256) };
        let forged = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap();
        assert_eq!(subject.ask(&forged).await, invalid(Reason::Algorithm));
    }
    assert_eq!(subject.identity.stats().signatures_checked, 0);
}

#[tokio::test]
async fn a_signature_by_another_key_or_over_other_claims_is_refused() {
    let (key, other) = (SigningKey::es256("k"), SigningKey::es256("k"));
    let provider = Provider::start(&[&key]).await;
    let subject = Subject::trusting(&provider.url);
    let claims = user_claims(&provider.url, json!({}));
    assert_eq!(subject.ask(&other.sign(&claims)).await, invalid(Reason::Signature));
    let genuine = key.sign(&claims);
    let [header, _, signature] = genuine.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let altered = encoded(&user_claims(&provider.url, json!({"oid": "somebody else"})));
    let altered = format!("{header}.{altered}.{signature}");
    assert_eq!(subject.ask(&altered).await, invalid(Reason::Signature));
    let cut = genuine.rsplit_once('.').unwrap().0.to_owned() + ".";
    assert_eq!(subject.ask(&cut).await, invalid(Reason::Signature));
}

#[tokio::test]
async fn an_algorithm_that_is_not_the_keys_own_is_refused() {
    let (rsa, p256) = (SigningKey::rsa("rsa"), SigningKey::es256("p256"));
    let provider = Provider::start(&[&rsa, &p256]).await;
    let mut declared = rsa.public();
    declared["alg"] = json!("RS256");
    provider.answers(KeysAnswer::Json(json!({"keys": [declared, p256.public()]})));
    let subject = Subject::trusting(&provider.url);
    let claims = user_claims(&provider.url, json!({}));
    assert!(subject.ask(&rsa.sign(&claims)).await.is_ok());
    let declared_otherwise = rsa.with(Algorithm::PS256).sign(&claims);
    assert_eq!(subject.ask(&declared_otherwise).await, invalid(Reason::Key));
    let of_another_kind = p256.sign_with_header(&json!({"alg": "RS256", "kid": "p256"}), &claims);
    assert_eq!(subject.ask(&of_another_kind).await, invalid(Reason::Key));
}

#[tokio::test]
async fn neither_a_type_nor_a_kid_is_demanded_where_there_is_no_choice() {
    let (key, more) = (SigningKey::es256("k"), SigningKey::es256("more"));
    let provider = Provider::start(&[&key]).await;
    let subject = Subject::trusting(&provider.url);
    let claims = user_claims(&provider.url, json!({"nbf": null}));
    for header in [
        json!({"alg": "ES256"}),
        json!({"alg": "ES256", "kid": "k"}),
        json!({"alg": "ES256", "kid": "k", "typ": "at+jwt"}),
    ] {
        assert!(subject.ask(&key.sign_with_header(&header, &claims)).await.is_ok(), "{header}");
    }
    provider.has_keys(&[&key, &more]);
    let subject = Subject::trusting(&provider.url);
    let unnamed = key.sign_with_header(&json!({"alg": "ES256"}), &claims);
    assert_eq!(subject.ask(&unnamed).await, invalid(Reason::Key));
}
