//! `gangway release verify`: what it prints, and what it believes.

use std::path::Path;

use gangway_domain::{
    Activity, Actor, CallLog, ConnectorKind, Correlated, Evidence, Generation, PartnerId, Proof, Release,
    ReleaseId, ReleaseState, RequestedBy, TenantId, Timestamp, TokenLog, Version,
};
use gangway_server::receipt::{Receipt, Signer};
use uuid::{Uuid, uuid};

use crate::support::{Place, Setup};

fn release(name: &str) -> Release {
    let at: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    Release {
        tenant: TenantId(uuid!("aaaabbbb-0000-cccc-1111-dddd2222eeee")),
        id: ReleaseId(uuid!("019ab000-0000-7000-8000-000000000001")),
        partner: PartnerId(uuid!("6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a")),
        partner_name: name.to_owned(),
        generation: Generation(3),
        connector: ConnectorKind::OAuth2,
        profile: None,
        account: None,
        asked: RequestedBy {
            by: Correlated { actor: Actor::Gangway, correlation: Uuid::nil() },
            activity: Activity::Disconnect,
            at,
        },
        state: ReleaseState::Confirmed(Evidence { at, proofs: vec![Proof::RefreshTokenInactive] }),
        tries: 2,
        tokens: TokenLog::default(),
        calls: CallLog::default(),
        version: Version(4),
    }
}

/// A receipt of this data directory's key, and where its public keys are.
fn signed(place: &Place, data: &Path, name: &str) -> (std::path::PathBuf, std::path::PathBuf) {
    let signer = Signer::open(data).unwrap();
    let receipt = Receipt::new(&release(name), "", "2026-11-24T12:00:00Z".parse().unwrap());
    let jws = signer.sign(&receipt).unwrap();
    (place.file("receipt.jws", &format!("{jws}\n")), place.file("keys.json", &signer.jwks()))
}

fn verify(receipt: &Path) -> Setup {
    Setup::of(&["release", "verify"]).arg(receipt)
}

#[test]
fn a_good_receipt_is_told_in_plain_lines() {
    let place = Place::new();
    let (receipt, keys) = signed(&place, &place.data(), "TeamViewer\nsignature good, key x");
    let kid = Signer::open(&place.data()).unwrap().kid().to_owned();
    let with_keys = verify(&receipt).arg("--keys").arg(&keys).env("GANGWAY_DATA", place.path("elsewhere"));
    for setup in [with_keys, verify(&receipt).at(&place.data())] {
        let outcome = setup.outcome();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
        let lines: Vec<_> = outcome.stdout.lines().collect();
        assert_eq!(*lines.last().unwrap(), format!("signature good, key {kid}"));
        assert_eq!(lines.iter().filter(|line| line.starts_with("signature")).count(), 1, "{outcome:?}");
        for said in [
            "release   019ab000-0000-7000-8000-000000000001",
            "partner   TeamViewer signature good, key x (6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a)",
            "asked     2026-11-23T12:00:00Z, by Gangway, disconnect RemoteAssistancePartner",
            "outcome   confirmed at 2026-11-23T12:00:00Z: refreshTokenInactive",
            "issued    2026-11-24T12:00:00Z",
        ] {
            assert!(lines.contains(&said), "{said:?} is not in {lines:?}");
        }
    }
}

#[test]
fn what_is_not_a_good_receipt_is_refused_with_its_reason_and_tells_nothing() {
    let (place, other) = (Place::new(), Place::new());
    let (receipt, keys) = signed(&place, &place.data(), "TeamViewer");
    let (_, other_keys) = signed(&other, &other.data(), "TeamViewer");
    let jws = std::fs::read_to_string(&receipt).unwrap();
    let mut altered = jws.trim().to_owned();
    let at = altered.len() - 40;
    let put = if &altered[at..=at] == "A" { "B" } else { "A" };
    altered.replace_range(at..=at, put);
    let altered = place.file("altered.jws", &altered);
    let long = place.file("long.jws", &"a".repeat(1_000_000));
    let check = |receipt: &Path, keys: &Path| verify(receipt).arg("--keys").arg(keys).outcome();
    check(&altered, &keys).is_refused_naming(&["altered.jws", "signature is not good"]);
    check(&receipt, &other_keys).is_refused_naming(&["receipt.jws", "not among the keys"]);
    check(&keys, &keys).is_refused_naming(&["keys.json", "not a receipt"]);
    check(&receipt, &receipt).is_refused_naming(&["no JSON Web Key Set"]);
    check(&long, &keys).is_refused_naming(&["longer"]);
    check(&place.path("missing"), &keys).is_refused_naming(&["missing"]);
    verify(&receipt).at(&other.path("nothing")).outcome().is_refused_naming(&["receipt-key.json", "--keys"]);
    assert!(!other.path("nothing").exists(), "to verify makes no key");
}
