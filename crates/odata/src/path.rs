use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// One segment of a resource path, percent-decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<'a> {
    text: Cow<'a, str>,
}

/// A segment is no text once it is percent-decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a path segment is not valid UTF-8 after percent-decoding, or has a broken escape")]
pub struct InvalidPath;

/// The segments of a resource path. It is split before it is decoded, so that an escaped slash is
/// part of a segment. Empty segments count for nothing.
pub fn segments(path: &str) -> impl Iterator<Item = Result<Segment<'_>, InvalidPath>> {
    path.split('/').filter(|raw| !raw.is_empty()).map(|raw| {
        if !raw.contains('%') {
            return Ok(Segment { text: Cow::Borrowed(raw) });
        }
        if has_broken_escape(raw) {
            return Err(InvalidPath);
        }
        percent_decode_str(raw).decode_utf8().map(|text| Segment { text }).map_err(|_| InvalidPath)
    })
}

fn has_broken_escape(raw: &str) -> bool {
    raw.split('%').skip(1).any(|rest| {
        let mut digits = rest.bytes().take(2);
        !(digits.by_ref().all(|b| b.is_ascii_hexdigit()) && rest.len() >= 2)
    })
}

impl<'a> Segment<'a> {
    /// The whole segment.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole segment, to keep.
    #[must_use]
    pub fn into_text(self) -> Cow<'a, str> {
        self.text
    }

    /// Whether this is that name; names in Graph's URLs are compared without regard to case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.text.eq_ignore_ascii_case(name)
    }

    /// Whether this names an action, or a function without parameters, by itself or qualified with
    /// the namespace.
    #[must_use]
    pub fn is_operation(&self, namespace: &str, name: &str) -> bool {
        is_operation(&self.text, namespace, name)
    }

    /// Whether this calls a function without parameters; the parentheses may be left out.
    #[must_use]
    pub fn is_call(&self, namespace: &str, name: &str) -> bool {
        is_operation(self.text.strip_suffix("()").unwrap_or(&self.text), namespace, name)
    }

    /// The text that this gives a function's only parameter, if it calls that function:
    /// `name(parameter='text')`; doubled quotes are single ones inside.
    #[must_use]
    pub fn argument_of(&self, namespace: &str, name: &str, parameter: &str) -> Option<Cow<'_, str>> {
        let (before, rest) = self.text.split_once('(')?;
        let (given, value) = rest.strip_suffix(')')?.split_once('=')?;
        if !is_operation(before, namespace, name) || !given.trim().eq_ignore_ascii_case(parameter) {
            return None;
        }
        unquoted(value.trim())
    }

    /// The key in `Name('key')`, if this segment is that name with one string key; doubled quotes
    /// are single ones inside.
    #[must_use]
    pub fn key_of(&self, name: &str) -> Option<Cow<'_, str>> {
        let (before, rest) = self.text.split_once('(')?;
        if !before.eq_ignore_ascii_case(name) {
            return None;
        }
        unquoted(rest.strip_suffix(')')?)
    }
}

fn is_operation(text: &str, namespace: &str, name: &str) -> bool {
    let is = |part: &str| part.eq_ignore_ascii_case(name);
    is(text) || text.rsplit_once('.').is_some_and(|(ns, part)| ns.eq_ignore_ascii_case(namespace) && is(part))
}

/// The text between two quotes.
fn unquoted(literal: &str) -> Option<Cow<'_, str>> {
    let quoted = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    if !quoted.contains('\'') {
        return Some(Cow::Borrowed(quoted));
    }
    let alone = quoted.replace("''", "").contains('\'');
    (!alone).then(|| Cow::Owned(quoted.replace("''", "'")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(path: &str) -> Vec<String> {
        segments(path).map(|s| s.unwrap().into_text().into_owned()).collect()
    }

    #[test]
    fn a_path_is_split_before_it_is_decoded() {
        assert_eq!(texts("/v1.0//a%2Fb/%41/"), ["v1.0", "a/b", "A"]);
        assert_eq!(texts("/"), [""; 0]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for path in ["/%ff", "/%", "/%4", "/%zz", "/a%C3"] {
            assert_eq!(segments(path).last(), Some(Err(InvalidPath)), "{path}");
        }
    }

    #[test]
    fn a_key_is_one_quoted_string() {
        let key = |text: &str| {
            let segment = Segment { text: Cow::Borrowed(text) };
            segment.key_of("partners").map(Cow::into_owned)
        };
        assert_eq!(key("partners('x')").as_deref(), Some("x"));
        assert_eq!(key("PARTNERS('it''s')").as_deref(), Some("it's"));
        assert_eq!(key("partners('')").as_deref(), Some(""));
        assert_eq!(key("partners('a\0''''b')").as_deref(), Some("a\0''b"));
        for other in [
            "partners",
            "partners()",
            "partners(x)",
            "partners('x",
            "partners('a'b')",
            "partners('a'''b')",
            "others('x')",
            "partners(')",
        ] {
            assert_eq!(key(other), None, "{other}");
        }
    }

    #[test]
    fn an_action_may_be_qualified_by_its_namespace_only() {
        let is =
            |text: &str| Segment { text: Cow::Borrowed(text) }.is_operation("microsoft.graph", "disconnect");
        assert!(is("disconnect") && is("Disconnect") && is("microsoft.graph.disconnect"));
        assert!(
            !is("graph.disconnect")
                && !is(".disconnect")
                && !is("microsoft.graph.")
                && !is("x.microsoft.graph.disconnect")
        );
    }

    #[test]
    fn an_argument_is_one_quoted_string_under_its_name() {
        let argument = |text: &str| {
            let segment = Segment { text: Cow::Borrowed(text) };
            segment.argument_of("microsoft.graph", "types", "category").map(Cow::into_owned)
        };
        assert_eq!(argument("types(category='x')").as_deref(), Some("x"));
        assert_eq!(argument("Microsoft.Graph.Types( Category = 'it''s' )").as_deref(), Some("it's"));
        for other in
            ["types", "types()", "types('x')", "types(category=x)", "types(other='x')", "x(category='x')"]
        {
            assert_eq!(argument(other), None, "{other}");
        }
        let call = |text: &str| Segment { text: Cow::Borrowed(text) }.is_call("microsoft.graph", "all");
        assert!(call("all") && call("all()") && call("microsoft.graph.all()") && !call("all(x)"));
    }

    proptest! {
        #[test]
        fn no_path_makes_the_parser_panic(path in "[/%'()a-fA-F0-9.]{0,40}|\\PC{0,30}") {
            for segment in segments(&path).flatten() {
                let _ = segment.key_of("a");
                let _ = segment.is_operation("a.b", "c");
                let _ = segment.argument_of("a.b", "a", "b");
            }
        }
    }
}
