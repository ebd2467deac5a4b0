//! Something between a store and its database that loses what it is told to lose.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What it does with what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Does {
    Pass,
    /// Ends the connection over which the next prepared statements go, when they have been done, and keeps the answer.
    LoseAnswer,
    /// Ends the connection over which the next prepared statements go, and they do not arrive.
    LoseRequest,
    /// Keeps every answer to itself.
    KeepAnswers,
}

#[derive(Clone)]
pub(crate) struct Proxy {
    port: u16,
    does: Arc<AtomicU8>,
}

impl Proxy {
    /// One before the server of this URL, and the URL that leads through it.
    pub(crate) async fn before(url: &str) -> (Self, String) {
        let (before, rest) = url.split_once("@127.0.0.1:").unwrap();
        let (server, rest) = rest.split_once('/').unwrap();
        let server: u16 = server.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Self { port, does: Arc::new(AtomicU8::new(Does::Pass as u8)) };
        let passing = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                tokio::spawn(passing.clone().pass(client, server));
            }
        });
        let url = format!("{before}@127.0.0.1:{}/{rest}", proxy.port);
        (proxy, url)
    }

    pub(crate) fn does(&self, what: Does) {
        self.does.store(what as u8, Ordering::SeqCst);
    }

    /// Whether this is what it is to do; if so, it passes things on from then on.
    fn once(&self, what: Does) -> bool {
        let pass = Does::Pass as u8;
        self.does.compare_exchange(what as u8, pass, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    async fn pass(self, mut client: TcpStream, mut server: TcpStream) {
        let (mut request, mut answer) = ([0; 8192], [0; 8192]);
        let mut is_mute = false;
        loop {
            tokio::select! {
                read = client.read(&mut request) => {
                    let Ok(length @ 1..) = read else { return };
                    let request = &request[..length];
                    if executes(request) && self.once(Does::LoseRequest) {
                        return;
                    }
                    is_mute |= executes(request) && self.once(Does::LoseAnswer);
                    if server.write_all(request).await.is_err() {
                        return;
                    }
                }
                read = server.read(&mut answer) => {
                    let Ok(length @ 1..) = read else { return };
                    // Ready, and in no transaction: all of it was answered.
                    if is_mute && answer[..length].ends_with(b"Z\0\0\0\x05I") {
                        return;
                    }
                    let kept = is_mute || self.does.load(Ordering::SeqCst) == Does::KeepAnswers as u8;
                    if !kept && client.write_all(&answer[..length]).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

/// Whether it binds values to a statement that the server knows, or begins a transaction of those.
fn executes(request: &[u8]) -> bool {
    request.starts_with(b"B") || request.windows(5).any(|word| word == b"BEGIN")
}
