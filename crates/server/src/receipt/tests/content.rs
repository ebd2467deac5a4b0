use gangway_domain::{MissingKind, Origin, TokenId, TokenLog, TokenRecord, TokenSet};
use serde_json::json;
use uuid::Uuid;

use super::*;

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
    let json = serde_json::to_value(Receipt::new(&release, "look there", at)).unwrap();
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

/// The longest that a release can make it.
#[test]
fn the_longest_receipt_there_is_can_be_verified() {
    let at = Timestamp::LAST;
    let wide = |length| "\u{10ffff}".repeat(length);
    let mut long = release(forced());
    long.partner_name = wide(gangway_domain::MAX_DISPLAY_NAME);
    long.account = Some(gangway_domain::Account::new(&wide(300), Some(&wide(300))));
    long.calls.extend((0..100).map(|_| gangway_domain::Call::new(at, Step::Redeem, None, &wide(300))));
    let token = TokenRecord {
        id: TokenId(Uuid::max()),
        kind: gangway_domain::TokenKind::Refresh,
        origin: Origin::Refresh(TokenId(Uuid::max())),
        obtained: at,
        proved: Some((Proof::RefreshTokenInactive, at)),
    };
    let known = vec![token; TokenSet::<()>::MOST_LIVING + TokenSet::<()>::MOST_DEAD];
    long.tokens = TokenLog { known, omitted: u64::MAX };
    let reason = wide(gangway_domain::MAX_REASON);
    long.state = ReleaseState::Forced(gangway_domain::Forced { by: admin(), at, reason });
    let signer = Place::new().signer();
    let jws = signer.sign(&Receipt::new(&long, &wide(5000), at)).unwrap();
    assert!(jws.len() > 150_000 && jws.len() < LONGEST / 2, "{}", jws.len());
    let verified = verify(&jws, &signer.jwks()).unwrap().receipt;
    assert_eq!(verified.calls.len() as u64 + verified.omitted_calls, 102);
    assert_eq!(verified.forced.unwrap().by_hand.chars().count(), MAX_BY_HAND);
}
