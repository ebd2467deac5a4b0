//! The partner, and what it says itself of what lives there.

use crate::fixture::{Dialect, REDIRECT};
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
    TeamViewer,
    /// Of `TeamViewer`'s dialect, where each refresh gives a new refresh token.
    ///
    /// Nothing can hold there if the process dies with the answer of a refresh: the stand-in does not know used refresh
    /// tokens again, so the new one lives, and nobody has it. The evidence can only say that an answer was lost. As
    /// little can a code be taken back whose tokens died with the process. What the vendor's servers do is not known.
    Rotating,
}

impl Kind {
    pub(crate) fn start(self) -> Partner {
        match self {
            Self::OAuth2 => Partner::OAuth2(OAuthPartner::start(REDIRECT)),
            Self::WithoutIntrospection => {
                Partner::OAuth2(OAuthPartner::setup(REDIRECT).without_introspection().start())
            }
            Self::TeamViewer | Self::Rotating => {
                let stand_in = TeamViewerStandIn::start(REDIRECT);
                stand_in.habits(|habits| habits.rotates = self == Self::Rotating);
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

    /// What nobody can end from here is ended there, where that can be done.
    pub(crate) fn is_told_by_hand(&self) {
        if let Self::TeamViewer(partner) = self {
            partner.remove_the_app();
        }
    }

    /// Access tokens run out, where that can be made to happen at once.
    pub(crate) fn time_passes(&self) {
        if let Self::TeamViewer(partner) = self {
            partner.expire_access_tokens();
        }
    }
}
