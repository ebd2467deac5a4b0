//! Gives up onboarding attempts that have expired.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::warn;

use crate::Engine;
use crate::app::run_mode::stopping;

/// How many attempts are given up, or forgotten, in one go.
const AT_MOST: usize = 100;
/// How many goes there are until the next look.
const MOST_GOES: usize = 1000;

pub(in crate::app) async fn expire_attempts(
    engine: Arc<Engine>,
    every: Duration,
    stop: watch::Receiver<bool>,
) {
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
                warn!(%error, "could not expire onboarding attempts; will retry");
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
