//! The stored form of [`Holdings`]: JSON, whose form is stored for as long as a release may take.

use std::borrow::Cow;

use gangway_domain::{
    DeadToken, Missing, MissingKind, Origin, Proof, SeenAlive, Timestamp, Token, TokenId, TokenKind,
    TokenSet, Unread,
};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Holdings, UnderWay};
use crate::Secret;

/// All that is held of a connection.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct HoldingsRecord<'a> {
    living: Vec<LivingRecord<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dead: Vec<DeadRecord<'a>>,
    #[serde(default)]
    more_dead: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missing: Vec<MissingRecord<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unread: Vec<UnreadRecord<'a>>,
    access: Option<Uuid>,
    refresh: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    under_way: Option<UnderWayRecord>,
    /// The version before wrote it.
    #[serde(default, rename = "atLarge", skip_serializing)]
    _at_large: IgnoredAny,
    connector: Cow<'a, str>,
}

/// Times are steps of 100 ns since the Unix epoch.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LivingRecord<'a> {
    id: Uuid,
    kind: Cow<'a, str>,
    origin: OriginRecord<'a>,
    obtained: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
    by_introspection: bool,
    by_use: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    called_dead: Option<i64>,
    /// The version before wrote it.
    #[serde(default, rename = "revoked", skip_serializing)]
    _revoked: IgnoredAny,
    text: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeadRecord<'a> {
    id: Uuid,
    kind: Cow<'a, str>,
    origin: OriginRecord<'a>,
    obtained: i64,
    proof: Cow<'a, str>,
    at: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OriginRecord<'a> {
    what: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Uuid>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MissingRecord<'a> {
    what: Cow<'a, str>,
    at: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UnreadRecord<'a> {
    at: i64,
    origin: OriginRecord<'a>,
    body: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UnderWayRecord {
    call: Uuid,
    token: Uuid,
    at: i64,
}

impl HoldingsRecord<'_> {
    /// About how long it is as text.
    pub(crate) fn length(&self) -> usize {
        let living: usize = self.living.iter().map(|token| token.text.len()).sum();
        let unread: usize = self.unread.iter().map(|unread| unread.body.len()).sum();
        let entries = self.living.len() + self.dead.len() + self.missing.len() + self.unread.len();
        2 * (living + unread + self.connector.len()) + 400 * (entries + 1)
    }

    /// `None` if it is nothing that [`Holdings::record`] makes.
    pub(crate) fn into_holdings(self) -> Option<Holdings> {
        let living = self.living.into_iter().map(living_of).collect::<Option<_>>()?;
        let dead = self.dead.iter().map(dead_of).collect::<Option<_>>()?;
        let missing = self.missing.iter().map(missing_of).collect::<Option<_>>()?;
        let unread = self.unread.into_iter().map(unread_of).collect::<Option<_>>()?;
        let current = (self.access.map(TokenId), self.refresh.map(TokenId));
        let under_way = match self.under_way {
            Some(UnderWayRecord { call, token, at }) => {
                Some(UnderWay { call, token: TokenId(token), at: Timestamp::from_ticks(at)? })
            }
            None => None,
        };
        let set = TokenSet::stored(living, (dead, self.more_dead), missing, unread, current);
        Some(Holdings { set, under_way, connector: hidden(self.connector) })
    }
}

impl Holdings {
    pub(crate) fn record(&self) -> HoldingsRecord<'_> {
        let (dead, more_dead) = self.set.dead();
        let (access, refresh) = self.set.current();
        HoldingsRecord {
            living: self.set.living().map(living_record).collect(),
            dead: dead.iter().map(dead_record).collect(),
            more_dead,
            missing: self
                .set
                .missing()
                .iter()
                .map(|missing| MissingRecord { what: missing.what.as_str().into(), at: missing.at.ticks() })
                .collect(),
            unread: self.set.unread().iter().map(unread_record).collect(),
            access: access.map(|id| id.0),
            refresh: refresh.map(|id| id.0),
            under_way: self.under_way.map(|way| UnderWayRecord {
                call: way.call,
                token: way.token.0,
                at: way.at.ticks(),
            }),
            _at_large: IgnoredAny,
            connector: Cow::Borrowed(self.connector.expose()),
        }
    }
}

fn hidden(text: Cow<'_, str>) -> Secret {
    Secret::new(text.into_owned())
}

/// It is further away than any time.
struct NoTime;

fn time(ticks: Option<i64>) -> Result<Option<Timestamp>, NoTime> {
    ticks.map(|ticks| Timestamp::from_ticks(ticks).ok_or(NoTime)).transpose()
}

fn origin_record(origin: Origin) -> OriginRecord<'static> {
    OriginRecord { what: origin.as_str().into(), refresh_token: origin.refresh_token().map(|token| token.0) }
}

fn origin_of(record: &OriginRecord<'_>) -> Option<Origin> {
    Origin::from_words(&record.what, record.refresh_token.map(TokenId))
}

fn living_record(token: &Token<Secret>) -> LivingRecord<'_> {
    LivingRecord {
        id: token.id.0,
        kind: token.kind.as_str().into(),
        origin: origin_record(token.origin),
        obtained: token.obtained.ticks(),
        expires: token.expires.map(Timestamp::ticks),
        by_introspection: token.seen_alive.by_introspection,
        by_use: token.seen_alive.by_use,
        called_dead: token.called_dead.map(Timestamp::ticks),
        _revoked: IgnoredAny,
        text: Cow::Borrowed(token.secret.expose()),
    }
}

fn living_of(record: LivingRecord<'_>) -> Option<Token<Secret>> {
    Some(Token {
        id: TokenId(record.id),
        kind: TokenKind::from_word(&record.kind)?,
        origin: origin_of(&record.origin)?,
        obtained: Timestamp::from_ticks(record.obtained)?,
        expires: time(record.expires).ok()?,
        seen_alive: SeenAlive { by_introspection: record.by_introspection, by_use: record.by_use },
        called_dead: time(record.called_dead).ok()?,
        secret: hidden(record.text),
    })
}

fn dead_record(dead: &DeadToken) -> DeadRecord<'static> {
    DeadRecord {
        id: dead.id.0,
        kind: dead.kind.as_str().into(),
        origin: origin_record(dead.origin),
        obtained: dead.obtained.ticks(),
        proof: dead.proof.as_str().into(),
        at: dead.at.ticks(),
    }
}

fn dead_of(record: &DeadRecord<'_>) -> Option<DeadToken> {
    Some(DeadToken {
        id: TokenId(record.id),
        kind: TokenKind::from_word(&record.kind)?,
        origin: origin_of(&record.origin)?,
        obtained: Timestamp::from_ticks(record.obtained)?,
        proof: Proof::from_word(&record.proof)?,
        at: Timestamp::from_ticks(record.at)?,
    })
}

fn missing_of(record: &MissingRecord<'_>) -> Option<Missing> {
    Some(Missing { what: MissingKind::from_word(&record.what)?, at: Timestamp::from_ticks(record.at)? })
}

fn unread_record(unread: &Unread<Secret>) -> UnreadRecord<'_> {
    UnreadRecord {
        at: unread.at.ticks(),
        origin: origin_record(unread.origin),
        body: Cow::Borrowed(unread.body.expose()),
    }
}

fn unread_of(record: UnreadRecord<'_>) -> Option<Unread<Secret>> {
    Some(Unread {
        at: Timestamp::from_ticks(record.at)?,
        origin: origin_of(&record.origin)?,
        body: hidden(record.body),
    })
}
