use std::ops::RangeInclusive;
use std::path::PathBuf;

use ::config::ConfigError;

use crate::connector;

/// What is wrong with the settings, in one line that names the key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("{}", one_line(.0))]
    Unreadable(#[from] ConfigError),
    #[error("{}: {why}", path.display())]
    File { path: PathBuf, why: String },
    #[error("{0} is not UTF-8")]
    NotText(String),
    #[error("{key} {why}")]
    Invalid { key: &'static str, why: String },
    #[error("{0}")]
    Identity(String),
    #[error(transparent)]
    Profile(#[from] connector::InvalidProfile),
}

/// Checks that a number is one that its key allows.
///
/// # Errors
/// That it is not, and what is allowed.
pub(super) fn in_range(
    key: &'static str,
    value: u64,
    range: &RangeInclusive<u64>,
) -> Result<(), SettingsError> {
    if range.contains(&value) {
        return Ok(());
    }
    let why = format!("is {value}, but must be {} to {}", range.start(), range.end());
    Err(SettingsError::Invalid { key, why })
}

/// A parser's error without its drawing of the place, and with the key in front; a file's line and column are in its first line.
pub(super) fn one_line(error: &ConfigError) -> String {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|'));
    key_first(&lines.collect::<Vec<_>>().join(": "))
}

/// As we word our own errors: ``unknown field `a`, expected `b` for key `http` `` becomes ``http.a is not a setting; expected `b` ``.
fn key_first(error: &str) -> String {
    let (what, key, source) =
        match error.split_once(" for key `").map(|(what, rest)| (what, rest.split_once('`'))) {
            Some((what, Some((key, source)))) => (what, key, source),
            Some((_, None)) | None => (error, "", ""),
        };
    let unknown = what.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, "));
    match (unknown, key) {
        (Some((field, expected)), "") => format!("{field} is not a setting; {expected}"),
        (Some((field, expected)), _) => format!("{key}.{field} is not a setting{source}; {expected}"),
        (None, "") => what.to_owned(),
        (None, _) => format!("{key}{source}: {what}"),
    }
}
