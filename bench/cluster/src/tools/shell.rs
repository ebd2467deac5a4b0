//! Other programs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Fallible;

/// Runs a program to its end and answers what it printed.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(program: &str, arguments: &[S]) -> Fallible<String> {
    let mut command = Command::new(program);
    command.args(arguments);
    output(command)
}

/// As [`run`], for a command that was put together elsewhere.
pub(crate) fn output(mut command: Command) -> Fallible<String> {
    let done = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !done.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr).trim()).into());
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// `ip` with these words.
pub(crate) fn ip(words: &str) -> Fallible<()> {
    run("ip", &words.split(' ').collect::<Vec<_>>()).map(drop)
}

/// Where a program is; if it is nowhere, the error says which package has it.
pub(crate) fn find(program: &str, package: &str) -> Fallible<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let places = path.split(':').chain(["/usr/sbin", "/sbin"]).map(|place| Path::new(place).join(program));
    let found = places.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| format!("{program} is not installed: apt-get install {package}").into())
}

/// Asks again and again until there is an answer, for this long.
pub(crate) fn until<T>(what: &str, within: Duration, mut ask: impl FnMut() -> Option<T>) -> Fallible<T> {
    let end = crate::tools::time::now() + within;
    loop {
        if let Some(answer) = ask() {
            return Ok(answer);
        }
        if crate::tools::time::now() > end {
            return Err(format!("{what}: not within {} s", within.as_secs()).into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
