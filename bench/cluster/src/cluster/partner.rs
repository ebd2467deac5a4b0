//! A stand-in of a partner that speaks OAuth 2.0 and writes down what is asked of it: which grant,
//! when, by which host. Every grant is an account of its own, so that whoever shows an account says
//! which grant is meant. Revoking a token ends its grant (RFC 7009, section 2.1), and so does a
//! code that comes twice (RFC 6749, section 4.1.2).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use url::{Url, form_urlencoded};

use crate::Fallible;
use crate::cluster::network::OUTSIDE;
use crate::tools::http::{Received, Reply};
use crate::tools::{http, ids, time};

/// Under thirty seconds, so that every look at a connection refreshes it first.
const ACCESS_SECONDS: u64 = 20;

/// The partner, shared with its listener.
#[derive(Debug, Clone, Default)]
pub(crate) struct Partner {
    book: Arc<Mutex<Book>>,
}

#[derive(Debug, Default)]
struct Book {
    grants: Vec<Grant>,
    /// Which grant a code or a token is of. Of codes also the challenge; it is taken away when they
    /// are redeemed.
    codes: HashMap<String, (usize, Option<String>)>,
    tokens: HashMap<String, usize>,
}

/// What was agreed to once, and what was done with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grant {
    /// Whether its tokens open anything.
    pub(crate) alive: bool,
    /// When and by which host it was used and still good: what it was refreshed for was given. A
    /// use that was refused is not here: that is how a release finds out that a token is dead.
    pub(crate) uses: Vec<(Duration, String)>,
    pub(crate) revocations: usize,
    /// A code was redeemed more than once.
    pub(crate) code_came_twice: bool,
}

impl Partner {
    pub(crate) fn url() -> String {
        format!("http://{OUTSIDE}:9002")
    }

    pub(crate) fn start() -> Fallible<Self> {
        let partner = Self::default();
        let listening = partner.clone();
        http::serve(&format!("{OUTSIDE}:9002"), move |request| listening.answer(request))?;
        Ok(partner)
    }

    /// An administrator consents at this URL. Answers the number of the grant, and the path they
    /// are sent back to.
    pub(crate) fn consent(&self, url: &str) -> Fallible<(usize, String)> {
        let url = Url::parse(url)?;
        let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
        let field = |name: &str| query.get(name).ok_or_else(|| format!("the consent page lacks {name}"));
        let (state, challenge) = (field("state")?, field("code_challenge")?);
        let mut back = Url::parse(field("redirect_uri")?)?;
        let code = ids::random();
        back.query_pairs_mut().append_pair("state", state).append_pair("code", &code);
        let grant = self.with(|book| {
            book.grants.push(Grant::default());
            let grant = book.grants.len() - 1;
            book.codes.insert(code, (grant, Some(challenge.clone())));
            grant
        });
        Ok((grant, back[url::Position::BeforePath..].to_owned()))
    }

    /// All grants, by their numbers.
    pub(crate) fn grants(&self) -> Vec<Grant> {
        self.with(|book| book.grants.clone())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Book) -> T) -> T {
        work(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn answer(&self, request: &Received) -> Reply {
        let form: HashMap<_, _> = form_urlencoded::parse(request.body.as_bytes()).into_owned().collect();
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        self.with(|book| match request.path.as_str() {
            "/token" if field("grant_type") == "authorization_code" => {
                book.redeem(field("code"), field("code_verifier"))
            }
            "/token" => book.refresh(field("refresh_token"), request),
            "/revoke" => book.revoke(field("token")),
            "/introspect" => (200, json!({ "active": book.living(field("token")).is_some() })),
            "/userinfo" => book.account(request),
            _ => (404, json!({})),
        })
    }
}

/// How a grant's account is called.
pub(crate) fn account(grant: usize) -> String {
    format!("grant-{grant}")
}

impl Book {
    fn redeem(&mut self, code: &str, verifier: &str) -> Reply {
        let Some((grant, challenge)) = self.codes.get_mut(code) else { return refused("invalid_grant") };
        let grant = *grant;
        match challenge.take() {
            Some(challenge) if challenge == hash(verifier) => {
                self.grants[grant].alive = true;
                let refresh = ids::random();
                self.tokens.insert(refresh.clone(), grant);
                self.tokens_for(grant, &refresh)
            }
            Some(_) => refused("invalid_grant"),
            None => {
                self.grants[grant].code_came_twice = true;
                self.grants[grant].alive = false;
                refused("invalid_grant")
            }
        }
    }

    fn refresh(&mut self, token: &str, request: &Received) -> Reply {
        let Some(&grant) = self.tokens.get(token) else { return refused("invalid_grant") };
        if !self.grants[grant].alive {
            return refused("invalid_grant");
        }
        self.grants[grant].uses.push((time::now(), request.from.clone()));
        self.tokens_for(grant, token)
    }

    fn tokens_for(&mut self, grant: usize, refresh: &str) -> Reply {
        let access = ids::random();
        self.tokens.insert(access.clone(), grant);
        let tokens = json!({
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
        });
        (200, tokens)
    }

    fn revoke(&mut self, token: &str) -> Reply {
        if let Some(&grant) = self.tokens.get(token) {
            self.grants[grant].alive = false;
            self.grants[grant].revocations += 1;
        }
        (200, json!({}))
    }

    fn living(&self, token: &str) -> Option<usize> {
        self.tokens.get(token).copied().filter(|grant| self.grants[*grant].alive)
    }

    fn account(&self, request: &Received) -> Reply {
        match self.living(&request.bearer) {
            Some(grant) => (200, json!({ "sub": account(grant), "name": "Help desk" })),
            None => (401, json!({ "error": "invalid_token" })),
        }
    }
}

/// RFC 7636, section 4.6.
fn hash(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

fn refused(error: &str) -> Reply {
    (400, json!({ "error": error }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(partner: &Partner, body: &str) -> Reply {
        let request = Received { path: "/token".into(), body: body.into(), ..Received::default() };
        partner.answer(&request)
    }

    #[test]
    fn a_code_is_good_once_and_ends_its_grant_when_it_comes_again() {
        let partner = Partner::default();
        let challenge = hash("verifier");
        let url = format!("http://p/a?state=s&code_challenge={challenge}&redirect_uri=http%3A%2F%2Fg%2Fback");
        let (grant, back) = partner.consent(&url).unwrap();
        let code = back.split_once("code=").unwrap().1;
        let redeem = |verifier: &str| {
            token(&partner, &format!("grant_type=authorization_code&code={code}&code_verifier={verifier}"))
        };
        let (status, tokens) = redeem("verifier");
        let refresh =
            format!("grant_type=refresh_token&refresh_token={}", tokens["refresh_token"].as_str().unwrap());
        assert_eq!((status, token(&partner, &refresh).0), (200, 200));
        assert_eq!(redeem("verifier").0, 400);
        let grant = partner.grants()[grant].clone();
        assert!(!grant.alive && grant.code_came_twice && token(&partner, &refresh).0 == 400);
    }
}
