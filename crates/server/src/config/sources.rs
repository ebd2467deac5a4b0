//! Where settings come from: the defaults, a file, the environment and the command line, each over the one before.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;

use ::config::{Config, Environment, File, FileFormat};

use super::error::{SettingsError, one_line};

/// Every key with its default; the reference.
pub(crate) const DEFAULTS: &str = include_str!("../../default.toml");

const PREFIX: &str = "GANGWAY_";
/// Names the file itself, so it is no key in it.
pub(crate) const CONFIG_FILE: &str = "GANGWAY_CONFIG";

/// All sources, one over the other.
///
/// # Errors
/// A source that cannot be read or parsed.
pub(super) fn built(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    overrides: &[(&str, String)],
    dev: bool,
) -> Result<Config, SettingsError> {
    let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    if dev {
        builder = builder.add_source(File::from_str(DEV_DEFAULTS, FileFormat::Toml));
    }
    if let Some(path) = file {
        builder = builder.add_source(File::from_str(&read(path)?, FileFormat::Toml));
    }
    builder = builder.add_source(from_environment(environment)?);
    for (key, value) in overrides {
        builder = builder.set_override(*key, value.as_str())?;
    }
    // The defaults parse, so it is the operator's file that does not.
    builder.build().map_err(|error| match file {
        Some(path) => SettingsError::File { path: path.to_owned(), why: one_line(&error) },
        None => error.into(),
    })
}

fn read(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path)
        .map_err(|error| SettingsError::File { path: path.to_owned(), why: error.to_string() })
}

/// What is different with `--dev`.
const DEV_DEFAULTS: &str = r#"
[identity]
tenants = "any"
# Tokens are made and checked by the same clock, so that one made to have expired has.
leeway_seconds = 0
[onboarding]
created_as = "simulated"
[throttle]
enabled = false
"#;

/// The variables that are ours. What others have in the environment may be any bytes.
fn from_environment(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Environment, SettingsError> {
    let mut ours = HashMap::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX) && *name != CONFIG_FILE) else {
            continue;
        };
        let value = value.into_string().map_err(|_| SettingsError::NotText(name.to_owned()))?;
        ours.insert(name.to_owned(), value);
    }
    let environment = Environment::with_prefix("GANGWAY")
        .prefix_separator("_")
        .separator("__")
        .try_parsing(true)
        .list_separator(",")
        .with_list_parse_key("identity.audiences")
        .with_list_parse_key("http.trusted_proxies")
        .source(Some(ours));
    Ok(environment)
}
