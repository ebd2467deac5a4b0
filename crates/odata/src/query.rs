use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// One option of a query string, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryOption<'a> {
    /// Its name, with the `$` if it was written.
    pub name: Cow<'a, str>,
    /// Its value; empty if it has none.
    pub value: Cow<'a, str>,
}

/// The options of a query string, in order. Plus signs are blanks; what is not UTF-8 is shown as
/// U+FFFD.
pub fn query_options(query: &str) -> impl Iterator<Item = QueryOption<'_>> {
    query.split('&').filter(|part| !part.is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        QueryOption { name: decoded(name), value: decoded(value) }
    })
}

fn decoded(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_however_a_client_encodes_them() {
        let read =
            |query| query_options(query).map(|o| format!("{}={}", o.name, o.value)).collect::<Vec<_>>();
        let expected = ["$filter=displayName eq 'a,b'", "$top=5"];
        assert_eq!(read("$filter=displayName+eq+'a,b'&$top=5"), expected);
        assert_eq!(read("%24filter=displayName%20eq%20%27a%2Cb%27&%24top=5"), expected);
        assert_eq!(read(""), [""; 0]);
        assert_eq!(read("&x&=y"), ["x=", "=y"]);
    }
}
