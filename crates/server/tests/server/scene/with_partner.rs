//! Scenes with a partner behind a proxy, or with many partners.

use super::{Profile, Scene, redirect_uri};
use crate::partners::{Family, FaultProxy, OAuthPartner, Request, TeamViewerStandIn, Unruly, block_on};

/// What a connection to an OAuth partner holds, as the partner was told.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// A server with a real OAuth partner, whose profile is `helpdesk`.
pub(crate) fn with_oauth() -> (FaultProxy, OAuthPartner, Scene) {
    let proxy = FaultProxy::start();
    let partner = OAuthPartner::setup(&redirect_uri("helpdesk")).start_behind(&proxy);
    let scene = Scene::start(&[Profile::oauth2("helpdesk", partner.issuer())]);
    (proxy, partner, scene)
}

/// A server with the stand-in of `TeamViewer`, whose profile is `teamviewer`.
pub(crate) fn with_teamviewer() -> (FaultProxy, TeamViewerStandIn, Scene) {
    let proxy = FaultProxy::start();
    let partner = TeamViewerStandIn::start_behind(&proxy, &redirect_uri("teamviewer"));
    let scene = Scene::start(&[Profile::teamviewer("teamviewer", &proxy.url())]);
    (proxy, partner, scene)
}

/// A server with a partner of this family, whose profile is `helpdesk`.
pub(crate) fn with_family(family: Family) -> (Unruly, Scene) {
    let partner = Unruly::start(&redirect_uri("helpdesk"), family);
    let scene = Scene::start(&[Profile::oauth2("helpdesk", &partner.issuer())]);
    (partner, scene)
}

/// As [`with_family`], with something before it that can hold up what is asked of it.
pub(crate) fn with_family_behind(family: Family) -> (FaultProxy, Unruly, Scene) {
    let proxy = FaultProxy::start();
    let partner = Unruly::start_behind(&proxy, &redirect_uri("helpdesk"), family);
    let scene = Scene::start(&[Profile::oauth2("helpdesk", &partner.issuer())]);
    (proxy, partner, scene)
}

/// A server with a partner of each of these families, whose profiles are [`numbered`].
pub(crate) fn with_families(families: impl IntoIterator<Item = Family>) -> (Vec<Unruly>, Scene) {
    let start = |(number, family)| Unruly::start(&redirect_uri(&numbered(number)), family);
    let partners: Vec<_> = families.into_iter().enumerate().map(start).collect();
    let scene = Scene::start(&profiles(&partners));
    (partners, scene)
}

/// As [`with_families`], each behind a proxy of its own.
pub(crate) fn with_families_behind(
    families: impl IntoIterator<Item = Family>,
) -> (Vec<FaultProxy>, Vec<Unruly>, Scene) {
    let start = |(number, family)| {
        let proxy = FaultProxy::start();
        let partner = Unruly::start_behind(&proxy, &redirect_uri(&numbered(number)), family);
        (proxy, partner)
    };
    let (proxies, partners): (Vec<_>, Vec<_>) = families.into_iter().enumerate().map(start).unzip();
    let scene = Scene::start(&profiles(&partners));
    (proxies, partners, scene)
}

fn profiles(partners: &[Unruly]) -> Vec<Profile> {
    let profile = |(number, partner): (usize, &Unruly)| Profile::oauth2(&numbered(number), &partner.issuer());
    partners.iter().enumerate().map(profile).collect()
}

/// The profile of the partner with this number, of many.
pub(crate) fn numbered(number: usize) -> String {
    format!("family-{number}")
}

impl Tokens {
    /// Those of a connection that is good: when it is checked, the partner is asked about both.
    pub(crate) fn of(scene: &Scene, proxy: &FaultProxy, tenant: &str, id: &str) -> Self {
        let before = proxy.requests().len();
        let path = format!("partners/{tenant}/{id}/check");
        let checked = scene.operator().post(&path, &serde_json::json!({})).is(200).json();
        assert_eq!(checked["connection"], "good");
        let asked = proxy.requests().split_off(before);
        let told = |hint: &str| {
            let forms = asked.iter().map(Request::form);
            let mut forms = forms.filter(|form| form.get("token_type_hint").is_some_and(|is| is == hint));
            forms.next().unwrap_or_else(|| panic!("nothing was asked of its {hint}: {asked:?}"))["token"]
                .clone()
        };
        Self { access: told("access_token"), refresh: told("refresh_token") }
    }

    /// How many of them open anything, as the partner tells somebody who is not Gangway.
    pub(crate) fn alive(&self, partner: &OAuthPartner) -> usize {
        let alive = [&self.access, &self.refresh].map(|token| block_on(partner.is_active(token)));
        alive.into_iter().filter(|alive| *alive).count()
    }
}

/// A request by its path and what it says of a token.
pub(crate) fn spelled(request: &Request) -> String {
    let form = request.form();
    let said = form.get("token_type_hint").or_else(|| form.get("grant_type"));
    let said = said.map(|said| format!(" {said}")).unwrap_or_default();
    format!("{} {}{said}", request.method, request.path())
}
