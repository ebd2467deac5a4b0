use tokio::sync::{oneshot, watch};

use super::{Request, in_time};

/// When a request is held up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It has come, and the partner knows nothing of it.
    Arrived,
    /// The partner has acted and answered, and whoever asked knows nothing of that.
    Answered,
}

/// A place where one request is held up, so that a test can do something just then, such as kill who sent it.
/// If the gate is dropped, the connection is reset there.
pub(crate) struct Gate {
    moment: Moment,
    came: watch::Receiver<Option<Request>>,
    key: oneshot::Sender<()>,
}

/// The other side of a gate: where the request is.
pub(super) struct Barrier {
    pub(super) moment: Moment,
    arrival: watch::Sender<Option<Request>>,
    open: oneshot::Receiver<()>,
}

impl Gate {
    pub(super) fn new(moment: Moment) -> (Self, Barrier) {
        let (arrival, came) = watch::channel(None);
        let (key, open) = oneshot::channel();
        (Self { moment, came, key }, Barrier { moment, arrival, open })
    }

    /// Waits until the request stands before the gate, and shows it.
    pub(crate) async fn reached(&mut self) -> Request {
        let what = format!("a request stands at the gate ({:?})", self.moment);
        let came = in_time(&what, self.came.wait_for(Option::is_some)).await;
        came.expect("its proxy is there").clone().unwrap()
    }

    /// Lets the request go on, whether or not whoever sent it is still there: it is on its way.
    pub(crate) fn open(self) {
        // Whoever stood there may have been cut off with the proxy.
        let _ = self.key.send(());
    }
}

impl Barrier {
    /// Holds the request until the gate opens; false if it never will.
    pub(super) async fn hold(self, request: &Request) -> bool {
        self.arrival.send_replace(Some(request.clone()));
        self.open.await.is_ok()
    }
}
