//! Families of partners: habits drawn each by itself.

use std::time::Duration;

use gangway_engine::Revokes;

use super::dice::Dice;
use crate::partner::{Code, Introspection, Manner, NewRefresh, OldRefresh, Revocation};

/// Any partner whose grants can be ended and seen to be dead in one way or another; others wait for
/// people.
pub(super) fn draw(dice: &mut Dice) -> Manner {
    let live = dice.one_in(4);
    let revocation = if live {
        // What is revoked is the token of the call, and nothing else can be given to it.
        dice.of(&[Revocation::Family, Revocation::FamilyLater(90)])
    } else {
        dice.of(&[
            Revocation::Token,
            Revocation::Pair,
            Revocation::PairLater(90),
            Revocation::Family,
            Revocation::Family,
            Revocation::Later(90),
            Revocation::FamilyLater(90),
        ])
    };
    let introspection = dice.of(&[
        Introspection::Absent,
        Introspection::All,
        Introspection::All,
        Introspection::OfCodes,
        Introspection::Nobody,
        Introspection::Lags(40),
        Introspection::Lies(2),
        Introspection::Lies(5),
        Introspection::Nonsense,
    ]);
    let can_be_used = !dice.one_in(3);
    // Where introspection is no use, and no token shows whose it is, only time ends it.
    let tells_expiry = !can_be_used || dice.one_in(2);
    Manner {
        revokes: if live { Revokes::LiveAccessToken } else { Revokes::EachToken },
        revocation,
        introspection,
        can_be_used,
        new_refresh: dice.of(&[NewRefresh::New, NewRefresh::New, NewRefresh::None, NewRefresh::Same]),
        old_refresh: dice.of(&[
            OldRefresh::Lives,
            OldRefresh::Lives,
            OldRefresh::Dies,
            OldRefresh::EndsTheFamily,
        ]),
        refresh_ends_access: dice.one_in(3),
        code: dice.of(&[Code::Refused, Code::EndsTheFamily, Code::GivesAgain]),
        expires_in: Duration::from_mins(10),
        tells_expiry,
        gives_refresh: !dice.one_in(8) || live,
        gives_beside: false,
    }
}
