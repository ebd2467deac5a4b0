//! The parts of a release that are kept as JSON, because nothing ever searches in them: what the partner was asked, what is
//! known of each token, and how it ended. The records here are the stored format, as in [`crate::stored_format::audit_json`].

use std::borrow::Cow;

use gangway_domain::{
    Call, CallLog, Evidence, Forced, Missing, MissingKind, Origin, Proof, ReleaseState, Step, Timestamp,
    TokenId, TokenKind, TokenLog, TokenRecord,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::stored_format::audit_json::{self, ActorRecord};

#[derive(Serialize, Deserialize)]
struct CallsRecord<'a> {
    #[serde(borrow)]
    first: Vec<CallRecord<'a>>,
    #[serde(default, skip_serializing_if = "is_none")]
    omitted: u64,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    last: Vec<CallRecord<'a>>,
}

#[derive(Serialize, Deserialize)]
struct CallRecord<'a> {
    at: i64,
    #[serde(borrow)]
    step: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<Uuid>,
    #[serde(borrow)]
    answer: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
struct EvidenceRecord<'a> {
    at: i64,
    #[serde(borrow)]
    proofs: Vec<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    missing: Vec<MissingRecord<'a>>,
}

#[derive(Serialize, Deserialize)]
struct MissingRecord<'a> {
    #[serde(borrow)]
    what: Cow<'a, str>,
    at: i64,
}

/// What is known of tokens; of all of them, where none is left out.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum KnownTokens<'a> {
    #[serde(borrow)]
    All(Vec<KnownToken<'a>>),
    Some {
        #[serde(borrow)]
        known: Vec<KnownToken<'a>>,
        omitted: u64,
    },
}

/// One of [`TokenRecord`]s.
#[derive(Serialize, Deserialize)]
struct KnownToken<'a> {
    id: Uuid,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    origin: Cow<'a, str>,
    /// The refresh token it came for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Uuid>,
    obtained: i64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    proof: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proved: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct ForcedRecord<'a> {
    at: i64,
    #[serde(borrow)]
    by: ActorRecord<'a>,
    #[serde(borrow)]
    reason: Cow<'a, str>,
}

pub(crate) fn calls_to_json(calls: &CallLog) -> serde_json::Result<String> {
    serde_json::to_string(&CallsRecord {
        first: calls.first.iter().map(call_record).collect(),
        omitted: calls.omitted,
        last: calls.last.iter().map(call_record).collect(),
    })
}

/// `None` if the text is nothing that [`calls_to_json`] writes.
pub(crate) fn calls_from_json(text: &str) -> Option<CallLog> {
    let record: CallsRecord<'_> = serde_json::from_str(text).ok()?;
    let calls = |records: Vec<_>| records.into_iter().map(call_from_record).collect::<Option<_>>();
    Some(CallLog { first: calls(record.first)?, omitted: record.omitted, last: calls(record.last)? })
}

/// How a release ended; `None` of one that did not.
pub(crate) fn outcome_to_json(state: &ReleaseState) -> serde_json::Result<Option<String>> {
    match state {
        ReleaseState::Pending { .. } => Ok(None),
        ReleaseState::Confirmed(evidence) => evidence_to_json(evidence, &[]).map(Some),
        ReleaseState::Unaccounted(evidence, missing) => evidence_to_json(evidence, missing).map(Some),
        ReleaseState::Forced(Forced { by, at, reason }) => {
            let by = audit_json::actor_record(by);
            serde_json::to_string(&ForcedRecord { at: at.ticks(), by, reason: reason.into() }).map(Some)
        }
    }
}

fn evidence_to_json(Evidence { at, proofs }: &Evidence, missing: &[Missing]) -> serde_json::Result<String> {
    let proofs = proofs.iter().map(|proof| proof.as_str().into()).collect();
    let missing = missing
        .iter()
        .map(|Missing { what, at }| MissingRecord { what: what.as_str().into(), at: at.ticks() });
    serde_json::to_string(&EvidenceRecord { at: at.ticks(), proofs, missing: missing.collect() })
}

fn evidence_from_json(text: &str) -> Option<(Evidence, Vec<Missing>)> {
    let record: EvidenceRecord<'_> = serde_json::from_str(text).ok()?;
    let proofs = record.proofs.iter().map(|word| Proof::from_word(word)).collect::<Option<_>>()?;
    let missing = record.missing.iter().map(|MissingRecord { what, at }| {
        Some(Missing { what: MissingKind::from_word(what)?, at: Timestamp::from_ticks(*at)? })
    });
    let missing = missing.collect::<Option<_>>()?;
    Some((Evidence { at: Timestamp::from_ticks(record.at)?, proofs }, missing))
}

/// `None` if the text is nothing that [`outcome_to_json`] writes of a confirmed one.
///
/// Before there were others, a release was called confirmed too when an answer was lost that may have had tokens in it, and only
/// its proofs said so. It was none: confirmed has no small print.
pub(crate) fn confirmed_from_json(text: &str) -> Option<ReleaseState> {
    let (evidence, _) = evidence_from_json(text)?;
    if !evidence.proofs.contains(&Proof::AnswerLost) {
        return Some(ReleaseState::Confirmed(evidence));
    }
    let of_code = evidence.proofs.contains(&Proof::CodeRefused);
    let what = if of_code { MissingKind::CodeAnswer } else { MissingKind::RefreshAnswer };
    let missing = vec![Missing { what, at: evidence.at }];
    Some(ReleaseState::Unaccounted(evidence, missing))
}

/// `None` if the text is nothing that [`outcome_to_json`] writes of an unaccounted one.
pub(crate) fn unaccounted_from_json(text: &str) -> Option<ReleaseState> {
    evidence_from_json(text).map(|(evidence, missing)| ReleaseState::Unaccounted(evidence, missing))
}

pub(crate) fn tokens_to_json(TokenLog { known, omitted }: &TokenLog) -> serde_json::Result<String> {
    let known = known.iter().map(|TokenRecord { id, kind, origin, obtained, proved }| KnownToken {
        id: id.0,
        kind: kind.as_str().into(),
        origin: origin.as_str().into(),
        from: origin.refresh_token().map(|token| token.0),
        obtained: obtained.ticks(),
        proof: proved.map(|(proof, _)| proof.as_str().into()),
        proved: proved.map(|(_, at)| at.ticks()),
    });
    let known = known.collect();
    serde_json::to_string(&match *omitted {
        0 => KnownTokens::All(known),
        omitted => KnownTokens::Some { known, omitted },
    })
}

/// `None` if the text is nothing that [`tokens_to_json`] writes.
pub(crate) fn tokens_from_json(text: &str) -> Option<TokenLog> {
    let (known, omitted) = match serde_json::from_str(text).ok()? {
        KnownTokens::All(known) => (known, 0),
        KnownTokens::Some { known, omitted } => (known, omitted),
    };
    Some(TokenLog { known: known.into_iter().map(token_from_record).collect::<Option<_>>()?, omitted })
}

fn token_from_record(record: KnownToken<'_>) -> Option<TokenRecord> {
    let proved = match (record.proof, record.proved) {
        (Some(word), Some(at)) => Some((Proof::from_word(&word)?, Timestamp::from_ticks(at)?)),
        (None, None) => None,
        _ => return None,
    };
    Some(TokenRecord {
        id: TokenId(record.id),
        kind: TokenKind::from_word(&record.kind)?,
        origin: Origin::from_words(&record.origin, record.from.map(TokenId))?,
        obtained: Timestamp::from_ticks(record.obtained)?,
        proved,
    })
}

/// `None` if the text is nothing that [`outcome_to_json`] writes of a forced one.
pub(crate) fn forced_from_json(text: &str) -> Option<Forced> {
    let record: ForcedRecord<'_> = serde_json::from_str(text).ok()?;
    let by = audit_json::actor_from_record(record.by)?;
    Some(Forced { by, at: Timestamp::from_ticks(record.at)?, reason: record.reason.into_owned() })
}

fn call_record(call: &Call) -> CallRecord<'_> {
    let (at, step) = (call.at.ticks(), call.step.as_str().into());
    CallRecord { at, step, token: call.token.map(|token| token.0), answer: (&call.answer).into() }
}

fn call_from_record(record: CallRecord<'_>) -> Option<Call> {
    let step = Step::from_word(&record.step)?;
    let (at, token) = (Timestamp::from_ticks(record.at)?, record.token.map(TokenId));
    Some(Call { at, step, token, answer: record.answer.into_owned() })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_before_there_were_sets_of_tokens_still_reads() {
        let calls = calls_from_json(r#"{"first":[{"at":1,"step":"probe","answer":"401"}]}"#).unwrap();
        assert_eq!(calls.first, [Call::new(Timestamp::from_ticks(1).unwrap(), Step::Probe, None, "401")]);
        let state = confirmed_from_json(r#"{"at":1,"proofs":["refreshTokenRefused","noRefreshToken"]}"#);
        assert!(matches!(state, Some(ReleaseState::Confirmed(_))), "{state:?}");
    }

    #[test]
    fn a_confirmation_by_an_answer_that_was_lost_is_none() {
        let missing = |text: &str| match confirmed_from_json(text) {
            Some(ReleaseState::Unaccounted(_, missing)) => {
                missing.into_iter().map(|missing| missing.what).collect()
            }
            other => panic!("{other:?}"),
        };
        let of: Vec<_> = missing(r#"{"at":1,"proofs":["codeRefused","answerLost"]}"#);
        assert_eq!(of, [MissingKind::CodeAnswer]);
        let of: Vec<_> = missing(r#"{"at":1,"proofs":["answerLost","accessTokenExpired"]}"#);
        assert_eq!(of, [MissingKind::RefreshAnswer]);
    }

    #[test]
    fn what_makes_no_sense_is_nothing() {
        let token = r#"{"id":"00000000-0000-0000-0000-000000000001","kind":"accessToken","origin":"code","obtained":1"#;
        for more in ["}", r#","proof":"accessTokenExpired","proved":2}"#] {
            assert!(tokens_from_json(&format!("[{token}{more}]")).is_some());
        }
        assert_eq!(tokens_from_json(r#"{"known":[],"omitted":7}"#).map(|log| log.omitted), Some(7));
        for more in [
            r#","proof":"accessTokenExpired"}"#,
            r#","proved":2}"#,
            r#","proof":"x","proved":2}"#,
            r#","from":"00000000-0000-0000-0000-000000000001"}"#,
        ] {
            assert_eq!(tokens_from_json(&format!("[{token}{more}]")), None, "{more}");
        }
        assert_eq!(unaccounted_from_json(r#"{"at":1,"proofs":[],"missing":[{"what":"x","at":1}]}"#), None);
    }
}
