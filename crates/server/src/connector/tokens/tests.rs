use gangway_engine::CallFailure::{Refused, Rejected, Unclear};

use super::*;

const ASKED: Purpose = Purpose::AsClient { by_header: false };
const CENTURY: u64 = 24 * 365 * 100 * 3600;

fn response(status: u16, body: &[u8]) -> Response {
    let body = Zeroizing::new(body.to_vec());
    Response { status, retry_after: None, body, cut: None, says_its_end: true }
}

fn read(response: &Response) -> CallResult<Grant> {
    grant(response, &Words::for_oauth2(Vec::new()), ASKED)
}

fn given(body: &str) -> Grant {
    read(&response(200, body.as_bytes())).unwrap()
}

fn unread_of(response: &Response) -> (CallFailure, Option<Secret>) {
    let failure = read(response).unwrap_err();
    (failure.kind, failure.unread)
}

#[test]
fn tokens_are_read_however_their_life_is_written() {
    for (life, seconds) in [
        ("3600", Some(3600)),
        ("\"3600\"", Some(3600)),
        ("3599.5", Some(3599)),
        ("0", None),
        ("\"0\"", None),
        ("null", None),
        ("-1", None),
        ("\"soon\"", None),
        ("[]", None),
        ("1e300", Some(CENTURY)),
    ] {
        for name in ["refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in"] {
            let body =
                format!(r#"{{"access_token":"a","refresh_token":"r","expires_in":{life},"{name}":{life}}}"#);
            let grant = given(&body);
            assert_eq!(grant.expires_in.map(|life| life.as_secs()), seconds, "{life}");
            assert_eq!(grant.refresh_expires_in.map(|life| life.as_secs()), seconds, "{name} {life}");
        }
    }
}

#[test]
fn of_two_limits_of_a_refresh_token_the_longer_counts() {
    let body = r#"{"access_token":"a","refresh_token_expires_in":10,"x_refresh_token_expires_in":"20"}"#;
    assert_eq!(given(body).refresh_expires_in, Some(Duration::from_secs(20)));
    assert_eq!(given(r#"{"access_token":"a"}"#).refresh_expires_in, None);
}

/// Supabase, Harvest and `CrowdStrike` answer 201.
#[test]
fn any_good_status_gives_tokens_and_no_other() {
    let body = br#"{"access_token":"a","refresh_token":"r"}"#;
    for status in [200, 201, 202, 206, 299] {
        let grant = read(&response(status, body)).unwrap();
        assert_eq!((grant.access_token.expose(), grant.refresh_token.unwrap().expose()), ("a", "r"));
        assert_eq!(grant.answer.0, format!("HTTP {status}"));
    }
}

#[test]
fn a_body_with_tokens_in_it_is_kept_whatever_else_it_says() {
    let pair = r#"{"access_token":"a","refresh_token":"r"}"#;
    for (status, body, answer) in [
        (302, pair, "HTTP 302"),
        (403, pair, "HTTP 403"),
        (429, pair, "HTTP 429"),
        (400, r#"{"error":"invalid_grant","access_token":"a"}"#, "HTTP 400 invalid_grant"),
        (401, r#"{"error":"invalid_client","access_token":"a"}"#, "HTTP 401 invalid_client"),
        (200, r#"{"error":"invalid_grant","data":{"access_token":"a"}}"#, "HTTP 200 invalid_grant"),
        (200, r#"{"error":"slow_down","data":{"refreshToken":"r"}}"#, "HTTP 200 slow_down"),
        (
            503,
            r#"{"error":"temporarily_unavailable","access_token":"a"}"#,
            "HTTP 503 temporarily_unavailable",
        ),
        (400, "access_token=a&error=invalid_grant", "HTTP 400 invalid_grant"),
        (403, "Refresh_Token=r", "HTTP 403"),
        (403, "<pre>{\"access_token\": \"a\"}</pre>", "HTTP 403"),
        (400, r#"{"error":"invalid_grant","was":"{\"access_token\":\"a\"}"}"#, "HTTP 400 invalid_grant"),
        (403, "{\"access_token\":\"a", "HTTP 403"),
    ] {
        let failure = read(&response(status, body.as_bytes())).unwrap_err();
        let kept = failure.unread.as_ref().map(Secret::expose);
        assert_eq!((failure.kind, kept), (Unclear, Some(body)), "{status} {body}");
        assert_eq!(failure.answer, format!("{answer}, but with what may be tokens"), "{body}");
    }
    // It is no news of these that tokens may be missing.
    assert_eq!(unread_of(&response(500, pair.as_bytes())), (Unclear, None));
}

#[test]
fn a_failure_that_speaks_of_tokens_and_has_none_is_what_it_is() {
    for (body, kind) in [
        ("", Rejected),
        ("<html>blocked</html>", Rejected),
        (r#"{"error":"invalid_grant","error_description":"no refresh_token"}"#, Refused),
        (r#"{"error":"invalid_grant","parameter":"refresh_token"}"#, Refused),
        (r#"{"error":"invalid_request","parameter":"access_token"}"#, Rejected),
        (r#"{"refresh_token":["This field is required."]}"#, Rejected),
        (r#"{"error":"invalid_grant","access_token":"","refresh_token":null}"#, Refused),
        (r#"{"error":"invalid_token","token_type":"Bearer"}"#, Refused),
        ("error=invalid_grant&access_token=", Refused),
    ] {
        for status in [400, 401, 403] {
            assert_eq!(unread_of(&response(status, body.as_bytes())), (kind, None), "{status} {body}");
        }
    }
}

#[test]
fn what_was_not_understood_is_kept() {
    for body in [
        "{}",
        "<html>",
        r#"{"access_token":""}"#,
        r#"{"access_token":7}"#,
        "[]",
        r#"{"code":"OK","data":{"access_token":"a"}}"#,
        r#"{"access_token":"a","access_token":"b"}"#,
        "access_token=a&access_token=b",
        "access_token=a b",
        "the access_token=a",
    ] {
        let (kind, unread) = unread_of(&response(200, body.as_bytes()));
        assert_eq!((kind, unread.unwrap().expose()), (Unclear, body));
    }
    for body in ["", " \r\n"] {
        assert_eq!(unread_of(&response(200, body.as_bytes())), (Unclear, None));
    }
}

#[test]
fn what_says_that_nothing_was_given_is_not_kept() {
    for (body, kind) in [
        (r#"{"ok":false,"error":"token_revoked"}"#, Refused),
        (r#"{"error":"bad_verification_code"}"#, Refused),
        ("error=bad_verification_code&error_description=The+code", Refused),
        (r#"{"ok":false,"error":"something"}"#, Rejected),
    ] {
        assert_eq!(unread_of(&response(200, body.as_bytes())), (kind, None), "{body}");
    }
}

#[test]
fn at_most_64_kib_are_kept_and_what_is_no_text_in_base64() {
    let kept = |body: &[u8]| unread_of(&response(200, body)).1.unwrap();
    let long = "x".repeat(MOST_UNREAD + 1);
    assert_eq!(kept(long.as_bytes()).expose().len(), MOST_UNREAD);
    // In the middle of a character.
    let long = format!("{}é", "x".repeat(MOST_UNREAD - 1));
    assert_eq!(kept(long.as_bytes()).expose().len(), MOST_UNREAD - 1);
    assert_eq!(kept(b"\xff\x00\xfe").expose(), "/wD+");
    let half = b"{\"name\":\"J\xfc";
    assert_eq!(kept(half).expose(), STANDARD.encode(half));
}

#[test]
fn an_old_form_is_read_if_it_is_plainly_one() {
    let grant = given("access_token=a%2Bb&refresh_token=r&expires_in=61&token_type=bearer\n");
    assert_eq!((grant.access_token.expose(), grant.refresh_token.unwrap().expose()), ("a+b", "r"));
    assert_eq!(grant.expires_in, Some(Duration::from_secs(61)));
    assert!(given("access_token=a").refresh_token.is_none());
}

#[test]
fn no_half_token_and_none_in_other_letters_is_taken_from_a_form() {
    for body in [
        "access_token=a+b&refresh_token=r",
        "access_token=a&refresh_token=r+s",
        "access_token=a&refresh_token=r%20s",
        "access_token=a&refresh_token=r%FFs",
        "access_token=%C3&refresh_token=r",
        "access_token=a&b&refresh_token=r",
        "access_token=a&refresh_token=r&refresh_token=s",
    ] {
        let (kind, unread) = unread_of(&response(200, body.as_bytes()));
        assert_eq!((kind, unread.unwrap().expose()), (Unclear, body));
        let (kind, unread) = unread_of(&response(403, body.as_bytes()));
        assert_eq!((kind, unread.unwrap().expose()), (Unclear, body));
    }
    assert_eq!(given("access_token=a&scope=x+y&name=%FF&").access_token.expose(), "a");
}

#[test]
fn a_form_that_may_end_anywhere_gives_nothing_and_is_kept() {
    let endless = |body: &str| Response { says_its_end: false, ..response(200, body.as_bytes()) };
    for body in ["access_token=a&refresh_token=r", "access_token=a&expires_in=3600&refr"] {
        let (kind, unread) = unread_of(&endless(body));
        assert_eq!((kind, unread.unwrap().expose()), (Unclear, body));
    }
    // JSON says itself where it ends.
    assert_eq!(read(&endless(r#"{"access_token":"a"}"#)).unwrap().access_token.expose(), "a");
}

#[test]
fn a_grant_says_that_there_may_be_tokens_beside_it() {
    for more in [
        r#""authed_user":{"id":"U1","access_token":"b","token_type":"user"}"#,
        r#""refreshToken":"r""#,
        r#""Refresh_Token":"r""#,
        r#""ACCESS_TOKEN":"b""#,
        r#""device_secret":"d""#,
        r#""data":[{"page":{"page_access_token":"p"}}]"#,
        r#""tokens":["b"]"#,
        r#""data":{"refresh_token":"r"}"#,
        r#""raw":"{\"access_token\":\"b\"}""#,
        r#""raw":"?access_token=b""#,
        // Nobody can look through it.
        r#""name":"\ud800""#,
    ] {
        let grant = given(&format!(r#"{{"access_token":"a",{more}}}"#));
        assert_eq!((grant.access_token.expose(), grant.beside), ("a", true), "{more}");
    }
    assert!(given("access_token=a&user_access_token=b").beside);
    assert!(given("access_token=a&Refresh_Token=b&token_type=bearer").beside);
    let latin = b"{\"access_token\":\"a\",\"refreshToken\":\"\xfc\"}";
    assert!(read(&response(200, latin)).unwrap().beside);
}

#[test]
fn what_is_no_token_beside_a_grant_is_not_taken_for_one() {
    for more in [
        r#""refresh_token":"r","id_token":"e.y.j","token_type":"Bearer""#,
        r#""issued_token_type":"urn:ietf:params:oauth:token-type:access_token""#,
        r#""access_token_expires_at":"2027-01-01","refreshTokenExpiresIn":"60","ext_expires_in":"3""#,
        r#""refresh_token_expires_in":60,"other_token":"","no_token":null,"tokens":[]"#,
        r#""scope":"a token","account":{"id":"1","tokenType":"user"},"session_state":"s""#,
    ] {
        let grant = given(&format!(r#"{{"access_token":"a",{more}}}"#));
        assert!(!grant.beside, "{more}");
    }
    assert!(!given("access_token=a&refresh_token=r&token_type=bearer&expires_in=60").beside);
    assert!(!read(&response(200, b"{\"access_token\":\"a\",\"name\":\"J\xfcrgen\"}")).unwrap().beside);
}

#[test]
fn behind_a_grant_that_was_not_read_to_its_end_there_may_be_another() {
    let blank = |length| format!("{}{}", r#"{"access_token":"a"}"#, " ".repeat(length));
    let cut = Response { cut: Some(Cut::TooLarge), ..response(200, blank(300).as_bytes()) };
    assert!(read(&cut).unwrap().beside && !given(&blank(300)).beside);
    let two = format!("{}{}", blank(MOST_UNREAD), blank(0));
    let (_, unread) = unread_of(&response(200, two.as_bytes()));
    assert!(read_again(&unread.unwrap()).unwrap().beside);
    assert!(!read_again(&Secret::new(blank(300))).unwrap().beside);
}

#[test]
fn of_an_answer_that_was_cut_off_only_what_is_complete_in_itself_counts() {
    let cut = |body: &str, cut: Cut| Response { cut: Some(cut), ..response(200, body.as_bytes()) };
    let lost = || Cut::Lost("no answer within 1 s".into());
    let whole = r#"{"access_token":"a","refresh_token":"r"}"#;
    assert_eq!(read(&cut(whole, lost())).unwrap().access_token.expose(), "a");
    for body in [&whole[..30], "access_token=a&refresh_token=r"] {
        let failure = read(&cut(body, lost())).unwrap_err();
        assert_eq!((failure.kind, failure.unread.unwrap().expose()), (Unclear, body));
        assert_eq!(failure.answer, "HTTP 200, but no answer within 1 s");
    }
    let failure = read(&cut("{", Cut::TooLarge)).unwrap_err();
    assert_eq!((failure.kind, failure.answer.as_str()), (Unclear, "HTTP 200, but with too much"));
}

#[test]
fn what_was_kept_is_read_again_by_todays_parser_and_no_half_token_is_taken_for_one() {
    let body = "\u{feff}{\"access_token\":\"a\",\"refresh_token\":\"r\"}";
    let again = |text: &str| read_again(&Secret::new(text.into()));
    let grant = again(body).unwrap();
    assert_eq!((grant.access_token.expose(), grant.refresh_token.unwrap().expose()), ("a", "r"));
    let binary = STANDARD.encode(b"{\"name\":\"J\xfcrgen\",\"access_token\":\"a\"}");
    assert_eq!(again(&binary).unwrap().access_token.expose(), "a");
    for text in ["", "{", "<html>", "access_token=a&refresh_token=hal", "eyJhY2Nlc3NfdG9rZW4iOiJh", "AAAA"] {
        assert!(again(text).is_none(), "{text}");
    }
}

#[test]
fn a_name_in_another_alphabet_does_not_hide_the_tokens() {
    let grant = read(&response(200, b"{\"name\":\"J\xfcrgen\",\"access_token\":\"a\"}")).unwrap();
    assert_eq!(grant.access_token.expose(), "a");
}

#[test]
fn an_empty_refresh_token_is_none() {
    assert!(given(r#"{"access_token":"a","refresh_token":""}"#).refresh_token.is_none());
    assert!(given(r#"{"access_token":"a","refresh_token":null}"#).refresh_token.is_none());
}

#[test]
fn an_account_needs_an_id_and_takes_the_first_name_there_is() {
    let of = |body: &str| account(&response(200, body.as_bytes()), "sub", &["name", "email"]);
    assert_eq!(of(r#"{"sub":"1","name":"Ann","email":"a@x"}"#), Some(Account::new("1", Some("Ann"))));
    assert_eq!(of(r#"{"sub":7,"name":"","email":"a@x"}"#), Some(Account::new("7", Some("a@x"))));
    assert_eq!(of(r#"{"name":"Ann"}"#), None);
    assert_eq!(of("ey.J.wt"), None);
    assert_eq!(account(&response(403, br#"{"sub":"1"}"#), "sub", &[]), None);
}
