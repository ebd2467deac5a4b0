use super::error::{Fault, Parsed, shown};

/// The number that `$top` or `$skip` is; those beyond what OData.NET can keep are refused like it
/// does.
pub(super) fn amount(name: &str, text: &str) -> Parsed<u64> {
    let digits = text.trim();
    let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<i64>().ok()).flatten();
    number.and_then(|number| u64::try_from(number).ok()).ok_or_else(|| {
        Fault::new(0, format!(
            "Invalid value '{}' for {name} query option found. The {name} query option requires a non-negative \
             integer value.",
            shown(text)
        ))
    })
}

/// Whether `$count` is `true`.
pub(super) fn count(text: &str) -> Parsed<bool> {
    match text.trim() {
        word if word.eq_ignore_ascii_case("true") => Ok(true),
        word if word.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Fault::new(0, format!("'{}' is not a valid count option.", shown(text)))),
    }
}

/// The media type that `$format` is; `json` is short for `application/json`.
///
/// Source: OData 4.01 URL Conventions, 5.1.6.
pub(super) fn format(text: &str) -> Parsed<String> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("json") {
        return Ok("application/json".into());
    }
    if text.is_empty() || !text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err(Fault::new(0, format!("The MIME type '{}' is invalid or unspecified.", shown(text))));
    }
    Ok(text.into())
}
