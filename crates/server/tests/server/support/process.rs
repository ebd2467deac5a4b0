use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::answer::Answer;
use super::backend::{database_for, forget_the_dead};
use super::client::Client;
use super::until;
use super::wire::Connection;

const BINARY: &str = env!("CARGO_BIN_EXE_gangway");

/// What secrets are sealed with where the backend needs a key and the test has none: 32 bytes in base64.
const KEY: &str = "S0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0s=";

/// How a server is started.
#[derive(Clone)]
pub(crate) struct Setup {
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    data: PathBuf,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A running server. It is killed when the test lets go of it.
pub(crate) struct Gangway {
    process: Child,
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) data: PathBuf,
    output: Collected,
    log: Collected,
}

impl Setup {
    /// These arguments and nothing else.
    pub(crate) fn of(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(Into::into).collect();
        Self { arguments, environment: Vec::new(), data: PathBuf::new() }
    }

    /// `serve --dev` on free ports.
    pub(crate) fn dev(data: &Path) -> Self {
        Self::of(&["serve", "--dev"]).on_free_ports().at(data)
    }

    /// `serve --config` on free ports.
    pub(crate) fn config(file: &Path, data: &Path) -> Self {
        Self::of(&["serve", "--config"]).arg(file).on_free_ports().at(data)
    }

    pub(crate) fn on_free_ports(self) -> Self {
        self.arg("--listen").arg("127.0.0.1:0").arg("--admin-listen").arg("127.0.0.1:0")
    }

    pub(crate) fn at(mut self, data: &Path) -> Self {
        data.clone_into(&mut self.data);
        self.arg("--data").arg(data)
    }

    fn says(&self, name: &str) -> bool {
        self.environment.iter().any(|(said, _)| said.to_string_lossy().starts_with(name))
    }

    /// What every command of these tests needs with the backend they are about, where the test has not said.
    fn backends(&self, command: &mut Command) {
        if self.data.as_os_str().is_empty() || self.says("GANGWAY_STORE__URL") {
            return;
        }
        let Some(url) = database_for(&self.data) else { return };
        command.env("GANGWAY_STORE__URL", url).env("GANGWAY_STORE__CONNECTIONS", "6");
        let file = self.arguments.iter().skip_while(|argument| *argument != "--config").nth(1);
        let file = file.and_then(|file| std::fs::read_to_string(file).ok());
        let has_key = self.says("GANGWAY_VAULT__") || file.is_some_and(|file| file.contains("key_file"));
        if !has_key && self.arguments.iter().any(|argument| argument == "--config") {
            command.env("GANGWAY_VAULT__KEY", KEY);
        }
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Starts it and waits until it listens.
    pub(crate) fn start(&self) -> Gangway {
        self.start_by(Command::new(BINARY))
    }

    /// As [`Setup::start`], where nobody has taken care of the modes of new files.
    pub(crate) fn start_with_open_umask(&self) -> Gangway {
        let mut shell = Command::new("sh");
        shell.args(["-c", "umask 000; exec \"$0\" \"$@\"", BINARY]);
        self.start_by(shell)
    }

    /// As [`Setup::start`], where the system would keep an image of a process that crashes.
    pub(crate) fn start_with_unlimited_core_dumps(&self) -> Gangway {
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -S -c \"$(ulimit -H -c)\"; exec \"$0\" \"$@\"", BINARY]);
        self.start_by(shell)
    }

    fn start_by(&self, command: Command) -> Gangway {
        forget_the_dead(&self.data);
        let mut process = self.spawn(command);
        let output = Collected::from(process.stdout.take().unwrap());
        let log = Collected::from(process.stderr.take().unwrap());
        let addresses = until("the server listens", || {
            let ended = process.try_wait().unwrap();
            assert!(ended.is_none(), "the server ended with {ended:?}: {}", log.text());
            let text = output.text();
            let line = |start| text.lines().find_map(|line| line.strip_prefix(start)?.parse().ok());
            line("listening on http://").zip(line("admin on http://"))
        });
        Gangway { process, address: addresses.0, admin: addresses.1, data: self.data.clone(), output, log }
    }

    /// Runs it to its end, which has to come by itself.
    pub(crate) fn outcome(&self) -> Outcome {
        let mut process = self.spawn(Command::new(BINARY));
        let mut output = Collected::from(process.stdout.take().unwrap());
        let mut log = Collected::from(process.stderr.take().unwrap());
        let status = ended(&mut process);
        Outcome { code: status.code(), stdout: output.whole(), stderr: log.whole() }
    }

    fn spawn(&self, mut command: Command) -> Child {
        command.args(&self.arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        self.backends(&mut command);
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

impl Outcome {
    /// It did not start, and told whoever started it why: on one line, with all of these in it.
    pub(crate) fn is_refused_naming(&self, named: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "not one line: {}", self.stderr);
        for name in named {
            assert!(self.stderr.contains(name), "{name} is not named in: {}", self.stderr);
        }
    }
}

impl Gangway {
    /// A client with a token of the built-in issuer that may do everything.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.address, Some(self.token(&[])))
    }

    /// What `gangway token` prints for this server.
    pub(crate) fn token(&self, arguments: &[&str]) -> String {
        token(&self.data, arguments)
    }

    /// What the admin listener answers.
    pub(crate) fn page(&self, path: &str) -> Answer {
        let mut admin = Connection::to_admin(self.admin);
        admin.write(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).unwrap();
        admin.answer().unwrap()
    }

    /// Status and text of `/readyz`.
    pub(crate) fn readyz(&self) -> (u16, String) {
        let answer = self.page("/readyz");
        (answer.status, answer.text().to_owned())
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// As a power cut does it: at once, and nobody is told.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// It does not end within this time.
    pub(crate) fn stays(&mut self, time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {
            assert_eq!(self.process.try_wait().unwrap(), None, "it has ended");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        ended(&mut self.process)
    }

    /// Ends it as an operator does.
    pub(crate) fn stop(mut self) -> Outcome {
        self.signal(Signal::TERM);
        let status = self.ended();
        Outcome { code: status.code(), stdout: self.output.whole(), stderr: self.log.whole() }
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }
}

impl Drop for Gangway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log.text());
        }
    }
}

/// What `gangway token` prints for this data directory: one line.
pub(crate) fn token(data: &Path, arguments: &[&str]) -> String {
    let command = Setup::of(&["token"]).at(data);
    let outcome = arguments.iter().fold(command, Setup::arg).outcome();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    let line = outcome.stdout.strip_suffix('\n').unwrap();
    assert!(!line.is_empty() && !line.contains(char::is_whitespace), "{outcome:?}");
    line.to_owned()
}

fn ended(process: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            return status;
        }
        if begun.elapsed() > super::PATIENCE {
            let _ = process.kill();
            let _ = process.wait();
            panic!("the process did not end within {:?}", super::PATIENCE);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What comes out of a pipe, read as it comes so that nobody is held up by it.
struct Collected {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Collected {
    fn from(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut some = [0; 8192];
            while let Ok(count @ 1..) = pipe.read(&mut some) {
                into.lock().unwrap().extend_from_slice(&some[..count]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes.lock().unwrap().clone()).unwrap()
    }

    /// All of it, once whoever wrote it is gone.
    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.text()
    }
}
