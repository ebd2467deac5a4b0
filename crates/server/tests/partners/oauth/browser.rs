use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use url::Url;

use super::super::Callback;
use super::OAuthPartner;

/// An administrator's browser: it keeps cookies and goes where it is sent, until that is away from the partner.
pub(super) struct Browser<'a> {
    partner: &'a OAuthPartner,
    account: &'a str,
    answer: &'a str,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(super) fn new(partner: &'a OAuthPartner, account: &'a str, answer: &'a str) -> Self {
        Self { partner, account, answer, cookies: BTreeMap::new() }
    }

    /// Where it is sent in the end, which is to the client.
    pub(super) async fn visit(mut self, url: &str) -> Callback {
        let mut next = Url::parse(url).unwrap();
        for _ in 0..10 {
            let to = self.follow(&next).await;
            if to.starts_with(&self.partner.redirect_uri) {
                return Callback::new(&to);
            }
            next = next.join(&to).unwrap();
        }
        panic!("the partner sends its administrators in circles");
    }

    /// One step. It is made at the partner itself: what stands before it is for Gangway to get past.
    async fn follow(&mut self, url: &Url) -> String {
        let at = self.partner.at(&url[url::Position::BeforePath..]);
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.partner.http.get(at).header(COOKIE, cookies.join("; "));
        let answer = request.header("x-user", self.account).header("x-answer", self.answer).send().await;
        let answer = answer.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let to = answer.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let status = answer.status();
        let page = answer.text().await.unwrap();
        to.unwrap_or_else(|| panic!("{} at the partner: {status} {page}", url.path()))
    }
}
