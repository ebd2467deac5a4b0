use gangway_domain::{
    Attempt, AttemptId, OnboardingStatus, Partner, PartnerId, ProfileName, Status, TenantId,
};

use super::table::{ColumnValue, table};
use super::{
    Item, OtherType, Read, Row, Senseless, connector, generation, id, profile, text, text_or_null, time,
    time_or_null, version,
};
use crate::render::{PARTNERS, QueriedTable};

table! {
    pub(crate) enum PartnerColumn in "partners", key 3, selected by partner_columns {
        Part: "part" Part,
        Tenant: "tenant" Id,
        Id: "id" Id,
        DisplayName: "display_name" Text,
        OnboardingUrl: "onboarding_url" Text,
        Connector: "connector" Text,
        Profile: "profile" Text,
        Status: "status" Text,
        Attempt: "attempt" Id,
        AttemptExpires: "attempt_expires" Number,
        LastConnection: "last_connection" Number,
        Generation: "generation" Number,
        Version: "version" Number,
    }
}
use PartnerColumn as C;

impl Item for Partner {
    const TABLE: QueriedTable = PARTNERS;
    const COLUMNS: &str = partner_columns!();

    fn from_row(row: &impl Row) -> Read<Self> {
        partner(row)
    }
}

pub(crate) fn partner(row: &impl Row) -> Read<Partner> {
    Ok(Partner {
        tenant: TenantId(id(row, C::Tenant.index(), "tenant")?),
        id: PartnerId(id(row, C::Id.index(), "id of a partner")?),
        display_name: text(row, C::DisplayName.index(), "name")?.to_owned(),
        onboarding_url: text_or_null(row, C::OnboardingUrl.index(), "onboarding URL")?,
        connector: connector(row, C::Connector.index())?,
        profile: profile(row, C::Profile.index())?,
        status: status(row)?,
        last_connection: time(row, C::LastConnection.index(), "last connection")?,
        generation: generation(row, C::Generation.index())?,
        version: version(row, C::Version.index())?,
    })
}

fn status(row: &impl Row) -> Read<Status> {
    let status = OnboardingStatus::from_name(text(row, C::Status.index(), "status")?);
    let attempt = row.id(C::Attempt.index()).map_err(|OtherType| Senseless("attempt"))?;
    match (status, attempt, time_or_null(row, C::AttemptExpires.index(), "attempt")?) {
        (Some(OnboardingStatus::NotOnboarded), None, None) => Ok(Status::NotOnboarded),
        (Some(OnboardingStatus::Onboarded), None, None) => Ok(Status::Onboarded),
        (Some(OnboardingStatus::Onboarding), Some(id), Some(expires)) => {
            Ok(Status::Onboarding { attempt: Attempt { id: AttemptId(id), expires } })
        }
        _ => Err(Senseless("status")),
    }
}

/// What is in this column of a partner's row. No wildcard: a new column stops the build until something is written there.
pub(crate) fn partner_value(partner: &Partner, column: PartnerColumn) -> ColumnValue<'_> {
    let attempt = partner.attempt();
    match column {
        C::Part => ColumnValue::Number(partner.tenant.part().0.into()),
        C::Tenant => ColumnValue::Bytes(partner.tenant.0.as_bytes()),
        C::Id => ColumnValue::Bytes(partner.id.0.as_bytes()),
        C::DisplayName => ColumnValue::Text(&partner.display_name),
        C::OnboardingUrl => ColumnValue::text_or_null(partner.onboarding_url.as_deref()),
        C::Connector => ColumnValue::Text(partner.connector.as_str()),
        C::Profile => ColumnValue::text_or_null(partner.profile.as_ref().map(ProfileName::as_str)),
        C::Status => ColumnValue::Text(partner.status.onboarding_status().as_str()),
        C::Attempt => ColumnValue::bytes_or_null(attempt.map(|attempt| &attempt.id.0.as_bytes()[..])),
        C::AttemptExpires => ColumnValue::number_or_null(attempt.map(|attempt| attempt.expires.ticks())),
        C::LastConnection => ColumnValue::Number(partner.last_connection.ticks()),
        C::Generation => ColumnValue::count(partner.generation.0),
        C::Version => ColumnValue::count(partner.version.0),
    }
}
