use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::super::Fault;
use super::super::wire::{Wire, reset};

impl Fault {
    /// What the client gets in the end. It may be gone by now, so nothing here minds if it cannot write.
    pub(super) async fn finish(&self, mut client: Box<dyn Wire>, answer: &[u8]) {
        match self {
            Self::Reset | Self::LoseAnswer | Self::Refuse | Self::Tls(_) => return reset(client),
            Self::HangUp => {}
            Self::Stall => while client.read_u8().await.is_ok() {},
            Self::Drip => drip(&mut *client).await,
            Self::Endless => flood(&mut *client).await,
            Self::Pass => drop(client.write_all(answer).await),
            Self::HalfAnswer => drop(client.write_all(&answer[..answer.len() / 2]).await),
            Self::Status(_)
            | Self::RetryAfter(..)
            | Self::Redirect(..)
            | Self::Garbage(_)
            | Self::Json(..) => {
                drop(client.write_all(&self.canned().unwrap_or_default()).await);
            }
        }
        let _ = client.shutdown().await;
    }
}

const UNBOUNDED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";

async fn drip(client: &mut (dyn Wire + '_)) {
    let mut written = client.write_all(UNBOUNDED).await;
    while written.is_ok() {
        written = client.write_all(b" ").await.and(client.flush().await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn flood(client: &mut (dyn Wire + '_)) {
    let mut written = client.write_all(UNBOUNDED).await;
    while written.is_ok() {
        written = client.write_all(&[b' '; 16 * 1024]).await;
    }
}
