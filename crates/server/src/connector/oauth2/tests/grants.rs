//! What the token endpoint answers.

use std::time::Duration;

use super::*;
use crate::connector::guard::system_lookup;

#[tokio::test]
async fn a_code_and_a_refresh_token_are_given_as_the_rfc_says() {
    let tokens = r#"{"access_token":"A","refresh_token":"R","token_type":"Bearer","expires_in":61}"#;
    let partner = Told::to(move |_| Reply::json(200, tokens)).await;
    let connector = complete(&partner);
    let grant = connector.redeem(&secret("c+1"), &secret("v")).await.unwrap();
    assert_eq!(grant.access_token.expose(), "A");
    assert_eq!(grant.refresh_token.unwrap().expose(), "R");
    assert_eq!((grant.expires_in, grant.answer.0.as_str()), (Some(Duration::from_secs(61)), "HTTP 200"));
    connector.refresh(&secret("r/1")).await.unwrap();
    let asked = partner.asked();
    let redirect = "https%3A%2F%2Fgangway.example%2Fgangway%2Fv1%2Fcallback%2Fp";
    assert_eq!(
        (asked[0].what.as_str(), asked[0].body.as_str()),
        (
            "POST /token",
            format!(
                "grant_type=authorization_code&code=c%2B1&redirect_uri={redirect}&code_verifier=v&client_id=me"
            )
            .as_str()
        )
    );
    assert_eq!(asked[1].body, "grant_type=refresh_token&refresh_token=r%2F1&client_id=me");
    assert_eq!(asked[1].header("authorization"), None);
}

#[tokio::test]
async fn a_confidential_client_says_its_secret_in_the_header_alone() {
    let partner = Told::to(|_| Reply::json(200, r#"{"access_token":"A"}"#)).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("secret");
    std::fs::write(&file, "s3cret\n").unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut settings = settings(&json!({
        "authorization_endpoint": partner.url("/a").as_str(),
        "token_endpoint": partner.url("/token").as_str(),
    }));
    settings.client_secret_file = Some(file.to_str().unwrap().into());
    let connector = connector(&settings);
    let grant = connector.refresh(&secret("r")).await.unwrap();
    assert!(grant.refresh_token.is_none() && grant.expires_in.is_none());
    let asked = partner.only();
    assert_eq!(asked.header("authorization"), Some("Basic bWU6czNjcmV0"));
    assert!(!asked.body.contains("client"), "{}", asked.body);
    assert!(!format!("{connector:?}").contains("s3cret"));
    assert!(connector.snapshot().expose().contains("s3cret"));
}

#[tokio::test]
async fn what_a_failure_of_the_token_endpoint_means() {
    let html = "<html>";
    let gone = r#"{"error":{"code":"Partner_Says_Gone"}}"#;
    for (status, body, kind, answer) in [
        (400, r#"{"error":"invalid_grant"}"#, Refused, "HTTP 400 invalid_grant"),
        (401, r#"{"error":"invalid_grant"}"#, Refused, "HTTP 401 invalid_grant"),
        (403, r#"{"error":"invalid_grant"}"#, Refused, "HTTP 403 invalid_grant"),
        (401, r#"{"error":"token_inactive"}"#, Refused, "HTTP 401 token_inactive"),
        (200, r#"{"ok":false,"error":"token_revoked"}"#, Refused, "HTTP 200 token_revoked"),
        (400, gone, Refused, "HTTP 400 partner_says_gone"),
        (400, r#"{"error":"invalid_client"}"#, RefusesUs, "HTTP 400 invalid_client"),
        (401, r#"{"error":"invalid_client"}"#, RefusesUs, "HTTP 401 invalid_client"),
        (401, html, Rejected, "HTTP 401"),
        (400, r#"{"error":"tok-en"}"#, Rejected, "HTTP 400"),
        (400, r#"{"error":"temporarily_unavailable"}"#, NotDone, "HTTP 400 temporarily_unavailable"),
        (400, html, Rejected, "HTTP 400"),
        (404, html, Rejected, "HTTP 404"),
        (302, "", Rejected, "HTTP 302"),
        (408, "", Unclear, "HTTP 408"),
        (429, r#"{"error":"invalid_grant"}"#, NotDone, "HTTP 429 invalid_grant"),
        (500, r#"{"error":"invalid_grant"}"#, Unclear, "HTTP 500 invalid_grant"),
        (503, "", Unclear, "HTTP 503"),
        (200, html, Unclear, "HTTP 200, but not with what was asked for"),
        (200, r#"{"error":"invalid_grant"}"#, Refused, "HTTP 200 invalid_grant"),
        (204, "", Unclear, "HTTP 204, but not with what was asked for"),
    ] {
        let partner = Told::to(move |_| Reply::json(status, body)).await;
        let connector = complete(&partner);
        for failure in [
            connector.redeem(&secret("c"), &secret("v")).await.unwrap_err(),
            connector.refresh(&secret("r")).await.unwrap_err(),
        ] {
            assert_eq!((failure.kind, failure.answer.as_str()), (kind, answer), "{status} {body}");
            let kept = failure.unread.as_ref().map(Secret::expose);
            assert_eq!(kept, ((status, body) == (200, html)).then_some(html), "{status} {body}");
        }
    }
}

#[tokio::test]
async fn a_grant_that_could_not_be_read_is_kept_and_read_when_it_can_be() {
    let partner = Told::to(|_| Reply::json(200, r#"{"data":{"access_token":"A"}}"#)).await;
    let connector = complete(&partner);
    for failure in [
        connector.redeem(&secret("c"), &secret("v")).await.unwrap_err(),
        connector.refresh(&secret("r")).await.unwrap_err(),
    ] {
        let unread = failure.unread.clone().unwrap();
        assert_eq!((failure.kind, unread.expose()), (Unclear, r#"{"data":{"access_token":"A"}}"#));
        assert!(!format!("{failure} {failure:?}").contains("access_token"), "{failure:?}");
        assert!(connector.read_again(&unread).is_none());
    }
    let again = connector.read_again(&secret(r#"{"access_token":"A","refresh_token":"R"}"#)).unwrap();
    assert_eq!((again.access_token.expose(), again.refresh_token.unwrap().expose()), ("A", "R"));
}

#[tokio::test]
async fn a_grant_is_one_with_201_and_with_much_beside_it() {
    let much = format!(r#"{{"id_token":"{}","access_token":"A"}}"#, "x".repeat(200 * 1024));
    let partner = Told::to(move |_| Reply::json(201, &much)).await;
    let grant = complete(&partner).refresh(&secret("r")).await.unwrap();
    assert_eq!((grant.access_token.expose(), grant.answer.0.as_str()), ("A", "HTTP 201"));
    let more = format!(r#"{{"access_token":"A","id_token":"{}"}}"#, "x".repeat(300 * 1024));
    let partner = Told::to(move |_| Reply::json(200, &more)).await;
    let failure = complete(&partner).refresh(&secret("r")).await.unwrap_err();
    let unread = failure.unread.unwrap();
    assert_eq!((failure.kind, unread.expose().len()), (Unclear, 64 * 1024));
    assert!(unread.expose().starts_with(r#"{"access_token":"A""#));
}

#[tokio::test]
async fn a_client_that_said_its_secret_in_vain_is_told_so_by_a_bare_401() {
    let partner = Told::to(|_| Reply::status(401)).await;
    let mut settings = profile_with_all_endpoints(&partner);
    settings.client_secret_env = Some("SECRET".into());
    let base = "https://gangway.example".parse().unwrap();
    let secret_of = |name: &str| (name == "SECRET").then(|| "geheim".to_owned());
    let registry = Registry::with(&[settings], &base, system_lookup(), secret_of).unwrap();
    let connector = registry.connector(ConnectorKind::OAuth2, Some(&"p".parse().unwrap())).unwrap();
    let (access, refresh) = (secret("a"), secret("r"));
    assert_eq!(connector.refresh(&refresh).await.unwrap_err().kind, RefusesUs);
    assert_eq!(connector.revoke_refresh_token(&refresh).await.unwrap_err().kind, RefusesUs);
    // There it may be said of everybody but the partner's own.
    let seen = connector.probe(Probe::Introspection, TokenKind::Access, &access).await;
    assert_eq!(seen, Ok(None));
}
