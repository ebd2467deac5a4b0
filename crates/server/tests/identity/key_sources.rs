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
    provider.has_keys(&[&key]);
    subject.clock.step(30);
    assert!(subject.ask(&token).await.is_ok());
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
    let (key, elsewhere) = (SigningKey::es256("k"), SigningKey::es256("k"));
    let other = Provider::start(&[&elsewhere]).await;
    let provider = Provider::start(&[&key]).await;
    let many: Vec<_> = (0..101).map(|n| SigningKey { kid: n.to_string(), ..key.clone() }.public()).collect();
    for answer in [
        KeysAnswer::Redirect(format!("{}/keys", other.url)),
        KeysAnswer::Garbage(1024 * 1024 + 1),
        KeysAnswer::Garbage(10),
        KeysAnswer::Json(json!([])),
        KeysAnswer::Json(json!({ "keys": many })),
        KeysAnswer::Status(204),
    ] {
        provider.answers(answer);
        let subject = Subject::trusting(&provider.url);
        let token = elsewhere.sign(&user_claims(&provider.url, json!({})));
        assert_eq!(subject.ask(&token).await, Err(TokenError::IssuerUnavailable));
        assert_eq!(subject.identity.stats().failed_key_fetches, 1);
    }
    let mut padded = json!({ "keys": [key.public()] });
    padded["padding"] = json!(" ".repeat(1024 * 1024 - 1024));
    provider.answers(KeysAnswer::Json(padded));
    let token = key.sign(&user_claims(&provider.url, json!({})));
    assert!(Subject::trusting(&provider.url).ask(&token).await.is_ok());
}
