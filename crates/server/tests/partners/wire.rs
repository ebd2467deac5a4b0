//! HTTP/1.1 by hand, since what breaks a rule has to be sent and no library would.

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::Request;

const LARGEST: usize = 1 << 20;

/// A connection to a client, with or without TLS.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// What it runs on.
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Ends a connection with RST in place of FIN, as a host does that has lost it.
pub(super) fn reset(wire: Box<dyn Wire>) {
    wire.tcp().set_zero_linger().unwrap();
    drop(wire);
}

/// One request with a body of a known length; nothing if the other side goes before that, or sends anything else.
pub(super) async fn read_request(wire: &mut (dyn Wire + '_)) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        more(wire, &mut bytes).await?;
    };
    let mut request = head(std::str::from_utf8(&bytes[..end]).ok()?)?;
    if request.header("transfer-encoding").is_some() {
        return None;
    }
    let length: usize = request.header("content-length").map_or(Some(0), |length| length.parse().ok())?;
    while bytes.len() < end + length {
        more(wire, &mut bytes).await?;
    }
    request.body = bytes[end..end + length].to_vec();
    Some(request)
}

async fn more(wire: &mut (dyn Wire + '_), bytes: &mut Vec<u8>) -> Option<()> {
    let count = wire.read_buf(bytes).await.ok()?;
    (count > 0 && bytes.len() < LARGEST).then_some(())
}

fn head(text: &str) -> Option<Request> {
    let mut lines = text.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    Some(Request { method, target, headers, body: Vec::new() })
}

/// The request as it came but for one header: each goes on a connection of its own.
pub(super) fn spelled(request: &Request) -> Vec<u8> {
    let mut lines = vec![format!("{} {} HTTP/1.1", request.method, request.target)];
    let kept = request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("connection"));
    lines.extend(kept.map(|(name, value)| format!("{name}: {value}")));
    lines.push("connection: close\r\n\r\n".to_owned());
    [lines.join("\r\n").as_bytes(), &request.body].concat()
}

/// An answer of JSON, whole.
pub(super) fn json_answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    answer(status, &format!("content-type: application/json\r\n{headers}"), body)
}

/// An answer, whole; each header ends its line.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    (head + body).into_bytes()
}
