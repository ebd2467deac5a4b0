mod shapes;

use gangway_domain::{Caller, PERSONAL_ACCOUNTS_TENANT, Permission, Subject, TenantId};
use serde::Deserialize;
use uuid::Uuid;

use super::settings::TenantsSetting;
use super::{Reason, TokenError};
use shapes::{NumericDate, OneOrMany};

/// More than any issuer puts into a name; what is longer is cut.
const LONGEST_NAME: usize = 256;

/// The claims that matter here. Sources: RFC 7519 and the Microsoft identity platform's reference of the claims
/// in access tokens.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: Option<String>,
    pub(super) tid: Option<String>,
    aud: Option<OneOrMany>,
    exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
    idp: Option<String>,
    idtyp: Option<String>,
    scp: Option<OneOrMany>,
    roles: Option<OneOrMany>,
    oid: Option<String>,
    sub: Option<String>,
    upn: Option<String>,
    preferred_username: Option<String>,
    appid: Option<String>,
    azp: Option<String>,
    app_displayname: Option<String>,
}

impl Claims {
    /// Whether the token is for this service and for now; answers the Unix second from which on it is expired.
    pub(super) fn check(&self, audiences: &[String], now: i64, leeway: i64) -> Result<i64, TokenError> {
        let meant = self.aud.as_ref().is_some_and(|aud| aud.iter().any(|a| audiences.iter().any(|b| a == b)));
        if !meant {
            return Err(TokenError::Invalid(Reason::Audience));
        }
        let exp = self.exp.as_ref().ok_or(TokenError::Invalid(Reason::Unlimited))?;
        let expires = exp.0.saturating_add(leeway);
        if now >= expires {
            return Err(TokenError::Expired);
        }
        let not_before = self.nbf.as_ref().map_or(i64::MIN, |nbf| nbf.0.saturating_sub(leeway));
        if now < not_before { Err(TokenError::NotYetValid) } else { Ok(expires) }
    }

    /// Who it is about. Personal accounts are told before the tenant is looked at: theirs is never one that is
    /// served, and they are to hear that they have no permission, not that their token is bad.
    pub(super) fn into_caller(self, tenants: &TenantsSetting) -> Result<Caller, TokenError> {
        let tenant = self.tenant().ok_or(TokenError::Invalid(Reason::Tenant))?;
        let personal = self.is_personal(tenant);
        if !personal && !tenants.includes(tenant) {
            return Err(TokenError::UnknownTenant);
        }
        let delegated = self.is_delegated();
        let granted = if delegated { &self.scp } else { &self.roles };
        let permissions =
            granted.iter().flat_map(OneOrMany::words).filter_map(Permission::from_name).collect();
        let fits = |id: &String| id.len() <= LONGEST_NAME && !id.contains('\0');
        let id = non_empty(self.oid).or(non_empty(self.sub)).filter(fits);
        let id = id.ok_or(TokenError::Invalid(Reason::Subject))?;
        let subject = if personal {
            Subject::PersonalUser { id }
        } else if delegated {
            Subject::User { id, principal_name: name(self.upn).or(name(self.preferred_username)) }
        } else {
            Subject::Application { id }
        };
        Ok(Caller {
            tenant: TenantId(tenant),
            subject,
            permissions,
            application_id: name(self.appid).or(name(self.azp)),
            application_name: name(self.app_displayname),
        })
    }

    /// `tid` in its one usual spelling; what a template puts into `iss` must not have a second one.
    fn tenant(&self) -> Option<Uuid> {
        self.tid.as_deref().filter(|tid| tid.len() == 36).and_then(|tid| tid.parse().ok())
    }

    /// A personal account in its own tenant, or as a guest in another: then `idp` is `live.com` or a URI with
    /// the personal accounts' tenant in it.
    fn is_personal(&self, tenant: Uuid) -> bool {
        let by_idp = |idp: &str| {
            let home = PERSONAL_ACCOUNTS_TENANT.to_string();
            idp.eq_ignore_ascii_case("live.com") || idp.to_ascii_lowercase().contains(&home)
        };
        tenant == PERSONAL_ACCOUNTS_TENANT || self.idp.as_deref().is_some_and(by_idp)
    }

    /// Whether a user is behind it. `roles` tell nothing: a user's token has the user's own. A token that calls
    /// itself a user's is one even without scopes, so that such roles never count as an application's.
    fn is_delegated(&self) -> bool {
        match self.idtyp.as_deref() {
            Some("app") => false,
            Some("user") => true,
            Some(_) | None => self.scp.as_ref().is_some_and(|scp| scp.words().next().is_some()),
        }
    }
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A name to show, cut to what is worth keeping. U+0000 is in no text that a store keeps.
fn name(text: Option<String>) -> Option<String> {
    let kept = text.map(|mut text| {
        text.retain(|letter| letter != '\0');
        text.truncate(text.floor_char_boundary(LONGEST_NAME));
        text.shrink_to_fit();
        text
    });
    non_empty(kept)
}

#[cfg(test)]
mod tests;
