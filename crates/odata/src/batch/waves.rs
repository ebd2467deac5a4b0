use super::item::Item;
use super::limits::MAX_REQUESTS;

/// The requests of a batch as waves, by index: all of one wave may run at once, and each wave waits
/// for the one before.
///
/// A request is in the wave behind the one that it depends on. A write is also behind the write
/// before it, as if writes were sent one after the other. A read waits for no write of the same
/// batch unless its `dependsOn` says so.
///
/// For example, five requests, of which only the last depends on another:
///
/// | index | request | wave | because |
/// |---|---|---|---|
/// | 0 | `GET` | 0 | it waits for nothing |
/// | 1 | `PATCH` | 0 | it is the first write |
/// | 2 | `POST` | 1 | it waits for the write with index 1 |
/// | 3 | `GET` | 0 | it may see what 1 and 2 write, or not |
/// | 4 | `GET` after 2 | 2 | it waits for the request with index 2 |
///
/// The waves are `[[0, 1, 3], [2], [4]]`.
pub(super) fn plan(items: &[Item<'_>]) -> Vec<Vec<usize>> {
    let mut wave_of = [0; MAX_REQUESTS];
    // The earliest wave for the next write.
    let mut next_write = 0;
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let after = item.after.and_then(|after| wave_of.get(after)).map_or(0, |wave| wave + 1);
        let wave = if item.writes() { after.max(next_write) } else { after };
        if item.writes() {
            next_write = wave + 1;
        }
        if let Some(place) = wave_of.get_mut(index) {
            *place = wave;
        }
        if waves.len() <= wave {
            waves.resize_with(wave + 1, Vec::new);
        }
        waves[wave].push(index);
    }
    waves
}
