//! What is held to be true of everything that is read from clients, whatever they send: that it
//! does not panic, and what is said beside each check.
//!
//! Each target is one function of bytes, which panics if something is not as it should be. `fuzz/`
//! calls them with what libFuzzer makes up; the tests here call them with what is in `fuzz/corpus/`
//! and `fuzz/crashes/`.
#![deny(missing_docs)]
#![expect(clippy::missing_panics_doc, reason = "to panic is how a target says that something does not hold")]

mod batch;
mod body;
mod query;
mod token;

pub use batch::batch;
pub use body::body;
pub use query::query;
pub use token::token;

/// What takes the bytes.
pub type Target = fn(&[u8]);

/// All targets by their names, which are those of the programs in `fuzz/` and of the folders of
/// their inputs.
pub const TARGETS: [(&str, Target); 4] =
    [("batch", batch), ("body", body), ("query", query), ("token", token)];

/// That a message to a client is one line of bounded length.
fn check_message(message: &str, most: usize) {
    assert!(message.len() < most, "a message of {} bytes: {message}", message.len());
    assert!(!message.contains(char::is_control), "a control character in {message:?}");
}
