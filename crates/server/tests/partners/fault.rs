use super::Flaw;
use super::wire::{answer, json_answer};

/// What is done to a request in place of passing it on.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) enum Fault {
    /// Nothing: the partner is asked and its answer passed on, byte for byte.
    #[default]
    Pass,
    /// Nobody listens. Only for all requests at once: what has come cannot be refused its connection any more.
    Refuse,
    /// TLS with a certificate that must not be trusted. Only for all requests at once, and where TLS is spoken.
    Tls(Flaw),
    /// Read, and reset without asking the partner.
    Reset,
    /// Read, and closed without asking the partner.
    HangUp,
    /// Read, and never answered; the connection stays open until the client has enough.
    Stall,
    /// Answered a byte at a time, without end, so that something always moves.
    Drip,
    /// Answered with more and more, as fast as it is read.
    Endless,
    /// The partner is asked and acts; then the connection is reset, and nobody learns its answer.
    LoseAnswer,
    /// The partner is asked and acts; half of its answer gets through.
    HalfAnswer,
    /// This status, as from a proxy before the partner.
    Status(u16),
    /// This status, and this in `Retry-After`.
    RetryAfter(u16, String),
    /// This status, and this in `Location`.
    Redirect(u16, String),
    /// 200 with something that is no answer.
    Garbage(Garbage),
    /// This status with this JSON, as if the partner had said so.
    Json(u16, String),
}

/// What a 200 that is no answer has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Garbage {
    /// Text that is no JSON, although it says so.
    Nonsense,
    /// Good JSON of another shape.
    OtherJson,
    /// A page for people, as a captive portal sends.
    Html,
    /// JSON that stops in the middle, while HTTP is content.
    CutJson,
    /// Nothing.
    Empty,
    /// What is no HTTP at all.
    NotHttp,
}

impl Garbage {
    pub(crate) const ALL: [Self; 6] =
        [Self::Nonsense, Self::OtherJson, Self::Html, Self::CutJson, Self::Empty, Self::NotHttp];

    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Nonsense => json_answer("200 OK", "", "\u{0}\u{1}no json"),
            Self::OtherJson => json_answer("200 OK", "", r#"[[{"hello":[1,2,null]}],"x"]"#),
            Self::Html => {
                answer("200 OK", "content-type: text/html\r\n", "<!doctype html><p>Log in to Wi-Fi")
            }
            Self::CutJson => json_answer("200 OK", "", r#"{"access_token":"cut-"#),
            Self::Empty => json_answer("200 OK", "", ""),
            Self::NotHttp => b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(),
        }
    }
}

impl Fault {
    /// A 503 that asks to be left alone for this many seconds.
    pub(crate) fn busy(seconds: u32) -> Self {
        Self::RetryAfter(503, seconds.to_string())
    }

    /// Whether it is done to connections, before there is any request.
    pub(super) fn is_of_connections(&self) -> bool {
        matches!(self, Self::Refuse | Self::Tls(_))
    }

    /// What is answered without the partner, where it is an answer.
    pub(super) fn canned(&self) -> Option<Vec<u8>> {
        let refused = r#"{"error":"server_error"}"#;
        Some(match self {
            Self::Status(status) => json_answer(&line(*status), "", refused),
            Self::RetryAfter(status, after) => {
                json_answer(&line(*status), &format!("retry-after: {after}\r\n"), refused)
            }
            Self::Redirect(status, to) => answer(&line(*status), &format!("location: {to}\r\n"), ""),
            Self::Garbage(garbage) => garbage.bytes(),
            Self::Json(status, json) => json_answer(&line(*status), "", json),
            Self::Pass
            | Self::Refuse
            | Self::Tls(_)
            | Self::Reset
            | Self::HangUp
            | Self::Stall
            | Self::Drip
            | Self::Endless
            | Self::LoseAnswer
            | Self::HalfAnswer => return None,
        })
    }
}

fn line(status: u16) -> String {
    format!("{status} Status {status}")
}
