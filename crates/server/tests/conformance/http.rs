use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// An answer as it came over the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In the order they came, with their names as written.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }

    fn parse(bytes: &[u8], answers_head: bool) -> Result<Self, String> {
        let end = position(bytes, b"\r\n\r\n").ok_or("the head of the answer has no end")?;
        let head = std::str::from_utf8(&bytes[..end]).map_err(|_| "the head of the answer is not UTF-8")?;
        let (status_line, lines) = head.split_once("\r\n").unwrap_or((head, ""));
        let (version, rest) = status_line.split_at_checked(9).unwrap_or_default();
        let status = rest.get(..3).and_then(|status| status.parse().ok());
        // A request of HTTP/1.0 may be answered in its own version.
        let status: u16 = status
            .filter(|_| matches!(version, "HTTP/1.1 " | "HTTP/1.0 "))
            .ok_or_else(|| format!("not an HTTP/1 answer: '{status_line}'"))?;
        let after = &bytes[end + 4..];
        if status / 100 == 1 {
            return Self::parse(after, answers_head);
        }
        let header = |line: &str| match line.split_once(": ") {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(format!("not a header line: '{line}'")),
        };
        let headers =
            lines.split("\r\n").filter(|line| !line.is_empty()).map(header).collect::<Result<_, _>>()?;
        let mut answer = Self { status, headers, body: String::new() };
        let body = if answers_head && after.is_empty() { Vec::new() } else { answer.unframed(after)? };
        answer.body = String::from_utf8(body).map_err(|_| "the body is not UTF-8")?;
        Ok(answer)
    }

    /// The body out of its framing, which must account for every byte.
    fn unframed(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        match (self.header("Content-Length"), self.header("Transfer-Encoding")) {
            (Some(_), Some(_)) => Err("has both Content-Length and Transfer-Encoding".into()),
            (None, None) if bytes.is_empty() => Ok(Vec::new()),
            (None, None) => Err(format!("{} bytes follow a head that announces no body", bytes.len())),
            (Some(length), None) if length.parse() == Ok(bytes.len()) => Ok(bytes.to_vec()),
            (Some(length), None) => {
                Err(format!("Content-Length is {length}, but {} bytes follow", bytes.len()))
            }
            (None, Some("chunked")) => unchunked(bytes),
            (None, Some(other)) => Err(format!("unknown Transfer-Encoding '{other}'")),
        }
    }
}

fn unchunked(mut rest: &[u8]) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        let line = position(rest, b"\r\n").ok_or("a chunk has no size")?;
        let size =
            std::str::from_utf8(&rest[..line]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.ok_or("a chunk's size is no number")?;
        let chunk = rest.get(line + 2..line + 2 + size).ok_or("a chunk is cut off")?;
        let after = &rest[line + 2 + size..];
        rest = after.strip_prefix(b"\r\n").ok_or("a chunk has no end")?;
        body.extend_from_slice(chunk);
        if size == 0 {
            return if rest.is_empty() { Ok(body) } else { Err("bytes follow the last chunk".into()) };
        }
    }
}

fn position(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Sends these bytes as they are and reads until the server closes.
///
/// It reads while it writes: a server may answer a request that is too large before it has all of it.
pub(crate) fn exchange(to: SocketAddr, request: Vec<u8>) -> Result<Answer, String> {
    let answers_head = request.starts_with(b"HEAD ");
    let connect = || -> io::Result<(TcpStream, TcpStream)> {
        let stream = TcpStream::connect(to)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok((stream.try_clone()?, stream))
    };
    let (mut writer, mut reader) = connect().map_err(|e| format!("cannot connect: {e}"))?;
    let sending = thread::spawn(move || writer.write_all(&request));
    let mut answer = Vec::new();
    let read = reader.read_to_end(&mut answer);
    let sent = sending.join().map_err(|_| "the writer panicked")?;
    match (read, sent) {
        // A reset after a complete answer only means that the server did not wait for the rest.
        (Err(e), _) if answer.is_empty() || e.kind() != io::ErrorKind::ConnectionReset => {
            Err(format!("cannot read the answer: {e}; until then: '{}'", String::from_utf8_lossy(&answer)))
        }
        (_, Err(e)) if answer.is_empty() => Err(format!("cannot send the request: {e}")),
        _ => Answer::parse(&answer, answers_head),
    }
}
