use serde_json::Value;

use crate::support::{Answer, Connection, Gangway};

/// Somebody who asks the admin listener.
pub(crate) struct Operator<'a> {
    gangway: &'a Gangway,
    /// The value of the `Authorization` header, if there is one.
    authorization: Option<String>,
}

impl<'a> Operator<'a> {
    /// Whoever can read the data directory.
    pub(crate) fn of(gangway: &'a Gangway) -> Self {
        let file = std::fs::read(gangway.data.join("admin.json")).unwrap();
        let file: Value = serde_json::from_slice(&file).unwrap();
        assert_eq!(file["url"], format!("http://{}", gangway.admin));
        Self { gangway, authorization: Some(format!("Bearer {}", file["token"].as_str().unwrap())) }
    }

    /// Whoever has this token instead.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { authorization: Some(format!("Bearer {token}")), ..*self }
    }

    /// Whoever has no token at all.
    pub(crate) fn without_token(&self) -> Self {
        Self { authorization: None, ..*self }
    }

    /// Asks for something below `/gangway/v1/`.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &body.to_string())
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let authorization = self.authorization.as_ref();
        let authorization = authorization.map(|value| format!("authorization: {value}\r\n"));
        let mut connection = Connection::to_admin(self.gangway.admin);
        let request = format!(
            "{method} /gangway/v1/{path} HTTP/1.1\r\nhost: x\r\n{}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            authorization.unwrap_or_default(),
            body.len()
        );
        connection.write(request).unwrap();
        connection.answer().unwrap()
    }
}
