use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::body::BodyForm;

/// The answer to a batch, written into one buffer as its parts become known, in whatever order they
/// do.
///
/// Source: OData JSON Format Version 4.01, section 19.2.
#[derive(Debug)]
pub struct Responses {
    json: Vec<u8>,
    any: bool,
}

impl Responses {
    /// An answer without parts, with room for this many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        let mut json = Vec::with_capacity(bytes);
        json.extend_from_slice(br#"{"responses":["#);
        Self { json, any: false }
    }

    /// Adds the answer to the request with this id. A body of a JSON type has to be JSON, and is
    /// taken over as it is; a text becomes a string, as OData has it (what Graph does with the text
    /// of `/$count` is not known); anything else becomes a string of base64url. An answer without a
    /// body has no member for it.
    pub fn push<'h>(
        &mut self,
        id: &str,
        status: u16,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
        body: &[u8],
    ) {
        if self.any {
            self.json.push(b',');
        }
        self.any = true;
        self.json.extend_from_slice(br#"{"id":"#);
        self.string(id);
        // Into memory, where nothing can go wrong.
        let _ = write!(self.json, r#","status":{status},"headers":{{"#);
        let form = self.headers(headers);
        self.json.push(b'}');
        if !body.is_empty() {
            self.json.extend_from_slice(br#","body":"#);
            self.body(form, body);
        }
        self.json.push(b'}');
    }

    /// The whole answer.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.json.extend_from_slice(b"]}");
        self.json
    }

    /// Writes the headers; what they say the body is.
    fn headers<'h>(&mut self, headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> BodyForm {
        let mut form = BodyForm::Bytes;
        for (index, (name, value)) in headers.into_iter().enumerate() {
            if index > 0 {
                self.json.push(b',');
            }
            if name.eq_ignore_ascii_case("content-type") {
                form = BodyForm::from_content_type(value);
            }
            self.string(name);
            self.json.push(b':');
            self.string(value);
        }
        form
    }

    fn body(&mut self, form: BodyForm, body: &[u8]) {
        match form {
            BodyForm::Json => self.json.extend_from_slice(body),
            BodyForm::Text => self.string(&String::from_utf8_lossy(body)),
            BodyForm::Bytes => self.string(&URL_SAFE_NO_PAD.encode(body)),
        }
    }

    fn string(&mut self, text: &str) {
        if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
            self.json.push(b'"');
            self.json.extend_from_slice(text.as_bytes());
            self.json.push(b'"');
            return;
        }
        // Into memory, where nothing can go wrong.
        let _ = serde_json::to_writer(&mut self.json, text);
    }
}
