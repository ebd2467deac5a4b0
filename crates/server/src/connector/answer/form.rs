//! Answers that are forms, as some partners give them in place of JSON.

use url::form_urlencoded;
use zeroize::Zeroizing;

/// A name and its value.
pub(in crate::connector) type Field = (Zeroizing<String>, Zeroizing<String>);

/// The fields of a body that is plainly a form: one line of characters that need no escape there, with names that are names and
/// a value for each.
pub(in crate::connector) fn form_fields(body: &[u8]) -> Option<Vec<Field>> {
    let body = body.trim_ascii();
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~+%=&*!:/,;@()$'".contains(b);
    // What has no value may be the end of a value with a `&` in it.
    let has_value = |part: &[u8]| part.is_empty() || part.contains(&b'=');
    if body.is_empty() || !body.iter().all(is_plain) || !body.split(|b| *b == b'&').all(has_value) {
        return None;
    }
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let owned = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        (Zeroizing::new(name.into_owned()), Zeroizing::new(value.into_owned()))
    };
    let fields: Vec<Field> = form_urlencoded::parse(body).map(owned).collect();
    fields.iter().all(|(name, _)| is_name(name)).then_some(fields)
}
