use gangway_odata::query_options;
use gangway_odata::token::{InvalidToken, PageKey, PageState, PagingKey, Scope};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;
use zeroize::Zeroizing;

const TENANT: [u8; 16] = [7; 16];
const ROUTE: &str = "v1.0/deviceManagement/auditEvents";

/// A paging token. The first line of the input is a query string, the second is a token that
/// somebody made up; each line after them is a key of a state: a number behind `#`, text behind
/// `'`, bytes behind `=`, anything else is null.
pub fn token(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n');
    let query = String::from_utf8_lossy(lines.next().unwrap_or_default());
    let made_up = String::from_utf8_lossy(lines.next().unwrap_or_default());
    let state = PageState { keys: lines.map(page_key).collect(), id: id(input) };
    let key = PagingKey::new(&Zeroizing::new([1; 32]));
    let scope = Scope::new(TENANT, ROUTE, query_options(&query));

    assert_eq!(key.open(&scope, &made_up), Err(InvalidToken), "opened what was never sealed");
    let Ok(token) = key.seal(&scope, &state) else { return };
    assert_eq!(key.open(&scope, &token).as_ref(), Ok(&state));
    assert_eq!(key.open(&written_otherwise(&query), &token).as_ref(), Ok(&state), "the same query");
    for other in [
        Scope::new([8; 16], ROUTE, query_options(&query)),
        Scope::new(TENANT, "beta/deviceManagement/auditEvents", query_options(&query)),
        Scope::new(TENANT, ROUTE, query_options(&format!("{query}&x"))),
    ] {
        assert_eq!(key.open(&other, &token), Err(InvalidToken), "opened in another scope");
    }
    check_changed(&key, &scope, &token, input);
}

fn page_key(line: &[u8]) -> PageKey {
    let number = |text: &str| text.parse().ok();
    match line.split_first() {
        Some((b'#', rest)) => {
            let first = rest.iter().chain(&[0; 8]).take(8).fold(0, |sum: i64, b| sum << 8 | i64::from(*b));
            PageKey::Integer(std::str::from_utf8(rest).ok().and_then(number).unwrap_or(first))
        }
        Some((b'\'', rest)) => PageKey::Text(String::from_utf8_lossy(rest).into_owned()),
        Some((b'=', rest)) => PageKey::Bytes(rest.to_vec()),
        Some(_) | None => PageKey::Null,
    }
}

/// The last bytes of the input.
fn id(input: &[u8]) -> Uuid {
    Uuid::from_u128(input.iter().rev().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte)))
}

/// The options the other way round, everything percent-encoded, with a token among them.
fn written_otherwise(query: &str) -> Scope {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut options: Vec<_> =
        query_options(query).map(|o| format!("{}={}", encoded(&o.name), encoded(&o.value))).collect();
    options.push("$skipToken=x".into());
    options.reverse();
    Scope::new(TENANT, ROUTE, query_options(&options.join("&")))
}

/// A token with one character changed, left out or added is none.
fn check_changed(key: &PagingKey, scope: &Scope, token: &str, input: &[u8]) {
    let place =
        input.iter().fold(0, |sum: usize, byte| sum.wrapping_mul(31) + usize::from(*byte)) % token.len();
    let (before, behind) = token.split_at(place);
    let other = if behind.starts_with('A') { 'B' } else { 'A' };
    let rest = behind.get(1..).unwrap_or_default();
    for changed in
        [format!("{before}{other}{rest}"), format!("{before}{rest}"), format!("{before}{other}{behind}")]
    {
        // To leave out or double one of several like it changes nothing.
        if changed != token {
            assert_eq!(key.open(scope, &changed), Err(InvalidToken), "opened a changed token");
        }
    }
}
