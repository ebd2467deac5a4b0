//! Who may ask for what on the admin listener. Whoever can read the data directory has the token of the running
//! server and may do everything; whoever comes with a token of an issuer may do what its permissions say, in its own
//! tenant.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gangway_domain::{Actor, Caller, Correlated, Permission, Subject, TenantId};
use gangway_engine::{Random, Secret};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::error::AdminError;
use crate::identity::Identity;

/// The token of one running server, for whoever can read its data directory.
pub(crate) struct OperatorToken(Secret);

impl OperatorToken {
    /// A new one: 256 random bits, in base64url.
    pub(crate) fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }

    fn is(&self, given: &[u8]) -> bool {
        verify_slices_are_equal(self.0.expose().as_bytes(), given).is_ok()
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub(super) enum Asker {
    /// Whoever runs the server.
    Operator,
    /// Somebody with a token of an issuer.
    Caller(Arc<Caller>),
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

impl Access {
    const fn any_of(self) -> &'static [Permission] {
        match self {
            Self::Read => &[Permission::ReleasesRead, Permission::ReleasesReadWrite],
            Self::Write => &[Permission::ReleasesReadWrite],
        }
    }
}

impl Asker {
    pub(super) async fn from_headers(
        headers: &HeaderMap,
        operator: &OperatorToken,
        identity: &Identity,
    ) -> Result<Self, AdminError> {
        let mut tokens = headers.get_all(AUTHORIZATION).iter();
        let (Some(token), None) = (tokens.next(), tokens.next()) else {
            return Err(AdminError::Unauthenticated);
        };
        if token.as_bytes().strip_prefix(b"Bearer ").is_some_and(|given| operator.is(given)) {
            return Ok(Self::Operator);
        }
        match identity.caller(Some(token)).await {
            Ok(caller) => Ok(Self::Caller(caller)),
            Err(_) => Err(AdminError::Unauthenticated),
        }
    }

    /// The tenant this one is limited to; `None` is no limit.
    pub(super) fn limited_to(&self, access: Access) -> Result<Option<TenantId>, AdminError> {
        match self {
            Self::Operator => Ok(None),
            Self::Caller(caller) => {
                let personal = matches!(caller.subject, Subject::PersonalUser { .. });
                let allowed = !personal && caller.permissions.has_any(access.any_of());
                if allowed { Ok(Some(caller.tenant)) } else { Err(AdminError::Forbidden(access.any_of())) }
            }
        }
    }

    /// Whether this one may do that in this tenant. Of another's tenant it does not even learn that it is there.
    pub(super) fn may(&self, access: Access, tenant: TenantId) -> Result<(), AdminError> {
        match self.limited_to(access)? {
            Some(own) if own != tenant => Err(AdminError::NotFound),
            Some(_) | None => Ok(()),
        }
    }

    /// Only for whoever runs the server.
    pub(super) fn must_be_operator(&self) -> Result<(), AdminError> {
        match self {
            Self::Operator => Ok(()),
            Self::Caller(_) => Err(AdminError::OperatorOnly),
        }
    }

    /// For the audit.
    pub(super) fn correlated(&self, operator: Correlated) -> Correlated {
        match self {
            Self::Operator => operator,
            Self::Caller(caller) => {
                let actor = Actor::Caller(Box::new(Caller::clone(caller)));
                Correlated { actor, correlation: operator.correlation }
            }
        }
    }
}
