use serde::Deserialize;

use super::error::SettingsError;

/// What the operator decides about this server among those that share a database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeSettings {
    name: String,
}

impl NodeSettings {
    /// The name that other nodes know this one by: the configured one, or else the machine's with the number of the process.
    pub(crate) fn name(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        let machine = rustix::system::uname();
        format!("{}:{}", machine.nodename().to_string_lossy(), std::process::id())
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        if self.name.len() <= 100 && !self.name.chars().any(char::is_control) {
            return Ok(());
        }
        let why = "must be at most 100 bytes long and have no control characters".into();
        Err(SettingsError::Invalid { key: "node.name", why })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_called_what_the_operator_says_or_where_it_is() {
        let named = |name: &str| NodeSettings { name: name.into() }.name();
        assert_eq!(named("east-1"), "east-1");
        let made = named("");
        assert!(made.len() > 2 && made.ends_with(&format!(":{}", std::process::id())), "{made}");
    }
}
