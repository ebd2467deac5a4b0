//! What of an actor is in columns of its own where a database does not compute it, as the embedded store's schema does.

use serde_json::Value;

use super::cell::Cell;

/// The names of these columns.
pub(super) const COLUMNS: [&str; 5] =
    ["actor_kind", "user_principal_name", "user_id", "application_id", "application_name"];

/// What is in them, for an actor as it is stored.
pub(super) fn cells(actor: &str) -> [Cell; 5] {
    let actor: Value = serde_json::from_str(actor).unwrap_or_default();
    let subject = &actor["subject"];
    let kind = if subject["kind"].is_null() { &actor["kind"] } else { &subject["kind"] };
    let of_user = subject["kind"].as_str().is_some_and(|kind| kind != "application");
    [
        cell(kind),
        cell(&subject["principalName"]),
        if of_user { cell(&subject["id"]) } else { Cell::Null },
        cell(&actor["applicationId"]),
        cell(&actor["applicationName"]),
    ]
}

fn cell(value: &Value) -> Cell {
    value.as_str().map_or(Cell::Null, |text| Cell::Text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(actor: &str) -> [Option<String>; 5] {
        cells(actor).map(|cell| match cell {
            Cell::Text(text) => Some(text),
            Cell::Null | Cell::Bytes(_) | Cell::Number(_) | Cell::Truth(_) => None,
        })
    }

    #[test]
    fn an_actor_is_taken_apart_as_the_embedded_store_does() {
        let user = r#"{"kind":"caller","tenant":"t","subject":{"kind":"user","id":"u","principalName":"p"},
            "permissions":[],"applicationId":"a","applicationName":"n"}"#;
        let application = r#"{"kind":"caller","subject":{"kind":"application","id":"x"}}"#;
        let all = [Some("user"), Some("p"), Some("u"), Some("a"), Some("n")].map(|t| t.map(str::to_owned));
        assert_eq!(shown(user), all);
        assert_eq!(shown(application), [Some("application".to_owned()), None, None, None, None]);
        assert_eq!(shown(r#"{"kind":"gangway"}"#), [Some("gangway".to_owned()), None, None, None, None]);
        assert_eq!(shown("no json"), [None, None, None, None, None]);
    }
}
