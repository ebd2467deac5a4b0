//! Disconnects what the configuration does not know any more.

use std::sync::Arc;
use std::time::Duration;

use gangway_engine::Departed;
use tokio::sync::watch;
use tracing::warn;

use crate::Engine;
use crate::app::run_mode::stopping;
use crate::identity::Identity;

/// Cuts what the configuration does not know any more, and says so; tries again until all of it is done.
pub(in crate::app) async fn disconnect_departed(
    engine: Arc<Engine>,
    identity: Arc<Identity>,
    stop: watch::Receiver<bool>,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let mut departed = Departed::default();
        let disconnecting = engine.disconnect_departed(|tenant| identity.serves(tenant), &mut departed);
        let done = tokio::select! {
            () = stopping(stop.clone()) => return,
            done = disconnecting => done,
        };
        tell(departed);
        match done {
            Ok(()) => return,
            Err(error) => {
                warn!(%error, "could not disconnect what was removed from the configuration; will retry");
            }
        }
        tokio::select! {
            () = stopping(stop.clone()) => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn tell(departed: Departed) {
    let Departed { profiles, tenants } = departed;
    for (profile, partners) in profiles {
        warn!(
            profile,
            partners, "this profile was removed from the configuration: its partners are disconnected"
        );
    }
    for (tenant, partners) in tenants {
        warn!(%tenant, partners, "this tenant was removed from the configuration: its partners are disconnected");
    }
}

/// How long it is until it is looked again for what the configuration does not know: longer every time, as all has to be read.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
