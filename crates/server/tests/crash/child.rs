//! What is killed.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use gangway_domain::{PartnerId, RemoteAssistanceState, SettingsUpdate};
use gangway_engine::{Check, Engine};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::dying::{Death, DyingStore, Side};
use crate::fixture::{Ahead, Answered, Place, TENANT, by, come_back, work};

/// The variable that makes a process the child, and tells it what to do.
pub(crate) const TASK: &str = "CRASH_TEST_TASK";

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) place: Place,
    pub(crate) partner: Uuid,
    /// How much its clock is ahead.
    pub(crate) ahead: Duration,
    pub(crate) act: Act,
    pub(crate) dies_at: (usize, Side),
}

/// What is asked of the settings.
pub(crate) const ASKED: SettingsUpdate = SettingsUpdate {
    remote_assistance_state: Some(RemoteAssistanceState::Enabled),
    allow_sessions_to_unenrolled_devices: None,
    block_chat: None,
};

/// What it is about when it dies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Act {
    Release,
    ComeBack(Answered),
    Check,
    Disconnect,
    Delete,
    SetSettings,
}

/// How it went with a child.
#[derive(Debug)]
pub(crate) struct Life {
    /// Whether it was killed.
    pub(crate) killed: bool,
    /// The ports it called, in this order.
    pub(crate) calls: Vec<String>,
}

impl Life {
    /// The calls that were done, if it was killed on this side of the last.
    pub(crate) fn done(&self, side: Side) -> &[String] {
        match side {
            Side::Before => &self.calls[..self.calls.len() - 1],
            Side::After => &self.calls,
        }
    }
}

/// Is the child.
pub(crate) fn run(task: &Task) {
    let (number, side) = task.dies_at;
    let engine = task.place.open(&Arc::new(Ahead::by(task.ahead)), &Death::at(number, side));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(act(&engine, task));
}

async fn act(engine: &Engine<DyingStore>, task: &Task) {
    let id = PartnerId(task.partner);
    match &task.act {
        Act::Release => while work(engine).await {},
        Act::ComeBack(answered) => drop(come_back(engine, answered).await.unwrap()),
        Act::Check => {
            let check = engine.check_connection(TENANT, id).await.unwrap();
            assert!(matches!(check, Check::Good(_)), "{check:?}");
        }
        Act::Disconnect => engine.disconnect(TENANT, &by(), id).await.unwrap(),
        Act::Delete => engine.delete_partner(TENANT, &by(), id).await.unwrap(),
        Act::SetSettings => drop(engine.update_settings(TENANT, &by(), ASKED).await.unwrap()),
    }
}

impl Task {
    /// In a process of its own.
    pub(crate) fn live(&self) -> Life {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.env(TASK, serde_json::to_string(self).unwrap()).stdin(Stdio::null());
        let output = child.output().unwrap();
        let killed = output.status.signal() == Some(9);
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(killed || output.status.success(), "a child failed by itself: {}\n{words}", output.status);
        let calls = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        Life { killed, calls }
    }
}
