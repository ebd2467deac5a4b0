use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gangway_server::identity::{DevIssuer, IdentitySettings};
use http::HeaderValue;
use proptest::prelude::*;
use serde_json::json;

use crate::support::{NOW, Subject, TENANT};

/// Something that is a JSON value, or nearly.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "null|true|-?[0-9]{1,30}|-?[0-9]e[0-9]{1,3}|\\[\\]|\\{\\}|\\[[0-9]\\]",
        "\\PC{0,20}".prop_map(|text| json!(text).to_string()),
        Just(json!("http://localhost/gangway/issuer").to_string()),
        Just(json!(TENANT).to_string()),
        Just(NOW.to_string()),
    ]
}

/// A JSON object with the members a token may have.
fn object(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec((prop::sample::select(names), value()), 0..8).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

fn token() -> impl Strategy<Value = Vec<u8>> {
    let claims = object(&["iss", "aud", "exp", "nbf", "tid", "oid", "scp", "roles", "idp", "idtyp", "upn"]);
    let header = prop_oneof![Just(r#"{"alg":"ES256"}"#.to_owned()), object(&["alg", "kid", "crit", "typ"])];
    let parts = (header, claims, prop::collection::vec(any::<u8>(), 0..80)).prop_map(
        |(header, claims, signature)| {
            let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            format!("{}.{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()), encode(&signature))
                .into_bytes()
        },
    );
    prop_oneof![
        parts,
        prop::collection::vec(any::<u8>(), 0..200),
        "[A-Za-z0-9_.-]{0,60}".prop_map(String::into_bytes)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic_or_let_anyone_in(scheme in "(Bearer |bearer|)", token in token()) {
        thread_local! {
            static FIXTURE: (tokio::runtime::Runtime, tempfile::TempDir, Subject) = {
                let dir = tempfile::tempdir().unwrap();
                let issuer = DevIssuer::open(dir.path()).unwrap();
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                (runtime, dir, Subject::new(&IdentitySettings::default(), Some(&issuer)))
            };
        }
        let header = [scheme.as_bytes(), &token].concat();
        if let Ok(header) = HeaderValue::from_bytes(&header) {
            let answer = FIXTURE.with(|(runtime, _, subject)| runtime.block_on(subject.identity.caller(Some(&header))));
            prop_assert!(answer.is_err());
        }
    }
}
