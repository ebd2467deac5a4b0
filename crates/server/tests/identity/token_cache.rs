use gangway_server::identity::{IdentitySettings, TokenError};
use serde_json::json;

use crate::provider::Provider;
use crate::signing::{SigningKey, user_claims};
use crate::support::{Subject, trusting};

#[tokio::test]
async fn a_signature_is_checked_once_per_token() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    let subject = Subject::trusting(&provider.url);
    let token = key.sign(&user_claims(&provider.url, json!({})));
    for _ in 0..10 {
        subject.ask(&token).await.unwrap();
    }
    let stats = subject.identity.stats();
    assert_eq!((stats.cache_misses, stats.cache_hits, stats.signatures_checked), (1, 9, 1));
}

#[tokio::test]
async fn a_remembered_token_expires_all_the_same() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    let subject = Subject::trusting(&provider.url);
    let token = key.sign(&user_claims(&provider.url, json!({})));
    assert!(subject.ask(&token).await.is_ok());
    subject.clock.step(3600 + 59);
    assert!(subject.ask(&token).await.is_ok());
    subject.clock.step(1);
    assert_eq!(subject.ask(&token).await, Err(TokenError::Expired));
    assert_eq!(subject.identity.stats().signatures_checked, 1);
}

#[tokio::test]
async fn only_so_many_tokens_are_remembered_and_no_bad_one_is() {
    let (key, other) = (SigningKey::es256("k"), SigningKey::es256("k"));
    let provider = Provider::start(&[&key]).await;
    let subject = Subject::new(&IdentitySettings { token_cache_size: 8, ..trusting(&provider.url) }, None);
    let claims = |n| user_claims(&provider.url, json!({"oid": format!("user {n}")}));
    for n in 0..50 {
        assert!(subject.ask(&key.sign(&claims(n))).await.is_ok());
    }
    let full = subject.identity.stats().cached_tokens;
    assert!((1..=8).contains(&full), "{full}");
    let empty = Subject::trusting(&provider.url);
    for n in 0..10 {
        assert!(empty.ask(&other.sign(&claims(n))).await.is_err());
    }
    assert_eq!(empty.identity.stats().cached_tokens, 0);
}
