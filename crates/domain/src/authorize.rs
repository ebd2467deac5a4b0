use crate::{Caller, Permission, Subject};

/// What a caller wants to do: one row of the permission table each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `GET …/remoteAssistancePartners`
    ListPartners,
    /// `GET …/remoteAssistancePartners/$count`
    CountPartners,
    /// `GET …/remoteAssistancePartners/{id}`
    GetPartner,
    /// `POST …/remoteAssistancePartners`
    CreatePartner,
    /// `PATCH …/remoteAssistancePartners/{id}`
    UpdatePartner,
    /// `DELETE …/remoteAssistancePartners/{id}`
    DeletePartner,
    /// `POST …/remoteAssistancePartners/{id}/beginOnboarding`
    BeginOnboarding,
    /// `POST …/remoteAssistancePartners/{id}/disconnect`
    Disconnect,
    /// `GET …/deviceManagement`
    GetDeviceManagement,
    /// `GET …/auditEvents`
    ListAuditEvents,
    /// `GET …/auditEvents/$count`
    CountAuditEvents,
    /// `GET …/auditEvents/{id}`
    GetAuditEvent,
    /// `GET …/auditEvents/getAuditCategories`
    GetAuditCategories,
    /// `GET …/auditEvents/getAuditActivityTypes(category='…')`
    GetAuditActivityTypes,
    /// `GET …/remoteAssistanceSettings`, in beta only
    GetSettings,
    /// `PATCH …/remoteAssistanceSettings`, in beta only
    UpdateSettings,
}

impl Operation {
    /// Every operation there is.
    pub const ALL: [Self; 16] = [
        Self::ListPartners,
        Self::CountPartners,
        Self::GetPartner,
        Self::CreatePartner,
        Self::UpdatePartner,
        Self::DeletePartner,
        Self::BeginOnboarding,
        Self::Disconnect,
        Self::GetDeviceManagement,
        Self::ListAuditEvents,
        Self::CountAuditEvents,
        Self::GetAuditEvent,
        Self::GetAuditCategories,
        Self::GetAuditActivityTypes,
        Self::GetSettings,
        Self::UpdateSettings,
    ];
}

/// Which of Microsoft's two descriptions of the permissions holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What the pages of the actions say: users only, `DeviceManagementServiceConfig.*` only.
    Documented,
    /// What Graph's permission data said in August 2026: applications too, and
    /// `DeviceManagementConfiguration.*` as well.
    Current,
}

/// Why a caller may not do what it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// Personal accounts are never accepted.
    #[error("personal Microsoft accounts are not supported")]
    PersonalAccount,
    /// The operation is for users, and an application asked by itself.
    #[error("not supported for an application without a user")]
    ApplicationOnly,
    /// The token has none of the permissions that would do.
    #[error("the token has none of the permissions that allow this")]
    MissingPermission {
        /// Any of these would have done, least privilege first.
        any_of: &'static [Permission],
    },
}

struct Rule {
    any_of: &'static [Permission],
    applications: bool,
}

const DOCUMENTED_READ: Rule = Rule {
    any_of: &[Permission::ServiceConfigRead, Permission::ServiceConfigReadWrite],
    applications: false,
};
const DOCUMENTED_WRITE: Rule = Rule { any_of: &[Permission::ServiceConfigReadWrite], applications: false };
const CURRENT_READ: Rule = Rule {
    any_of: &[
        Permission::ServiceConfigRead,
        Permission::ServiceConfigReadWrite,
        Permission::ConfigurationRead,
        Permission::ConfigurationReadWrite,
    ],
    applications: true,
};
const CURRENT_WRITE: Rule = Rule {
    any_of: &[Permission::ServiceConfigReadWrite, Permission::ConfigurationReadWrite],
    applications: true,
};
const AUDIT_READ: Rule =
    Rule { any_of: &[Permission::AppsRead, Permission::AppsReadWrite], applications: true };
/// Any permission of Intune's will do for what says nothing but whose it is.
const DEVICE_MANAGEMENT_READ: Rule = Rule {
    any_of: &[
        Permission::AppsRead,
        Permission::AppsReadWrite,
        Permission::ConfigurationRead,
        Permission::ConfigurationReadWrite,
        Permission::ManagedDevicesRead,
        Permission::ManagedDevicesReadWrite,
        Permission::RbacRead,
        Permission::RbacReadWrite,
        Permission::ServiceConfigRead,
        Permission::ServiceConfigReadWrite,
    ],
    applications: true,
};

/// The permission table. Sources: the API pages of `remoteAssistancePartner` ([`Profile::Documented`]) and
/// microsoft-graph-devx-content `permissions/new/permissions.json` of 2026-08 ([`Profile::Current`], and whatever no
/// page restricts further).
const fn rule(profile: Profile, operation: Operation) -> Rule {
    use Operation as O;
    match (profile, operation) {
        (Profile::Documented, O::ListPartners | O::CountPartners | O::GetPartner | O::GetSettings) => {
            DOCUMENTED_READ
        }
        (
            Profile::Documented,
            O::CreatePartner
            | O::UpdatePartner
            | O::DeletePartner
            | O::BeginOnboarding
            | O::Disconnect
            | O::UpdateSettings,
        ) => DOCUMENTED_WRITE,
        (Profile::Current, O::ListPartners | O::CountPartners | O::GetPartner | O::GetSettings) => {
            CURRENT_READ
        }
        (
            Profile::Current,
            O::CreatePartner
            | O::UpdatePartner
            | O::DeletePartner
            | O::BeginOnboarding
            | O::Disconnect
            | O::UpdateSettings,
        ) => CURRENT_WRITE,
        (
            Profile::Documented | Profile::Current,
            O::ListAuditEvents
            | O::CountAuditEvents
            | O::GetAuditEvent
            | O::GetAuditCategories
            | O::GetAuditActivityTypes,
        ) => AUDIT_READ,
        (Profile::Documented | Profile::Current, O::GetDeviceManagement) => DEVICE_MANAGEMENT_READ,
    }
}

/// Whether this caller may do this.
///
/// # Errors
/// The first reason against it; nothing is allowed that the table does not name.
pub fn authorize(profile: Profile, operation: Operation, caller: &Caller) -> Result<(), Denial> {
    let rule = rule(profile, operation);
    match &caller.subject {
        Subject::PersonalUser { .. } => return Err(Denial::PersonalAccount),
        Subject::Application { .. } if !rule.applications => return Err(Denial::ApplicationOnly),
        Subject::Application { .. } | Subject::User { .. } => {}
    }
    if caller.permissions.has_any(rule.any_of) {
        Ok(())
    } else {
        Err(Denial::MissingPermission { any_of: rule.any_of })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::TenantId;

    fn caller(subject: Subject, permissions: &[Permission]) -> Caller {
        Caller {
            tenant: TenantId(Uuid::from_u128(1)),
            subject,
            permissions: permissions.iter().copied().collect(),
            application_id: None,
            application_name: None,
        }
    }

    fn user(permissions: &[Permission]) -> Caller {
        caller(Subject::User { id: "u".into(), principal_name: None }, permissions)
    }

    fn application(permissions: &[Permission]) -> Caller {
        caller(Subject::Application { id: "a".into() }, permissions)
    }

    const READS: [Operation; 4] =
        [Operation::ListPartners, Operation::CountPartners, Operation::GetPartner, Operation::GetSettings];
    const WRITES: [Operation; 6] = [
        Operation::CreatePartner,
        Operation::UpdatePartner,
        Operation::DeletePartner,
        Operation::BeginOnboarding,
        Operation::Disconnect,
        Operation::UpdateSettings,
    ];

    #[test]
    fn the_documented_disconnect_takes_one_delegated_permission_and_nothing_else() {
        let disconnect = |caller| authorize(Profile::Documented, Operation::Disconnect, &caller);
        assert_eq!(disconnect(user(&[Permission::ServiceConfigReadWrite])), Ok(()));
        let missing = Err(Denial::MissingPermission { any_of: &[Permission::ServiceConfigReadWrite] });
        assert_eq!(disconnect(user(&[])), missing);
        assert_eq!(disconnect(user(&[Permission::ServiceConfigRead])), missing);
        assert_eq!(disconnect(user(&[Permission::ConfigurationReadWrite])), missing);
        assert_eq!(
            disconnect(application(&[Permission::ServiceConfigReadWrite])),
            Err(Denial::ApplicationOnly)
        );
    }

    #[test]
    fn the_current_profile_takes_applications_and_the_configuration_family() {
        for operation in WRITES {
            for permission in [Permission::ServiceConfigReadWrite, Permission::ConfigurationReadWrite] {
                assert_eq!(authorize(Profile::Current, operation, &application(&[permission])), Ok(()));
                assert_eq!(authorize(Profile::Current, operation, &user(&[permission])), Ok(()));
            }
            assert!(authorize(Profile::Current, operation, &user(&[Permission::ConfigurationRead])).is_err());
        }
        for operation in READS {
            assert_eq!(
                authorize(Profile::Current, operation, &application(&[Permission::ConfigurationRead])),
                Ok(())
            );
        }
    }

    #[test]
    fn who_may_change_partners_may_not_read_what_others_did() {
        for profile in [Profile::Documented, Profile::Current] {
            for operation in [Operation::ListAuditEvents, Operation::GetAuditCategories] {
                let ask = |caller| authorize(profile, operation, &caller);
                assert!(ask(user(&[Permission::ServiceConfigReadWrite])).is_err());
                assert_eq!(ask(user(&[Permission::AppsRead])), Ok(()));
                assert_eq!(ask(application(&[Permission::AppsReadWrite])), Ok(()));
            }
        }
    }

    #[test]
    fn any_permission_of_the_family_shows_the_singleton_and_ours_do_not() {
        for permission in Permission::ALL {
            let ours = permission.name().starts_with("Gangway.");
            let asked = authorize(Profile::Documented, Operation::GetDeviceManagement, &user(&[permission]));
            assert_eq!(asked.is_ok(), !ours, "{permission:?}");
        }
    }

    #[test]
    fn personal_accounts_may_do_nothing_whatever_their_token_says() {
        let all = Permission::ServiceConfigReadWrite;
        let personal = caller(Subject::PersonalUser { id: "p".into() }, &[all]);
        for profile in [Profile::Documented, Profile::Current] {
            for operation in Operation::ALL {
                assert_eq!(authorize(profile, operation, &personal), Err(Denial::PersonalAccount));
            }
        }
    }

    #[test]
    fn without_a_permission_nothing_is_allowed() {
        for profile in [Profile::Documented, Profile::Current] {
            for operation in Operation::ALL {
                assert!(authorize(profile, operation, &user(&[])).is_err());
                assert!(authorize(profile, operation, &application(&[])).is_err());
            }
        }
    }
}
