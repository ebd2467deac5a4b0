//! What an audit event looks like to who reads it: Intune's words for what is recorded here. What is shown, filtered and
//! sorted by comes from here alone.

use crate::{Activity, Actor, AuditEvent, Caller, Permission, Subject};

/// What kind of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A work or school account, through an application.
    User,
    /// A personal account, through an application.
    PersonalUser,
    /// An application by itself.
    Application,
    /// See [`Actor::Partner`].
    Partner,
    /// See [`Actor::Gangway`].
    Gangway,
    /// See [`Actor::Operator`].
    Operator,
}

impl ActorKind {
    /// Every kind there is.
    pub const ALL: [Self; 6] =
        [Self::User, Self::PersonalUser, Self::Application, Self::Partner, Self::Gangway, Self::Operator];

    /// Intune's `auditActorType`. Only `ItPro` has been seen at Intune; the others are ours.
    #[must_use]
    pub const fn audit_actor_type(self) -> &'static str {
        match self {
            Self::User | Self::PersonalUser => "ItPro",
            Self::Application => "Application",
            Self::Partner => "Partner",
            Self::Gangway => "System",
            Self::Operator => "Operator",
        }
    }
}

impl Actor {
    /// What kind of actor it is.
    #[must_use]
    pub fn kind(&self) -> ActorKind {
        match self {
            Self::Caller(caller) => match caller.subject {
                Subject::User { .. } => ActorKind::User,
                Subject::PersonalUser { .. } => ActorKind::PersonalUser,
                Subject::Application { .. } => ActorKind::Application,
            },
            Self::Partner => ActorKind::Partner,
            Self::Gangway => ActorKind::Gangway,
            Self::Operator => ActorKind::Operator,
        }
    }

    /// Intune's `userPermissions`: the names of the token's permissions that mean something here; none for who has no token.
    pub fn user_permissions(&self) -> impl Iterator<Item = &'static str> {
        self.caller().into_iter().flat_map(|caller| caller.permissions.iter()).map(Permission::name)
    }

    /// Intune's `applicationId`: the client application.
    #[must_use]
    pub fn application_id(&self) -> Option<&str> {
        self.caller()?.application_id.as_deref()
    }

    /// Intune's `applicationDisplayName`: what the client application is called.
    #[must_use]
    pub fn application_display_name(&self) -> Option<&str> {
        self.caller()?.application_name.as_deref()
    }

    /// Intune's `userPrincipalName`: the name the user signs in with.
    #[must_use]
    pub fn user_principal_name(&self) -> Option<&str> {
        match &self.caller()?.subject {
            Subject::User { principal_name, .. } => principal_name.as_deref(),
            Subject::PersonalUser { .. } | Subject::Application { .. } => None,
        }
    }

    /// Intune's `servicePrincipalName`: what the application is called, if one acted without a user.
    #[must_use]
    pub fn service_principal_name(&self) -> Option<&str> {
        match self.kind() {
            ActorKind::Application => self.application_display_name(),
            ActorKind::User
            | ActorKind::PersonalUser
            | ActorKind::Partner
            | ActorKind::Gangway
            | ActorKind::Operator => None,
        }
    }

    /// Intune's `userId`: the user's object id.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        match &self.caller()?.subject {
            Subject::User { id, .. } | Subject::PersonalUser { id } => Some(id),
            Subject::Application { .. } => None,
        }
    }

    fn caller(&self) -> Option<&Caller> {
        match self {
            Self::Caller(caller) => Some(caller),
            Self::Partner | Self::Gangway | Self::Operator => None,
        }
    }
}

impl Activity {
    /// Intune's `componentName`; the name is ours.
    #[must_use]
    pub const fn component_name(self) -> &'static str {
        "RemoteAssistance"
    }

    /// Intune's `category`; the name is ours.
    #[must_use]
    pub const fn category(self) -> &'static str {
        "RemoteAssistance"
    }

    /// Intune's `auditResourceType` of what it was done to.
    #[must_use]
    pub const fn resource_type(self) -> &'static str {
        "RemoteAssistancePartner"
    }
}

impl AuditEvent {
    /// Intune's `activityResult`. What is refused changes nothing and leaves no event.
    pub const RESULT: &'static str = "Success";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PermissionSet, TenantId};

    fn caller(subject: Subject) -> Actor {
        Actor::Caller(Box::new(Caller {
            tenant: TenantId(uuid::Uuid::nil()),
            subject,
            permissions: PermissionSet::from_iter([Permission::ConfigurationRead]),
            application_id: Some("app".into()),
            application_name: Some("App".into()),
        }))
    }

    #[test]
    fn a_user_is_an_it_pro_with_a_name_and_an_id() {
        let user = caller(Subject::User { id: "u".into(), principal_name: Some("zoe@example.com".into()) });
        assert_eq!(user.kind().audit_actor_type(), "ItPro");
        assert_eq!(user.user_principal_name(), Some("zoe@example.com"));
        assert_eq!((user.user_id(), user.application_id()), (Some("u"), Some("app")));
        assert_eq!(user.service_principal_name(), None, "somebody else acted");
        assert_eq!(user.user_permissions().collect::<Vec<_>>(), ["DeviceManagementConfiguration.Read.All"]);
    }

    #[test]
    fn an_application_without_a_user_is_named_by_its_service_principal() {
        let application = caller(Subject::Application { id: "sp".into() });
        assert_eq!(application.kind().audit_actor_type(), "Application");
        assert_eq!(application.service_principal_name(), Some("App"));
        assert_eq!((application.user_id(), application.user_principal_name()), (None, None));
    }

    #[test]
    fn who_has_no_token_has_nothing_that_is_in_one() {
        for actor in [Actor::Gangway, Actor::Partner, Actor::Operator] {
            assert_eq!((actor.user_id(), actor.application_id()), (None, None));
            assert_eq!((actor.application_display_name(), actor.service_principal_name()), (None, None));
            assert_eq!(actor.user_permissions().count(), 0);
        }
    }
}
