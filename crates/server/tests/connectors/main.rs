//! Each connector against a partner that nobody wrote for it: a real OAuth provider, and a stand-in of `TeamViewer` made
//! from what is published of it; directly, and with everything in between that can go wrong.
#![expect(clippy::unwrap_used, reason = "clippy knows tests by their attribute, not what they call")]

mod call;
mod connection;
mod faults;
mod oauth2;
#[path = "../partners/mod.rs"]
mod partners;
mod teamviewer;
mod tls;
