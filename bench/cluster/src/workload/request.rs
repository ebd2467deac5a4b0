//! One request of a client, and what its answer means.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checker::Operation;
use crate::history::{Entry, PartnerKey};
use crate::model::{Action, Outcome, Status, View};
use crate::tools::http::{Answer, NoAnswer, Request, ask};
use crate::tools::{ids, time};
use crate::workload::world::{PARTNERS, World};

/// Longer than the server takes to say that it cannot.
const PATIENCE: Duration = Duration::from_secs(8);

/// Who asks about which partner, and where.
pub(crate) struct Asker<'a> {
    pub(crate) world: &'a World,
    pub(crate) name: &'a str,
    pub(crate) address: &'a str,
    pub(crate) partner: &'a PartnerKey,
}

impl Asker<'_> {
    /// Asks, and writes down what came of it. `certain` tells whether this changes something if it
    /// is done.
    pub(crate) fn ask(&self, action: Action, certain: bool) -> Outcome {
        let (method, target, json) = spelled(&action, &self.partner.id);
        let token = Some(self.world.token(&self.partner.tenant));
        self.record(action, &Request { method, target: &target, token, json, ..Request::default() }, certain)
    }

    /// A browser comes back from the partner, where the attempt of this URL was consented to.
    pub(crate) fn finish(&self, attempt: &str, back: &str, cookie: &str) -> Outcome {
        let headers = [("cookie", cookie)];
        let request = Request { method: "GET", target: back, headers: &headers, ..Request::default() };
        self.record(Action::Finish(attempt.to_owned()), &request, false)
    }

    fn record(&self, action: Action, request: &Request, certain: bool) -> Outcome {
        let correlation = ids::random();
        let named = [("client-request-id", correlation.as_str())];
        let headers = [&named[..], request.headers].concat();
        let request = Request { headers: &headers, ..request.clone() };
        let asked = time::now();
        let answer = ask(self.address, &request, PATIENCE);
        let answered = time::now();
        let page = matches!(action, Action::Finish(_));
        if answer
            .as_ref()
            .map_or_else(|error| *error == NoAnswer::Unheard, |answer| !page && is_unheard(answer))
        {
            return Outcome::Unknown;
        }
        let outcome = answer.as_ref().map_or(Outcome::Unknown, |answer| outcome(&action, answer));
        let status = answer.as_ref().ok().map(|answer| answer.status);
        let surprise = answer.as_ref().ok().filter(|answer| !page && is_unexpected(answer));
        let surprise = surprise.map(|answer| format!("{action:?}: {} {}", answer.status, answer.body));
        let leaves_event = certain && outcome == Outcome::Done;
        let operation = Operation { action, outcome: outcome.clone(), asked, answered };
        let (client, partner) = (self.name.to_owned(), self.partner.clone());
        self.world.history.note(|recorded| {
            recorded.entries.push(Entry { client, partner, operation, correlation, status, leaves_event });
            recorded.unexpected.extend(surprise);
        });
        outcome
    }
}

fn spelled(action: &Action, id: &str) -> (&'static str, String, Option<Value>) {
    let partner = format!("{PARTNERS}/{id}");
    match action {
        Action::Create(name) => {
            let url = "https://partner.example/";
            let body = json!({ "id": id, "displayName": name, "onboardingUrl": url });
            ("POST", PARTNERS.to_owned(), Some(body))
        }
        Action::Rename(name) => ("PATCH", partner, Some(json!({ "displayName": name }))),
        Action::Begin => ("POST", format!("{partner}/beginOnboarding"), None),
        Action::Disconnect => ("POST", format!("{partner}/disconnect"), None),
        Action::Finish(_) | Action::Read => ("GET", partner, None),
    }
}

fn outcome(action: &Action, answer: &Answer) -> Outcome {
    match (action, answer.status) {
        (Action::Finish(_), 200) if answer.body.contains("Connected") => Outcome::Done,
        (Action::Finish(_), _) => Outcome::Unknown,
        (Action::Read, 200) => view(&answer.json()).map_or(Outcome::Unknown, Outcome::Seen),
        (_, 200..300) => Outcome::Done,
        (_, 404) => Outcome::Absent,
        _ => Outcome::Unknown,
    }
}

/// A partner as it is shown in JSON.
fn view(shown: &Value) -> Option<View> {
    let status = match shown["onboardingStatus"].as_str()? {
        "notOnboarded" => Status::NotOnboarded,
        "onboarding" => Status::Onboarding,
        "onboarded" => Status::Onboarded,
        _ => return None,
    };
    let url = shown["onboardingUrl"].as_str().filter(|_| status == Status::Onboarding);
    Some(View { name: shown["displayName"].as_str()?.to_owned(), status, attempt: url.map(str::to_owned) })
}

/// The load balancer says itself that it has found no node.
fn is_unheard(answer: &Answer) -> bool {
    answer.status == 503 && answer.header("request-id").is_none()
}

/// A refusal of what is right, or a 503 that does not say when to come back.
fn is_unexpected(answer: &Answer) -> bool {
    match answer.status {
        200..300 | 404 => false,
        503 => answer.header("retry-after").is_none() && answer.header("request-id").is_some(),
        // The load balancer's own, of a node that is gone.
        500 | 502 | 504 => answer.header("request-id").is_some(),
        _ => true,
    }
}
