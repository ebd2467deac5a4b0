//! The documentation: its links lead somewhere, what it names is there, and its lines are not too
//! long.
#![expect(clippy::unwrap_used, reason = "clippy knows tests by their attribute, not what they call")]

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::{Component, Path, PathBuf};

use gangway_tidy::{of_workspace, root};

mod operator;
mod page;

use page::Page;

/// Columns of a line of prose, the targets of its links aside.
const WIDTH: usize = 100;

/// Names of four words and more that are no tests, and no settings either.
const NO_TESTS: &[(&str, &str)] = &[
    ("refresh_token_expires_in", "a member of partners' answers"),
    ("x_refresh_token_expires_in", "a member of partners' answers"),
    ("refresh_token_already_used", "an error code of a partner"),
    ("refresh_token_not_found", "an error code of a partner"),
];

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => plain.push(part),
        }
    }
    plain
}

/// The file and the anchor that a link leads to, from the root on; none if it leads out of the
/// repository.
fn target(page: &Page, link: &str) -> Option<(PathBuf, Option<String>)> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() { page.path.clone() } else { page.path.parent()?.join(file) };
    Some((plain(&path), anchor.map(str::to_owned)))
}

#[test]
fn every_link_of_the_documentation_leads_somewhere() {
    let pages = page::all();
    let mut broken = Vec::new();
    for page in &pages {
        for (line, link) in page.links() {
            let Some((path, anchor)) = target(page, &link) else { continue };
            let leads = root().join(&path).exists()
                && anchor.is_none_or(|anchor| {
                    pages.iter().any(|other| other.path == path && other.anchors.contains(&anchor))
                });
            if !leads {
                broken.push(format!("{}:{line}: {link}", page.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "these links lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn every_page_below_docs_is_reached_from_the_readme() {
    let pages = page::all();
    let mut reached = BTreeSet::new();
    let mut next = VecDeque::from([PathBuf::from("README.md")]);
    while let Some(path) = next.pop_front() {
        let Some(page) = pages.iter().find(|page| page.path == path) else { continue };
        if reached.insert(path) {
            next.extend(page.links().iter().filter_map(|(_, link)| Some(target(page, link)?.0)));
        }
    }
    let there = pages.iter().map(|page| &page.path).filter(|path| path.starts_with("docs"));
    let lost: Vec<_> = there.filter(|path| !reached.contains(*path)).collect();
    assert!(lost.is_empty(), "no link leads to {lost:?}");
}

/// Whether this can only be a path: a Rust or SQL file, or something below a folder at the root.
fn is_path(code: &str, roots: &BTreeSet<String>) -> bool {
    let letters = code.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter));
    let below_root = code.split_once('/').is_some_and(|(first, _)| roots.contains(first));
    let is_source = Path::new(code).extension().is_some_and(|ending| ending == "rs" || ending == "sql");
    letters && (is_source || below_root)
}

/// Whether a file or folder ends with these parts; a part in capitals stands for any name.
fn is_there(code: &str, files: &[PathBuf], from_root: bool) -> bool {
    let wanted: Vec<_> = code.trim_end_matches('/').split('/').collect();
    let any = |part: &str| part.chars().all(|letter| letter.is_ascii_uppercase() || letter == '-');
    let fits = |file: &PathBuf| {
        let parts: Vec<_> = file.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let same = |parts: &[std::borrow::Cow<str>]| {
            parts.iter().zip(&wanted).all(|(part, wanted)| part == wanted || any(wanted))
        };
        if from_root {
            parts.len() >= wanted.len() && same(&parts)
        } else {
            parts.len() >= wanted.len() && same(&parts[parts.len() - wanted.len()..])
        }
    };
    files.iter().any(fits)
}

#[test]
fn every_path_that_the_documentation_names_exists() {
    let files = page::files();
    let roots: BTreeSet<_> = files
        .iter()
        .filter(|path| path.components().count() > 1)
        .map(|path| path.components().next().unwrap().as_os_str().to_string_lossy().into_owned())
        .collect();
    let mut lost = Vec::new();
    for page in page::all() {
        for (line, code) in page.code() {
            let from_root = code.split('/').next().is_some_and(|first| roots.contains(first));
            if is_path(&code, &roots) && !is_there(&code, &files, from_root) {
                lost.push(format!("{}:{line}: {code}", page.path.display()));
            }
        }
    }
    assert!(lost.is_empty(), "these paths do not exist:\n{}", lost.join("\n"));
}

/// Whether this is a name of four words or more, as tests have it and little else.
fn is_sentence(code: &str) -> bool {
    let letters = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    code.trim_end_matches('…').chars().all(letters)
        && code.matches('_').count() >= 3
        && !code.starts_with("gangway_")
}

#[test]
fn every_test_that_the_documentation_names_exists() {
    let settings = fs::read_to_string(root().join("crates/server/default.toml")).unwrap();
    let is_source = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "rs" || ending == "py");
    let sources: Vec<_> = page::files()
        .iter()
        .filter(is_source)
        .map(|path| fs::read_to_string(root().join(path)).unwrap())
        .collect();
    let is_function = |name: &str| {
        let declared =
            if let Some(begin) = name.strip_suffix('…') { begin.to_owned() } else { format!("{name}(") };
        let (rust, python) = (format!("fn {declared}"), format!("def {declared}"));
        sources.iter().any(|source| source.contains(&rust) || source.contains(&python))
    };
    let mut lost = Vec::new();
    for page in page::all() {
        for (line, code) in page.code() {
            let is_other =
                settings.contains(&format!("\n{code} =")) || NO_TESTS.iter().any(|(name, _)| *name == code);
            if is_sentence(&code) && !is_other && !is_function(&code) {
                lost.push(format!("{}:{line}: {code}", page.path.display()));
            }
        }
    }
    assert!(lost.is_empty(), "no test has these names:\n{}", lost.join("\n"));
}

/// How many columns a line has, without the targets of its links.
fn width(line: &str) -> usize {
    let mut parts = line.split("](");
    let first = parts.next().map_or(0, |part| part.chars().count());
    first
        + parts
            .map(|part| part.split_once(')').map_or(part, |(_, rest)| rest).chars().count() + 1)
            .sum::<usize>()
}

#[test]
fn lines_of_prose_are_at_most_a_hundred_columns_wide() {
    let mut long = Vec::new();
    for page in page::all() {
        for (number, line) in &page.prose {
            // A word by itself cannot be wrapped.
            if width(line) > WIDTH && line.trim().contains(' ') {
                long.push(format!("{}:{number}: {} columns", page.path.display(), width(line)));
            }
        }
    }
    assert!(long.is_empty(), "these lines are too long:\n{}", long.join("\n"));
}

#[test]
fn the_architecture_draws_every_room_of_the_server_and_the_store() {
    let text = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let (_, section) = text.split_once("\n## Rooms\n").unwrap();
    let drawn = section.split("```").nth(1).unwrap();
    let words: BTreeSet<_> = drawn.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    for one in of_workspace().unwrap().iter().filter(|one| ["server", "store"].contains(&one.name.as_str())) {
        let rooms = one.modules.keys().filter(|path| path.len() == 1).map(|path| path[0].as_str());
        let lost: Vec<_> = rooms.filter(|room| !words.contains(room)).collect();
        assert!(lost.is_empty(), "{}: {lost:?} are not drawn", one.name);
    }
}
