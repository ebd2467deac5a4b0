use gangway_engine::CallError;
use gangway_engine::CallFailure::{NotDone, Rejected, Unclear};

use super::*;
use crate::connector::answer::{Purpose, Words};
use crate::connector::guard::system_lookup;
use crate::connector::testing::{Reply, Told};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }
}

fn outbound(allow_private: bool, lookup: Lookup) -> Outbound {
    let reach = Reach { allow_private, ca_pem: None, timeout: Duration::from_secs(1) };
    Outbound::new(&reach, lookup, Arc::new(Noon)).unwrap()
}

/// Every name is on this machine.
fn here() -> Lookup {
    Arc::new(|_| Box::pin(async { Ok(vec!["127.0.0.1:0".parse().unwrap()]) }))
}

async fn failure(partner: &Told) -> CallError {
    outbound(true, system_lookup()).get(&partner.url("/"), Authorization::Anybody).await.unwrap_err().into()
}

fn failure_of(response: &Response) -> CallError {
    Words::for_oauth2(Vec::new()).failure(response, Purpose::Resource)
}

async fn tokens(partner: &Told) -> Result<Response, NoResponse> {
    let outbound = outbound(true, system_lookup());
    outbound.post(&partner.url("/"), Authorization::Anybody, Some(form()), Expected::Tokens).await
}

#[tokio::test]
async fn a_call_says_who_asks_and_nothing_more() {
    let partner = Told::to(|_| Reply::Answer(200, "set-cookie: a=b\r\n".into(), "{}".into())).await;
    let (client, secret) = ("a b:c", Secret::new("d/é".into()));
    let by = Authorization::Client { id: client, secret: &secret };
    let outbound = outbound(true, system_lookup());
    for _ in 0..2 {
        outbound.post(&partner.url("/revoke?a=b"), by, Some(form()), Expected::Word).await.unwrap();
    }
    let asked = partner.asked();
    assert_eq!(asked[1].what, "POST /revoke?a=b");
    assert_eq!(asked[1].body, "token=x%26y%3Dz");
    assert_eq!(asked[1].header("content-type"), Some("application/x-www-form-urlencoded"));
    // RFC 6749, section 2.3.1: both are form-encoded first.
    let basic = STANDARD.encode("a+b%3Ac:d%2F%C3%A9");
    assert_eq!(asked[1].header("authorization"), Some(format!("Basic {basic}").as_str()));
    assert!(asked[1].header("user-agent").unwrap().starts_with("gangway/"));
    assert_eq!((asked[1].header("cookie"), asked[1].header("referer")), (None, None));
}

fn form() -> Form {
    Form::default().with("token", "x&y=z")
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Told::to(|_| Reply::status(200)).await;
    let to = elsewhere.url("/?secret=1");
    let partner = Told::to(move |_| Reply::Answer(307, format!("location: {to}\r\n"), String::new())).await;
    let outbound = outbound(true, system_lookup());
    let response =
        outbound.get(&partner.url("/"), Authorization::Bearer(&Secret::new("t".into()))).await.unwrap();
    assert_eq!(response.status, 307);
    let failure = failure_of(&response);
    assert_eq!((failure.kind, failure.answer.as_str()), (Rejected, "HTTP 307"));
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_into_this_network_is_not_called_unless_that_is_allowed() {
    let partner = Told::to(|_| Reply::status(200)).await;
    let mut url = partner.url("/");
    url.set_host(Some("partner.example")).unwrap();
    assert_eq!(outbound(true, here()).get(&url, Authorization::Anybody).await.unwrap().status, 200);
    url.set_scheme("https").unwrap();
    let refused: CallError =
        outbound(false, here()).get(&url, Authorization::Anybody).await.unwrap_err().into();
    assert_eq!(refused.kind, Rejected);
    assert!(refused.answer.contains("127.0.0.1, a loopback address"), "{refused}");
    let literal = partner.url("/");
    assert!(matches!(
        outbound(false, here()).get(&literal, Authorization::Anybody).await,
        Err(NoResponse::Forbidden(Forbidden::NotHttps))
    ));
    assert_eq!(partner.asked().len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_too_large_leaves_only_its_status() {
    for (expected, largest) in [(Expected::Word, 64 * 1024), (Expected::Page, 1024 * 1024)] {
        for (length, kept) in [(largest, largest), (largest + 1, 0), (3 * largest, 0)] {
            let partner = Told::to(move |_| Reply::Answer(404, String::new(), "x".repeat(length))).await;
            let (outbound, url) = (outbound(true, system_lookup()), partner.url("/"));
            let response = match expected {
                Expected::Page => outbound.get_page(&url, Authorization::Anybody).await,
                Expected::Word | Expected::Tokens => outbound.get(&url, Authorization::Anybody).await,
            };
            let response = response.unwrap();
            assert_eq!((response.status, response.body.len()), (404, kept));
            assert_eq!(response.cut, (kept == 0).then_some(Cut::TooLarge));
        }
    }
}

#[tokio::test]
async fn of_tokens_what_came_is_kept_although_there_was_too_much() {
    let largest = 256 * 1024;
    for (length, kept) in [(largest, largest), (largest + 1, largest), (3 * largest, largest)] {
        let partner = Told::to(move |_| Reply::Answer(200, String::new(), "x".repeat(length))).await;
        let response = tokens(&partner).await.unwrap();
        assert_eq!((response.status, response.body.len()), (200, kept));
        assert_eq!(response.cut, (length > largest).then_some(Cut::TooLarge));
    }
}

#[tokio::test]
async fn of_tokens_what_came_is_kept_although_the_rest_was_lost() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";
    let lost = "the connection was lost before there was a whole answer";
    for (reply, body, why) in [
        (Reply::Bytes(format!("{head}half")), "half", lost),
        (Reply::Bytes(head.into()), "", lost),
        (Reply::Half(format!("{head}half")), "half", "no answer within 1 s"),
    ] {
        let partner = Told::to(move |_| reply.clone()).await;
        let response = tokens(&partner).await.unwrap();
        assert_eq!((response.status, response.body.as_slice()), (200, body.as_bytes()));
        assert_eq!(response.cut, Some(Cut::Lost(why.into())));
    }
    for head in ["HTTP/1.1 400 No\r\ncontent-length: 10\r\n\r\n{", "HTTP/1.1 200", ""] {
        let partner = Told::to(move |_| Reply::Bytes(head.into())).await;
        assert_eq!(tokens(&partner).await.unwrap_err(), NoResponse::Lost(lost.into()));
    }
}

#[tokio::test]
async fn it_is_known_whether_a_partner_says_where_its_answer_ends() {
    for (head, body, says) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2", "{}", true),
        ("HTTP/1.0 200 OK\r\ncontent-length: 2", "{}", true),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked", "2\r\n{}\r\n0\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nconnection: close", "{}", false),
        ("HTTP/1.0 200 OK\r\nserver: old", "{}", false),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, identity", "{}", false),
    ] {
        let reply = Reply::Bytes(format!("{head}\r\n\r\n{body}"));
        let partner = Told::to(move |_| reply.clone()).await;
        let response = tokens(&partner).await.unwrap();
        assert_eq!((response.body.as_slice(), response.cut), (b"{}".as_slice(), None), "{head}");
        assert_eq!(response.says_its_end, says, "{head}");
    }
}

#[tokio::test]
async fn retry_after_is_kept() {
    for (value, seconds) in [("7", 7), ("Mon, 23 Nov 2026 12:01:30 GMT", 90)] {
        let header = format!("retry-after: {value}\r\n");
        let partner = Told::to(move |_| Reply::Answer(503, header.clone(), String::new())).await;
        let response =
            outbound(true, system_lookup()).get(&partner.url("/"), Authorization::Anybody).await.unwrap();
        let failure = failure_of(&response);
        assert_eq!((failure.kind, failure.retry_after), (Unclear, Some(Duration::from_secs(seconds))));
        assert_eq!(failure.answer, format!("HTTP 503, Retry-After {seconds} s"));
    }
}

#[tokio::test]
async fn nobody_can_tell_what_was_done_if_no_whole_answer_came() {
    let lost = "the connection was lost before there was a whole answer";
    for (reply, said) in [
        (Reply::Bytes(String::new()), lost),
        (Reply::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".into()), lost),
        (Reply::Bytes("220 this is no HTTP\r\n".into()), lost),
        (Reply::Stall, "no answer within 1 s"),
    ] {
        let partner = Told::to(move |_| reply.clone()).await;
        let failure = failure(&partner).await;
        assert_eq!((failure.kind, failure.answer.as_str()), (Unclear, said));
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{nobody}/").parse().unwrap();
    let refused: CallError =
        outbound(true, system_lookup()).get(&nobody, Authorization::Anybody).await.unwrap_err().into();
    assert_eq!(refused.kind, NotDone);
    assert!(refused.answer.starts_with("could not connect: Connection refused"), "{refused}");
}

#[tokio::test]
async fn what_nobody_was_there_for_was_not_done() {
    let nowhere: Lookup = Arc::new(|_| Box::pin(async { Ok(Vec::new()) }));
    let unknown: Lookup = Arc::new(|_| Box::pin(async { Err(std::io::Error::other("no such name")) }));
    let slow: Lookup = Arc::new(|_| Box::pin(std::future::pending()));
    let url = "https://partner.example/".parse().unwrap();
    for lookup in [nowhere, unknown, slow] {
        let failure: CallError =
            outbound(false, lookup).get(&url, Authorization::Anybody).await.unwrap_err().into();
        assert_eq!(failure.kind, NotDone, "{failure}");
        assert!(failure.answer.starts_with("could not connect"), "{failure}");
    }
}

#[tokio::test]
async fn a_partner_without_tls_is_not_spoken_to_over_https() {
    let partner = Told::to(|_| Reply::status(200)).await;
    let mut url = partner.url("/");
    url.set_scheme("https").unwrap();
    let failure: CallError =
        outbound(true, system_lookup()).get(&url, Authorization::Anybody).await.unwrap_err().into();
    assert_eq!(failure.kind, NotDone);
    assert!(failure.answer.starts_with("could not connect: "), "{failure}");
    assert!(partner.asked().is_empty());
}

#[tokio::test]
async fn a_token_that_no_header_can_have_is_not_sent() {
    let partner = Told::to(|_| Reply::status(200)).await;
    let token = Secret::new("a\r\nx: y".into());
    let failure = outbound(true, system_lookup()).get(&partner.url("/"), Authorization::Bearer(&token)).await;
    assert_eq!(CallError::from(failure.unwrap_err()).kind, Rejected);
    assert!(partner.asked().is_empty());
}

#[test]
fn what_holds_no_certificate_is_refused() {
    for pem in ["", "no PEM", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"] {
        let reach = Reach { allow_private: true, ca_pem: Some(pem.into()), timeout: Duration::from_secs(1) };
        assert!(Outbound::new(&reach, system_lookup(), Arc::new(Noon)).is_err(), "{pem}");
    }
}
