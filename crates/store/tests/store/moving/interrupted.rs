use std::time::Duration;

use super::{content, copied, differing, postgres, sqlite, with_a_store};

/// Stops a copy somewhere, again and again, ever later; says how often.
async fn torn(from: &gangway_store::Database, to: &gangway_store::Database) -> u32 {
    for tries in 1.. {
        let lasts = Duration::from_millis(u64::from(tries) * 7);
        if let Ok(done) = tokio::time::timeout(lasts, copied(from, to)).await {
            done.unwrap();
            return tries;
        }
    }
    0
}

#[tokio::test]
async fn a_copy_that_is_stopped_anywhere_goes_on_when_it_is_begun_again() {
    let (_kept, path) = with_a_store(30).await;
    let back = tempfile::tempdir().unwrap();
    let back = back.path().join("gangway.db");
    let (there, _) = postgres();
    let before = content(&path);
    let there_and_back = [torn(&sqlite(&path), &there).await, torn(&there, &sqlite(&back)).await];
    assert!(there_and_back.iter().all(|tries| *tries > 3), "{there_and_back:?}");
    assert_eq!(content(&back), before);
    assert_eq!(differing(&sqlite(&path), &there).await, []);
}
