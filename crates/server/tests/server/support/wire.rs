use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::answer::Answer;
use super::rules::{self, Asked};

/// One connection, HTTP/1.1 by hand, so that a test can say what no client library would.
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
    rules: Asked,
    /// What the answers to come are to.
    asked: VecDeque<(Asked, Option<String>)>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::try_open(address).unwrap()
    }

    pub(crate) fn try_open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream, read: Vec::new(), rules: Asked::Graph, asked: VecDeque::new() })
    }

    /// A connection to the admin listener.
    pub(crate) fn to_admin(address: SocketAddr) -> Self {
        Self { rules: Asked::Admin, ..Self::open(address) }
    }

    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// Sends a request whose answer will be checked with this in mind.
    pub(crate) fn ask(&mut self, request: &str, asked: Asked, id: Option<String>) -> io::Result<()> {
        self.asked.push_back((asked, id));
        self.write(request)
    }

    /// The next answer, with every rule checked.
    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let answer = self.unchecked()?;
        let (asked, id) = self.asked.pop_front().unwrap_or((self.rules, None));
        rules::check(&answer, asked, id.as_deref());
        Ok(answer)
    }

    fn unchecked(&mut self) -> io::Result<Answer> {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            self.more()?;
        };
        let head = String::from_utf8(self.read.drain(..end + 4).collect()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no HTTP: {head}"));
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new() };
        assert_eq!(answer.header("transfer-encoding"), None, "bodies have a length here");
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        assert!(length == 0 || status != 204, "a 204 with a body");
        while self.read.len() < length {
            self.more()?;
        }
        answer.body = self.read.drain(..length).collect();
        Ok(answer)
    }

    fn more(&mut self) -> io::Result<()> {
        let mut some = [0; 16 * 1024];
        let count = self.stream.read(&mut some)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.read.extend_from_slice(&some[..count]);
        Ok(())
    }

    /// Waits until the server says that it wants the body: from then on the request is under way.
    pub(crate) fn waits_for_the_body(&mut self) {
        const INTERIM: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
        while self.read.len() < INTERIM.len() {
            self.more().unwrap();
        }
        assert_eq!(String::from_utf8_lossy(&self.read), String::from_utf8_lossy(INTERIM));
        self.read.clear();
    }

    /// Waits until the server closes, which it does without another byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        assert!(self.read.is_empty(), "{:?}", String::from_utf8_lossy(&self.read));
        match self.more() {
            Ok(()) => false,
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(_) => true,
        }
    }
}
