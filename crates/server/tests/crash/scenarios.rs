//! All that is played.

use std::time::Duration;

use crate::partner::Kind;
use crate::scenario::{Begins, Does, Scenario, Then};

/// Longer than an access token of the `OAuth` provider is good.
const HOUR: Duration = Duration::from_mins(61);
/// Longer than one of the stand-in is.
const DAY: Duration = Duration::from_hours(25);

const RELEASE: Scenario = Scenario {
    name: "a_release",
    partner: Kind::OAuth2,
    begins: Begins::Cut,
    later: Duration::ZERO,
    does: Does::Release,
    then: Then::Nothing,
    calls: &[
        "store.lease_parts",
        "store.due_releases",
        "store.release_secret",
        "partner.revoke_refresh_token",
        "partner.revoke_access_token",
        "partner.probe",
        "store.commit",
        "partner.refresh",
        "store.commit",
    ],
    irretrievable: None,
};

const LIVE_TOKEN: Scenario = Scenario {
    name: "a_release_that_needs_a_live_token",
    partner: Kind::TeamViewer,
    later: DAY,
    calls: &[
        "store.release_secret",
        "store.commit",
        "partner.refresh",
        "store.commit",
        "partner.probe",
        "partner.revoke_access_token",
        "partner.probe",
        "store.commit",
        "partner.refresh",
        "store.commit",
    ],
    ..RELEASE
};

const CALLBACK: Scenario = Scenario {
    name: "a_callback",
    partner: Kind::OAuth2,
    begins: Begins::Consented,
    later: Duration::ZERO,
    does: Does::ComeBack,
    then: Then::Nothing,
    calls: &[
        "store.attempt",
        "store.partner",
        "partner.is_issuer",
        "store.commit",
        "partner.redeem",
        "partner.account",
        "store.commit",
    ],
    irretrievable: None,
};

const REFRESH: Scenario = Scenario {
    name: "a_refresh",
    partner: Kind::OAuth2,
    begins: Begins::Connected,
    later: HOUR,
    does: Does::Check,
    then: Then::Nothing,
    calls: &[
        "store.partner",
        "store.credential",
        "store.commit",
        "partner.refresh",
        "store.commit",
        "partner.probe",
    ],
    irretrievable: None,
};

const DISCONNECT: Scenario = Scenario {
    name: "a_disconnect",
    partner: Kind::OAuth2,
    begins: Begins::Connected,
    later: Duration::ZERO,
    does: Does::Disconnect,
    then: Then::Nothing,
    calls: &["store.partner", "store.credential", "store.commit"],
    irretrievable: None,
};

pub(crate) static ALL: [Scenario; 14] = [
    RELEASE,
    Scenario {
        name: "a_release_proved_by_a_refresh",
        partner: Kind::WithoutIntrospection,
        calls: &[
            "partner.revoke_refresh_token",
            "partner.probe",
            "store.commit",
            "partner.refresh",
            "store.commit",
        ],
        ..RELEASE
    },
    LIVE_TOKEN,
    Scenario {
        name: "a_release_that_rotates_its_refresh_token",
        partner: Kind::Rotating,
        irretrievable: Some("partner.refresh"),
        ..LIVE_TOKEN
    },
    CALLBACK,
    Scenario { name: "a_callback_that_comes_again", then: Then::ComeBack, ..CALLBACK },
    Scenario { name: "a_callback_and_then_nobody", then: Then::Wait, ..CALLBACK },
    REFRESH,
    Scenario { name: "a_refresh_that_is_done_again", then: Then::Check, ..REFRESH },
    Scenario {
        name: "a_refresh_where_refresh_tokens_stay",
        partner: Kind::TeamViewer,
        later: DAY,
        ..REFRESH
    },
    Scenario {
        name: "a_refresh_that_rotates_its_refresh_token",
        partner: Kind::Rotating,
        irretrievable: Some("partner.refresh"),
        later: DAY,
        ..REFRESH
    },
    DISCONNECT,
    Scenario { name: "a_deletion", does: Does::Delete, then: Then::Delete, ..DISCONNECT },
    Scenario {
        name: "a_change_of_settings",
        does: Does::SetSettings,
        then: Then::SetSettings,
        calls: &["store.settings", "store.commit"],
        ..DISCONNECT
    },
];
