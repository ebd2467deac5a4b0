//! What is printed: a line for each thing that was checked, and a count at the end.

use std::io::Write as _;

/// Counts what was checked.
#[derive(Debug, Default)]
pub(crate) struct Report {
    passed: usize,
    failed: usize,
}

impl Report {
    /// Says that this was checked, and what is wrong with it, if something is.
    pub(crate) fn check(&mut self, what: &str, outcome: Result<String, String>) {
        let detail = |text: &str| if text.is_empty() { String::new() } else { format!(": {text}") };
        match outcome {
            Ok(seen) => {
                self.passed += 1;
                say(&format!("ok      {what}{}", detail(&seen)));
            }
            Err(wrong) => {
                self.failed += 1;
                say(&format!("FAILED  {what}{}", detail(&wrong)));
            }
        }
    }

    /// Says how many of them were good, and answers whether all were.
    pub(crate) fn end(&self) -> bool {
        say(&format!("{} passed, {} failed", self.passed, self.failed));
        self.failed == 0
    }
}

/// A line to whoever looks on.
pub(crate) fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    // Whoever looked on may be gone; the exit status is left.
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}
