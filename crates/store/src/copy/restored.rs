//! When an older copy took the place of a database. Only the last time matters, and it goes wherever the rows go: sets of tokens
//! that may lack something do so there too.

use gangway_domain::Timestamp;

use crate::copy::error::MoveError;
use crate::copy::pass::Compared;
use crate::copy::side::{Database, Side};

/// Has a database say from now on that it is an older copy, as after its files, or a server's own backup, were put back. No
/// server has it open.
///
/// # Errors
/// [`MoveError`] if it cannot be written, or an embedded store is in use.
pub async fn restored(at: &Database, now: Timestamp) -> Result<(), MoveError> {
    Side::alone(at).await?.restored(now).await
}

/// The target says so if the source does. One that says a later time by itself keeps that.
pub(super) async fn bring_along(source: &Side, target: &Side) -> Result<(), MoveError> {
    match source.restored_at().await? {
        Some(at) => target.restored_then(at).await,
        None => Ok(()),
    }
}

pub(super) async fn compare(source: &Side, target: &Side) -> Result<Compared, MoveError> {
    let (here, there) = (source.restored_at().await?, target.restored_at().await?);
    // `None` is before any.
    let differing = u64::from(there < here);
    Ok(Compared { table: "restores", rows: here.is_some().into(), differing })
}
