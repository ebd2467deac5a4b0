//! What was lost is never called dead, whatever dies beside it: what becomes of one token shows
//! nothing of another.

use gangway_domain::{MissingKind, PartnerId};
use gangway_engine::Check;

use crate::partner::{Fault, Manner, OldRefresh, Revocation};
use crate::releases::only_release;
use crate::{House, TENANT, by, missing};

const fn manner(revocation: Revocation) -> Manner {
    Manner { revocation, old_refresh: OldRefresh::Lives, refresh_ends_access: false, ..Manner::FORGETFUL }
}

/// A connection of which an answer was lost, and that has tokens of two answers all the same.
async fn lost_an_answer(revocation: Revocation) -> (House, PartnerId) {
    let house = House::with(manner(revocation));
    let id = house.connected().await;
    house.clock.step(3600);
    house.partner.fail_next_grant(Fault::AnswerLost);
    house.engine.check_connection(TENANT, id).await.unwrap_err();
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    (house, id)
}

/// A partner may end every access token of a grant with one refresh token, and leave the other
/// refresh tokens be.
#[tokio::test]
async fn what_was_lost_is_unaccounted_whatever_a_revocation_ends() {
    for (revocation, alive) in
        [(Revocation::Family, 0), (Revocation::Token, 1), (Revocation::Pair, 1), (Revocation::Later(90), 1)]
    {
        let (house, id) = lost_an_answer(revocation).await;
        house.engine.disconnect(TENANT, &by(), id).await.unwrap();
        house.work().await;
        house.settle().await;
        assert_eq!(missing(&only_release(&house)), [MissingKind::RefreshAnswer], "{revocation:?}");
        assert_eq!(house.partner.alive(), alive, "{revocation:?}");
    }
}
