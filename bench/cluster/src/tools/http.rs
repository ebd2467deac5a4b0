//! Just enough of HTTP/1.1 to ask and to answer, one request a connection. It knows whether a
//! request can have been heard.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::Fallible;
use crate::tools::time;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) json: Option<Value>,
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Nobody has heard it.
    Unheard,
    /// It may have been heard, and done, or it may yet be.
    Unknown,
}

impl Answer {
    /// The first header of this name, which is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(':'));
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Asks whoever listens at this address, and waits this long for the whole answer.
pub(crate) fn ask(address: &str, request: &Request, within: Duration) -> Result<Answer, NoAnswer> {
    let end = time::now() + within;
    let address: SocketAddr = address.parse().map_err(|_| NoAnswer::Unheard)?;
    let mut stream = TcpStream::connect_timeout(&address, within).map_err(|_| NoAnswer::Unheard)?;
    let answered = stream.write_all(spelled(request).as_bytes()).ok().and_then(|()| read(&mut stream, end));
    answered.as_deref().and_then(parsed).ok_or(NoAnswer::Unknown)
}

fn spelled(request: &Request) -> String {
    let Request { method, target, .. } = request;
    let mut text = format!("{method} {target} HTTP/1.1\r\nhost: gangway\r\nconnection: close\r\n");
    if let Some(token) = request.token {
        let _ = write!(text, "authorization: Bearer {token}\r\n");
    }
    for (name, value) in request.headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    let body = request.json.as_ref().map(Value::to_string).unwrap_or_default();
    if !body.is_empty() {
        text.push_str("content-type: application/json\r\n");
    }
    let _ = write!(text, "content-length: {}\r\n\r\n{body}", body.len());
    text
}

/// Everything until the other side closes, or nothing if that is too late.
fn read(stream: &mut TcpStream, end: Duration) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let left = end.checked_sub(time::now()).filter(|left| !left.is_zero())?;
        stream.set_read_timeout(Some(left)).ok()?;
        match stream.read(&mut buffer).ok()? {
            0 => return String::from_utf8(bytes).ok(),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

fn parsed(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let answer = Answer { status, head: head.to_owned(), body: body.to_owned() };
    let whole = answer.header("content-length").is_none_or(|length| length.parse() == Ok(body.len()));
    whole.then_some(answer)
}

/// A request as it was received.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) path: String,
    pub(crate) bearer: String,
    pub(crate) body: String,
}

/// Status and JSON.
pub(crate) type Reply = (u16, Value);

/// Answers whoever asks at this address, for as long as the process lives.
pub(crate) fn serve(
    address: &str,
    answer: impl Fn(&Received) -> Reply + Send + Sync + 'static,
) -> Fallible<()> {
    let listener = TcpListener::bind(address).map_err(|error| format!("{address}: {error}"))?;
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // Whoever asked may be gone, or cut off.
            std::thread::spawn(move || answer_one(&stream, &*answer));
        }
    });
    Ok(())
}

fn answer_one(mut stream: &TcpStream, answer: &dyn Fn(&Received) -> Reply) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut reader = BufReader::new(stream).take(1 << 16);
    let mut received = Received { from: stream.peer_addr().ok()?.ip().to_string(), ..Received::default() };
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    line.split(' ').nth(1)?.clone_into(&mut received.path);
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => value.trim().trim_start_matches("Bearer ").clone_into(&mut received.bearer),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    received.body = String::from_utf8(body).ok()?;
    let (status, json) = answer(&received);
    let json = json.to_string();
    let length = json.len();
    let head = format!("HTTP/1.1 {status} -\r\ncontent-type: application/json\r\nconnection: close\r\n");
    stream.write_all(format!("{head}content-length: {length}\r\n\r\n{json}").as_bytes()).ok()
}
