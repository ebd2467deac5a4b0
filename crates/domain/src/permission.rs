/// A permission that means something here: of Graph's `DeviceManagement*` families, and two of our
/// own. The same name is a scope in a user's token and a role in an application's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// `DeviceManagementServiceConfig.Read.All`
    ServiceConfigRead,
    /// `DeviceManagementServiceConfig.ReadWrite.All`
    ServiceConfigReadWrite,
    /// `DeviceManagementConfiguration.Read.All`
    ConfigurationRead,
    /// `DeviceManagementConfiguration.ReadWrite.All`
    ConfigurationReadWrite,
    /// `DeviceManagementApps.Read.All`
    AppsRead,
    /// `DeviceManagementApps.ReadWrite.All`
    AppsReadWrite,
    /// `DeviceManagementManagedDevices.Read.All`
    ManagedDevicesRead,
    /// `DeviceManagementManagedDevices.ReadWrite.All`
    ManagedDevicesReadWrite,
    /// `DeviceManagementRBAC.Read.All`
    RbacRead,
    /// `DeviceManagementRBAC.ReadWrite.All`
    RbacReadWrite,
    /// `Gangway.Releases.Read.All`, which is ours: to see the releases of one's tenant.
    ReleasesRead,
    /// `Gangway.Releases.ReadWrite.All`, which is ours: to give up on them, too.
    ReleasesReadWrite,
}

impl Permission {
    /// Every permission there is.
    pub const ALL: [Self; 12] = [
        Self::ServiceConfigRead,
        Self::ServiceConfigReadWrite,
        Self::ConfigurationRead,
        Self::ConfigurationReadWrite,
        Self::AppsRead,
        Self::AppsReadWrite,
        Self::ManagedDevicesRead,
        Self::ManagedDevicesReadWrite,
        Self::RbacRead,
        Self::RbacReadWrite,
        Self::ReleasesRead,
        Self::ReleasesReadWrite,
    ];

    /// The name in tokens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceConfigRead => "DeviceManagementServiceConfig.Read.All",
            Self::ServiceConfigReadWrite => "DeviceManagementServiceConfig.ReadWrite.All",
            Self::ConfigurationRead => "DeviceManagementConfiguration.Read.All",
            Self::ConfigurationReadWrite => "DeviceManagementConfiguration.ReadWrite.All",
            Self::AppsRead => "DeviceManagementApps.Read.All",
            Self::AppsReadWrite => "DeviceManagementApps.ReadWrite.All",
            Self::ManagedDevicesRead => "DeviceManagementManagedDevices.Read.All",
            Self::ManagedDevicesReadWrite => "DeviceManagementManagedDevices.ReadWrite.All",
            Self::RbacRead => "DeviceManagementRBAC.Read.All",
            Self::RbacReadWrite => "DeviceManagementRBAC.ReadWrite.All",
            Self::ReleasesRead => "Gangway.Releases.Read.All",
            Self::ReleasesReadWrite => "Gangway.Releases.ReadWrite.All",
        }
    }

    /// The permission with this name; scopes are compared without regard to case, as Entra ID does.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name().eq_ignore_ascii_case(name))
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// The permissions a token carries, of those that mean something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u16);

impl PermissionSet {
    /// Whether any of these is in the set.
    #[must_use]
    pub fn has_any(self, permissions: &[Permission]) -> bool {
        permissions.iter().any(|p| self.0 & p.bit() != 0)
    }

    /// The permissions in the set.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |p| self.0 & p.bit() != 0)
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, p| bits | p.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_a_bit_and_a_name_of_its_own() {
        for permission in Permission::ALL {
            assert_eq!(Permission::from_name(permission.name()), Some(permission));
            assert_eq!(PermissionSet::from_iter([permission]).iter().collect::<Vec<_>>(), [permission]);
        }
    }

    #[test]
    fn a_name_that_only_begins_like_a_permission_is_none() {
        assert_eq!(Permission::from_name("DeviceManagementServiceConfig.ReadWrite.AllX"), None);
        assert_eq!(Permission::from_name("DeviceManagementServiceConfig"), None);
    }
}
