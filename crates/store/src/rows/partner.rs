use gangway_domain::{Attempt, AttemptId, OnboardingStatus, Partner, PartnerId, Status, TenantId};

use super::{
    Item, OtherType, Read, Row, Senseless, connector, generation, id, profile, text, text_or_null, time,
    version,
};
use crate::render::{PARTNERS, QueriedTable};

macro_rules! partner_columns {
    () => {
        "tenant, id, display_name, onboarding_url, connector, status, attempt, attempt_expires, \
         last_connection, generation, version, profile"
    };
}
pub(crate) use partner_columns;

impl Item for Partner {
    const TABLE: QueriedTable = PARTNERS;
    const COLUMNS: &str = partner_columns!();

    fn from_row(row: &impl Row) -> Read<Self> {
        partner(row)
    }
}

pub(crate) fn partner(row: &impl Row) -> Read<Partner> {
    Ok(Partner {
        tenant: TenantId(id(row, 0, "tenant")?),
        id: PartnerId(id(row, 1, "id of a partner")?),
        display_name: text(row, 2, "name")?.to_owned(),
        onboarding_url: text_or_null(row, 3, "onboarding URL")?,
        connector: connector(row, 4)?,
        profile: profile(row, 11)?,
        status: status(row)?,
        last_connection: time(row, 8, "last connection")?,
        generation: generation(row, 9)?,
        version: version(row, 10)?,
    })
}

fn status(row: &impl Row) -> Read<Status> {
    let status = OnboardingStatus::from_name(text(row, 5, "status")?);
    let attempt = row.id(6).map_err(|OtherType| Senseless("attempt"))?;
    match (status, attempt, super::time_or_null(row, 7, "attempt")?) {
        (Some(OnboardingStatus::NotOnboarded), None, None) => Ok(Status::NotOnboarded),
        (Some(OnboardingStatus::Onboarded), None, None) => Ok(Status::Onboarded),
        (Some(OnboardingStatus::Onboarding), Some(id), Some(expires)) => {
            Ok(Status::Onboarding { attempt: Attempt { id: AttemptId(id), expires } })
        }
        _ => Err(Senseless("status")),
    }
}
