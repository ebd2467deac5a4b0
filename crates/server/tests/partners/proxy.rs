mod finish;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::gate::Barrier;
use super::wire::{Wire, read_request, reset, spelled};
use super::{Authority, Fault, Gate, Matching, Moment, Request, end, in_time, runtime};

/// Stands before a partner and does to requests what networks and overloaded servers do.
///
/// The dial says what is done to every request from then on; a plan says it for some of them and goes before the
/// dial. Each request has a connection of its own, so none slips by on one that was opened earlier.
pub(crate) struct FaultProxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    authority: Option<Arc<Authority>>,
    /// Bound but never listening: keeps the port ours while nobody listens on it.
    _port: TcpSocket,
    listening: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    partner: Mutex<Option<SocketAddr>>,
    dial: Mutex<Fault>,
    plans: Mutex<Vec<Plan>>,
    tls: Mutex<Option<TlsAcceptor>>,
    seen: watch::Sender<Vec<Request>>,
    connections: Mutex<JoinSet<()>>,
}

struct Plan {
    matching: Matching,
    matched: usize,
    act: Act,
}

enum Act {
    Do(Fault),
    Hold(Option<Barrier>),
}

/// What is in store for one request.
struct Fate {
    fault: Fault,
    arrived: Vec<Barrier>,
    answered: Vec<Barrier>,
}

impl FaultProxy {
    /// On a free port; where it leads to is said later, since a partner may have to know of it first.
    pub(crate) fn start() -> Self {
        Self::listening(None)
    }

    /// As [`FaultProxy::start`], speaking TLS with certificates of this authority. The partner behind is asked in
    /// plain HTTP.
    pub(crate) fn start_with_tls(authority: &Arc<Authority>) -> Self {
        Self::listening(Some(Arc::clone(authority)))
    }

    fn listening(authority: Option<Arc<Authority>>) -> Self {
        let port = socket("127.0.0.1:0".parse().unwrap());
        let shared = Shared {
            partner: Mutex::default(),
            dial: Mutex::default(),
            plans: Mutex::default(),
            tls: Mutex::new(authority.as_ref().map(|authority| authority.acceptor(None))),
            seen: watch::Sender::default(),
            connections: Mutex::default(),
        };
        let (shared, address) = (Arc::new(shared), port.local_addr().unwrap());
        let proxy = Self { shared, address, authority, _port: port, listening: Mutex::default() };
        proxy.listen();
        proxy
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where clients find it, and what the partner behind it has to call itself. Without a slash at the end.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Where the partner is.
    pub(crate) fn leads_to(&self, partner: SocketAddr) {
        *self.shared.partner.lock().unwrap() = Some(partner);
    }

    /// From now on this is done to every request that no plan is for.
    pub(crate) fn dial(&self, fault: Fault) {
        if let Some(authority) = &self.authority {
            let flaw = if let Fault::Tls(flaw) = fault { Some(flaw) } else { None };
            *self.shared.tls.lock().unwrap() = Some(authority.acceptor(flaw));
        } else {
            assert!(!matches!(fault, Fault::Tls(_)), "this proxy does not speak TLS");
        }
        let refuses = fault == Fault::Refuse;
        *self.shared.dial.lock().unwrap() = fault;
        if refuses { self.close() } else { self.listen() }
    }

    /// This is done to each of these, or to the one whose number is named.
    pub(crate) fn plan(&self, matching: Matching, fault: Fault) {
        assert!(!fault.is_of_connections(), "{fault:?} comes before the request; it can only be dialled");
        self.plans().push(Plan { matching, matched: 0, act: Act::Do(fault) });
    }

    /// Forgets what was planned. Gates stay.
    pub(crate) fn forget_plans(&self) {
        self.plans().retain(|plan| matches!(plan.act, Act::Hold(_)));
    }

    /// Holds up one of these, the first if no number is named.
    pub(crate) fn hold(&self, moment: Moment, matching: Matching) -> Gate {
        let (gate, barrier) = Gate::new(moment);
        self.plans().push(Plan { matching: matching.one(), matched: 0, act: Act::Hold(Some(barrier)) });
        gate
    }

    /// Every request that has come, whatever was done to it, oldest first.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.seen.borrow().clone()
    }

    /// How many of these have come.
    pub(crate) fn count(&self, matching: &Matching) -> usize {
        self.shared.seen.borrow().iter().filter(|request| matching.fits(request)).count()
    }

    /// Waits until this many of these have come.
    pub(crate) async fn came(&self, count: usize, matching: &Matching) {
        let mut seen = self.shared.seen.subscribe();
        let enough =
            |seen: &Vec<Request>| seen.iter().filter(|request| matching.fits(request)).count() >= count;
        let what = format!("{count} requests of {matching:?}");
        in_time(&what, seen.wait_for(enough)).await.expect("the proxy is there");
    }

    fn plans(&self) -> MutexGuard<'_, Vec<Plan>> {
        self.shared.plans.lock().unwrap()
    }

    /// Connections are accepted when this returns.
    fn listen(&self) {
        let mut listening = self.listening.lock().unwrap();
        if listening.is_none() {
            let _runtime = runtime().enter();
            let listener = socket(self.address).listen(128).unwrap();
            *listening = Some(runtime().spawn(accept(listener, Arc::clone(&self.shared))));
        }
    }

    /// Connections are refused when this returns. Those that stand are not touched.
    fn close(&self) {
        if let Some(server) = self.listening.lock().unwrap().take() {
            end(&server);
        }
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.close();
        self.shared.connections.lock().unwrap().abort_all();
    }
}

/// Bound, so that others of ours may be bound to the same port as long as only one of them listens.
fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let connection = serve(stream, Arc::clone(&shared));
        let mut connections = shared.connections.lock().unwrap();
        while connections.try_join_next().is_some() {}
        connections.spawn_on(connection, runtime().handle());
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let tls = shared.tls.lock().unwrap().clone();
    let mut client: Box<dyn Wire> = match tls {
        None => Box::new(stream),
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => Box::new(stream),
            // The client saw whom it has before it, and went.
            Err(_) => return,
        },
    };
    if let Some(request) = read_request(&mut *client).await {
        let fate = shared.fate(&request);
        shared.seen.send_modify(|seen| seen.push(request.clone()));
        shared.meet(client, &request, fate).await;
    }
}

impl Shared {
    /// What is planned for this request, or else dialled.
    fn fate(&self, request: &Request) -> Fate {
        let mut fate = Fate { fault: Fault::Pass, arrived: Vec::new(), answered: Vec::new() };
        let mut fault = None;
        self.plans.lock().unwrap().retain_mut(|plan| {
            if !plan.matching.fits(request) {
                return true;
            }
            plan.matched += 1;
            if plan.matching.is_turn(plan.matched) {
                match &mut plan.act {
                    Act::Do(planned) => fault = fault.take().or_else(|| Some(planned.clone())),
                    Act::Hold(barrier) => fate.hold(barrier.take()),
                }
            }
            !plan.matching.is_over(plan.matched)
        });
        fate.fault = fault.unwrap_or_else(|| self.dial.lock().unwrap().clone());
        fate
    }

    async fn meet(&self, client: Box<dyn Wire>, request: &Request, fate: Fate) {
        for barrier in fate.arrived {
            if !barrier.hold(request).await {
                return reset(client);
            }
        }
        let asks = matches!(fate.fault, Fault::Pass | Fault::LoseAnswer | Fault::HalfAnswer);
        // Without a partner there is nothing to tell, as with one that has crashed.
        let answer = if asks { self.ask(request).await.unwrap_or_default() } else { Vec::new() };
        for barrier in fate.answered {
            if !barrier.hold(request).await {
                return reset(client);
            }
        }
        fate.fault.finish(client, &answer).await;
    }

    /// What the partner answers, to its last byte.
    async fn ask(&self, request: &Request) -> std::io::Result<Vec<u8>> {
        let partner = *self.partner.lock().unwrap();
        let mut partner = TcpStream::connect(partner.expect("a partner behind the proxy")).await?;
        partner.write_all(&spelled(request)).await?;
        let mut answer = Vec::new();
        partner.read_to_end(&mut answer).await?;
        Ok(answer)
    }
}

impl Fate {
    fn hold(&mut self, barrier: Option<Barrier>) {
        let Some(barrier) = barrier else { return };
        match barrier.moment {
            Moment::Arrived => self.arrived.push(barrier),
            Moment::Answered => self.answered.push(barrier),
        }
    }
}
