//! The addresses of these pages, which stand in answers too.

use gangway_domain::{AttemptId, Partner, PartnerId, TenantId};
use uuid::Uuid;

const PREFIX: &str = "/gangway/v1/onboarding/";

/// Where an administrator goes on with this attempt.
pub(in crate::http) fn url(base: &str, partner: &Partner, attempt: AttemptId) -> String {
    format!("{base}{PREFIX}{}/{}/{attempt}", partner.tenant, partner.id)
}

/// Whether this URL is one that [`url`] makes for this partner, on whatever host.
pub(in crate::http) fn is_page_of(url: &str, tenant: TenantId, partner: PartnerId) -> bool {
    let path = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
    path.and_then(link).is_some_and(|link| link.tenant == tenant && link.partner == partner)
}

/// What such an address names.
#[derive(Debug)]
pub(in crate::http) struct Link {
    pub(in crate::http) tenant: TenantId,
    pub(in crate::http) partner: PartnerId,
    pub(in crate::http) attempt: AttemptId,
}

/// What the path of an address names, if it is one of these.
pub(in crate::http) fn link(path: &str) -> Option<Link> {
    let mut ids = path.strip_prefix(PREFIX)?.split('/').map(|text| Uuid::try_parse(text).ok());
    let (tenant, partner, attempt) = (ids.next()??, ids.next()??, ids.next()??);
    ids.next().is_none().then_some(Link {
        tenant: TenantId(tenant),
        partner: PartnerId(partner),
        attempt: AttemptId(attempt),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_three_ids_and_nothing_else() {
        let id = "6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a";
        assert!(link(&format!("{PREFIX}{id}/{id}/{id}")).is_some());
        for path in [format!("{PREFIX}{id}/{id}"), format!("{PREFIX}{id}/{id}/{id}/"), "/gangway/".into()] {
            assert!(link(&path).is_none(), "{path}");
        }
    }
}
