//! Puts the envelope around the answers that hyper gives by itself.
//!
//! Where a request is no HTTP or its head is too large, hyper answers with a bare status and closes, before
//! any service sees it and with no way to change it. Clients of Graph expect its error envelope always, and some
//! fail to parse anything else. So the connection's writing side looks for that bare answer. It cannot be
//! taken for one of ours, because ours always have a `request-id`.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Makes a full answer out of a bare status.
pub(super) trait Dress: Unpin {
    /// The answer with headers and body.
    fn dress(&self, status: StatusCode) -> Response<Full<Bytes>>;
}

/// A connection whose bare answers are dressed.
#[derive(Debug)]
pub(super) struct Bare<Io, D> {
    io: Io,
    dress: D,
    /// What goes out in place of the buffer that was offered last, and how far it is.
    replacement: Option<(Vec<u8>, usize)>,
    /// Whether anything was read yet.
    started: bool,
    /// How long a client may take to accept any of an answer.
    patience: Duration,
    /// Runs while the client accepts nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<Io, D> Bare<Io, D> {
    pub(super) const fn new(io: Io, dress: D, patience: Duration) -> Self {
        Self { io, dress, replacement: None, started: false, patience, stalled: None }
    }

    /// Lets a write that does not get on fail in time: whoever asks and never reads the answers would keep its
    /// connection, and the answers, for ever.
    fn in_time<T>(&mut self, written: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<Io: AsyncRead + Unpin, D: Unpin> AsyncRead for Bare<Io, D> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        if !std::mem::replace(&mut self.started, true)
            && let Some(preface) = buf.filled_mut().get_mut(before..).filter(|read| read.starts_with(b"PRI "))
        {
            // hyper closes without a word when it sees HTTP/2. A method it cannot read makes it answer.
            preface[0] = 0;
        }
        Poll::Ready(Ok(()))
    }
}

impl<Io: AsyncWrite + Unpin, D: Dress> AsyncWrite for Bare<Io, D> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.write(cx, buf);
        self.in_time(written, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.in_time(flushed, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.io).poll_shutdown(cx);
        self.in_time(shut, cx)
    }
}

impl<Io: AsyncWrite + Unpin, D: Dress> Bare<Io, D> {
    fn write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self;
        if this.replacement.is_none() {
            let Some(found) = bare_answer(buf) else {
                return Pin::new(&mut this.io).poll_write(cx, buf);
            };
            let mut bytes = found.before.to_vec();
            write_response(&mut bytes, this.dress.dress(found.status), found.date);
            this.replacement = Some((bytes, 0));
        }
        while let Some((bytes, written)) = &mut this.replacement {
            let Some(rest) = bytes.get(*written..).filter(|rest| !rest.is_empty()) else {
                this.replacement = None;
                break;
            };
            let count = ready!(Pin::new(&mut this.io).poll_write(cx, rest))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *written += count;
        }
        Poll::Ready(Ok(buf.len()))
    }
}

/// An answer that hyper made by itself, at the end of a buffer.
#[derive(Debug, PartialEq, Eq)]
struct BareAnswer<'a> {
    before: &'a [u8],
    status: StatusCode,
    /// The whole `date` line, with its line end; hyper keeps the time of day at hand.
    date: &'a [u8],
}

fn bare_answer(buf: &[u8]) -> Option<BareAnswer<'_>> {
    const MARK: &[u8] = b"request-id: ";
    const START: &[u8] = b"HTTP/1.1 4";
    if !buf.ends_with(b"\r\n\r\n") {
        return None;
    }
    let start = buf.windows(START.len()).rposition(|window| window == START)?;
    let (before, head) = buf.split_at(start);
    if head.windows(MARK.len()).any(|window| window == MARK) {
        return None;
    }
    let status = StatusCode::from_bytes(head.get(9..12)?).ok()?;
    let date =
        head.split_inclusive(|b| *b == b'\n').find(|line| line.starts_with(b"date: ")).unwrap_or_default();
    Some(BareAnswer { before, status, date })
}

fn write_response(out: &mut Vec<u8>, response: Response<Full<Bytes>>, date: &[u8]) {
    let (parts, body) = response.into_parts();
    let status = parts.status;
    // A body that is there whole is ready at once.
    let body = futures_util::FutureExt::now_or_never(body.collect())
        .map(|collected| collected.map(http_body_util::Collected::to_bytes));
    let body = body.and_then(Result::ok).unwrap_or_default();
    out.extend_from_slice(
        format!("HTTP/1.1 {} {}\r\n", status.as_str(), status.canonical_reason().unwrap_or("")).as_bytes(),
    );
    for (name, value) in &parts.headers {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(date);
    out.extend_from_slice(format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len()).as_bytes());
    out.extend_from_slice(&body);
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[test]
    fn only_an_answer_without_a_request_id_at_the_very_end_is_bare() {
        let bare = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n";
        let found = bare_answer(bare).unwrap();
        assert_eq!((found.status.as_u16(), found.before, found.date), (431, &b""[..], &b""[..]));
        let ours = b"HTTP/1.1 404 Not Found\r\nrequest-id: x\r\n\r\n";
        assert_eq!(bare_answer(ours), None);
        let both = [&ours[..], bare].concat();
        assert_eq!(bare_answer(&both).map(|found| found.before), Some(&ours[..]));
        assert_eq!(bare_answer(b"HTTP/1.1 204 No Content\r\nrequest-id: x\r\n\r\n"), None);
        assert_eq!(bare_answer(b"HTTP/1.1 100 Continue\r\n\r\n"), None);
    }

    struct Teapot;

    impl Dress for Teapot {
        fn dress(&self, status: StatusCode) -> Response<Full<Bytes>> {
            let mut response = Response::new(Full::new(Bytes::from_static(b"dressed")));
            *response.status_mut() = status;
            response
        }
    }

    #[tokio::test]
    async fn a_bare_answer_goes_out_dressed_even_through_a_narrow_pipe() {
        let (ours, mut theirs) = tokio::io::duplex(5);
        let mut connection = Bare::new(ours, Teapot, Duration::from_mins(1));
        let writing = tokio::spawn(async move {
            connection.write_all(b"before").await.unwrap();
            connection.write_all(b"HTTP/1.1 400 Bad Request\r\ndate: now\r\n\r\n").await.unwrap();
            connection.shutdown().await.unwrap();
        });
        let mut seen = String::new();
        theirs.read_to_string(&mut seen).await.unwrap();
        writing.await.unwrap();
        assert_eq!(
            seen,
            "beforeHTTP/1.1 400 Bad Request\r\ndate: now\r\ncontent-length: 7\r\nconnection: close\r\n\r\ndressed"
        );
    }

    #[tokio::test]
    async fn a_client_that_accepts_nothing_is_given_up() {
        let (ours, theirs) = tokio::io::duplex(5);
        let mut connection = Bare::new(ours, Teapot, Duration::from_millis(20));
        let error = connection.write_all(b"more than fits").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(theirs);
    }
}
