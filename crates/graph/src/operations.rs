//! The operations, each with everything that is known of it, but for its handler.

use gangway_odata::Applies;
use gangway_odata::model::Property;

use crate::permissions::Access;
use crate::resource::Resource;
use crate::routes::{self, Route, Verb};
use crate::schema;
use crate::version::Version;

/// What is known of an operation.
#[derive(Debug)]
pub struct OperationRow {
    /// Its name in metrics; of an action or a function, also its name on the wire.
    pub name: &'static str,
    /// Where it is.
    pub route: &'static Route,
    /// The method it has there.
    pub verb: Verb,
    /// What it is about: query options are read against the type of this, and throttling limits are those of this.
    pub resource: Resource,
    /// Which query options it takes.
    pub applies: Applies,
    /// Its row of the permission table.
    pub access: Access,
    /// What its requests bring.
    pub body: RequestBody,
    /// What it answers with if it succeeds.
    pub success: Success,
    /// Its name in descriptions. Source: Graph's own OpenAPI description, which ends those of `$count` with a hash besides.
    pub id: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
}

/// What a request brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestBody {
    /// Nothing; an empty object does no harm.
    Nothing,
    /// A new entity.
    Entity,
    /// What is to be different.
    Changes,
    /// In beta, parameters of an action, each of which may be left out.
    BetaParameters(&'static [Property]),
}

/// What a success comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    /// 200 with a page of entities.
    Page,
    /// 200 with an entity.
    Entity,
    /// 201 with a new entity, or 204 for who prefers that.
    Created,
    /// 200 with the entity as it is now, or 204 for who prefers that.
    Changed,
    /// 200 with a number.
    Number,
    /// 200 with texts.
    Texts,
    /// 204
    Nothing,
}

/// Makes the enum and its rows of one table.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident { $($fields:tt)* })*) => {
        /// What a caller wants to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[$doc])* $name,)*
        }

        impl Operation {
            /// Every operation there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What is known of it.
            #[must_use]
            pub const fn row(self) -> &'static OperationRow {
                match self {
                    $(Self::$name => &const { OperationRow { $($fields)* } },)*
                }
            }
        }
    };
}

operations! {
    /// `GET …/remoteAssistancePartners/{id}`
    GetPartner {
        name: "getPartner",
        route: &routes::PARTNER,
        verb: Verb::Get,
        resource: Resource::Partner,
        applies: Applies::Entity,
        access: Access::ReadServiceConfig,
        body: RequestBody::Nothing,
        success: Success::Entity,
        id: "deviceManagement.GetRemoteAssistancePartners",
        summary: "Get a partner",
    }
    /// `GET …/remoteAssistancePartners`
    ListPartners {
        name: "listPartners",
        route: &routes::PARTNER_LIST,
        verb: Verb::Get,
        resource: Resource::Partner,
        applies: Applies::Collection,
        access: Access::ReadServiceConfig,
        body: RequestBody::Nothing,
        success: Success::Page,
        id: "deviceManagement.ListRemoteAssistancePartners",
        summary: "List the partners",
    }
    /// `GET …/remoteAssistancePartners/$count`
    CountPartners {
        name: "countPartners",
        route: &routes::PARTNER_COUNT,
        verb: Verb::Get,
        resource: Resource::Partner,
        applies: Applies::Count,
        access: Access::ReadServiceConfig,
        body: RequestBody::Nothing,
        success: Success::Number,
        id: "deviceManagement.remoteAssistancePartners.GetCount",
        summary: "Count the partners",
    }
    /// `POST …/remoteAssistancePartners`
    CreatePartner {
        name: "createPartner",
        route: &routes::PARTNER_LIST,
        verb: Verb::Post,
        resource: Resource::Partner,
        applies: Applies::Nothing,
        access: Access::WriteServiceConfig,
        body: RequestBody::Entity,
        success: Success::Created,
        id: "deviceManagement.CreateRemoteAssistancePartners",
        summary: "Create a partner",
    }
    /// `PATCH …/remoteAssistancePartners/{id}`
    UpdatePartner {
        name: "updatePartner",
        route: &routes::PARTNER,
        verb: Verb::Patch,
        resource: Resource::Partner,
        applies: Applies::Nothing,
        access: Access::WriteServiceConfig,
        body: RequestBody::Changes,
        success: Success::Changed,
        id: "deviceManagement.UpdateRemoteAssistancePartners",
        summary: "Change a partner",
    }
    /// `DELETE …/remoteAssistancePartners/{id}`
    DeletePartner {
        name: "deletePartner",
        route: &routes::PARTNER,
        verb: Verb::Delete,
        resource: Resource::Partner,
        applies: Applies::Nothing,
        access: Access::WriteServiceConfig,
        body: RequestBody::Nothing,
        success: Success::Nothing,
        id: "deviceManagement.DeleteRemoteAssistancePartners",
        summary: "Delete a partner; if it is connected, cut the connection",
    }
    /// `POST …/remoteAssistancePartners/{id}/beginOnboarding`
    BeginOnboarding {
        name: routes::BEGIN_ONBOARDING,
        route: &routes::PARTNER_BEGIN_ONBOARDING,
        verb: Verb::Post,
        resource: Resource::Partner,
        applies: Applies::Nothing,
        access: Access::WriteServiceConfig,
        body: RequestBody::BetaParameters(&schema::BEGIN_ONBOARDING_BETA),
        success: Success::Nothing,
        id: "deviceManagement.remoteAssistancePartners.remoteAssistancePartner.beginOnboarding",
        summary: "Begin to connect a partner",
    }
    /// `POST …/remoteAssistancePartners/{id}/disconnect`
    Disconnect {
        name: routes::DISCONNECT,
        route: &routes::PARTNER_DISCONNECT,
        verb: Verb::Post,
        resource: Resource::Partner,
        applies: Applies::Nothing,
        access: Access::WriteServiceConfig,
        body: RequestBody::Nothing,
        success: Success::Nothing,
        id: "deviceManagement.remoteAssistancePartners.remoteAssistancePartner.disconnect",
        summary: "Cut the connection to a partner",
    }
    /// `GET …/deviceManagement`
    GetDeviceManagement {
        name: "getDeviceManagement",
        route: &routes::SINGLETON,
        verb: Verb::Get,
        resource: Resource::DeviceManagement,
        applies: Applies::Entity,
        access: Access::ReadDeviceManagement,
        body: RequestBody::Nothing,
        success: Success::Entity,
        id: "deviceManagement.deviceManagement.GetDeviceManagement",
        summary: "Get the singleton that everything else is in",
    }
    /// `GET …/auditEvents`
    ListAuditEvents {
        name: "listAuditEvents",
        route: &routes::AUDIT_EVENT_LIST,
        verb: Verb::Get,
        resource: Resource::AuditEvent,
        applies: Applies::Collection,
        access: Access::ReadAuditEvents,
        body: RequestBody::Nothing,
        success: Success::Page,
        id: "deviceManagement.ListAuditEvents",
        summary: "List the audit events, newest first",
    }
    /// `GET …/auditEvents/$count`
    CountAuditEvents {
        name: "countAuditEvents",
        route: &routes::AUDIT_EVENT_COUNT,
        verb: Verb::Get,
        resource: Resource::AuditEvent,
        applies: Applies::Count,
        access: Access::ReadAuditEvents,
        body: RequestBody::Nothing,
        success: Success::Number,
        id: "deviceManagement.auditEvents.GetCount",
        summary: "Count the audit events",
    }
    /// `GET …/auditEvents/{id}`
    GetAuditEvent {
        name: "getAuditEvent",
        route: &routes::AUDIT_EVENT,
        verb: Verb::Get,
        resource: Resource::AuditEvent,
        applies: Applies::Entity,
        access: Access::ReadAuditEvents,
        body: RequestBody::Nothing,
        success: Success::Entity,
        id: "deviceManagement.GetAuditEvents",
        summary: "Get an audit event",
    }
    /// `GET …/auditEvents/getAuditCategories`
    GetAuditCategories {
        name: routes::GET_AUDIT_CATEGORIES,
        route: &routes::AUDIT_CATEGORIES,
        verb: Verb::Get,
        resource: Resource::AuditEvent,
        applies: Applies::Nothing,
        access: Access::ReadAuditEvents,
        body: RequestBody::Nothing,
        success: Success::Texts,
        id: "deviceManagement.auditEvents.getAuditCategories",
        summary: "List the categories of audit events",
    }
    /// `GET …/auditEvents/getAuditActivityTypes(category='…')`
    GetAuditActivityTypes {
        name: routes::GET_AUDIT_ACTIVITY_TYPES,
        route: &routes::AUDIT_ACTIVITY_TYPES,
        verb: Verb::Get,
        resource: Resource::AuditEvent,
        applies: Applies::Nothing,
        access: Access::ReadAuditEvents,
        body: RequestBody::Nothing,
        success: Success::Texts,
        id: "deviceManagement.auditEvents.getAuditActivityTypes",
        summary: "List the activity types of a category",
    }
    /// `GET …/remoteAssistanceSettings`, in beta only
    GetSettings {
        name: "getSettings",
        route: &routes::SETTINGS,
        verb: Verb::Get,
        resource: Resource::Settings,
        applies: Applies::Entity,
        access: Access::ReadServiceConfig,
        body: RequestBody::Nothing,
        success: Success::Entity,
        id: "deviceManagement.GetRemoteAssistanceSettings",
        summary: "Get the settings of remote assistance",
    }
    /// `PATCH …/remoteAssistanceSettings`, in beta only
    UpdateSettings {
        name: "updateSettings",
        route: &routes::SETTINGS,
        verb: Verb::Patch,
        resource: Resource::Settings,
        applies: Applies::Nothing,
        access: Access::WriteServiceConfig,
        body: RequestBody::Changes,
        success: Success::Changed,
        id: "deviceManagement.UpdateRemoteAssistanceSettings",
        summary: "Change the settings of remote assistance",
    }
}

impl OperationRow {
    /// The parameters that its body may have in a version.
    #[must_use]
    pub const fn parameters(&self, version: Version) -> &'static [Property] {
        match (self.body, version) {
            (RequestBody::BetaParameters(parameters), Version::Beta) => parameters,
            (RequestBody::BetaParameters(_), Version::V1)
            | (
                RequestBody::Nothing | RequestBody::Entity | RequestBody::Changes,
                Version::V1 | Version::Beta,
            ) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_operations_have_one_name() {
        for key in [|row: &OperationRow| row.name, |row: &OperationRow| row.id] {
            let mut names: Vec<_> = Operation::ALL.iter().map(|operation| key(operation.row())).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), Operation::ALL.len());
        }
    }
}
