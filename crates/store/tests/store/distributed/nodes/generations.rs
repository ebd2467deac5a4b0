use gangway_domain::Generation;
use gangway_engine::{Changeset, Store};

use crate::distributed::harness::database::{Database, somebody_waits};
use crate::samples::*;

/// Who inserts has begun before the other deletes, and waits for them: what they leave has to be seen all the same.
#[tokio::test]
async fn an_insert_that_waits_for_who_deletes_sees_the_generation_that_is_gone() {
    let database = Database::new().await;
    let store = database.open().await;
    for is_silent in [true, false] {
        let there = stored(&store, CONTOSO).await;
        let (holder, observer) = (database.outsider().await, database.outsider().await);
        let id = there.id.0;
        let delete = format!(
            "BEGIN; DELETE FROM partners WHERE id = '{id}'; INSERT INTO departed_partners VALUES ({}, '{}', '{id}', 1)",
            CONTOSO.part().0,
            CONTOSO.0
        );
        holder.batch_execute(&delete).await.unwrap();
        let again = insert(&there);
        let again = if is_silent { Changeset { record: silent(), ..again } } else { again };
        let ending = async {
            // One that has an event sees at once that its partner is there, and never waits.
            if is_silent {
                somebody_waits(&observer, 1).await;
            }
            holder.batch_execute("COMMIT").await.unwrap();
        };
        let (answer, ()) = tokio::join!(store.commit(again.clone()), ending);
        assert!(answer == STALE || (!is_silent && answer == TAKEN), "{answer:?}");
        assert_eq!(read(&store, &there).await, None);
        assert_eq!(store.commit(again).await, STALE);
        assert_eq!(store.last_generation(CONTOSO, there.id).await, Ok(Some(Generation(1))));
    }
}
