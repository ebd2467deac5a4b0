//! Lower and upper case, one letter for one letter: what Unicode calls the simple case mappings (`UnicodeData.txt`).
//! PostgreSQL uses them, so every store does; the full mappings of Rust's standard library make `SS` of `ß`.

pub(crate) fn lower(text: &str) -> String {
    text.chars().map(simple_lower).collect()
}

pub(crate) fn upper(text: &str) -> String {
    text.chars().map(simple_upper).collect()
}

fn simple_lower(letter: char) -> char {
    match letter {
        // The only one whose full mapping has more than one.
        'İ' => 'i',
        _ => only(letter.to_lowercase()).unwrap_or(letter),
    }
}

fn simple_upper(letter: char) -> char {
    let simple = match letter {
        // Greek with an iota below: the full mapping writes it behind, the simple one has a letter for it.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            char::from_u32(u32::from(letter) + 8)
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => char::from_u32(u32::from(letter) + 9),
        _ => only(letter.to_uppercase()),
    };
    simple.unwrap_or(letter)
}

/// The letter, if it is one.
fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next();
    if letters.next().is_none() { first } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_becomes_one_letter() {
        assert_eq!(upper("straße ŉ ǆ ǅ ᾳ ᾀ ΐ ﬁ ä ж"), "STRAßE ŉ Ǆ Ǆ ᾼ ᾈ ΐ ﬁ Ä Ж");
        assert_eq!(lower("ΟΔΟΣ ẞ İ Ǆ ǅ ᾼ Ä Ж"), "οδοσ ß i ǆ ǆ ᾳ ä ж", "also at the end of a word");
        let all = || ('\0'..=char::MAX).map(String::from);
        assert!(
            all().all(|letter| lower(&letter).chars().count() == 1 && upper(&letter).chars().count() == 1)
        );
    }
}
