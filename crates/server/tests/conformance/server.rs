use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use gangway_domain::Timestamp;
use gangway_server::identity::{DevIssuer, TokenKind, TokenRequest};
use rustix::process::{Pid, Signal, kill_process};

use crate::pattern::seconds_now;
use crate::vector::{Caller, Settings};

const BINARY: &str = env!("CARGO_BIN_EXE_gangway");
const PATIENCE: Duration = Duration::from_secs(30);

/// What was started, or why it could not be. The servers live as long as the process.
static STARTED: Mutex<BTreeMap<Settings, Result<&'static Server, String>>> = Mutex::new(BTreeMap::new());

/// A running `gangway serve --dev`.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    data: PathBuf,
    issuer: DevIssuer,
    child: Mutex<Child>,
    tokens: Mutex<BTreeMap<(String, Caller), String>>,
}

/// The server with these settings; the first who asks starts it.
pub(crate) fn with_settings(settings: &Settings) -> Result<&'static Server, String> {
    let mut started = STARTED.lock().map_err(|e| e.to_string())?;
    let number = started.len();
    let start = || Server::start(settings, number).map(|server| &*Box::leak(Box::new(server)));
    started.entry(settings.clone()).or_insert_with(start).clone()
}

/// Stops what was started. Data and logs go too, unless they are needed to see what went wrong.
pub(crate) fn stop_all(tidy: bool) -> Result<(), String> {
    let started = STARTED.lock().map_err(|e| e.to_string())?;
    let running = started.values().filter_map(|server| server.as_ref().ok());
    let stopped: Vec<Result<(), String>> = running.map(|server| server.stop(tidy)).collect();
    stopped.into_iter().collect()
}

impl Server {
    fn start(settings: &Settings, number: usize) -> Result<Self, String> {
        let name = format!("conformance-{}-{number}", std::process::id());
        let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&data).map_err(|e| format!("cannot create {}: {e}", data.display()))?;
        let log = File::create(data.join("server.log")).map_err(|e| format!("cannot create a log: {e}"))?;
        let mut child = binary()
            .args(["serve", "--dev", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .envs(settings.iter().map(|(key, value)| (variable(key), value)))
            .envs(crate::database().map(|url| ("GANGWAY_STORE__URL", url)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|e| format!("cannot start {BINARY}: {e}"))?;
        let listening = listening_address(&mut child).and_then(|address| {
            let issuer = DevIssuer::open(&data).map_err(|e| e.to_string())?;
            Ok((address, issuer))
        });
        match listening {
            Ok((address, issuer)) => {
                let tokens = Mutex::new(BTreeMap::new());
                Ok(Self { address, data, issuer, child: Mutex::new(child), tokens })
            }
            Err(why) => {
                let _ = child.kill();
                Err(format!("{why}; see {}", data.join("server.log").display()))
            }
        }
    }

    /// A token of this caller, who belongs to this tenant.
    pub(crate) fn token(&self, caller: &Caller, tenant: &str) -> Result<String, String> {
        let key = (tenant.to_owned(), caller.clone());
        let known = self.tokens.lock().map_err(|e| e.to_string())?.get(&key).cloned();
        if let Some(token) = known {
            return Ok(token);
        }
        let token = match caller {
            Caller::Tampered => with_another_signature(&self.token(&Caller::Administrator, tenant)?)?,
            Caller::Administrator
            | Caller::Stranger
            | Caller::Foreigner(_)
            | Caller::Nobody
            | Caller::Expired
            | Caller::Personal
            | Caller::User(_)
            | Caller::Application(_)
            | Caller::Authorization(_) => self.issue(caller, tenant)?,
        };
        self.tokens.lock().map_err(|e| e.to_string())?.insert(key, token.clone());
        Ok(token)
    }

    /// Signs a token as `gangway token` does, without a process for each of a few thousand.
    fn issue(&self, caller: &Caller, tenant: &str) -> Result<String, String> {
        let administrator = || vec!["DeviceManagementServiceConfig.ReadWrite.All".to_owned()];
        let (kind, expires_in) = match caller {
            Caller::Expired => (TokenKind::Delegated { scopes: administrator() }, -3600),
            Caller::Personal => (TokenKind::Personal { scopes: administrator() }, 3600),
            Caller::User(scopes) | Caller::Foreigner(scopes) => {
                (TokenKind::Delegated { scopes: scopes.clone() }, 3600)
            }
            Caller::Application(roles) => (TokenKind::Application { roles: roles.clone() }, 3600),
            Caller::Administrator
            | Caller::Stranger
            | Caller::Nobody
            | Caller::Tampered
            | Caller::Authorization(_) => (TokenKind::Delegated { scopes: administrator() }, 3600),
        };
        let tenant = tenant.parse().map_err(|e| format!("'{tenant}' is no tenant: {e}"))?;
        let now = Timestamp::from_unix_seconds(seconds_now());
        self.issuer.mint(&TokenRequest { tenant, kind, expires_in }, now).map_err(|e| e.to_string())
    }

    fn stop(&self, tidy: bool) -> Result<(), String> {
        let mut child = self.child.lock().map_err(|e| e.to_string())?;
        let told = kill_process(Pid::from_child(&child), Signal::TERM);
        told.map_err(|e| format!("the server cannot be told to end: {e}"))?;
        for _ in 0..PATIENCE.as_millis() / 20 {
            if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
                if tidy {
                    fs::remove_dir_all(&self.data).map_err(|e| e.to_string())?;
                }
                let log = self.data.join("server.log");
                let failed = || format!("the server ended with {status}; see {}", log.display());
                return if status.success() { Ok(()) } else { Err(failed()) };
            }
            thread::sleep(Duration::from_millis(20));
        }
        child.kill().map_err(|e| e.to_string())?;
        Err(format!("the server did not end within {} s of SIGTERM", PATIENCE.as_secs()))
    }
}

/// The environment variable that sets this key.
fn variable(key: &str) -> String {
    format!("GANGWAY_{}", key.replace('.', "__").to_ascii_uppercase())
}

/// The binary, without the settings of whoever runs the tests.
fn binary() -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GANGWAY_")) {
        command.env_remove(name);
    }
    command
}

/// Reads what the server says until it names its address, and goes on reading so that it can go on talking.
fn listening_address(child: &mut Child) -> Result<SocketAddr, String> {
    let stdout = child.stdout.take().ok_or("the server has no stdout")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let address = line.strip_prefix("listening on http://").map(str::to_owned);
            // Nobody waits for the lines after the address.
            let _ = address.map(|address| sender.send(address));
        }
    });
    let address = receiver.recv_timeout(PATIENCE).map_err(|_| "the server did not say where it listens")?;
    address.parse().map_err(|e| format!("'{address}' is no address: {e}"))
}

fn with_another_signature(token: &str) -> Result<String, String> {
    let (content, signature) = token.rsplit_once('.').ok_or("the token has no signature")?;
    let changed: String = signature.chars().map(|c| if c == 'A' { 'B' } else { 'A' }).collect();
    Ok(format!("{content}.{changed}"))
}
