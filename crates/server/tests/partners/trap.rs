use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::wire::{json_answer, read_request};
use super::{Request, end, listener, runtime};

/// A server that nobody should ever talk to. It writes down who does, and answers with what a careless client
/// would take for proof that a token is dead.
pub(crate) struct Trap {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<Request>,
}

const LIE: &str = r#"{"active":false,"token_valid":false,"error":"invalid_grant"}"#;

impl Trap {
    pub(crate) fn start() -> Self {
        let listener = listener();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::<Mutex<Seen>>::default());
        let server = runtime().spawn(serve(listener, Arc::clone(&seen)));
        Self { address, seen, server }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was sent to it.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().requests.clone()
    }

    /// Nobody so much as connected.
    #[track_caller]
    pub(crate) fn is_untouched(&self) {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.connections, 0, "somebody walked into the trap: {:?}", seen.requests);
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        end(&self.server);
    }
}

async fn serve(listener: TcpListener, seen: Arc<Mutex<Seen>>) {
    while let Ok((stream, _)) = listener.accept().await {
        seen.lock().unwrap().connections += 1;
        tokio::spawn(answer(stream, Arc::clone(&seen)));
    }
}

async fn answer(mut stream: TcpStream, seen: Arc<Mutex<Seen>>) {
    if let Some(request) = read_request(&mut stream).await {
        seen.lock().unwrap().requests.push(request);
        // Whoever asked may be gone.
        let _ = stream.write_all(&json_answer("200 OK", "", LIE)).await;
    }
}
