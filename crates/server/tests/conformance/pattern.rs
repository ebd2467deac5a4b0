use std::collections::BTreeMap;

use jiff::Timestamp;

/// What the placeholders of a vector stand for.
pub(crate) type Names = BTreeMap<String, String>;

const GUID_LENGTH: usize = 36;
const DATE_LENGTH: usize = 19;
/// Clocks, slow machines and long queues may put this many seconds between two looks at the time.
const TOLERANCE: i64 = 60;

/// A part of a text with placeholders.
enum Token {
    Literal(String),
    /// `<guid>`, or `<guid as NAME>`, which also gives the name to what was found.
    Guid(Option<String>),
    /// `<any text>`, `<any text as NAME>`: at least one character.
    AnyText(Option<String>),
    /// `<now>`: UTC without fraction and zone.
    Now,
    /// `<in N minutes>`: a point in time as the API writes it.
    InMinutes(i64),
}

/// The text with each `<name>` replaced by what it stands for. A value may have names in it as well; what
/// looks like one there and is none stays as it is.
///
/// # Errors
/// The first placeholder that stands for nothing.
pub(crate) fn fill_in(text: &str, names: &Names) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    for (literal, placeholder) in pieces(text) {
        filled.push_str(literal);
        if let Some(name) = placeholder {
            let value = names.get(name).ok_or_else(|| format!("nothing is called <{name}>"))?;
            filled.push_str(&filled_in_value(value, names));
        }
    }
    Ok(filled)
}

fn filled_in_value(value: &str, names: &Names) -> String {
    let mut filled = String::with_capacity(value.len());
    for (literal, placeholder) in pieces(value) {
        filled.push_str(literal);
        let Some(name) = placeholder else { continue };
        match names.get(name) {
            Some(value) => filled.push_str(value),
            None => filled.extend(["<", name, ">"]),
        }
    }
    filled
}

/// Whether the whole text is as the pattern says; answers with what the pattern gives a name to.
///
/// # Errors
/// A pattern with a placeholder that stands for nothing.
pub(crate) fn find(pattern: &str, text: &str, names: &Names) -> Result<Option<Names>, String> {
    let mut tokens = Vec::new();
    for (literal, placeholder) in pieces(pattern) {
        push_literal(&mut tokens, literal);
        if let Some(name) = placeholder {
            match names.get(name) {
                Some(value) => push_literal(&mut tokens, &filled_in_value(value, names)),
                None => tokens.push(token(name)?),
            }
        }
    }
    let mut found = Names::new();
    Ok(matches(&tokens, text, &mut found).then_some(found))
}

fn push_literal(tokens: &mut Vec<Token>, text: &str) {
    match tokens.last_mut() {
        Some(Token::Literal(literal)) => literal.push_str(text),
        _ => tokens.push(Token::Literal(text.to_owned())),
    }
}

fn token(placeholder: &str) -> Result<Token, String> {
    let (kind, name) = match placeholder.split_once(" as ") {
        Some((kind, name)) => (kind, Some(name.to_owned())),
        None => (placeholder, None),
    };
    let minutes = kind.strip_prefix("in ").and_then(|rest| rest.strip_suffix(" minutes"));
    match (kind, minutes.and_then(|n| n.parse().ok())) {
        ("guid", _) => Ok(Token::Guid(name)),
        ("any text", _) => Ok(Token::AnyText(name)),
        ("now", _) => Ok(Token::Now),
        (_, Some(minutes)) => Ok(Token::InMinutes(minutes)),
        _ => Err(format!("nothing is called <{placeholder}>")),
    }
}

/// The text as literals, each with the placeholder behind it. `<` without a lower-case letter behind it,
/// or without `>`, is itself.
fn pieces(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut pieces = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(open) = text[from..].find('<').map(|at| from + at) {
        let inside = &text[open + 1..];
        let end = inside.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || " -".contains(c)));
        match end {
            Some(end) if end > 0 && inside[end..].starts_with('>') => {
                pieces.push((&text[start..open], Some(&inside[..end])));
                start = open + 1 + end + 1;
                from = start;
            }
            _ => from = open + 1,
        }
    }
    pieces.push((&text[start..], None));
    pieces
}

fn matches(tokens: &[Token], text: &str, found: &mut Names) -> bool {
    let Some((first, rest)) = tokens.split_first() else { return text.is_empty() };
    match first {
        Token::Literal(literal) => {
            text.strip_prefix(literal.as_str()).is_some_and(|t| matches(rest, t, found))
        }
        Token::Guid(name) => text.split_at_checked(GUID_LENGTH).is_some_and(|(guid, after)| {
            is_guid(guid) && matches(rest, after, found) && keep(found, name.as_ref(), guid)
        }),
        Token::Now => text
            .split_at_checked(DATE_LENGTH)
            .is_some_and(|(date, after)| is_now(date) && matches(rest, after, found)),
        Token::InMinutes(minutes) => text
            .find('Z')
            .and_then(|end| text.split_at_checked(end + 1))
            .is_some_and(|(time, after)| is_in(time, *minutes) && matches(rest, after, found)),
        Token::AnyText(name) => {
            let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
            ends.into_iter()
                .any(|end| matches(rest, &text[end..], found) && keep(found, name.as_ref(), &text[..end]))
        }
    }
}

fn keep(found: &mut Names, name: Option<&String>, value: &str) -> bool {
    if let Some(name) = name {
        found.insert(name.clone(), value.to_owned());
    }
    true
}

/// A GUID as the API writes it: in lower case, with hyphens.
pub(crate) fn is_guid(text: &str) -> bool {
    let hyphen_at = |n| matches!(n, 8 | 13 | 18 | 23);
    text.len() == GUID_LENGTH
        && text.bytes().enumerate().all(|(n, byte)| match byte {
            b'-' => hyphen_at(n),
            b'0'..=b'9' | b'a'..=b'f' => !hyphen_at(n),
            _ => false,
        })
}

/// Seconds since the Unix epoch.
#[expect(
    clippy::disallowed_methods,
    reason = "the server under test is a process of its own, with a real clock"
)]
pub(crate) fn seconds_now() -> i64 {
    Timestamp::now().as_second()
}

fn is_date(text: &str) -> bool {
    text.bytes().zip(b"dddd-dd-ddTdd:dd:dd").all(|(byte, form)| match form {
        b'd' => byte.is_ascii_digit(),
        other => byte == *other,
    })
}

fn is_now(text: &str) -> bool {
    let time = format!("{text}Z").parse::<Timestamp>();
    is_date(text) && time.is_ok_and(|time| (time.as_second() - seconds_now()).abs() <= TOLERANCE)
}

/// As the API writes points in time: with as many digits as needed, at most 7.
fn is_in(text: &str, minutes: i64) -> bool {
    let Some((date, fraction)) = text.strip_suffix('Z').and_then(|text| text.split_at_checked(DATE_LENGTH))
    else {
        return false;
    };
    let digits = fraction.strip_prefix('.').unwrap_or("1");
    let fraction_is_fine = digits.len() <= 7
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.is_empty()
        && !digits.ends_with('0');
    let time = text.parse::<Timestamp>();
    let is_near = |time: Timestamp| (time.as_second() - seconds_now() - 60 * minutes).abs() <= TOLERANCE;
    is_date(date) && fraction_is_fine && time.is_ok_and(is_near)
}

/// The text without what differs from one answer to the next: GUIDs and dates.
pub(crate) fn without_identity(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let starts_with = |length, is: fn(&str) -> bool| rest.get(..length).is_some_and(is);
        let (length, shown) = if starts_with(GUID_LENGTH, is_guid) {
            (GUID_LENGTH, "<guid>")
        } else if starts_with(DATE_LENGTH, is_date) {
            (DATE_LENGTH, "<date>")
        } else {
            (first.len_utf8(), &rest[..first.len_utf8()])
        };
        plain.push_str(shown);
        rest = &rest[length..];
    }
    plain
}
