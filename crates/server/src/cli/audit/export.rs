//! `gangway audit export`: audit events as JSON Lines.

use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::path::PathBuf;

use clap::Args;
use gangway_domain::{TenantId, Timestamp};
use gangway_store::ChainedEvent;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use uuid::Uuid;

use super::export_file::ExportFile;
use super::reader::Reader;
use crate::cli::common::StoreArgs;
use crate::http::AuditEventView;
use crate::system::terminal::{complain, say};

/// How many places of a chain are read at once: as much as is in memory, and as long as the server's log is held.
const AT_ONCE: usize = 1000;

/// What `gangway audit export` takes.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Only this tenant's events
    #[arg(long, value_name = "GUID")]
    tenant: Option<Uuid>,
    /// Only what was done at this time or later, like 2026-11-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Write a new file, for its owner only, and not to standard output
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Go on behind what is in the file already, if it is there
    #[arg(long, requires = "to")]
    resume: bool,
}

/// One line of an export: the event as Graph shows it, whose it is, and its place in the chain.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    tenant_id: Uuid,
    sequence: u64,
    #[serde(flatten)]
    event: AuditEventView<'a>,
}

/// What of a tenant's chain is to be exported.
struct Span {
    tenant: TenantId,
    behind: u64,
    last: u64,
}

/// Writes every event there was when it began.
pub(super) fn run(arguments: &ExportArgs) -> Result<(), String> {
    let reader = Reader::open(&arguments.store.place()?)?;
    let since = arguments.since.unwrap_or(Timestamp::NEVER);
    let Some(path) = &arguments.to else {
        let spans = spans(&reader, arguments.tenant, None)?;
        return match export(&reader, &spans, since, &mut io::stdout(), io::stdout().is_terminal())? {
            // Nobody is reading any more, which is no reason to fail.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            done => done.map(drop).map_err(|error| format!("standard output: {error}")),
        };
    };
    let mut file = ExportFile::open(path, arguments.resume)?;
    let spans = spans(&reader, arguments.tenant, Some(&file))?;
    let written = export(&reader, &spans, since, &mut file, false)?;
    let count = written.and_then(|count| file.sync().map(|()| count)).map_err(|error| file.error(&error))?;
    say(&format!("{count} events written to {}", path.display()));
    Ok(())
}

fn spans(reader: &Reader, tenant: Option<Uuid>, file: Option<&ExportFile>) -> Result<Vec<Span>, String> {
    let tenants = match tenant {
        Some(tenant) => vec![TenantId(tenant)],
        None => reader.tenants()?,
    };
    tenants.into_iter().map(|tenant| span(reader, tenant, file)).collect()
}

fn span(reader: &Reader, tenant: TenantId, file: Option<&ExportFile>) -> Result<Span, String> {
    let last = reader.last(tenant)?;
    let mark = file.and_then(|file| Some((file, file.mark(tenant)?)));
    let without_place = reader.without_place(tenant)?;
    if without_place > 0 {
        complain(&format!(
            "tenant {tenant}: {without_place} events have no sequence, so nothing vouches for them, and are not exported"
        ));
    }
    let Some((file, mark)) = mark else { return Ok(Span { tenant, behind: 0, last }) };
    if reader.at(tenant, mark.sequence)?.map(|id| id.0) != Some(mark.id) {
        return Err(file.of_another_database(mark));
    }
    Ok(Span { tenant, behind: mark.sequence, last })
}

/// How many events were written, or why no more could be.
fn export(
    reader: &Reader,
    spans: &[Span],
    since: Timestamp,
    to: &mut dyn Write,
    quiet: bool,
) -> Result<io::Result<u64>, String> {
    let bar = progress(spans.iter().map(|span| span.last.saturating_sub(span.behind)).sum(), quiet);
    let mut count = 0;
    for Span { tenant, behind, last } in spans {
        for (behind, up_to) in chunks(*behind, *last) {
            let events = reader.events(*tenant, (behind, up_to), since)?;
            if let Err(error) =
                lines(&events).and_then(|lines| to.write_all(&lines)).and_then(|()| to.flush())
            {
                return Ok(Err(error));
            }
            count += events.len() as u64;
            bar.inc(up_to - behind);
        }
    }
    bar.finish_and_clear();
    Ok(Ok(count))
}

/// What is read at once: behind this place and up to that one.
fn chunks(behind: u64, last: u64) -> impl Iterator<Item = (u64, u64)> {
    (behind..last).step_by(AT_ONCE).map(move |from| (from, from.saturating_add(AT_ONCE as u64).min(last)))
}

fn lines(events: &[ChainedEvent]) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for ChainedEvent { sequence, event } in events {
        let line = Line { tenant_id: event.tenant.0, sequence: *sequence, event: AuditEventView(event) };
        serde_json::to_writer(&mut lines, &line)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// On standard error, if that is a terminal, and unless the events themselves go to one.
fn progress(length: u64, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} events, {eta} left") {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_one_chunk() {
        let all = |behind, last| chunks(behind, last).collect::<Vec<_>>();
        assert_eq!(all(0, 2500), [(0, 1000), (1000, 2000), (2000, 2500)]);
        assert_eq!(all(7, 1007), [(7, 1007)]);
        assert_eq!(all(7, 1008), [(7, 1007), (1007, 1008)]);
        assert_eq!((all(5, 5), all(6, 5)), (vec![], vec![]));
    }
}
