use uuid::{Uuid, uuid};

use crate::{PermissionSet, TenantId};

/// The tenant id that Microsoft's personal accounts share, in `tid` or at the end of `idp`.
/// Source: Microsoft identity platform, access token claims reference.
pub const PERSONAL_ACCOUNTS_TENANT: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");

/// Who is asking, as a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The tenant the token was issued for; the only one this caller can reach.
    pub tenant: TenantId,
    /// User or application.
    pub subject: Subject,
    /// What the token allows, of what means something here.
    pub permissions: PermissionSet,
    /// The client application (`appid` or `azp`).
    pub application_id: Option<String>,
    /// The client application's name (`app_displayname`).
    pub application_name: Option<String>,
}

/// What kind of account asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A work or school account, through an application.
    User {
        /// The object id (`oid`), or `sub` where the issuer has no object ids.
        id: String,
        /// The name the user signs in with (`upn`, else `preferred_username`).
        principal_name: Option<String>,
    },
    /// A personal Microsoft account, in its own tenant or as a guest.
    PersonalUser {
        /// The object id (`oid`), or `sub`.
        id: String,
    },
    /// An application by itself, with no user.
    Application {
        /// The object id of its service principal (`oid`), or `sub`.
        id: String,
    },
}
