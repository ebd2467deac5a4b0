use std::collections::BTreeMap;

use uuid::{Builder, Uuid};

use crate::check;
use crate::http::{Answer, exchange};
use crate::json::Json;
use crate::pattern::{self, Names};
use crate::rules;
use crate::server::{Server, with_settings};
use crate::vector::{Caller, Request, Step, Text, Vector};

/// Plays the vector in a tenant of its own.
pub(crate) fn play(vector: &Vector) -> Result<(), String> {
    let server = with_settings(&vector.settings)?;
    let mut names = vector.names.clone();
    names.insert("host".into(), server.address.to_string());
    names.insert("base".into(), format!("http://{}", server.address));
    for name in ["tenant", "other-tenant", "unknown"] {
        names.insert(name.into(), random_guid());
    }
    let other = Json::Object(Vec::new());
    let partners = vector.given.iter().chain(std::iter::repeat_n(&other, vector.others));
    for (n, partner) in (1..).zip(partners) {
        let stage = Stage { server, names: &mut names };
        stage.create(n, partner).map_err(|why| format!("cannot create the given partner {n}: {why}"))?;
    }
    let mut answers = Vec::new();
    for (n, step) in (1..).zip(&vector.steps) {
        let stage = Stage { server, names: &mut names };
        let answer = stage.play(step, &answers).map_err(|why| format!("step {n}: {why}"))?;
        answers.push(answer);
    }
    Ok(())
}

pub(crate) fn random_guid() -> String {
    Uuid::hyphenated(Builder::from_random_bytes(rand::random()).into_uuid()).to_string()
}

struct Stage<'a> {
    server: &'a Server,
    names: &'a mut Names,
}

impl Stage<'_> {
    /// Creates a partner through the API itself and calls its id `<idN>`.
    fn create(self, n: usize, partner: &Json) -> Result<(), String> {
        let Json::Object(members) = partner else { return Err("not an object".into()) };
        let mut members = members.clone();
        if partner.member("id").is_none() {
            members.insert(0, ("id".into(), Json::String(random_guid())));
        }
        let json = Json::Object(members);
        if let Some(Json::String(id)) = json.member("id") {
            self.names.insert(format!("id{n}"), id.clone());
        }
        let bytes = self.bytes(&Caller::Administrator, &Request::create(json))?;
        let answer = exchange(self.server.address, bytes)?;
        if answer.status == 201 { Ok(()) } else { Err(format!("{}: {}", answer.status, answer.body)) }
    }

    fn play(self, step: &Step, before: &[Answer]) -> Result<Answer, String> {
        let bytes = self.bytes(&step.caller, &step.request)?;
        let sent = describe(&bytes);
        let sent_id = sent_client_request_id(&bytes);
        let answer = exchange(self.server.address, bytes).map_err(|why| format!("{sent}: {why}"))?;
        for name in ["request-id", "client-request-id"] {
            self.names.insert(name.into(), answer.header(name).unwrap_or("(none)").to_owned());
        }
        let type_is_named = step.expect.headers.keys().any(|name| name.eq_ignore_ascii_case("Content-Type"));
        let mut wrong = rules::broken(&answer, sent_id.as_deref(), type_is_named);
        wrong.extend(check::wrong(&answer, &step.expect, self.names));
        if let Some(other) = step.expect.same_as_step {
            let other = before.get(other.wrapping_sub(1)).ok_or("same_as_step names no earlier step")?;
            if indistinct(&answer) != indistinct(other) {
                wrong.push(format!("can be told apart:\n{}\n{}", indistinct(other), indistinct(&answer)));
            }
        }
        if wrong.is_empty() { Ok(answer) } else { Err(format!("{sent}\n  - {}", wrong.join("\n  - "))) }
    }

    /// The `Authorization` header of the caller, if it sends one.
    fn authorization(&self, caller: &Caller) -> Result<Option<String>, String> {
        let elsewhere = matches!(caller, Caller::Stranger | Caller::Foreigner(_));
        let tenant = if elsewhere { "<other-tenant>" } else { "<tenant>" };
        let tenant = pattern::fill_in(tenant, self.names)?;
        match caller {
            Caller::Nobody => Ok(None),
            Caller::Authorization(header) => pattern::fill_in(header, self.names).map(Some),
            Caller::Administrator
            | Caller::Stranger
            | Caller::Foreigner(_)
            | Caller::Expired
            | Caller::Tampered
            | Caller::Personal
            | Caller::User(_)
            | Caller::Application(_) => Ok(Some(format!("Bearer {}", self.server.token(caller, &tenant)?))),
        }
    }

    /// The request as it goes over the wire.
    fn bytes(&self, caller: &Caller, request: &Request) -> Result<Vec<u8>, String> {
        let authorization = self.authorization(caller)?;
        let mut names = self.names.clone();
        if let Some(value) = &authorization {
            names.insert("authorization".into(), value.clone());
            names.insert("token".into(), value.trim_start_matches("Bearer ").to_owned());
        }
        let fill_in = |text: &str| pattern::fill_in(text, &names);
        if let Some(raw) = &request.raw {
            return fill_in(&raw.spelled_out()).map(String::into_bytes);
        }
        let body = match (&request.json, &request.text) {
            (None, None) => None,
            (Some(json), None) => Some(json.map_strings(&fill_in)?.to_string()),
            (None, Some(text)) => Some(fill_in(&text.spelled_out())?),
            (Some(_), Some(_)) => return Err("the vector sends more than one body".into()),
        };
        let mut headers =
            vec![("Host".to_owned(), fill_in("<host>")?), ("Accept".into(), "application/json".into())];
        headers.extend(authorization.map(|value| ("Authorization".into(), value)));
        if let Some(body) = &body {
            headers.push(("Content-Type".into(), "application/json".into()));
            headers.push(("Content-Length".into(), body.len().to_string()));
        }
        headers.push(("Connection".into(), "close".into()));
        for (name, value) in &request.headers {
            headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
            if let Some(value) = value {
                headers.push((name.clone(), fill_in(&value.spelled_out())?));
            }
        }
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let lines = lines.concat();
        let target = fill_in(&request.target.spelled_out())?;
        let body = body.unwrap_or_default();
        let method = fill_in(&request.method)?;
        Ok(format!("{method} {target} HTTP/1.1\r\n{lines}\r\n{body}").into_bytes())
    }
}

impl Request {
    fn create(json: Json) -> Self {
        let target = "/v1.0/deviceManagement/remoteAssistancePartners".to_owned();
        Self {
            method: "POST".into(),
            target: Text::Plain(target),
            headers: BTreeMap::new(),
            json: Some(json),
            text: None,
            raw: None,
        }
    }
}

/// The request line, not longer than one can read.
fn describe(request: &[u8]) -> String {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    String::from_utf8_lossy(&line[..line.len().min(160)]).into_owned()
}

fn sent_client_request_id(request: &[u8]) -> Option<String> {
    let request = String::from_utf8_lossy(request);
    let head = request.split("\r\n\r\n").next().unwrap_or_default();
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("client-request-id").then(|| value.trim().to_owned())
    })
}

/// The answer without what differs from one to the next.
fn indistinct(answer: &Answer) -> String {
    let headers = answer.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("date"));
    let lines: Vec<String> = headers.map(|(name, value)| format!("{name}: {value}\n")).collect();
    pattern::without_identity(&format!("{}\n{}\n{}", answer.status, lines.concat(), answer.body))
}
