use std::sync::atomic::{AtomicUsize, Ordering};

use gangway_engine::StoreError;

use crate::exchange::placements::State;
use crate::postgres::Placements;

/// Nobody has it: it is just being moved.
const NOWHERE: usize = usize::MAX;

/// Which database has which part, as far as is known.
#[derive(Debug)]
pub(super) struct Routes([AtomicUsize; 256]);

impl Routes {
    pub(super) fn new() -> Self {
        Self([const { AtomicUsize::new(NOWHERE) }; 256])
    }

    pub(super) fn of(&self, part: u8) -> Option<usize> {
        let shard = self.0.get(usize::from(part))?.load(Ordering::Acquire);
        (shard != NOWHERE).then_some(shard)
    }

    /// This is what each database says. Of one that says nothing, what was known before still holds.
    pub(super) fn are(&self, said: &[Result<Placements, StoreError>]) {
        for (part, route) in self.0.iter().enumerate() {
            let has = |placements: &Placements| {
                placements.get(part).copied().flatten().is_some_and(State::is_served)
            };
            let shard = said.iter().position(|said| said.as_ref().is_ok_and(has));
            let before = route.load(Ordering::Acquire);
            let mute = said.get(before).is_some_and(Result::is_err);
            match shard {
                Some(shard) => route.store(shard, Ordering::Release),
                None if mute => {}
                None => route.store(NOWHERE, Ordering::Release),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Said = Result<Placements, StoreError>;

    #[test]
    fn a_part_is_where_it_is_served_and_where_it_was_while_its_database_says_nothing() {
        let (routes, all) = (Routes::new(), |state| -> Said { Ok([Some(state); 256]) });
        assert_eq!(routes.of(7), None);
        routes.are(&[all(State::Gone), all(State::Here)]);
        assert_eq!(routes.of(7), Some(1));
        routes.are(&[all(State::Arriving), all(State::Leaving)]);
        assert_eq!(routes.of(7), Some(1));
        routes.are(&[all(State::Arriving), Err(StoreError::Busy)]);
        assert_eq!(routes.of(7), Some(1));
        routes.are(&[all(State::Arriving), all(State::Gone)]);
        assert_eq!(routes.of(7), None);
        routes.are(&[all(State::Here), Err(StoreError::Busy)]);
        assert_eq!((routes.of(7), routes.of(255)), (Some(0), Some(0)));
    }
}
