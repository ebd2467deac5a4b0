//! The parts of a release that are kept as JSON, because nothing ever searches in them: what the partner was asked,
//! and how it ended. The records here are the stored format, as in [`crate::audit_json`].

use std::borrow::Cow;

use gangway_domain::{Call, CallLog, Evidence, Forced, Proof, ReleaseState, Step, Timestamp};
use serde::{Deserialize, Serialize};

use crate::audit_json::{self, ActorRecord};

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
    #[serde(borrow)]
    answer: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
struct EvidenceRecord<'a> {
    at: i64,
    #[serde(borrow)]
    proofs: Vec<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
struct ForcedRecord<'a> {
    at: i64,
    #[serde(borrow)]
    by: ActorRecord<'a>,
    #[serde(borrow)]
    reason: Cow<'a, str>,
}

pub(crate) fn of_calls(calls: &CallLog) -> serde_json::Result<String> {
    serde_json::to_string(&CallsRecord {
        first: calls.first.iter().map(call_record).collect(),
        omitted: calls.omitted,
        last: calls.last.iter().map(call_record).collect(),
    })
}

/// `None` if the text is nothing that [`of_calls`] writes.
pub(crate) fn calls(text: &str) -> Option<CallLog> {
    let record: CallsRecord<'_> = serde_json::from_str(text).ok()?;
    let calls = |records: Vec<_>| records.into_iter().map(call_of).collect::<Option<_>>();
    Some(CallLog { first: calls(record.first)?, omitted: record.omitted, last: calls(record.last)? })
}

/// How a release ended; `None` of one that did not.
pub(crate) fn of_outcome(state: &ReleaseState) -> serde_json::Result<Option<String>> {
    match state {
        ReleaseState::Pending { .. } => Ok(None),
        ReleaseState::Confirmed(Evidence { at, proofs }) => {
            let proofs = proofs.iter().map(|proof| proof.as_str().into()).collect();
            serde_json::to_string(&EvidenceRecord { at: at.ticks(), proofs }).map(Some)
        }
        ReleaseState::Forced(Forced { by, at, reason }) => {
            let by = audit_json::actor_record(by);
            serde_json::to_string(&ForcedRecord { at: at.ticks(), by, reason: reason.into() }).map(Some)
        }
    }
}

/// `None` if the text is nothing that [`of_outcome`] writes of a confirmed one.
pub(crate) fn evidence(text: &str) -> Option<Evidence> {
    let record: EvidenceRecord<'_> = serde_json::from_str(text).ok()?;
    let proofs = record.proofs.iter().map(|word| Proof::from_word(word)).collect::<Option<_>>()?;
    Some(Evidence { at: Timestamp::from_ticks(record.at)?, proofs })
}

/// `None` if the text is nothing that [`of_outcome`] writes of a forced one.
pub(crate) fn forced(text: &str) -> Option<Forced> {
    let record: ForcedRecord<'_> = serde_json::from_str(text).ok()?;
    let by = audit_json::actor_of(record.by)?;
    Some(Forced { by, at: Timestamp::from_ticks(record.at)?, reason: record.reason.into_owned() })
}

fn call_record(call: &Call) -> CallRecord<'_> {
    CallRecord { at: call.at.ticks(), step: call.step.as_str().into(), answer: (&call.answer).into() }
}

fn call_of(record: CallRecord<'_>) -> Option<Call> {
    let step = Step::from_word(&record.step)?;
    Some(Call { at: Timestamp::from_ticks(record.at)?, step, answer: record.answer.into_owned() })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}
