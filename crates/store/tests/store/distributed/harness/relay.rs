//! What stands between a store and its database, and may be cut.

use std::io;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::distributed) enum Way {
    /// Everything goes through.
    Open,
    /// Nothing goes through, and nothing says so.
    Mute,
    /// Only connections that were made since then go through.
    New,
    /// There is nobody.
    Shut,
}

pub(in crate::distributed) struct Relay {
    pub(in crate::distributed) port: u16,
    way: watch::Sender<Way>,
}

impl Relay {
    /// On a port of its own, to this one.
    pub(in crate::distributed) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Self { port: listener.local_addr().unwrap().port(), way: watch::Sender::new(Way::Open) };
        tokio::spawn(listen(listener, relay.port, port, relay.way.subscribe()));
        relay
    }

    pub(in crate::distributed) fn turn(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// The same database, through here.
    pub(in crate::distributed) fn url(&self, url: &str) -> String {
        let (user, place) = url.split_once('@').unwrap();
        let (_, name) = place.split_once('/').unwrap();
        format!("{user}@127.0.0.1:{}/{name}", self.port)
    }
}

async fn listen(listener: TcpListener, port: u16, to: u16, mut way: watch::Receiver<Way>) {
    let mut listener = Some(listener);
    loop {
        if *way.borrow_and_update() == Way::Shut {
            listener = None;
            if way.changed().await.is_err() {
                return;
            }
            continue;
        }
        let open = match listener.take() {
            Some(open) => open,
            None => TcpListener::bind(("127.0.0.1", port)).await.unwrap(),
        };
        tokio::select! {
            accepted = open.accept() => {
                tokio::spawn(carry(accepted.unwrap().0, to, way.clone()));
            }
            changed = way.changed() => if changed.is_err() { return },
        }
        listener = Some(open);
    }
}

async fn carry(mut from: TcpStream, to: u16, mut way: watch::Receiver<Way>) -> io::Result<()> {
    let is_new = *way.borrow() == Way::New;
    let mut to = TcpStream::connect(("127.0.0.1", to)).await?;
    loop {
        let now = *way.borrow_and_update();
        let done = match now {
            Way::Shut => true,
            Way::New if !is_new => way.changed().await.is_err(),
            Way::Mute => way.changed().await.is_err(),
            Way::Open | Way::New => tokio::select! {
                _ = copy_bidirectional(&mut from, &mut to) => true,
                changed = way.changed() => changed.is_err(),
            },
        };
        if done {
            return Ok(());
        }
    }
}
