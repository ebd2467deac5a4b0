//! The form that tokens had before there were sets of them: one pair. It is read for as long as
//! there may be databases that have it.

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use gangway_domain::{
    Missing, MissingKind, Origin, SeenAlive, Timestamp, Token, TokenId, TokenKind, TokenSet,
};
use serde::{Deserialize, Serialize};
use uuid::Builder;

use super::holdings::Holdings;
use super::owner::Owner;
use crate::Secret;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TokensRecord<'a> {
    access_token: Cow<'a, str>,
    refresh_token: Option<Cow<'a, str>>,
    /// Steps of 100 ns since the Unix epoch.
    expires: Option<i64>,
    seen_alive: SeenAliveRecord,
    unanswered: bool,
    connector: Cow<'a, str>,
}

/// A pair was marked, by whichever probe there was, and the mark went over to the next pair.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SeenAliveRecord {
    access_token: bool,
    refresh_token: bool,
}

impl TokensRecord<'_> {
    /// Where there is a refresh token there may have been others before it, which were not kept. So
    /// the marks, which went over from pair to pair, can be believed as they were: what they prove
    /// is never called confirmed.
    pub(crate) fn into_holdings(self, owner: Owner) -> Option<Holdings> {
        let expires = match self.expires {
            Some(ticks) => Some(Timestamp::from_ticks(ticks)?),
            None => None,
        };
        let SeenAliveRecord { access_token: access_seen, refresh_token: refresh_seen } = self.seen_alive;
        let token = |kind: TokenKind, text: Cow<'_, str>, expires, seen| Token {
            id: token_id(owner, kind),
            kind,
            origin: Origin::Unknown,
            obtained: Timestamp::NEVER,
            expires,
            seen_alive: SeenAlive { by_introspection: seen, by_use: seen && kind == TokenKind::Access },
            called_dead: None,
            secret: Secret::new(text.into_owned()),
        };
        let mut living = vec![token(TokenKind::Access, self.access_token, expires, access_seen)];
        let mut missing = Vec::new();
        if self.unanswered {
            missing.push(Missing { what: MissingKind::RefreshAnswer, at: Timestamp::NEVER });
        }
        if let Some(text) = self.refresh_token {
            living.push(token(TokenKind::Refresh, text, None, refresh_seen));
            missing.push(Missing { what: MissingKind::BeforeSets, at: Timestamp::NEVER });
        }
        let refresh = living.get(1).map(|token| token.id);
        let current = (Some(token_id(owner, TokenKind::Access)), refresh);
        let set = TokenSet::stored(living, (Vec::new(), 0), missing, Vec::new(), current);
        Some(Holdings { set, ..Holdings::empty(Secret::new(self.connector.into_owned())) })
    }
}

/// A name that is the same whenever it is read, and says nothing of the token's text.
fn token_id(owner: Owner, kind: TokenKind) -> TokenId {
    let Owner { tenant, partner, generation } = owner;
    let generation = generation.0.to_be_bytes();
    let whole = [kind.as_str().as_bytes(), tenant.0.as_bytes(), partner.0.as_bytes(), &generation].concat();
    let hash = digest(&SHA256, &whole);
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
    TokenId(Builder::from_custom_bytes(bytes).into_uuid())
}
