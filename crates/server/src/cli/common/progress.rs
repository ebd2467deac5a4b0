//! Progress bars: on standard error, and only if that is a terminal.

use gangway_store::Copied;
use indicatif::{ProgressBar, ProgressStyle};

/// One that counts bytes.
pub(in crate::cli) fn bytes() -> ProgressBar {
    styled("{wide_bar} {bytes}/{total_bytes}, {eta} left")
}

/// One that counts something else.
pub(in crate::cli) fn counting(what: &str) -> ProgressBar {
    styled(&format!("{{wide_bar}} {{human_pos}}/{{human_len}} {what}, {{eta}} left"))
}

/// Moves it to where a copy has got to.
pub(in crate::cli) fn show(bar: &ProgressBar, copied: Copied) {
    bar.set_length(copied.of);
    bar.set_position(copied.done);
}

fn styled(template: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
