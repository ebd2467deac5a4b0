//! What partners say of a token.

use gangway_domain::Life;
use gangway_engine::CallFailure;

use super::*;

async fn look(reply: Reply, probe: Probe, kind: TokenKind) -> Result<Option<Life>, CallFailure> {
    let partner = Told::to(move |_| reply.clone()).await;
    let seen = complete(&partner).probe(probe, kind, &secret("t")).await;
    let asked = partner.only();
    match (probe, kind) {
        (Probe::Use, _) => {
            assert_eq!((asked.what.as_str(), asked.header("authorization")), ("GET /me", Some("Bearer t")));
        }
        (Probe::Introspection, kind) => {
            let hint = Hint::for_kind(kind).as_str();
            assert_eq!(asked.what, "POST /introspect");
            assert_eq!(asked.body, format!("token=t&token_type_hint={hint}&client_id=me"));
        }
    }
    seen.map(|seen| seen.map(|look| look.life)).map_err(|failure| failure.kind)
}

#[tokio::test]
async fn introspection_answers_with_a_yes_or_no_or_not_at_all() {
    use Life::{Alive, Dead};
    for (status, body, seen) in [
        (200, r#"{"active":true,"sub":"x"}"#, Ok(Some(Alive))),
        (200, r#"{"active":false}"#, Ok(Some(Dead))),
        (201, r#"{"active":false}"#, Ok(Some(Dead))),
        (200, r#"{"active":"true"}"#, Err(Unclear)),
        (200, r#"{"active":"false"}"#, Err(Unclear)),
        (200, r#"{"active":0}"#, Err(Unclear)),
        (200, r#"{"active":null}"#, Err(Unclear)),
        (200, r#"{"active":true,"active":false}"#, Err(Unclear)),
        (200, "{}", Err(Unclear)),
        (200, "<html>Sign in</html>", Err(Unclear)),
        (200, r#"{"error":"invalid_token"}"#, Err(Unclear)),
        (204, "", Err(Unclear)),
        (400, r#"{"active":false}"#, Ok(None)),
        (400, r#"{"error":"invalid_token"}"#, Ok(None)),
        (400, r#"{"error":"partner_says_gone"}"#, Ok(None)),
        (403, r#"{"error":"access_denied"}"#, Ok(None)),
        (401, "", Ok(None)),
        (404, "<html>", Ok(None)),
        (405, "", Ok(None)),
        (302, "", Ok(None)),
        (401, r#"{"error":"invalid_client"}"#, Err(RefusesUs)),
        (400, r#"{"error":"invalid_client"}"#, Err(RefusesUs)),
        (429, "", Err(NotDone)),
        (500, r#"{"active":false}"#, Err(Unclear)),
        (503, r#"{"error":"temporarily_unavailable"}"#, Err(NotDone)),
    ] {
        for kind in [TokenKind::Access, TokenKind::Refresh] {
            let found = look(Reply::json(status, body), Probe::Introspection, kind).await;
            assert_eq!(found, seen, "{status} {body}");
        }
    }
    assert_eq!(
        look(Reply::Bytes(String::new()), Probe::Introspection, TokenKind::Access).await,
        Err(Unclear)
    );
}

#[tokio::test]
async fn a_use_shows_that_an_access_token_lives_or_is_refused() {
    use Life::{Alive, Dead};
    for (status, body, seen) in [
        (200, r#"{"sub":"42"}"#, Ok(Some(Alive))),
        (200, "{}", Ok(Some(Alive))),
        (200, "eyJh.eyJz.c2ln", Ok(Some(Alive))),
        (200, "<html>Sign in</html>", Err(Unclear)),
        (200, "", Err(Unclear)),
        (200, r#"{"ok":false,"error":"token_revoked"}"#, Ok(Some(Dead))),
        (200, r#"{"ok":false,"error":"no_such_thing"}"#, Ok(None)),
        (401, "", Ok(Some(Dead))),
        (401, "<html>", Ok(Some(Dead))),
        (401, r#"{"error":"invalid_token"}"#, Ok(Some(Dead))),
        (400, r#"{"error":"invalid_token"}"#, Ok(Some(Dead))),
        (400, r#"{"error":{"code":"partner_says_gone"}}"#, Ok(Some(Dead))),
        (403, r#"{"error":"insufficient_scope"}"#, Ok(None)),
        (404, "", Ok(None)),
        (302, "", Ok(None)),
        (429, "", Err(NotDone)),
        (408, "", Err(Unclear)),
        (500, "", Err(Unclear)),
    ] {
        let found = look(Reply::json(status, body), Probe::Use, TokenKind::Access).await;
        assert_eq!(found, seen, "{status} {body}");
    }
}

#[tokio::test]
async fn no_use_shows_whether_a_refresh_token_lives() {
    let partner = Told::to(|_| Reply::status(200)).await;
    assert_eq!(complete(&partner).probe(Probe::Use, TokenKind::Refresh, &secret("r")).await, Ok(None));
    assert!(partner.asked().is_empty());
}
