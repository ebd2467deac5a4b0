use super::{Item, MAX_REQUESTS};

/// Reads run as soon as what they depend on has; writes also wait for the write before them, as if they were sent one after
/// the other. Whether a read sees a write of the same batch is said by `dependsOn` alone.
pub(super) fn of(items: &[Item<'_>]) -> Vec<Vec<usize>> {
    let mut wave_of = [0; MAX_REQUESTS];
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
