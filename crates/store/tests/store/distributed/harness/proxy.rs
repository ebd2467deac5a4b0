//! Something between a store and its database that loses what it is told to lose.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

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
    loses: Arc<Mutex<Loses>>,
}

/// The answers to which statements are lost.
#[derive(Default)]
enum Loses {
    #[default]
    None,
    /// To the next with these words in it.
    Next(String),
    /// To each with these words in it.
    Each(String),
    /// To the next with these words in it, and to everything after it.
    AllFrom(String),
}

impl Proxy {
    /// One before the server of this URL, and the URL that leads through it.
    pub(crate) async fn before(url: &str) -> (Self, String) {
        let (before, rest) = url.split_once("@127.0.0.1:").unwrap();
        let (server, rest) = rest.split_once('/').unwrap();
        let server: u16 = server.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Self { port, does: Arc::new(AtomicU8::new(Does::Pass as u8)), loses: Arc::default() };
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

    /// Loses the answer to the next statement with these words in it, and ends the connection. It is done.
    pub(crate) fn loses_the_answer_to(&self, with: &str) {
        *self.loses.lock().unwrap() = Loses::Next(with.to_owned());
    }

    /// The same for every such statement.
    pub(crate) fn loses_every_answer_to(&self, with: &str) {
        *self.loses.lock().unwrap() = Loses::Each(with.to_owned());
    }

    /// The same for the next such statement, and whatever is executed after it.
    pub(crate) fn loses_every_answer_from(&self, with: &str) {
        *self.loses.lock().unwrap() = Loses::AllFrom(with.to_owned());
    }

    /// Whether the answer to what is executed here is lost.
    fn loses(&self, executed: &[String]) -> bool {
        let mut loses = self.loses.lock().unwrap();
        let (Loses::Next(with) | Loses::Each(with) | Loses::AllFrom(with)) = &*loses else { return false };
        let is = executed.iter().any(|sql| sql.contains(with));
        match &*loses {
            Loses::Next(_) if is => *loses = Loses::None,
            Loses::AllFrom(_) if is => *loses = Loses::Each(String::new()),
            Loses::None | Loses::Next(_) | Loses::Each(_) | Loses::AllFrom(_) => {}
        }
        is
    }

    /// Whether this is what it is to do; if so, it passes things on from then on.
    fn once(&self, what: Does) -> bool {
        let pass = Does::Pass as u8;
        self.does.compare_exchange(what as u8, pass, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    async fn pass(self, mut client: TcpStream, mut server: TcpStream) {
        let (mut request, mut answer) = ([0; 8192], [0; 8192]);
        let (mut is_mute, mut listener) = (false, Listener::default());
        loop {
            tokio::select! {
                read = client.read(&mut request) => {
                    let Ok(length @ 1..) = read else { return };
                    let request = &request[..length];
                    if executes(request) && self.once(Does::LoseRequest) {
                        return;
                    }
                    is_mute |= executes(request) && self.once(Does::LoseAnswer);
                    is_mute |= self.loses(&listener.hear(request));
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

/// Understands what a client says, as far as it is about statements: PostgreSQL's documentation, "Message Formats".
#[derive(Default)]
struct Listener {
    unheard: Vec<u8>,
    has_begun: bool,
    prepared: HashMap<String, String>,
}

impl Listener {
    /// The statements that are executed by this.
    fn hear(&mut self, request: &[u8]) -> Vec<String> {
        self.unheard.extend(request);
        let mut executed = Vec::new();
        while let Some(message) = self.next() {
            let mut words =
                message[1..].split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
            match message[0] {
                // Parse: the name it gets, and its text.
                b'P' => {
                    let (name, sql) = (words.next().unwrap(), words.next().unwrap());
                    self.prepared.insert(name, sql);
                }
                // Bind: a portal, and the name of the statement.
                b'B' => executed.extend(words.nth(1).and_then(|name| self.prepared.get(&name).cloned())),
                _ => {}
            }
        }
        executed
    }

    /// The next message, without its length.
    fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            // What comes first has no kind, and whoever asks for encryption, which there is none of, begins twice.
            let kind = usize::from(self.has_begun);
            let length = self.unheard.get(kind..kind + 4)?;
            let length = usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap();
            if self.unheard.len() < kind + length {
                return None;
            }
            let message: Vec<_> = self.unheard.drain(..kind + length).collect();
            if self.has_begun {
                return Some([&message[..1], &message[5..]].concat());
            }
            self.has_begun = length != 8;
        }
    }
}
