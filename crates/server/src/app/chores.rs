//! What is done beside requests, again and again.

use std::sync::Arc;
use std::time::Duration;

use gangway_engine::Departed;
use tokio::sync::watch;
use tracing::warn;

use super::run_mode::stopping;
use crate::engine::Engine;
use crate::identity::Identity;

/// How many attempts are given up, or forgotten, in one go.
const AT_MOST: usize = 100;
/// How many goes there are until the next look.
const MOST_GOES: usize = 1000;

pub(super) async fn expire_attempts(engine: Arc<Engine>, every: Duration, stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopping(stop.clone()) => return,
            _ = ticks.tick() => {}
        }
        tokio::select! {
            () = stopping(stop.clone()) => return,
            done = give_up(&engine) => if let Err(error) = done {
                warn!(%error, "expired attempts are tried again later");
            },
        }
    }
}

async fn give_up(engine: &Engine) -> Result<(), gangway_engine::Error> {
    // Bounded, so that a clock that steps back in the middle cannot keep it busy.
    for _ in 0..MOST_GOES {
        if engine.expire_attempts(AT_MOST).await? < AT_MOST
            && engine.forget_attempts(AT_MOST).await? < AT_MOST
            && engine.forget_commits(AT_MOST).await? < AT_MOST
        {
            break;
        }
    }
    Ok(())
}

/// Cuts what the configuration does not know any more, and says so; tries again until all of it is done.
pub(super) async fn disconnect_departed(
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
            Err(error) => warn!(%error, "what the configuration does not know is looked for again"),
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
            partners, "this profile is not in the configuration any more: its partners are disconnected"
        );
    }
    for (tenant, partners) in tenants {
        warn!(%tenant, partners, "this tenant is not served any more: its partners are disconnected");
    }
}

/// How long it is until it is looked again for what the configuration does not know: longer every time, as all has to be read.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
