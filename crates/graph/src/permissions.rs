use gangway_domain::{Caller, Permission, Subject};

/// The rows of the permission table: each operation has one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To see partners and settings.
    ReadServiceConfig,
    /// To change partners and settings.
    WriteServiceConfig,
    /// To see what was done.
    ReadAuditEvents,
    /// To see the singleton, which says nothing but whose it is.
    ReadDeviceManagement,
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
const fn rule(profile: Profile, access: Access) -> Rule {
    use {Access as A, Profile as P};
    match (profile, access) {
        (P::Documented, A::ReadServiceConfig) => DOCUMENTED_READ,
        (P::Documented, A::WriteServiceConfig) => DOCUMENTED_WRITE,
        (P::Current, A::ReadServiceConfig) => CURRENT_READ,
        (P::Current, A::WriteServiceConfig) => CURRENT_WRITE,
        (P::Documented | P::Current, A::ReadAuditEvents) => AUDIT_READ,
        (P::Documented | P::Current, A::ReadDeviceManagement) => DEVICE_MANAGEMENT_READ,
    }
}

impl Access {
    /// Whether it is for what may change something.
    #[must_use]
    pub const fn is_write(self) -> bool {
        match self {
            Self::WriteServiceConfig => true,
            Self::ReadServiceConfig | Self::ReadAuditEvents | Self::ReadDeviceManagement => false,
        }
    }
}

/// Whether this caller may do this.
///
/// # Errors
/// The first reason against it; nothing is allowed that the table does not name.
pub fn authorize(profile: Profile, access: Access, caller: &Caller) -> Result<(), Denial> {
    let rule = rule(profile, access);
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
    use gangway_domain::TenantId;
    use uuid::Uuid;

    use super::*;
    use crate::Operation;

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
        let disconnect = |caller| authorize(Profile::Documented, Operation::Disconnect.row().access, &caller);
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
                assert_eq!(
                    authorize(Profile::Current, operation.row().access, &application(&[permission])),
                    Ok(())
                );
                assert_eq!(authorize(Profile::Current, operation.row().access, &user(&[permission])), Ok(()));
            }
            assert!(
                authorize(Profile::Current, operation.row().access, &user(&[Permission::ConfigurationRead]))
                    .is_err()
            );
        }
        for operation in READS {
            assert_eq!(
                authorize(
                    Profile::Current,
                    operation.row().access,
                    &application(&[Permission::ConfigurationRead])
                ),
                Ok(())
            );
        }
    }

    #[test]
    fn who_may_change_partners_may_not_read_what_others_did() {
        for profile in [Profile::Documented, Profile::Current] {
            for operation in [Operation::ListAuditEvents, Operation::GetAuditCategories] {
                let ask = |caller| authorize(profile, operation.row().access, &caller);
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
            let asked = authorize(
                Profile::Documented,
                Operation::GetDeviceManagement.row().access,
                &user(&[permission]),
            );
            assert_eq!(asked.is_ok(), !ours, "{permission:?}");
        }
    }

    #[test]
    fn personal_accounts_may_do_nothing_whatever_their_token_says() {
        let all = Permission::ServiceConfigReadWrite;
        let personal = caller(Subject::PersonalUser { id: "p".into() }, &[all]);
        for profile in [Profile::Documented, Profile::Current] {
            for operation in Operation::ALL {
                assert_eq!(
                    authorize(profile, operation.row().access, &personal),
                    Err(Denial::PersonalAccount)
                );
            }
        }
    }

    #[test]
    fn without_a_permission_nothing_is_allowed() {
        for profile in [Profile::Documented, Profile::Current] {
            for operation in Operation::ALL {
                assert!(authorize(profile, operation.row().access, &user(&[])).is_err());
                assert!(authorize(profile, operation.row().access, &application(&[])).is_err());
            }
        }
    }
}
