//! Secrets that can be found again in the raw files, and what is left of them there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use gangway_engine::Sealed;

use super::Place;

pub(super) const WORD: usize = 8;

/// A secret that can be told from every other wherever 15 bytes of it are found: each word of it says which it is
/// and where in it the word was.
pub(super) fn traced(number: u16, length: usize) -> Sealed {
    let words = (0..=u16::MAX).flat_map(|place| word(number, place).to_be_bytes());
    Sealed(words.take(length).collect())
}

fn word(number: u16, place: u16) -> u64 {
    let check = number.wrapping_mul(0x9e37) ^ place.wrapping_mul(0x85eb);
    let middle = [number, place, check].into_iter().fold(0xa7, |word, part| (word << 16) | u64::from(part));
    (middle << 8) | 0x5e
}

pub(super) fn number_in(bytes: &[u8]) -> Option<(u16, u16)> {
    let found = u64::from_be_bytes(bytes.try_into().ok()?);
    let [number, place] = [40, 24].map(|bits| u16::try_from((found >> bits) & 0xffff).unwrap_or(0));
    (found == word(number, place)).then_some((number, place))
}

/// Every word of every secret in a file, and how often it is there.
pub(super) fn words_in(file: &Path) -> BTreeMap<(u16, u16), usize> {
    let mut found = BTreeMap::new();
    for bytes in std::fs::read(file).unwrap_or_default().windows(WORD) {
        if bytes[0] == 0xa7
            && let Some(word) = number_in(bytes)
        {
            *found.entry(word).or_default() += 1;
        }
    }
    found
}

/// The numbers of all secrets that something is left of, in the database or its log.
pub(super) fn left(place: &Place) -> BTreeSet<u16> {
    let files = ["", "-wal"].map(|suffix| words_in(&place.file_beside(suffix)));
    files.iter().flat_map(|words| words.keys().map(|(number, _)| *number)).collect()
}

/// How many pages there are with anything of a secret that are not overflow pages. Those begin with the number of the
/// next page, and all others that have anything in them with their kind, which is never zero.
pub(super) fn pages_with_rows_and_secrets(place: &Place) -> usize {
    let database = std::fs::read(place.path()).unwrap();
    let has_secret = |page: &[u8]| page.windows(WORD).any(|bytes| number_in(bytes).is_some());
    database.chunks(4096).filter(|page| page[0] != 0 && has_secret(page)).count()
}

/// Waits until these are what is left, and says how long that took.
pub(super) async fn until_left(place: &Place, wanted: &[u16]) -> Duration {
    let begun = Instant::now();
    let wanted: BTreeSet<u16> = wanted.iter().copied().collect();
    loop {
        let left = left(place);
        if left == wanted {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{left:?} are left, not {wanted:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
