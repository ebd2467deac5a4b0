use super::error::BatchError;
use super::item::Item;
use super::written::{FewTexts, Written};

/// Which of the requests before it this one depends on. Graph takes one dependency of each request,
/// and it has to be written earlier in the array.
pub(super) fn read(
    written: &Written<'_>,
    id: &str,
    before: &[Item<'_>],
) -> Result<Option<usize>, BatchError> {
    let Some(ids) = written.depends_on else { return Ok(None) };
    let invalid = || BatchError::Dependency(id.to_owned());
    let FewTexts(ids) = serde_json::from_str(ids.get()).map_err(|_| invalid())?;
    match ids.as_slice() {
        [] => Ok(None),
        [on] => before.iter().position(|item| same_id(&item.id, on)).map(Some).ok_or_else(invalid),
        _ => Err(BatchError::ManyDependencies(id.to_owned())),
    }
}

/// Holds the dependencies to the three patterns that Graph knows: none at all (parallel), each on
/// the one just before it (serial), or all that there are on the same one (same).
///
/// Source: Known issues with Microsoft Graph, JSON batching.
pub(super) fn check_pattern(items: &[Item<'_>]) -> Result<(), BatchError> {
    let serial = |(index, item): (usize, &Item<'_>)| item.after == index.checked_sub(1);
    if items.iter().enumerate().all(serial) {
        return Ok(());
    }
    let mut depending = items.iter().filter(|item| item.after.is_some());
    let Some(first) = depending.next() else { return Ok(()) };
    match depending.find(|item| item.after != first.after) {
        Some(item) => Err(BatchError::Pattern(item.id.clone().into_owned())),
        None => Ok(()),
    }
}

/// Whether two ids are one: they are compared without regard to case.
pub(super) fn same_id(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && !b.is_ascii() && a.to_lowercase() == b.to_lowercase())
}
