//! What operators read and type: settings and metrics.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use gangway_tidy::root;

use crate::page::{self, Page};

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Every setting, as `table.key`; those of profiles and issuers are not among them.
fn settings() -> BTreeSet<String> {
    let mut table = String::new();
    let mut settings = BTreeSet::new();
    for line in text("crates/server/default.toml").lines() {
        let line = line.trim_start_matches("# ");
        if let Some((name, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            table = format!("{name}.");
        } else if let Some((key, _)) = line.split_once(" = ") {
            settings.insert(format!("{table}{key}"));
        }
    }
    settings
}

/// The names in a text that begin so and go on in these letters.
fn names<'a>(text: &'a str, begin: &'a str, goes_on: fn(char) -> bool) -> impl Iterator<Item = String> + 'a {
    text.match_indices(begin).map(move |(at, _)| {
        let rest = &text[at + begin.len()..];
        let end = rest.find(|letter| !goes_on(letter)).unwrap_or(rest.len());
        rest[..end].trim_end_matches('_').to_owned()
    })
}

#[test]
fn every_setting_that_the_documentation_names_exists() {
    let settings = settings();
    let tables: BTreeSet<_> =
        settings.iter().filter_map(|setting| setting.split_once('.')).map(|(table, _)| table).collect();
    let is_variable = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    let is_setting = |letter: char| letter.is_ascii_lowercase() || "_.".contains(letter);
    let mut lost = Vec::new();
    for page in page::all() {
        let path = page.path.display();
        let source = text(&page.path.to_string_lossy());
        let of_environment = names(&source, "GANGWAY_", is_variable).filter(|name| name.contains("__"));
        for name in of_environment.map(|name| name.to_lowercase().replace("__", ".")) {
            if !settings.contains(&name) {
                lost.push(format!("{path}: the variable of {name}"));
            }
        }
        for (line, code) in page.code() {
            let name = code.split(" = ").next().unwrap_or_default();
            let is_known = !name.split_once('.').is_some_and(|(table, _)| tables.contains(table))
                || settings.contains(name);
            if name.chars().all(is_setting) && !is_known {
                lost.push(format!("{path}:{line}: {name}"));
            }
        }
    }
    assert!(lost.is_empty(), "these settings do not exist:\n{}", lost.join("\n"));
}

/// Every metric that the server registers, without `gangway_` before and `_total` behind.
fn metrics() -> BTreeSet<String> {
    let is_source = |path: &PathBuf| path.to_string_lossy().starts_with("crates/server/src/metrics");
    let sources = page::files().into_iter().filter(is_source).map(|path| text(&path.to_string_lossy()));
    let of_source = |source: String| {
        let calls = source.split(".register(").skip(1);
        calls
            .filter_map(|call| call.trim_start().strip_prefix('"')?.split_once('"'))
            .map(|(name, _)| name.to_owned())
            .collect::<Vec<_>>()
    };
    sources.flat_map(of_source).collect()
}

#[test]
fn the_documentation_names_every_metric_and_no_other() {
    let is_metric = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let code = page::all().iter().flat_map(Page::code).map(|(_, code)| code).collect::<Vec<_>>().join(" ");
    let named: BTreeSet<_> = names(&code, "gangway_", is_metric)
        .map(|name| name.strip_suffix("_total").unwrap_or(&name).to_owned())
        .collect();
    assert_eq!(named, metrics(), "metrics in the documentation, and those of the server");
}
