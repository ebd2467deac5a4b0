//! A partner that does as it is told and remembers what it was asked, for the tests of this module.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// What it was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// `POST /token`
    pub(super) what: String,
    pub(super) head: String,
    pub(super) body: String,
}

impl Asked {
    /// The value of a header, whose name is in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().filter_map(|line| line.split_once(": ")).find(|(n, _)| *n == name).map(|(_, v)| v)
    }
}

/// What it does then.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// Status, further headers (each ended by CRLF), body.
    Answer(u16, String, String),
    /// These bytes, and the connection is closed.
    Bytes(String),
    /// These bytes, and then nothing, for ever.
    Half(String),
    /// Nothing, for ever.
    Stall,
}

impl Reply {
    pub(super) fn json(status: u16, body: &str) -> Self {
        Self::Answer(status, "content-type: application/json\r\n".into(), body.into())
    }

    pub(super) fn status(status: u16) -> Self {
        Self::Answer(status, String::new(), String::new())
    }

    fn into_text(self) -> Option<String> {
        match self {
            Self::Answer(status, headers, body) => {
                let length = body.len();
                Some(format!("HTTP/1.1 {status} Told\r\n{headers}content-length: {length}\r\n\r\n{body}"))
            }
            Self::Bytes(text) | Self::Half(text) => Some(text),
            Self::Stall => None,
        }
    }

    const fn goes_on(&self) -> bool {
        matches!(self, Self::Half(_) | Self::Stall)
    }
}

pub(super) struct Told {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Drop for Told {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Told {
    pub(super) async fn to(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, reply) = (Arc::clone(&asked), Arc::new(reply));
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (seen, reply) = (Arc::clone(&seen), Arc::clone(&reply));
                tokio::spawn(async move { serve(connection, &seen, &*reply).await });
            }
        });
        Self { address, asked, task }
    }

    pub(super) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The only thing it was asked.
    pub(super) fn only(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked[0].clone()
    }
}

async fn serve(
    mut connection: TcpStream,
    seen: &Mutex<Vec<Asked>>,
    reply: &(impl Fn(&Asked) -> Reply + ?Sized),
) {
    let Some(asked) = read(&mut connection).await else { return };
    let reply = reply(&asked);
    seen.lock().unwrap().push(asked);
    let goes_on = reply.goes_on();
    if let Some(text) = reply.into_text() {
        drop(connection.write_all(text.as_bytes()).await);
    }
    if goes_on {
        std::future::pending::<()>().await;
    }
}

async fn read(connection: &mut TcpStream) -> Option<Asked> {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = connection.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        // Who wants to speak TLS is no client of ours.
        if text.is_empty() && !buffer[0].is_ascii_uppercase() {
            return None;
        }
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let what = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
        let asked = Asked { what, head: head.to_owned(), body: body.to_owned() };
        let length = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
        if asked.body.len() >= length {
            return Some(asked);
        }
    }
}
