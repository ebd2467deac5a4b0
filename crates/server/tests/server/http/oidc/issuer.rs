use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::partners::installed;
use crate::support::until;

/// A running issuer. It is killed when the test lets go of it.
pub(super) struct Issuer {
    process: Child,
    pub(super) url: String,
}

impl Issuer {
    /// On a free port, with keys of its own.
    pub(super) fn start() -> Self {
        Self::start_on("0").unwrap_or_else(|| panic!("the issuer did not start"))
    }

    /// Nothing if the port is taken, as it may be for a moment by a connection of another test.
    fn start_on(port: &str) -> Option<Self> {
        let mut process = Command::new("node")
            .arg(installed().join("issuer.mjs"))
            .arg(port)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("these tests need node: {error}"));
        let mut url = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut url).unwrap();
        let issuer = Self { process, url: url.trim().to_owned() };
        issuer.url.starts_with("http://127.0.0.1:").then_some(issuer)
    }

    pub(super) fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// At the same URL, with keys that nobody has seen.
    pub(super) fn start_anew_with_other_keys(&mut self) {
        self.stop();
        let port = self.address().rsplit(':').next().unwrap().to_owned();
        *self = until("the issuer starts again", || Self::start_on(&port));
    }

    fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// A token for one of its clients.
    pub(super) fn token(&self, client: &str) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id={client}&client_secret=secret\
             &resource=https%3A%2F%2Fgraph.microsoft.com"
        );
        let mut stream = TcpStream::connect(self.address()).unwrap();
        write!(
            stream,
            "POST /token HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.address(),
            form.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let json = answer.find('{').zip(answer.rfind('}')).and_then(|(start, end)| answer.get(start..=end));
        let json: Option<Value> = json.and_then(|json| serde_json::from_str(json).ok());
        let token = json.as_ref().and_then(|json| json["access_token"].as_str());
        token.unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.stop();
    }
}
