use uuid::Uuid;

use crate::{Caller, Subject};

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody with a token.
    Caller(Box<Caller>),
    /// The partner, or whoever stood in for it on the page that completes an onboarding.
    Partner,
    /// Gangway itself, because time passed or because it was set up so.
    Gangway,
    /// Whoever runs the server, at its command line.
    Operator,
}

/// Who asks, and the id that ties the record to the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correlated {
    /// Who asks.
    pub actor: Actor,
    /// The request as the client knows it (`client-request-id`).
    pub correlation: Uuid,
}

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

/// An actor as Intune's `auditActor` shows it.
///
/// Source of the kinds: only `ItPro` was ever seen for Intune; the others are ours.
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

    /// `auditActorType`
    #[must_use]
    pub fn audit_actor_type(&self) -> &'static str {
        self.kind().audit_actor_type()
    }

    /// `userId`: the user's object id, where there is a user.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        match &self.caller()?.subject {
            Subject::User { id, .. } | Subject::PersonalUser { id } => Some(id),
            Subject::Application { .. } => None,
        }
    }

    /// `userPrincipalName`: the name the user signs in with, where the token said so.
    #[must_use]
    pub fn user_principal_name(&self) -> Option<&str> {
        match &self.caller()?.subject {
            Subject::User { principal_name, .. } => principal_name.as_deref(),
            Subject::PersonalUser { .. } | Subject::Application { .. } => None,
        }
    }

    /// `servicePrincipalName`: the application's name, where it acts by itself.
    #[must_use]
    pub fn service_principal_name(&self) -> Option<&str> {
        match &self.caller()?.subject {
            Subject::Application { .. } => self.application_name(),
            Subject::User { .. } | Subject::PersonalUser { .. } => None,
        }
    }

    /// `applicationId`: the client application, as the token named it.
    #[must_use]
    pub fn application_id(&self) -> Option<&str> {
        self.caller()?.application_id.as_deref()
    }

    /// `applicationDisplayName`: what the client application is called.
    #[must_use]
    pub fn application_name(&self) -> Option<&str> {
        self.caller()?.application_name.as_deref()
    }

    /// `userPermissions`: the names of the token's permissions; of those that mean something here.
    pub fn user_permissions(&self) -> impl Iterator<Item = &'static str> {
        let permissions = self.caller().map(|caller| caller.permissions).unwrap_or_default();
        permissions.iter().map(crate::Permission::name)
    }

    fn caller(&self) -> Option<&Caller> {
        match self {
            Self::Caller(caller) => Some(caller),
            Self::Partner | Self::Gangway | Self::Operator => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Permission, TenantId};

    fn caller(subject: Subject) -> Actor {
        Actor::Caller(Box::new(Caller {
            tenant: TenantId(Uuid::nil()),
            subject,
            permissions: [Permission::ServiceConfigRead].into_iter().collect(),
            application_id: Some("app".into()),
            application_name: Some("An app".into()),
        }))
    }

    fn names(actor: &Actor) -> (&'static str, [Option<&str>; 3]) {
        let names = [actor.user_id(), actor.user_principal_name(), actor.service_principal_name()];
        (actor.audit_actor_type(), names)
    }

    #[test]
    fn a_user_has_a_user_id_and_an_application_a_service_principal() {
        let user = caller(Subject::User { id: "u".into(), principal_name: Some("u@x".into()) });
        assert_eq!(names(&user), ("ItPro", [Some("u"), Some("u@x"), None]));
        let guest = caller(Subject::PersonalUser { id: "p".into() });
        assert_eq!(names(&guest), ("ItPro", [Some("p"), None, None]));
        let application = caller(Subject::Application { id: "a".into() });
        assert_eq!(names(&application), ("Application", [None, None, Some("An app")]));
        for actor in [user, guest, application] {
            assert_eq!((actor.application_id(), actor.application_name()), (Some("app"), Some("An app")));
            assert!(actor.user_permissions().eq(["DeviceManagementServiceConfig.Read.All"]));
        }
    }

    #[test]
    fn who_has_no_token_has_no_names() {
        for (actor, kind) in
            [(Actor::Partner, "Partner"), (Actor::Gangway, "System"), (Actor::Operator, "Operator")]
        {
            assert_eq!(names(&actor), (kind, [None; 3]));
            assert_eq!((actor.application_id(), actor.application_name()), (None, None));
            assert_eq!(actor.user_permissions().count(), 0);
        }
    }
}
