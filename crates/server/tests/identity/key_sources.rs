use gangway_server::identity::TokenError;
use serde_json::json;

use crate::provider::{KeysAnswer, Provider};
use crate::signing::{SigningKey, user_claims};
use crate::support::Subject;

#[tokio::test]
async fn while_the_issuer_cannot_be_reached_its_tokens_are_neither_good_nor_bad() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    let subject = Subject::trusting(&provider.url);
    let token = key.sign(&user_claims(&provider.url, json!({})));
    provider.answers(KeysAnswer::Status(502));
    assert_eq!(subject.ask(&token).await, Err(TokenError::IssuerUnavailable));
    assert_eq!(subject.identity.issuers_without_keys(), [&*provider.url]);
    provider.has_keys(&[&key]);
    subject.clock.step(30);
    assert!(subject.ask(&token).await.is_ok());
    assert!(subject.identity.issuers_without_keys().is_empty());
    let gone = Subject::trusting(&provider.url);
    drop(provider);
    assert_eq!(gone.ask(&token).await, Err(TokenError::IssuerUnavailable));
}

#[tokio::test]
async fn keys_are_not_taken_from_a_document_that_is_another_issuers() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    for name in [format!("{}/", provider.url), provider.url.to_uppercase(), "https://other.example".into()] {
        provider.calls_itself(&name);
        let subject = Subject::trusting(&provider.url);
        let token = key.sign(&user_claims(&provider.url, json!({})));
        assert_eq!(subject.ask(&token).await, Err(TokenError::IssuerUnavailable), "{name}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_body_without_end_is_not_read() {
    let key = SigningKey::es256("k");
    let (other, provider) = (Provider::start(&[&key]).await, Provider::start(&[&key]).await);
    let many: Vec<_> = (0..101).map(|n| SigningKey { kid: n.to_string(), ..key.clone() }.public()).collect();
    let padded =
        |bytes: usize| KeysAnswer::Json(json!({ "keys": [key.public()], "padding": " ".repeat(bytes) }));
    let token = key.sign(&user_claims(&provider.url, json!({})));
    for answer in [
        KeysAnswer::Redirect(format!("{}/keys", other.url)),
        KeysAnswer::StatusWithJson(203, json!({ "keys": [key.public()] })),
        KeysAnswer::StatusWithJson(404, json!({ "keys": [key.public()] })),
        KeysAnswer::Json(json!([])),
        KeysAnswer::Json(json!({ "keys": many })),
        padded(1024 * 1024),
    ] {
        provider.answers(answer);
        let subject = Subject::trusting(&provider.url);
        assert_eq!(subject.ask(&token).await, Err(TokenError::IssuerUnavailable));
        assert_eq!(subject.identity.stats().failed_key_fetches, 1);
    }
    provider.answers(padded(1024 * 1024 - 1024));
    assert!(Subject::trusting(&provider.url).ask(&token).await.is_ok());
}

#[tokio::test]
async fn keys_are_not_fetched_from_where_anyone_could_have_changed_them() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    let token = key.sign(&user_claims(&provider.url, json!({})));
    assert!(Subject::trusting(&provider.url).ask(&token).await.is_ok());
    // It reaches the same keys, but is not an address of this machine alone.
    provider.has_its_keys_at(format!("{}/keys", provider.url.replace("127.0.0.1", "0.0.0.0")));
    assert_eq!(Subject::trusting(&provider.url).ask(&token).await, Err(TokenError::IssuerUnavailable));
}
