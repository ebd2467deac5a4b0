use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gangway_domain::{
    Activity, Actor, Caller, ConnectorKind, Correlated, Generation, MissingKind, Origin, PartnerId,
    PermissionSet, Proof, Release, ReleaseId, ReleaseState, Step, Subject, TenantId, Timestamp, TokenId,
    TokenLog, TokenRecord, Version,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::{Uuid, uuid};

use super::*;
use crate::identity::{DevIssuer, TokenKind, TokenRequest};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn admin() -> Actor {
    Actor::Caller(Box::new(Caller {
        tenant: TenantId(uuid!("aaaabbbb-0000-cccc-1111-dddd2222eeee")),
        subject: Subject::User { id: "oid-1".into(), principal_name: Some("admin@contoso.example".into()) },
        permissions: PermissionSet::default(),
        application_id: Some("app-1".into()),
        application_name: Some("Portal".into()),
    }))
}

fn release(state: ReleaseState) -> Release {
    let mut calls = gangway_domain::CallLog::default();
    let at = time("2026-11-23T12:00:01.5Z");
    calls.extend([
        gangway_domain::Call::new(at, Step::RevokeRefreshToken, None, "200"),
        gangway_domain::Call::new(at, Step::Probe, None, "active: false"),
    ]);
    Release {
        tenant: TenantId(uuid!("aaaabbbb-0000-cccc-1111-dddd2222eeee")),
        id: ReleaseId(uuid!("019ab000-0000-7000-8000-000000000001")),
        partner: PartnerId(uuid!("6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a")),
        partner_name: "TeamViewer".into(),
        generation: Generation(3),
        connector: ConnectorKind::OAuth2,
        profile: Some("acme".parse().unwrap()),
        account: Some(gangway_domain::Account::new("u1", Some("Contoso"))),
        asked: gangway_domain::Asked {
            by: Correlated { actor: admin(), correlation: uuid!("11111111-2222-3333-4444-555555555555") },
            activity: Activity::Disconnect,
            at: time("2026-11-23T12:00:00.1234567Z"),
        },
        state,
        tries: 1,
        tokens: TokenLog::default(),
        calls,
        version: Version(2),
    }
}

fn confirmed() -> ReleaseState {
    let proofs = vec![Proof::RefreshTokenInactive, Proof::AccessTokenInactive];
    ReleaseState::Confirmed(gangway_domain::Evidence { at: time("2026-11-23T12:00:02Z"), proofs })
}

fn forced() -> ReleaseState {
    let reason = "the partner is gone".into();
    ReleaseState::Forced(gangway_domain::Forced {
        by: Actor::Gangway,
        at: time("2026-11-30T00:00:00Z"),
        reason,
    })
}

fn receipt(state: ReleaseState) -> Receipt {
    Receipt::of(&release(state), "Remove the app in the console.", time("2026-12-01T00:00:00Z"))
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn signer(&self) -> Signer {
        Signer::open(self.0.path()).unwrap()
    }
}

/// Anything, signed by a signer's own key.
fn signed(place: &Place, header: &Value, payload: &str) -> String {
    let file: Value = serde_json::from_slice(&fs::read(place.0.path().join(Signer::FILE)).unwrap()).unwrap();
    let der =
        base64::engine::general_purpose::STANDARD.decode(file["private_key"].as_str().unwrap()).unwrap();
    let text = format!("{}.{}", encoded(&header.to_string()), encoded(payload));
    let key = jsonwebtoken::EncodingKey::from_ec_der(&der);
    let signature =
        jsonwebtoken::crypto::sign(text.as_bytes(), &key, jsonwebtoken::Algorithm::ES256).unwrap();
    format!("{text}.{signature}")
}

fn encoded(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn a_receipt_says_all_there_is_to_say_of_a_release() {
    let json = serde_json::to_value(receipt(confirmed())).unwrap();
    let by = json!({
        "kind": "user", "id": "oid-1", "principalName": "admin@contoso.example",
        "applicationId": "app-1", "applicationName": "Portal",
    });
    let expected = json!({
        "version": 2,
        "issuer": "gangway",
        "issuedAt": "2026-12-01T00:00:00Z",
        "tenant": "aaaabbbb-0000-cccc-1111-dddd2222eeee",
        "partner": {"id": "6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a", "name": "TeamViewer"},
        "generation": 3,
        "connector": "oauth2",
        "profile": "acme",
        "account": {"id": "u1", "name": "Contoso"},
        "release": "019ab000-0000-7000-8000-000000000001",
        "asked": {
            "by": by,
            "correlationId": "11111111-2222-3333-4444-555555555555",
            "activity": "disconnect RemoteAssistancePartner",
            "at": "2026-11-23T12:00:00.1234567Z",
        },
        "outcome": "confirmed",
        "evidence": {
            "at": "2026-11-23T12:00:02Z",
            "proofs": ["refreshTokenInactive", "accessTokenInactive"],
        },
        "tries": 1,
        "calls": [
            {"at": "2026-11-23T12:00:01.5Z", "step": "revokeRefreshToken", "answer": "200"},
            {"at": "2026-11-23T12:00:01.5Z", "step": "probe", "answer": "active: false"},
        ],
        "omittedCalls": 0,
    });
    assert_eq!(json, expected);
}

#[test]
fn what_is_not_dead_is_not_said_to_be() {
    let pending = ReleaseState::Pending { next_try: Timestamp::LAST, obstacle: None };
    let json = serde_json::to_value(receipt(pending)).unwrap();
    assert_eq!((&json["outcome"], json.get("evidence"), json.get("forced")), (&json!("pending"), None, None));
    let json = serde_json::to_value(receipt(forced())).unwrap();
    assert_eq!((&json["outcome"], json.get("evidence")), (&json!("forced"), None));
    let expected = json!({
        "by": {"kind": "gangway"}, "at": "2026-11-30T00:00:00Z", "reason": "the partner is gone",
        "byHand": "Remove the app in the console.",
    });
    assert_eq!(json["forced"], expected);
}

#[test]
fn a_signed_receipt_verifies_with_the_public_key_alone() {
    let place = Place::new();
    let signer = place.signer();
    for state in [ReleaseState::Pending { next_try: Timestamp::LAST, obstacle: None }, confirmed(), forced()]
    {
        let receipt = receipt(state);
        let jws = signer.sign(&receipt).unwrap();
        let key = signer.kid().to_owned();
        assert_eq!(verify(&jws, &signer.jwks()), Ok(Verified { receipt, key }));
    }
    let header = signer.sign(&receipt(forced())).unwrap();
    let header = URL_SAFE_NO_PAD.decode(header.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({"alg": "ES256", "typ": "gangway-receipt+jwt", "kid": signer.kid()}));
}

#[test]
fn no_character_of_it_can_be_another() {
    let signer = Place::new().signer();
    let (jws, keys) = (signer.sign(&receipt(confirmed())).unwrap(), signer.jwks());
    for (at, was) in jws.char_indices() {
        let mut altered = jws.clone();
        altered.replace_range(at..=at, if was == 'A' { "B" } else { "A" });
        assert!(verify(&altered, &keys).is_err(), "{at}: {was}");
    }
    let (text, signature) = jws.rsplit_once('.').unwrap();
    for end in [String::new(), format!("{signature}="), format!("{signature}A"), signature[..43].to_owned()] {
        assert_eq!(verify(&format!("{text}.{end}"), &keys), Err(VerifyError::Altered), "{end}");
    }
    let (header, payload) = text.split_once('.').unwrap();
    let said = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let other = encoded(&said.replace("TeamViewer", "TeamViewed"));
    assert_eq!(verify(&format!("{header}.{other}.{signature}"), &keys), Err(VerifyError::Altered));
}

#[test]
fn a_receipt_of_a_key_that_is_not_given_is_not_believed() {
    let (mine, theirs) = (Place::new().signer(), Place::new().signer());
    let jws = theirs.sign(&receipt(confirmed())).unwrap();
    assert_eq!(verify(&jws, &mine.jwks()), Err(VerifyError::UnknownKey(theirs.kid().into())));
    let renamed = mine.jwks().replace(mine.kid(), theirs.kid());
    assert_eq!(verify(&jws, &renamed), Err(VerifyError::Altered));
    let empty = json!({"keys": []}).to_string();
    assert_eq!(verify(&jws, &empty), Err(VerifyError::UnknownKey(theirs.kid().into())));
    let both: Vec<_> = [&mine, &theirs]
        .map(|signer| serde_json::from_str::<Value>(&signer.jwks()).unwrap()["keys"][0].clone())
        .into();
    assert!(verify(&jws, &json!({"keys": both}).to_string()).is_ok());
}

#[test]
fn only_its_own_algorithm_and_type_are_a_receipts() {
    let place = Place::new();
    let signer = place.signer();
    let said = serde_json::to_string(&receipt(confirmed())).unwrap();
    let (kid, keys) = (signer.kid().to_owned(), signer.jwks());
    let good = json!({"alg": "ES256", "typ": TYPE, "kid": kid});
    assert!(verify(&signed(&place, &good, &said), &keys).is_ok());
    for header in [
        json!({"alg": "none", "typ": TYPE, "kid": kid}),
        json!({"alg": "HS256", "typ": TYPE, "kid": kid}),
        json!({"alg": "ES384", "typ": TYPE, "kid": kid}),
        json!({"alg": "es256", "typ": TYPE, "kid": kid}),
        json!({"alg": "ES256", "typ": "JWT", "kid": kid}),
        json!({"alg": "ES256", "kid": kid}),
        json!({"alg": "ES256", "typ": TYPE}),
        json!({"alg": "ES256", "typ": TYPE, "kid": kid, "crit": ["b64"], "b64": false}),
        json!({"alg": "ES256", "typ": TYPE, "kid": kid, "jwk": {}}),
    ] {
        let found = verify(&signed(&place, &header, &said), &keys);
        assert!(matches!(found, Err(VerifyError::NotAReceipt(_))), "{header}: {found:?}");
    }
}

#[test]
fn what_the_key_signed_but_is_no_receipt_is_none() {
    let place = Place::new();
    let signer = place.signer();
    let header = json!({"alg": "ES256", "typ": TYPE, "kid": signer.kid()});
    let good = serde_json::to_value(receipt(confirmed())).unwrap();
    let with = |at: &str, value: Value| {
        let mut json = good.clone();
        json[at] = value;
        json.to_string()
    };
    let verified = |payload: &str| verify(&signed(&place, &header, payload), &signer.jwks());
    assert!(verified(&good.to_string()).is_ok());
    for payload in [
        "{}",
        "7",
        "",
        &with("more", json!(1)),
        &with("issuedAt", json!("today")),
        &with("outcome", json!("?")),
    ] {
        assert!(matches!(verified(payload), Err(VerifyError::NotAReceipt(_))), "{payload}");
    }
    assert_eq!(verified(&with("version", json!(3))), Err(VerifyError::OtherVersion(3)));
}

/// As it was signed before receipts told of each token.
#[test]
fn a_receipt_of_before_keeps_verifying() {
    let place = Place::new();
    let signer = place.signer();
    let header = json!({"alg": "ES256", "typ": TYPE, "kid": signer.kid()});
    let mut old = serde_json::to_value(receipt(confirmed())).unwrap();
    old["version"] = json!(1);
    let verified = verify(&signed(&place, &header, &old.to_string()), &signer.jwks()).unwrap();
    assert_eq!((verified.receipt.version, verified.receipt.outcome), (1, Outcome::Confirmed));
    assert!(verified.receipt.tokens.is_empty() && verified.receipt.missing.is_empty());
}

#[test]
fn a_receipt_names_every_token_with_its_proof_and_what_is_missing() {
    let (id, used) = (TokenId(Uuid::from_u128(7)), TokenId(Uuid::from_u128(8)));
    let at = time("2026-11-23T12:00:02Z");
    let evidence = gangway_domain::Evidence { at, proofs: vec![Proof::RefreshTokenRefused] };
    let missing = vec![gangway_domain::Missing { what: MissingKind::RefreshAnswer, at }];
    let mut release = release(ReleaseState::Unaccounted(evidence, missing));
    let token = |id, kind, origin, proved| TokenRecord { id, kind, origin, obtained: at, proved };
    let known = vec![
        token(used, gangway_domain::TokenKind::Refresh, Origin::Code, Some((Proof::RefreshTokenRefused, at))),
        token(id, gangway_domain::TokenKind::Access, Origin::Refresh(used), None),
    ];
    release.tokens = TokenLog { known, omitted: 3 };
    let json = serde_json::to_value(Receipt::of(&release, "look there", at)).unwrap();
    assert_eq!(json["outcome"], "unaccounted");
    assert_eq!(json["missing"], json!([{"what": "refreshAnswerLost", "at": "2026-11-23T12:00:02Z"}]));
    assert_eq!(json["byHand"], "look there");
    let tokens = json!([
        {
            "id": used.to_string(), "kind": "refreshToken", "origin": "code", "obtainedAt": "2026-11-23T12:00:02Z",
            "proof": "refreshTokenRefused", "provedAt": "2026-11-23T12:00:02Z",
        },
        {
            "id": id.to_string(), "kind": "accessToken", "origin": "refresh", "refreshToken": used.to_string(),
            "obtainedAt": "2026-11-23T12:00:02Z",
        },
    ]);
    assert_eq!((&json["tokens"], &json["omittedTokens"]), (&tokens, &json!(3)));
}

#[test]
fn a_token_is_no_receipt_and_a_receipt_no_token() {
    let data = tempfile::tempdir().unwrap();
    let issuer = DevIssuer::open(data.path()).unwrap();
    let kind = TokenKind::Application { roles: vec![] };
    let request = TokenRequest { tenant: uuid::Uuid::nil(), kind, expires_in: 60 };
    let token = issuer.mint(&request, Timestamp::from_unix_seconds(0)).unwrap();
    let found = verify(&token, &issuer.jwks().to_string());
    assert_eq!(found, Err(VerifyError::NotAReceipt("its typ is another one")));
}

#[test]
fn what_is_too_long_or_nothing_is_not_looked_at() {
    let keys = Place::new().signer().jwks();
    assert_eq!(verify(&"a".repeat(LONGEST + 1), &keys), Err(VerifyError::TooLong));
    for text in ["", ".", "..", "a.b", "a.b.c", "e30.e30.", "{}", "\u{0}"] {
        assert!(matches!(verify(text, &keys), Err(VerifyError::NotAReceipt(_))), "{text:?}");
    }
}

#[test]
fn keys_that_are_none_are_said_to_be_that() {
    let signer = Place::new().signer();
    let jws = signer.sign(&receipt(confirmed())).unwrap();
    let key: Value = serde_json::from_str(&signer.jwks()).unwrap();
    let with = |at: &str, value: Value| {
        let mut set = key.clone();
        set["keys"][0][at] = value;
        set.to_string()
    };
    for keys in [
        String::new(),
        "{}".into(),
        " ".repeat(64 * 1024 + 1),
        json!({"keys": vec![key["keys"][0].clone(); 101]}).to_string(),
        with("use", json!("enc")),
        with("alg", json!("ES384")),
        with("crv", json!("P-384")),
        with("kty", json!("oct")),
    ] {
        assert!(matches!(verify(&jws, &keys), Err(VerifyError::Keys(_))), "{keys}");
    }
}

/// The longest that a release can make it.
#[test]
fn the_longest_receipt_there_is_can_be_verified() {
    let at = Timestamp::LAST;
    let wide = |length| "\u{10ffff}".repeat(length);
    let mut long = release(forced());
    long.partner_name = wide(gangway_domain::MAX_DISPLAY_NAME);
    long.account = Some(gangway_domain::Account::new(&wide(300), Some(&wide(300))));
    long.calls.extend((0..100).map(|_| gangway_domain::Call::new(at, Step::Redeem, None, &wide(300))));
    let reason = wide(gangway_domain::MAX_REASON);
    long.state = ReleaseState::Forced(gangway_domain::Forced { by: admin(), at, reason });
    let signer = Place::new().signer();
    let jws = signer.sign(&Receipt::of(&long, &wide(5000), at)).unwrap();
    assert!(jws.len() > 50_000 && jws.len() < LONGEST / 2, "{}", jws.len());
    let verified = verify(&jws, &signer.jwks()).unwrap().receipt;
    assert_eq!(verified.calls.len() as u64 + verified.omitted_calls, 102);
    assert_eq!(verified.forced.unwrap().by_hand.chars().count(), MAX_BY_HAND);
}

#[test]
fn the_key_is_made_once_for_its_owner_only_and_shown_nowhere() {
    let place = Place::new();
    assert!(Signer::find(place.0.path()).unwrap().is_none());
    let signer = place.signer();
    assert_eq!(place.signer().kid(), signer.kid());
    let path = place.0.path().join(Signer::FILE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for shown in [format!("{signer:?}"), signer.jwks()] {
        assert!(
            !shown.contains(file["private_key"].as_str().unwrap()) && !shown.contains("\"d\""),
            "{shown}"
        );
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Signer::open(place.0.path()), Err(SignerError::File(_))));
}

#[test]
fn a_damaged_key_is_not_written_over() {
    let place = Place::new();
    place.signer();
    let path = place.0.path().join(Signer::FILE);
    for damage in ["", "{}", r#"{"private_key":"AAAA"}"#, r#"{"private_key":"?"}"#] {
        fs::write(&path, damage).unwrap();
        assert!(matches!(Signer::open(place.0.path()), Err(SignerError::Damaged(_))), "{damage}");
        assert_eq!(fs::read_to_string(&path).unwrap(), damage);
    }
}

#[test]
fn whoever_comes_first_makes_the_key_and_everyone_has_the_same() {
    let place = Place::new();
    let kids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| place.signer().kid().to_owned())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(kids.iter().all(|kid| *kid == kids[0]), "{kids:?}");
}
