use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::support::{Answer, Asked, Connection};

/// An administrator's browser, as far as Gangway's own pages go: it keeps cookies and goes nowhere by itself.
#[derive(Clone)]
pub(crate) struct Browser {
    address: SocketAddr,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, cookies: BTreeMap::new() }
    }

    /// The same browser, where the server has another address now.
    pub(crate) fn at(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    /// Opens a page. Whatever host its URL names, it is asked of this server.
    #[track_caller]
    pub(crate) fn get(&mut self, url: &str) -> Answer {
        let mut connection = self.asking(url);
        let answer = connection.answer().unwrap();
        self.keep(&answer);
        answer
    }

    /// Asks for a page and leaves it to the test to read it, or not.
    pub(crate) fn asking(&self, url: &str) -> Connection {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut connection = Connection::open(self.address);
        let request = format!(
            "GET {} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\n\r\n",
            target(url),
            self.address,
            cookies.join("; ")
        );
        connection.ask(&request, Asked::Page, None).unwrap();
        connection
    }

    fn keep(&mut self, answer: &Answer) {
        let Some(cookie) = answer.header("set-cookie") else { return };
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        if cookie.contains("Max-Age=0;") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// The path and query of a URL, if they are not all there is.
fn target(url: &str) -> &str {
    if url.starts_with('/') {
        return url;
    }
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    &url[after_scheme + url[after_scheme..].find('/').unwrap()..]
}
