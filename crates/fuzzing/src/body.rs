use gangway_graph::schema::{
    AUDIT_EVENT, BEGIN_ONBOARDING_BETA, DEVICE_MANAGEMENT_BETA, NAMES, PARTNER_BETA, PARTNER_V1, SETTINGS,
};
use gangway_odata::model::{Property, StructuredType, Type};
use gangway_odata::payload::{Member, PayloadError, Value, parameters, read};
use serde_json::Value as Json;

use crate::check_message;

const TYPES: [&StructuredType; 5] =
    [&PARTNER_V1, &PARTNER_BETA, &SETTINGS, &AUDIT_EVENT, &DEVICE_MANAGEMENT_BETA];
const PARAMETERS: [&[Property]; 2] = [&BEGIN_ONBOARDING_BETA, &[]];

/// A body of a request: as an object of each type, and as the parameters of each action.
pub fn body(input: &[u8]) {
    for of in TYPES {
        check(|body| read(body, of, &NAMES), input, 1000);
    }
    for taken in PARAMETERS {
        // All the names are repeated that are not taken, of up to 256 members.
        check(|body| parameters(body, "beginOnboarding", taken, &NAMES), input, 256 * 500);
    }
}

fn check(read: impl Fn(&[u8]) -> Result<Vec<Member>, PayloadError>, input: &[u8], longest_message: usize) {
    match read(input) {
        Ok(members) => {
            check_members(&members);
            let again = read(&written(&members));
            assert_eq!(again.as_deref(), Ok(&*members), "read again from what was read");
        }
        Err(error) => check_message(&error.to_string(), longest_message),
    }
}

/// Each property is there once, with a value of its type.
fn check_members(members: &[Member]) {
    for (index, (property, value)) in members.iter().enumerate() {
        assert!(
            !members.iter().skip(index + 1).any(|(other, _)| other == property),
            "{} twice",
            property.name
        );
        let fits = match (value, property.of) {
            (Value::Null, _) => property.nullable,
            (Value::Enum(member), Type::Enum(of)) => of.members.contains(member),
            (Value::String(_), Type::String)
            | (Value::Boolean(_), Type::Boolean)
            | (Value::Guid(_), Type::Guid)
            | (Value::Int64(_), Type::Int64)
            | (Value::DateTimeOffset(_), Type::DateTimeOffset) => true,
            (_, _) => false,
        };
        assert!(fits, "{value:?} is no value of {}", property.name);
    }
}

fn written(members: &[Member]) -> Vec<u8> {
    let json = |value: &Value| match value {
        Value::Null => Json::Null,
        Value::String(text) | Value::DateTimeOffset(text) => Json::from(text.as_str()),
        Value::Boolean(value) => Json::from(*value),
        Value::Guid(guid) => Json::from(guid.to_string()),
        Value::Int64(number) => Json::from(*number),
        Value::Enum(member) => Json::from(*member),
    };
    let member = |(property, value): &Member| format!("\"{}\":{}", property.name, json(value));
    format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(",")).into_bytes()
}
