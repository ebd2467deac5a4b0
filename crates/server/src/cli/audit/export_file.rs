use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use gangway_domain::TenantId;
use serde::Deserialize;
use uuid::Uuid;

/// Far more than a line has, so that something else is not read into memory.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// A file that events are appended to. Nobody else appends to it meanwhile.
pub(super) struct ExportFile {
    path: PathBuf,
    file: File,
    marks: HashMap<Uuid, Mark>,
}

/// What a line says of its place.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mark {
    tenant_id: Uuid,
    pub(super) sequence: u64,
    pub(super) id: Uuid,
}

impl ExportFile {
    /// Opens it. A new one is for its owner only. Of one that is there and to be gone on with, a last line that was not
    /// written to its end is cut off.
    pub(super) fn open(path: &Path, resume: bool) -> Result<Self, String> {
        let told = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .mode(0o600)
            .create(resume)
            .create_new(!resume)
            .open(path)
            .map_err(|error| {
                let taken = error.kind() == ErrorKind::AlreadyExists;
                if taken {
                    told(&"already exists: continue it with --resume, or name another file")
                } else {
                    told(&error)
                }
            })?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => told(&"another export is writing this file"),
            TryLockError::Error(error) => told(&error),
        })?;
        let mut marks = HashMap::new();
        let whole = read(&file, &mut marks).map_err(|error| told(&error))?;
        file.set_len(whole).map_err(|error| told(&error))?;
        Ok(Self { path: path.to_owned(), file, marks })
    }

    /// The last event of this tenant in it.
    pub(super) fn mark(&self, tenant: TenantId) -> Option<Mark> {
        self.marks.get(&tenant.0).copied()
    }

    /// Sees to it that a power cut takes nothing back.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    pub(super) fn error(&self, error: &io::Error) -> String {
        format!("{}: {error}; free some space, then continue with --resume", self.path.display())
    }

    pub(super) fn of_another_database(&self, mark: Mark) -> String {
        let Mark { tenant_id, sequence, id } = mark;
        format!(
            "{}: ends with event {id} as number {sequence} of tenant {tenant_id}, which this database does not have there; \
             export to another file",
            self.path.display()
        )
    }
}

impl Write for ExportFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// How every line begins.
const BEGINS: &[u8] = br#"{"tenantId":""#;

/// Notes the last event of each tenant, and says how many bytes are whole lines.
fn read(file: &File, marks: &mut HashMap<Uuid, Mark>) -> io::Result<u64> {
    let mut reader = BufReader::new(file);
    let (mut whole, mut line) = (0, Vec::new());
    for number in 1_u64.. {
        line.clear();
        let length = (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line)? as u64;
        let no_event = || {
            let what = format!(
                "line {number} is not an audit event, so this file is not an export; name another file"
            );
            io::Error::other(what)
        };
        if line.last() != Some(&b'\n') && length < LONGEST_LINE {
            // Only what was cut off while an event was written is cut away, not whatever ends without an end of line.
            let begun = line.starts_with(BEGINS) || BEGINS.starts_with(&line);
            return if begun { Ok(whole) } else { Err(no_event()) };
        }
        let mark: Mark = serde_json::from_slice(&line).map_err(|_| no_event())?;
        marks.insert(mark.tenant_id, mark);
        whole += length;
    }
    Ok(whole)
}
