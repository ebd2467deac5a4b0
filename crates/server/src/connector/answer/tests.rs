use gangway_engine::CallFailure::{NotDone, Refused, RefusesUs, Rejected, Unclear};
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::connector::outbound::Cut;

const TOKENS: Purpose = Purpose::AsClient { by_header: false };

fn response(status: u16, body: &str) -> Response {
    let body = Zeroizing::new(body.as_bytes().to_vec());
    Response { status, retry_after: None, body, cut: None, says_its_end: true }
}

fn oauth2() -> Words {
    Words::for_oauth2(Vec::new())
}

fn kind_of(status: u16, body: &str, asked: Purpose) -> CallFailure {
    oauth2().failure(&response(status, body), asked).kind
}

/// In every shape that partners are known to use, and in some letters of their own.
#[test]
fn a_dead_token_is_recognised_in_whatever_shape_it_is_said() {
    for body in [
        r#"{"error":"invalid_grant","error_description":"Token is not active"}"#,
        r#"{"error":"INVALID_GRANT"}"#,
        r#"{"error":"invalid_grant: Token is expired or invalid."}"#,
        r#"{"error":{"code":"invalid_grant","message":"no"}}"#,
        r#"{"error":{"message":"no","type":"invalid_request_error","code":"token_expired"}}"#,
        r#"{"error":{"type":"invalid_grant"}}"#,
        r#"{"errors":[{"errorType":"invalid_grant","message":"Refresh token invalid"}],"success":false}"#,
        r#"{"errors":[{"code":"invalid_grant"}]}"#,
        r#"{"errors":["invalid_grant"]}"#,
        r#"{"code":"invalid_grant","message":"no"}"#,
        r#"{"code":400,"error_code":"refresh_token_not_found","msg":"no"}"#,
        r#"{"errorCode":"invalid_grant"}"#,
        r#"{"status":"BAD_REFRESH_TOKEN","message":"missing or invalid refresh token"}"#,
        r#"{"ok":false,"error":"token_revoked"}"#,
        r#"{"error":"token_inactive","status_code":401}"#,
        r#"{"error":"bad_refresh_token","error_uri":"https://x.example"}"#,
        "\u{feff}{\"error\":\"invalid_grant\"}",
        " \n{\"error\" : \"invalid_grant\"}\n",
        "error=bad_verification_code&error_description=The+code+passed+is+incorrect",
    ] {
        for status in [200, 201, 400, 401, 403, 404, 409, 410, 422, 498] {
            assert_eq!(kind_of(status, body, TOKENS), Refused, "{status} {body}");
        }
        for status in [500, 502, 503, 504] {
            assert_eq!(kind_of(status, body, TOKENS), Unclear, "{status} {body}");
        }
        for status in [425, 429] {
            assert_eq!(kind_of(status, body, TOKENS), NotDone, "{status} {body}");
        }
        assert_eq!(kind_of(408, body, TOKENS), Unclear, "{body}");
    }
}

#[test]
fn what_is_not_said_whole_and_in_its_place_is_no_proof() {
    for body in [
        "",
        "invalid_grant",
        "\"invalid_grant\"",
        "[]",
        "<html>invalid_grant</html>",
        r#"{"message":"invalid_grant"}"#,
        r#"{"error_description":"invalid_grant"}"#,
        r#"{"error":"not_invalid_grant"}"#,
        r#"{"error":"invalid_grant"#,
        r#"{"error":"invalid_grant"},"#,
        r#"{"error":["x",{"message":"invalid_grant"}]}"#,
        r#"{"data":{"error":"invalid_grant"}}"#,
        r#"{"error":{"error":{"error":{"error":"invalid_grant"}}}}"#,
        r#"{"error":"invalid_request"}"#,
        r#"{"error":"unauthorized_client","error_description":"refresh_token is invalid"}"#,
        r#"{"error":"unsupported_grant_type"}"#,
        r#"{"error":190}"#,
        "error_description=invalid_grant",
    ] {
        assert_eq!(kind_of(400, body, TOKENS), Rejected, "{body}");
        assert_ne!(kind_of(200, body, TOKENS), Refused, "{body}");
    }
}

#[test]
fn a_client_that_is_not_known_is_told_from_a_token_that_is_dead() {
    let body = r#"{"error":"invalid_client"}"#;
    let asked = [TOKENS, Purpose::AsClient { by_header: true }, Purpose::Introspection];
    for status in [200, 400, 401, 403, 500] {
        for asked in asked {
            assert_eq!(kind_of(status, body, asked), RefusesUs, "{status} {asked:?}");
        }
    }
    for code in ["incorrect_client_credentials", "bad_client_secret", "invalid_client_id"] {
        assert_eq!(kind_of(200, &format!(r#"{{"ok":false,"error":"{code}"}}"#), TOKENS), RefusesUs);
    }
    let both = r#"{"error":"invalid_client","code":"invalid_grant"}"#;
    assert_eq!(kind_of(400, both, TOKENS), RefusesUs);
    // Where no client is asked for, nobody can have said so.
    assert_eq!(kind_of(400, body, Purpose::Resource), Rejected);
}

/// RFC 6749, section 5.2.
#[test]
fn a_bare_401_is_about_the_client_only_where_it_said_its_secret_in_the_header() {
    let by_header = Purpose::AsClient { by_header: true };
    for body in [
        "",
        "<html>Authorization required</html>",
        "{}",
        r#"{"message":"no"}"#,
        r#"{"status":401,"error":"Unauthorized","path":"/token"}"#,
        r#"{"error":{"message":"no"}}"#,
    ] {
        assert_eq!(kind_of(401, body, by_header), RefusesUs, "{body}");
        assert_eq!(kind_of(401, body, TOKENS), Rejected, "{body}");
        assert_eq!(kind_of(401, body, Purpose::Introspection), Rejected, "{body}");
        assert_eq!(kind_of(401, body, Purpose::OwnResource), Rejected, "{body}");
        assert_eq!(kind_of(401, body, Purpose::Resource), Refused, "{body}");
        assert_eq!(kind_of(403, body, by_header), Rejected, "{body}");
    }
    for body in
        [r#"{"error":"something else"}"#, r#"{"code":40103}"#, r#"{"error":"Unauthorized","code":"gone"}"#]
    {
        assert_eq!(kind_of(401, body, by_header), Rejected, "{body}");
    }
    let cut = Response { cut: Some(Cut::TooLarge), ..response(401, "") };
    assert_eq!(oauth2().failure(&cut, by_header).kind, Rejected);
}

#[test]
fn what_was_not_done_is_told_from_what_may_have_been() {
    for asked in
        [TOKENS, Purpose::Introspection, Purpose::Resource, Purpose::OwnResource, Purpose::Description]
    {
        for (status, body, kind) in [
            (429, "", NotDone),
            (425, "", NotDone),
            (503, r#"{"error":"temporarily_unavailable"}"#, NotDone),
            (400, r#"{"error":"slow_down"}"#, NotDone),
            (200, r#"{"ok":false,"error":"ratelimited"}"#, NotDone),
            (408, "", Unclear),
            (500, "", Unclear),
            (502, "<html>", Unclear),
            (503, "", Unclear),
            (504, "", Unclear),
            (400, r#"{"error":"server_error"}"#, Unclear),
            (200, r#"{"error":"server_error"}"#, Unclear),
            (200, "<html>", Unclear),
            (204, "", Unclear),
            (100, "", Unclear),
            (600, "", Unclear),
            (302, "", Rejected),
            (404, "", Rejected),
        ] {
            assert_eq!(kind_of(status, body, asked), kind, "{status} {body} {asked:?}");
        }
    }
}

#[test]
fn a_good_status_with_an_error_in_it_is_a_refusal_unless_there_may_be_tokens_in_it() {
    for (body, kind) in [
        (r#"{"ok":false,"error":"no_such_thing"}"#, Rejected),
        (r#"{"ok":false}"#, Rejected),
        (r#"{"success":false,"errors":[{"message":"no"}]}"#, Rejected),
        (r#"{"ok":true,"data":{}}"#, Unclear),
        (r#"{"error":"","data":{}}"#, Unclear),
        (r#"{"error":null,"errors":[]}"#, Unclear),
        (r#"{"error":0,"code":0,"data":{"x":1}}"#, Unclear),
        (r#"{"error":"0k","data":{"access_token":"t"}}"#, Unclear),
        (r#"{"error":"0k","data":{"accessToken":"t"}}"#, Unclear),
    ] {
        assert_eq!(kind_of(200, body, TOKENS), kind, "{body}");
        assert_eq!(kind_of(200, body, Purpose::Introspection), Unclear, "{body}");
    }
}

#[test]
fn what_a_profile_calls_dead_is_dead_and_is_shown_in_its_letters() {
    let words = Words::for_oauth2(vec!["Session_Gone".into(), "190".into(), "unauthorized_client".into()]);
    for (body, answer) in [
        (r#"{"error":"session_gone"}"#, "HTTP 403 Session_Gone"),
        (r#"{"error":{"code":190,"type":"OAuthException"}}"#, "HTTP 403 190"),
        (r#"{"error":"unauthorized_client"}"#, "HTTP 403 unauthorized_client"),
        (r#"{"error":"invalid_grant"}"#, "HTTP 403 invalid_grant"),
    ] {
        let failure = words.failure(&response(403, body), TOKENS);
        assert_eq!((failure.kind, failure.answer.as_str()), (Refused, answer), "{body}");
    }
    assert_eq!(words.failure(&response(400, r#"{"error":"invalid_client"}"#), TOKENS).kind, RefusesUs);
}

#[test]
fn teamviewer_has_a_list_of_its_own() {
    let words = Words::for_teamviewer(Vec::new());
    for (code, kind) in [
        ("invalid_grant", Refused),
        ("invalid_token", Refused),
        ("token_expired", Refused),
        ("invalid_code", Refused),
        ("bad_refresh_token", Rejected),
        ("license_limitations", Rejected),
        ("rate_limit_reached", NotDone),
    ] {
        let body = format!(r#"{{"error":"{code}","error_description":"x","error_code":2}}"#);
        let failure = words.failure(&response(400, &body), Purpose::OwnResource);
        assert_eq!((failure.kind, failure.answer), (kind, format!("HTTP 400 {code}")));
    }
}

#[test]
fn introspection_says_in_no_error_that_a_token_is_dead() {
    for status in [400, 401, 403] {
        assert_eq!(kind_of(status, r#"{"error":"invalid_token"}"#, Purpose::Introspection), Rejected);
    }
    assert_eq!(kind_of(200, r#"{"error":"invalid_token"}"#, Purpose::Introspection), Unclear);
}

#[test]
fn a_good_status_is_done_unless_the_body_says_no() {
    for (status, body, done) in [
        (200, "", true),
        (204, "", true),
        (200, "<html>", true),
        (200, r#"{"ok":true,"revoked":true}"#, true),
        (200, r#"{"sub":"1","status":"active"}"#, true),
        (200, r#"{"sub":"1","type":"forbidden"}"#, true),
        (200, r#"{"ok":false,"error":"x"}"#, false),
        (200, r#"{"error":"token_revoked"}"#, false),
        (200, r#"{"status":"temporarily_unavailable"}"#, false),
        (400, "", false),
    ] {
        assert_eq!(oauth2().is_done(&response(status, body)), done, "{status} {body}");
    }
}

#[test]
fn what_has_a_meaning_of_its_own_is_no_word_for_a_dead_token() {
    for code in ["invalid_client", "Temporarily_Unavailable", "slow_down", "server_error"] {
        assert!(has_a_meaning_of_its_own(code), "{code}");
    }
    for code in ["invalid_grant", "invalid_request", "unauthorized_client", "whatever"] {
        assert!(!has_a_meaning_of_its_own(code), "{code}");
    }
}

proptest! {
    #[test]
    fn nothing_that_a_partner_makes_up_is_shown(body in "\\PC{0,80}", code in "tok-[a-z0-9]{8}", status in 100..600_u16) {
        for body in [
            body.clone(),
            format!(r#"{{"error":"{code}","code":"{code}","errors":[{{"type":"{code}"}}]}}"#),
            format!("error={code}"),
        ] {
            let answer = oauth2().failure(&response(status, &body), TOKENS).answer;
            let known = answer.chars().all(|c| c.is_ascii_alphanumeric() || " _,".contains(c));
            prop_assert!(known && !answer.contains("tok"), "{answer}");
        }
    }
}
