//! A tiny OIDC issuer on a socket, which can misbehave.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::signing::SigningKey;

/// What it answers a request for its keys.
#[derive(Clone)]
pub(crate) enum KeysAnswer {
    Json(Value),
    Status(u16),
    Redirect(String),
    StatusWithJson(u16, Value),
}

struct Shared {
    issuer: Mutex<String>,
    keys_url: Mutex<Option<String>>,
    keys: Mutex<KeysAnswer>,
    asked: AtomicUsize,
    key_requests: watch::Sender<usize>,
}

/// The issuer; it is gone when this is dropped.
pub(crate) struct Provider {
    pub(crate) url: String,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Provider {
    pub(crate) async fn start(keys: &[&SigningKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/realm", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            issuer: Mutex::new(url.clone()),
            keys_url: Mutex::new(None),
            keys: Mutex::new(key_set(keys)),
            asked: AtomicUsize::new(0),
            key_requests: watch::Sender::new(0),
        });
        let routes = Router::new()
            .route("/realm/.well-known/openid-configuration", get(discovery))
            .route("/realm/keys", get(answer_keys))
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, shared, server }
    }

    pub(crate) fn has_keys(&self, keys: &[&SigningKey]) {
        self.answers(key_set(keys));
    }

    pub(crate) fn answers(&self, answer: KeysAnswer) {
        *self.shared.keys.lock().unwrap() = answer;
    }

    pub(crate) fn calls_itself(&self, issuer: &str) {
        issuer.clone_into(&mut self.shared.issuer.lock().unwrap());
    }

    pub(crate) fn has_its_keys_at(&self, url: String) {
        *self.shared.keys_url.lock().unwrap() = Some(url);
    }

    /// How often its discovery document was asked for.
    pub(crate) fn times_asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }

    /// Waits until its keys have been asked for this often.
    pub(crate) async fn keys_asked_for(&self, times: usize) {
        let mut requests = self.shared.key_requests.subscribe();
        requests.wait_for(|count| *count >= times).await.unwrap();
    }
}

fn key_set(keys: &[&SigningKey]) -> KeysAnswer {
    KeysAnswer::Json(json!({ "keys": keys.iter().map(|key| key.public()).collect::<Vec<_>>() }))
}

fn json_answer(json: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], json.to_string()).into_response()
}

async fn discovery(State(shared): State<Arc<Shared>>, headers: axum::http::HeaderMap) -> Response {
    shared.asked.fetch_add(1, Ordering::SeqCst);
    let host = headers[header::HOST].to_str().unwrap();
    let issuer = shared.issuer.lock().unwrap().clone();
    let keys_url = shared.keys_url.lock().unwrap().clone();
    let keys_url = keys_url.unwrap_or_else(|| format!("http://{host}/realm/keys"));
    json_answer(&json!({ "issuer": issuer, "jwks_uri": keys_url }))
}

async fn answer_keys(State(shared): State<Arc<Shared>>) -> Response {
    shared.key_requests.send_modify(|count| *count += 1);
    let answer = shared.keys.lock().unwrap().clone();
    match answer {
        KeysAnswer::Json(json) => json_answer(&json),
        KeysAnswer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        KeysAnswer::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        KeysAnswer::StatusWithJson(status, json) => {
            (StatusCode::from_u16(status).unwrap(), json.to_string()).into_response()
        }
    }
}
