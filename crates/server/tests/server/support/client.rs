use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::answer::Answer;
use super::rules::Asked;
use super::wire::Connection;

pub(crate) const PARTNERS: &str = "/v1.0/deviceManagement/remoteAssistancePartners";
pub(crate) const BETA: &str = "/beta/deviceManagement/remoteAssistancePartners";
/// The partner of the seeded tenant that is onboarded.
pub(crate) const ONBOARDED: &str = "6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a";

/// A caller with one token and one connection, which it keeps.
pub(crate) struct Client {
    address: SocketAddr,
    token: Option<String>,
    connection: Option<Connection>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, token: Option<String>) -> Self {
        Self { address, token, connection: None }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Another one with the same token, on a connection of its own.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.address, self.token.clone())
    }

    pub(crate) fn with_token(&self, token: impl Into<String>) -> Self {
        Self::new(self.address, Some(token.into()))
    }

    /// Asks and waits for the answer.
    #[track_caller]
    pub(crate) fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.try_send(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    pub(crate) fn try_send(&mut self, method: &str, path: &str, body: Option<&Value>) -> io::Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(kept) => kept,
            None => Connection::try_open(self.address)?,
        };
        let id = self.next_id();
        let body = body.map(ToString::to_string);
        let kind = body.as_deref().map_or("", |_| "content-type: application/json\r\n");
        let body = body.unwrap_or_default();
        let request = format!(
            "{}{kind}content-length: {}\r\n\r\n{body}",
            self.head(method, path, id.as_deref()),
            body.len()
        );
        let asked = if path.starts_with("/gangway/") { Asked::Page } else { Asked::Graph };
        connection.ask(&request, asked, id)?;
        let answer = connection.answer()?;
        if !answer.closes() {
            self.connection = Some(connection);
        }
        Ok(answer)
    }

    /// Closes the connection.
    pub(crate) fn hang_up(&mut self) {
        self.connection = None;
    }

    /// The head of a request but for what says how long its body is.
    pub(crate) fn head(&self, method: &str, path: &str, id: Option<&str>) -> String {
        let token = self.token.as_ref().map(|token| format!("authorization: Bearer {token}\r\n"));
        let id = id.map(|id| format!("client-request-id: {id}\r\n"));
        let (token, id) = (token.unwrap_or_default(), id.unwrap_or_default());
        format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n{token}{id}", self.address)
    }

    /// A GUID for every other request; the rest leave it to the server.
    fn next_id(&self) -> Option<String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        (number.is_multiple_of(2))
            .then(|| format!("{:08X}-0000-4000-8000-{number:012x}", self.address.port()))
    }

    /// Creates a partner and says its id.
    #[track_caller]
    pub(crate) fn create(&mut self, partner: &Value) -> String {
        let created = self.send("POST", PARTNERS, Some(partner)).is(201);
        created.json()["id"].as_str().unwrap().to_owned()
    }

    /// Creates a simulated partner that is connected.
    #[track_caller]
    pub(crate) fn onboarded(&mut self) -> String {
        self.create(&json!({"displayName": "A partner", "onboardingStatus": "onboarded"}))
    }

    #[track_caller]
    pub(crate) fn get(&mut self, id: &str) -> Value {
        self.send("GET", &format!("{PARTNERS}/{id}"), None).is(200).json()
    }

    #[track_caller]
    pub(crate) fn status(&mut self, id: &str) -> String {
        self.get(id)["onboardingStatus"].as_str().unwrap().to_owned()
    }

    /// All partners, page by page.
    #[track_caller]
    pub(crate) fn list(&mut self) -> Vec<Value> {
        let mut all = Vec::new();
        let mut path = Some(PARTNERS.to_owned());
        let base = format!("http://{}", self.address);
        while let Some(asked) = path {
            let mut page = self.send("GET", &asked, None).is(200).json();
            all.append(page["value"].as_array_mut().unwrap());
            path = page["@odata.nextLink"].as_str().map(|next| next.strip_prefix(&base).unwrap().to_owned());
        }
        all
    }

    /// Asks for an action of a partner.
    #[track_caller]
    pub(crate) fn act(&mut self, id: &str, action: &str) -> Answer {
        self.send("POST", &format!("{PARTNERS}/{id}/{action}"), None)
    }

    #[track_caller]
    pub(crate) fn disconnect(&mut self, id: &str) -> Answer {
        self.act(id, "disconnect")
    }
}
