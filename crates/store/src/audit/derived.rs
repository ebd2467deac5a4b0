//! What of an actor is in columns of its own. It follows from the actor's JSON, which is part of every event's digest: so whether
//! somebody changed such a column is seen by making it anew.

use serde_json::Value;

/// The names of these columns.
pub(crate) const COLUMNS: [&str; 5] =
    ["actor_kind", "user_principal_name", "user_id", "application_id", "application_name"];

/// What is in them, for an actor as it is stored.
pub(crate) fn columns(actor: &str) -> [Option<String>; 5] {
    let actor: Value = serde_json::from_str(actor).unwrap_or_default();
    let subject = &actor["subject"];
    let kind = if subject["kind"].is_null() { &actor["kind"] } else { &subject["kind"] };
    let of_user = subject["kind"].as_str().is_some_and(|kind| kind != "application");
    let id = if of_user { &subject["id"] } else { &Value::Null };
    let all = [kind, &subject["principalName"], id, &actor["applicationId"], &actor["applicationName"]];
    all.map(|value| value.as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_taken_apart_as_the_embedded_store_does() {
        let user = r#"{"kind":"caller","tenant":"t","subject":{"kind":"user","id":"u","principalName":"p"},
            "permissions":[],"applicationId":"a","applicationName":"n"}"#;
        let application = r#"{"kind":"caller","subject":{"kind":"application","id":"x"}}"#;
        let all = [Some("user"), Some("p"), Some("u"), Some("a"), Some("n")].map(|t| t.map(str::to_owned));
        assert_eq!(columns(user), all);
        assert_eq!(columns(application), [Some("application".to_owned()), None, None, None, None]);
        assert_eq!(columns(r#"{"kind":"gangway"}"#), [Some("gangway".to_owned()), None, None, None, None]);
        assert_eq!(columns("no json"), [None, None, None, None, None]);
    }
}
