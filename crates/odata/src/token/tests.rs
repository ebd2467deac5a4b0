use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::query::query_options;

const TENANT: [u8; 16] = [7; 16];
const ROUTE: &str = "v1.0/deviceManagement/auditEvents";
const QUERY: &str = "$filter=componentName eq 'X'&$orderby=activityDateTime desc&$top=50";

fn key(byte: u8) -> PagingKey {
    PagingKey::new(&Zeroizing::new([byte; 32]))
}

fn scope(query: &str) -> Scope {
    Scope::new(TENANT, ROUTE, query_options(query))
}

fn state() -> PageState {
    let keys =
        vec![PageKey::Integer(-5), PageKey::Null, PageKey::Text("é".into()), PageKey::Bytes(vec![0; 3])];
    PageState { keys, id: Uuid::from_u128(9) }
}

#[test]
fn a_token_is_good_for_the_request_that_got_it_and_no_other() {
    let token = key(1).seal(&scope(QUERY), &state()).unwrap();
    assert_eq!(key(1).open(&scope(QUERY), &token), Ok(state()));
    // However a client encodes the link, and with the token in it.
    for same in [
        "%24top=50&$ORDERBY=activityDateTime+desc&$filter=componentName%20eq%20%27X%27&$skiptoken=x",
        "top=50&$orderby=activityDateTime desc&skipToken=y&filter=componentName eq 'X'",
    ] {
        assert_eq!(key(1).open(&scope(same), &token), Ok(state()), "{same}");
    }
    let others = [
        scope(""),
        scope("$filter=componentName eq 'Y'&$orderby=activityDateTime desc&$top=50"),
        scope("$filter=componentName eq 'X'&$orderby=activityDateTime desc&$top=51"),
        scope(&format!("{QUERY}&$count=true")),
        Scope::new([8; 16], ROUTE, query_options(QUERY)),
        Scope::new(TENANT, "beta/deviceManagement/auditEvents", query_options(QUERY)),
    ];
    for other in others {
        assert_eq!(key(1).open(&other, &token), Err(InvalidToken));
    }
    assert_eq!(key(2).open(&scope(QUERY), &token), Err(InvalidToken));
}

#[test]
fn nothing_moves_from_one_field_to_the_next() {
    let option =
        |name: &'static str, value: &'static str| QueryOption { name: name.into(), value: value.into() };
    let scopes = [
        Scope::new(TENANT, "a", [option("$filter", "bc")]),
        Scope::new(TENANT, "a", [option("$filterb", "c")]),
        Scope::new(TENANT, "afilter", [option("b", "c")]),
        Scope::new(TENANT, "a", [option("$filter", "b"), option("", "c")]),
        Scope::new(TENANT, "a", [option("$filter", ""), option("bc", "")]),
        Scope::new(TENANT, "afilterbc", []),
        Scope::new(TENANT, "a", [option("b", "c"), option("d", "")]),
        Scope::new(TENANT, "a", [option("b\0\0\0\0\0\0\0\u{1}cd", "")]),
    ];
    for (n, one) in scopes.iter().enumerate() {
        assert!(scopes.iter().skip(n + 1).all(|other| other != one), "{one:?}");
    }
}

#[test]
fn a_key_does_not_show_itself() {
    assert_eq!(format!("{:?}", key(0x41)), "PagingKey { .. }");
}

#[test]
fn a_token_is_as_long_as_it_may_be_and_no_longer() {
    let with = |length: usize| PageState { keys: vec![PageKey::Text("a".repeat(length))], ..state() };
    let fixed = 1 + 16 + 1 + 8 + TAG;
    let longest = MAX_SKIP_TOKEN_LENGTH / 4 * 3 - fixed;
    let token = key(1).seal(&scope(QUERY), &with(longest)).unwrap();
    assert_eq!(token.len(), MAX_SKIP_TOKEN_LENGTH);
    assert_eq!(key(1).open(&scope(QUERY), &token), Ok(with(longest)));
    assert_eq!(key(1).seal(&scope(QUERY), &with(longest + 1)), Err(StateTooLarge));
    let mut content = vec![VERSION];
    with(longest + 1).write(&mut content);
    assert_eq!(key(1).open(&scope(QUERY), &signed(&content)), Err(InvalidToken));
}

/// A token of any content, signed as it should be.
fn signed(content: &[u8]) -> String {
    let tag = hmac::sign(&key(1).key, &scope(QUERY).signed(content));
    URL_SAFE_NO_PAD.encode([content, tag.as_ref()].concat())
}

#[test]
fn what_is_signed_but_of_another_version_or_form_is_refused() {
    let mut good = vec![VERSION];
    state().write(&mut good);
    assert_eq!(key(1).open(&scope(QUERY), &signed(&good)), Ok(state()));
    for cut in (0..good.len()).chain([good.len() - 1]) {
        let content = good.get(..cut).unwrap();
        let opened = key(1).open(&scope(QUERY), &signed(content));
        assert!(opened.is_err() || opened.unwrap().keys.len() < state().keys.len(), "{cut}");
    }
    good[0] = VERSION + 1;
    assert_eq!(key(1).open(&scope(QUERY), &signed(&good)), Err(InvalidToken));
}

fn any_key() -> impl Strategy<Value = PageKey> {
    prop_oneof![
        Just(PageKey::Null),
        any::<i64>().prop_map(PageKey::Integer),
        ".{0,20}".prop_map(PageKey::Text),
        vec(any::<u8>(), 0..20).prop_map(PageKey::Bytes),
    ]
}

fn any_state() -> impl Strategy<Value = PageState> {
    (vec(any_key(), 0..6), any::<u128>()).prop_map(|(keys, id)| PageState { keys, id: Uuid::from_u128(id) })
}

proptest! {
    #[test]
    fn what_was_sealed_is_opened_and_any_flipped_bit_is_refused(
        state in any_state(),
        flipped in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let token = key(1).seal(&scope(QUERY), &state).unwrap();
        prop_assert_eq!(key(1).open(&scope(QUERY), &token), Ok(state));
        let mut bytes = token.into_bytes();
        let at = flipped.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert_eq!(key(1).open(&scope(QUERY), &changed), Err(InvalidToken));
        }
    }

    #[test]
    fn garbage_is_refused(text in "[A-Za-z0-9_-]{0,200}|\\PC{0,40}", bytes in vec(any::<u8>(), 0..80)) {
        prop_assert_eq!(key(1).open(&scope(QUERY), &text), Err(InvalidToken));
        prop_assert_eq!(key(1).open(&scope(QUERY), &URL_SAFE_NO_PAD.encode(&bytes)), Err(InvalidToken));
        let _ = PageState::read(&bytes);
    }
}
