//! The partner, and what it says itself of what lives there.

use crate::house::{Dialect, REDIRECT};
use crate::partners::{Callback, OAuthPartner, TeamViewerStandIn};

/// One for each test, so that nobody else's tokens are counted.
pub(crate) enum Partner {
    OAuth2(OAuthPartner),
    TeamViewer(TeamViewerStandIn),
}

/// How a partner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It tells whether a token lives, and a used code or refresh token that comes again ends the grant.
    OAuth2,
    /// It tells of no refresh token whether it lives: only a refresh shows that.
    WithoutIntrospection,
    /// Of `TeamViewer`'s dialect, where refresh tokens stay.
    ///
    /// With those that change nothing can hold where the process dies with the answer of a refresh: the stand-in does
    /// not know used refresh tokens again, so the new one lives, and nobody has it. As little can a code that was
    /// redeemed in vain be taken back there. What the vendor's servers do is not known.
    TeamViewer,
}

impl Kind {
    pub(crate) fn start(self) -> Partner {
        match self {
            Self::OAuth2 => Partner::OAuth2(OAuthPartner::start(REDIRECT)),
            Self::WithoutIntrospection => {
                Partner::OAuth2(OAuthPartner::setup(REDIRECT).without_introspection().start())
            }
            Self::TeamViewer => {
                let stand_in = TeamViewerStandIn::start(REDIRECT);
                stand_in.habits(|habits| habits.rotates = false);
                Partner::TeamViewer(stand_in)
            }
        }
    }
}

impl Partner {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::OAuth2(_) => Dialect::OAuth2,
            Self::TeamViewer(_) => Dialect::TeamViewer,
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::OAuth2(partner) => partner.issuer().to_owned(),
            Self::TeamViewer(partner) => partner.url(),
        }
    }

    pub(crate) async fn consent(&self, url: &str) -> Callback {
        match self {
            Self::OAuth2(partner) => partner.consent(url).await,
            Self::TeamViewer(partner) => partner.consent(url).await,
        }
    }

    /// How many tokens of either kind live.
    pub(crate) async fn tokens(&self) -> usize {
        match self {
            Self::OAuth2(partner) => {
                let usable = partner.usable().await;
                usable.access_tokens + usable.refresh_tokens
            }
            Self::TeamViewer(partner) => {
                partner.live_access_tokens().len() + partner.live_refresh_tokens().len()
            }
        }
    }

    /// How many codes could still be redeemed.
    pub(crate) async fn codes(&self) -> usize {
        match self {
            Self::OAuth2(partner) => partner.usable().await.codes,
            Self::TeamViewer(_) => 0,
        }
    }

    /// Access tokens run out, where that can be made to happen at once.
    pub(crate) fn time_passes(&self) {
        if let Self::TeamViewer(partner) = self {
            partner.expire_access_tokens();
        }
    }
}
