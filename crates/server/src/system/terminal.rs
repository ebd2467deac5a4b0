//! What whoever runs the program sees of it.

use std::io::Write as _;

/// Tells the person who ran a command what is wrong.
#[expect(clippy::print_stderr, reason = "a command's error is for the person who ran it")]
pub(crate) fn complain(error: &str) {
    eprintln!("gangway: {error}");
}

/// Prints a command's result. Nobody may be reading any more, which is no reason to fail.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Somebody else's text on one line, with nothing in it that a terminal would obey or that would turn it round.
pub(crate) fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect()
}
