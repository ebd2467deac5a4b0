//! How the tree is built. A test that fails here says what to do; where it should hold no more,
//! change the list beside it and say why.

use std::collections::BTreeSet;
use std::path::Path;

use gangway_tidy::{circles, folders, functions, of_workspace, references, rooms, shared_names};

mod allowed;

use allowed::{CIRCLES, FOLDERS, FUNCTIONS, NAMES, ROOMS};

/// The most Rust files in a folder; more are several rooms.
const MOST_FILES: usize = 13;
/// The most lines of a function that is no table.
const MOST_LINES: usize = 50;

fn written(path: &[String]) -> String {
    if path.is_empty() { "crate".into() } else { path.join("::") }
}

/// A name in a crate says which type it is.
#[test]
fn no_two_types_of_a_crate_have_one_name() {
    for one in of_workspace().unwrap() {
        let allowed =
            |name: &str| NAMES.iter().any(|(of, known, _)| (*of, *known) == (one.name.as_str(), name));
        for (name, modules) in shared_names(&one) {
            let modules: Vec<_> = modules.iter().map(|module| written(module)).collect();
            assert!(
                allowed(&name),
                "{}: {} are all called {name}: give each a name of its own",
                one.name,
                modules.join(", ")
            );
        }
    }
}

#[test]
fn every_name_that_may_be_there_twice_is() {
    let all = of_workspace().unwrap();
    for (of, name, _) in NAMES {
        let there = all.iter().filter(|one| one.name == *of).any(|one| shared_names(one).contains_key(*name));
        assert!(there, "{of}: {name} is there once: take it off the list");
    }
}

/// What is below names nothing that is above.
#[test]
fn no_files_name_each_other_in_a_circle() {
    for one in of_workspace().unwrap() {
        for circle in circles(&references(&one)) {
            let circle: BTreeSet<_> = circle.iter().map(|module| written(module)).collect();
            let is_known = |known: &&(&str, &[&str], &str)| {
                known.0 == one.name
                    && known.1.iter().map(|module| (*module).to_owned()).eq(circle.iter().cloned())
            };
            assert!(
                CIRCLES.iter().any(|known| is_known(&known)),
                "{}: these name each other: {circle:?}. Put what they share into a file below them",
                one.name
            );
        }
    }
}

#[test]
fn a_room_names_only_those_it_may() {
    for one in of_workspace().unwrap() {
        for (room, named) in rooms(&references(&one)) {
            let listed =
                ROOMS.iter().find(|(of, known, _)| (*of, *known) == (one.name.as_str(), room.as_str()));
            let may: BTreeSet<_> = listed.map_or(&[][..], |(_, _, may)| *may).iter().copied().collect();
            let names: BTreeSet<_> = named.iter().map(String::as_str).collect();
            assert_eq!(names, may, "{}: what {room} names, and what it may", one.name);
        }
    }
}

/// What lies in a folder can be taken in at one look.
#[test]
fn a_folder_has_at_most_thirteen_files() {
    for (folder, files) in folders(&["bench", "crates", "fuzz"]).unwrap() {
        let is_known = FOLDERS.iter().any(|(known, _)| folder == Path::new(known));
        let folder = folder.display();
        assert!(files <= MOST_FILES || is_known, "{folder} has {files} files: sort them into rooms");
        assert!(files > MOST_FILES || !is_known, "{folder} has {files} files: take it off the list");
    }
}

#[test]
fn a_long_function_is_a_table() {
    for one in of_workspace().unwrap() {
        for function in functions(&one) {
            let name = format!("{}::{}", one.name, function.path.join("::"));
            let is_known = FUNCTIONS.iter().any(|(known, _)| *known == name);
            let is_long = function.lines > MOST_LINES && !function.is_table();
            assert!(!is_long || is_known, "{name} has {} lines: cut it", function.lines);
            assert!(is_long || !is_known, "{name} is short, or a table: take it off the list");
        }
    }
}
