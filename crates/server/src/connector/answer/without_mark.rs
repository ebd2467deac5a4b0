/// JSON without the byte order mark that some put before it.
pub(in crate::connector) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}
