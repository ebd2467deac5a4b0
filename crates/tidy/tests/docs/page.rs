//! A page of Markdown, as far as these tests read it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gangway_tidy::root;

/// Folders that hold nothing of the repository's own.
const FOREIGN: &[&str] = &["target", "node_modules", ".git", ".venv"];

/// A page of the documentation.
pub(crate) struct Page {
    /// Where it is, from the root of the repository on.
    pub(crate) path: PathBuf,
    /// What its headings are called in links.
    pub(crate) anchors: BTreeSet<String>,
    /// Its paragraphs, list items and rows of tables, each with the number of its first line.
    pub(crate) blocks: Vec<(usize, String)>,
    /// Its lines of prose: no code, tables, headings or HTML.
    pub(crate) prose: Vec<(usize, String)>,
}

impl Page {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let mut page = Self { path, anchors: BTreeSet::new(), blocks: Vec::new(), prose: Vec::new() };
        let (mut is_code, mut continues) = (false, false);
        for (number, line) in (1..).zip(text.lines()) {
            let begins = line.trim_start();
            let fence = begins.starts_with("```");
            if fence || is_code {
                is_code ^= fence;
                continues = false;
            } else if let Some(heading) = begins.strip_prefix('#') {
                page.anchors.insert(anchor(heading.trim_start_matches('#')));
                page.blocks.push((number, line.to_owned()));
                continues = false;
            } else if begins.is_empty() || begins.starts_with('|') || begins.starts_with('<') {
                page.blocks.push((number, line.to_owned()));
                continues = false;
            } else {
                page.prose.push((number, line.to_owned()));
                match page.blocks.last_mut() {
                    Some((_, block)) if continues => *block = format!("{block} {begins}"),
                    _ => page.blocks.push((number, line.to_owned())),
                }
                continues = true;
            }
        }
        page
    }

    /// Where its links lead, each with the line that its block begins at.
    pub(crate) fn links(&self) -> Vec<(usize, String)> {
        let of_block = |(line, block): &(usize, String)| {
            let text = without_code(block);
            let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            targets.map(|(target, _)| (*line, target.to_owned())).collect::<Vec<_>>()
        };
        self.blocks.iter().flat_map(of_block).collect()
    }

    /// What is written as code within its text.
    pub(crate) fn code(&self) -> Vec<(usize, String)> {
        let of_block = |(line, block): &(usize, String)| {
            let spans = block.split('`').skip(1).step_by(2);
            spans.map(|span| (*line, span.to_owned())).collect::<Vec<_>>()
        };
        self.blocks.iter().flat_map(of_block).collect()
    }
}

/// Every page of the repository.
pub(crate) fn all() -> Vec<Page> {
    files()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(Page::read)
        .collect()
}

/// Every file of the repository, from its root on.
pub(crate) fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    add_files(&root(), Path::new(""), &mut found);
    found
}

fn add_files(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if !entry.file_type().unwrap().is_dir() {
            found.push(path);
        } else if !FOREIGN.iter().any(|name| entry.file_name() == *name) {
            add_files(root, &path, found);
        }
    }
}

/// What a heading is called in links: GitHub's way.
fn anchor(heading: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || " -_".contains(*letter);
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(kept)
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

/// A text without what is written as code in it.
fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join("`")
}
