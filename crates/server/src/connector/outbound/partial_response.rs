use std::time::Duration;

use zeroize::Zeroizing;

use super::response::{Cut, Expected, NoResponse, Response};

/// What comes before the body.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// See [`Response::says_its_end`].
    pub(super) says_its_end: bool,
}

/// An answer, as far as it has come.
pub(super) struct PartialResponse {
    expected: Expected,
    head: Option<Head>,
    body: Zeroizing<Vec<u8>>,
    too_large: bool,
}

impl PartialResponse {
    pub(super) fn new(expected: Expected) -> Self {
        // Large enough that it does not grow, which would leave a copy behind.
        let body = Zeroizing::new(Vec::with_capacity(expected.largest()));
        Self { expected, head: None, body, too_large: false }
    }

    pub(super) fn begin(&mut self, head: Head) {
        self.head = Some(head);
    }

    /// Whether more may come.
    pub(super) fn take(&mut self, chunk: &[u8]) -> bool {
        let room = self.expected.largest() - self.body.len();
        self.too_large = chunk.len() > room;
        self.body.extend_from_slice(chunk.get(..room).unwrap_or(chunk));
        !self.too_large
    }

    /// # Errors
    /// Why it is no answer, given why it ended.
    pub(super) fn into_response(self, ended: Result<(), NoResponse>) -> Result<Response, NoResponse> {
        let Self { expected, head, mut body, too_large } = self;
        let nothing = || NoResponse::Lost("there was no answer".into());
        let Head { status, retry_after, says_its_end } = match (&ended, head) {
            (Ok(()), head) => head.ok_or_else(nothing)?,
            // Of what was given, as much counts as came.
            (Err(NoResponse::Lost(_)), Some(head))
                if expected == Expected::Tokens && (200..300).contains(&head.status) =>
            {
                head
            }
            (Err(none), _) => return Err(none.clone()),
        };
        let cut = match ended {
            Err(why) => Some(Cut::Lost(why.to_string())),
            Ok(()) if too_large => Some(Cut::TooLarge),
            Ok(()) => None,
        };
        if cut.is_some() && expected != Expected::Tokens {
            body.clear();
        }
        Ok(Response { status, retry_after, body, cut, says_its_end })
    }
}
