use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tracing::{debug, warn};

use super::bare::{Bare, Dress};
use crate::http::limits::MAX_HEADER_BYTES;

/// How much a listener takes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListenerLimits {
    /// Connections open at a time; more wait to be accepted.
    pub(crate) connections: usize,
    /// How long a connection may take to send a request's head, or sit idle between two.
    pub(crate) head_timeout: Duration,
    /// How long a client may take to accept any of an answer.
    pub(crate) write_timeout: Duration,
    /// How long requests under way may take to end once the server is told to stop.
    pub(crate) drain_timeout: Duration,
}

/// A listening socket that serves one thing until it is told to stop.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    limits: ListenerLimits,
}

/// What answers requests.
pub(crate) trait Serve: Send + Sync + 'static {
    /// Answers one request from the other end of its connection. Never fails: an error is an answer too.
    fn serve(
        self: Arc<Self>,
        peer: IpAddr,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send;

    /// The answer to what was no HTTP request at all.
    fn refuse(&self, status: StatusCode) -> Response<Full<Bytes>>;
}

impl Listener {
    /// Listens on this address; port 0 takes a free one.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub(crate) async fn bind(address: SocketAddr, limits: ListenerLimits) -> io::Result<Self> {
        Ok(Self { socket: TcpListener::bind(address).await?, limits })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// If the operating system does not tell.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `shutdown` is done; then takes no more connections and lets requests under way end.
    pub(crate) async fn serve<S: Serve>(self, serve: Arc<S>, shutdown: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(self.limits.connections));
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&places) => accepted,
                () = &mut shutdown => break,
            };
            let Some((stream, peer, place)) = accepted else { continue };
            let connection = http1_settings(self.limits).serve_connection(
                TokioIo::new(Bare::new(stream, Refusals(Arc::clone(&serve)), self.limits.write_timeout)),
                hyper::service::service_fn({
                    let serve = Arc::clone(&serve);
                    move |request| {
                        let serve = Arc::clone(&serve);
                        async move { Ok::<_, std::convert::Infallible>(serve.serve(peer, request).await) }
                    }
                }),
            );
            let watched = graceful.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = watched.await {
                    debug!(%error, "connection ended");
                }
                drop(place);
            });
        }
        drop(self.socket);
        if tokio::time::timeout(self.limits.drain_timeout, graceful.shutdown()).await.is_err() {
            warn!("some requests did not end in time and are cut off");
        }
    }

    async fn accept(
        &self,
        places: &Arc<Semaphore>,
    ) -> Option<(TcpStream, IpAddr, tokio::sync::OwnedSemaphorePermit)> {
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        match self.socket.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(%error, "nodelay not set");
                }
                Some((stream, peer.ip(), place))
            }
            Err(error) => {
                // Out of file descriptors, or a client that was gone at once: wait, or the loop would spin, and
                // say so at most once a second.
                warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_secs(1)).await;
                None
            }
        }
    }
}

fn http1_settings(limits: ListenerLimits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(MAX_HEADER_BYTES)
        .half_close(true)
        .writev(false);
    builder
}

/// Turns hyper's own bare answers into the service's.
struct Refusals<S>(Arc<S>);

impl<S: Serve> Dress for Refusals<S> {
    fn dress(&self, status: StatusCode) -> Response<Full<Bytes>> {
        self.0.refuse(status)
    }
}
