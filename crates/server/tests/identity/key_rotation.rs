use std::sync::Arc;

use gangway_server::identity::{Reason, TokenError};
use serde_json::json;

use crate::provider::{KeysAnswer, Provider};
use crate::signing::{SigningKey, user_claims};
use crate::support::Subject;

#[tokio::test]
async fn a_new_key_is_found_when_the_first_token_needs_it() {
    let (old, new) = (SigningKey::es256("old"), SigningKey::es256("new"));
    let provider = Provider::start(&[&old]).await;
    let subject = Subject::trusting(&provider.url);
    let token = |key: &SigningKey| key.sign(&user_claims(&provider.url, json!({})));
    assert!(subject.ask(&token(&old)).await.is_ok());
    subject.clock.step(30);
    assert_eq!(subject.ask(&token(&new)).await, Err(TokenError::Invalid(Reason::Key)));
    provider.has_keys(&[&old, &new]);
    assert_eq!(
        subject.ask(&token(&new)).await,
        Err(TokenError::Invalid(Reason::Key)),
        "asked again too soon"
    );
    subject.clock.step(30);
    assert!(subject.ask(&token(&new)).await.is_ok());
    assert_eq!(provider.times_asked(), 3);
}

#[tokio::test]
async fn made_up_keys_are_no_load_on_the_issuer() {
    let (known, unknown) = (SigningKey::es256("known"), SigningKey::es256("x"));
    let provider = Provider::start(&[&known]).await;
    let subject = Subject::trusting(&provider.url);
    let ask = |n: u32| {
        let made_up = SigningKey { kid: format!("made up {n}"), ..unknown.clone() };
        let token = made_up.sign(&user_claims(&provider.url, json!({})));
        let identity = Arc::clone(&subject.identity);
        tokio::spawn(async move {
            let header = http::HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
            identity.caller(Some(&header)).await
        })
    };
    for round in 1..=3 {
        for asked in (0..200).map(ask).collect::<Vec<_>>() {
            assert_eq!(asked.await.unwrap(), Err(TokenError::Invalid(Reason::Key)));
        }
        for n in 200..300 {
            assert_eq!(ask(n).await.unwrap(), Err(TokenError::Invalid(Reason::Key)));
        }
        assert_eq!(provider.times_asked(), round);
        subject.clock.step(30);
    }
    assert_eq!(subject.identity.stats().key_fetches, 3);
    assert_eq!(subject.identity.stats().signatures_checked, 0);
}

#[tokio::test]
async fn a_clock_set_back_does_not_hold_up_a_new_key() {
    let (old, new) = (SigningKey::es256("old"), SigningKey::es256("new"));
    let provider = Provider::start(&[&old]).await;
    let subject = Subject::trusting(&provider.url);
    let token = |key: &SigningKey| key.sign(&user_claims(&provider.url, json!({"nbf": null})));
    assert!(subject.ask(&token(&old)).await.is_ok());
    provider.has_keys(&[&new]);
    subject.clock.step(-86_400);
    assert!(subject.ask(&token(&new)).await.is_ok());
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_stop_the_fetch() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    let subject = Subject::trusting(&provider.url);
    let token = key.sign(&user_claims(&provider.url, json!({})));
    {
        let mut asking = std::pin::pin!(subject.ask(&token));
        let first_poll = std::future::poll_fn(|cx| std::task::Poll::Ready(asking.as_mut().poll(cx)));
        assert!(first_poll.await.is_pending());
    }
    assert!(subject.ask(&token).await.is_ok());
    assert_eq!(provider.times_asked(), 1);
}

#[tokio::test]
async fn what_was_verified_with_a_key_that_left_is_refused_at_once() {
    let (leaves, stays) = (SigningKey::es256("leaves"), SigningKey::es256("stays"));
    let provider = Provider::start(&[&leaves, &stays]).await;
    let subject = Subject::trusting(&provider.url);
    let token = |key: &SigningKey| key.sign(&user_claims(&provider.url, json!({})));
    let (one, two) = (token(&leaves), token(&stays));
    assert!(subject.ask(&one).await.is_ok() && subject.ask(&two).await.is_ok());
    provider.has_keys(&[&stays]);
    subject.clock.step(30);
    let unknown = SigningKey::es256("unknown");
    assert!(subject.ask(&token(&unknown)).await.is_err());
    assert_eq!(subject.ask(&one).await, Err(TokenError::Invalid(Reason::Key)));
    assert!(subject.ask(&two).await.is_ok());
    assert_eq!(subject.identity.stats().signatures_checked, 2, "the key that stayed was not kept");
}

#[tokio::test]
async fn a_failed_fetch_keeps_the_keys_there_are() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    let subject = Subject::trusting(&provider.url);
    let token = key.sign(&user_claims(&provider.url, json!({})));
    assert!(subject.ask(&token).await.is_ok());
    provider.answers(KeysAnswer::Status(500));
    subject.clock.step(30);
    let unknown = SigningKey::es256("unknown").sign(&user_claims(&provider.url, json!({})));
    assert_eq!(subject.ask(&unknown).await, Err(TokenError::Invalid(Reason::Key)));
    assert!(subject.ask(&token).await.is_ok());
    assert_eq!(subject.identity.stats().failed_key_fetches, 1);
}

#[tokio::test]
async fn in_the_background_keys_are_fetched_before_anyone_needs_them_and_retried_until_there_are_some() {
    let key = SigningKey::es256("k");
    let provider = Provider::start(&[&key]).await;
    provider.answers(KeysAnswer::Status(503));
    let subject = Subject::trusting(&provider.url);
    let identity = Arc::clone(&subject.identity);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let background = tokio::spawn(async move { identity.run(async { drop(stopped.await) }).await });
    provider.keys_asked_for(1).await;
    provider.has_keys(&[&key]);
    provider.keys_asked_for(2).await;
    let token = key.sign(&user_claims(&provider.url, json!({})));
    assert!(subject.ask(&token).await.is_ok());
    assert_eq!(provider.times_asked(), 2);
    drop(stop);
    background.await.unwrap();
}
