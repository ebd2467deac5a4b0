use serde_json::{Value, json};

use crate::support::{Client, Gangway, ONBOARDED, PARTNERS, Place, Setup};

/// Requests with tokens of every sort; answers what of them must never be seen again.
fn requests_with_secrets(gangway: &Gangway) -> Vec<String> {
    let valid = gangway.token(&[]);
    let expired = gangway.token(&["--expires", "-3600"]);
    let (signed, _) = valid.rsplit_once('.').unwrap();
    let (_, other_signature) =
        gangway.token(&["--app"]).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let forged = format!("{signed}.{other_signature}");
    let no_jwt = "c2VjcmV0LXRoYXQtaXMtbm8tand0".to_owned();
    let unsigned = format!("{signed}.");
    for (token, status) in
        [(&valid, 200), (&valid, 200), (&expired, 401), (&forged, 401), (&no_jwt, 401), (&unsigned, 401)]
    {
        let mut client = Client::new(gangway.address, Some(token.clone()));
        client.send("GET", PARTNERS, None).is(status);
        client.send("POST", &format!("{PARTNERS}/{ONBOARDED}/nothing"), None);
    }
    Client::new(gangway.address, Some(valid.clone())).disconnect(ONBOARDED).is(204);
    let parts =
        [&valid, &expired, &forged].into_iter().flat_map(|token| token.split('.').skip(1)).map(str::to_owned);
    let keys = [("dev-issuer.json", "/private_key"), ("vault-keys.json", "/keys/0/key")];
    parts.chain([no_jwt]).chain(keys.map(|(file, at)| key(gangway, file, at))).collect()
}

fn key(gangway: &Gangway, file: &str, at: &str) -> String {
    let file = std::fs::read(gangway.data.join(file)).unwrap();
    let json: Value = serde_json::from_slice(&file).unwrap();
    json.pointer(at).unwrap().as_str().unwrap().to_owned()
}

fn everything_logged_as(format: &str) -> String {
    let place = Place::new();
    let setup =
        Setup::dev(&place.data()).env("GANGWAY_LOG__FILTER", "trace").env("GANGWAY_LOG__FORMAT", format);
    let gangway = setup.start();
    let secrets = requests_with_secrets(&gangway);
    assert!(gangway.log().contains("refused"), "nothing is logged: {}", gangway.log());
    let outcome = gangway.stop();
    for secret in secrets {
        assert!(secret.len() > 20 && !outcome.stderr.contains(&secret), "{secret} was logged");
    }
    outcome.stderr
}

#[test]
fn no_part_of_a_token_is_ever_in_the_text_log() {
    let log = everything_logged_as("text");
    assert!(log.contains("the token has expired"), "{log}");
    assert!(!log.contains('\u{1b}'), "a pipe gets no colours");
}

#[test]
fn no_part_of_a_token_is_ever_in_the_json_log_whose_every_line_is_json() {
    let log = everything_logged_as("json");
    let mut refusals = 0;
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
        if line["message"] == "refused" {
            refusals += 1;
            assert!(line["request_id"].is_string() && line["status"].is_number(), "{line}");
        }
    }
    assert_eq!(refusals, 10, "one line for every refusal");
}

#[test]
fn what_a_client_writes_cannot_start_a_line_of_the_log() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let forged = "x%0d%0a2020-01-01T00:00:00Z%20%20INFO%20forged%1b[31m";
    let mut client = gangway.client();
    client.send("GET", &format!("{PARTNERS}/{forged}"), None).is(404);
    client.send("GET", &format!("{PARTNERS}/x/{forged}"), None).is(400);
    client.send("GET", &format!("{PARTNERS}?{forged}=1"), None).is(400);
    client.send("GET", &format!("/{forged}"), None).is(404);
    let named = json!({"x\r\n2020-01-01T00:00:00Z  INFO forged\u{1b}[31m": 1});
    client.send("POST", PARTNERS, Some(&named)).is(400);
    client.send("POST", &format!("{PARTNERS}/{ONBOARDED}/disconnect"), Some(&named)).is(400);
    let outcome = gangway.stop();
    assert!(outcome.stderr.contains("refused"), "{}", outcome.stderr);
    assert!(!outcome.stderr.lines().any(|line| line.starts_with("2020-01-01")), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains('\u{1b}'), "{}", outcome.stderr);
}
