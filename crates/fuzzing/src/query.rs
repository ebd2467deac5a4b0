mod written;

use gangway_graph::schema::{
    AUDIT_EVENT, DEVICE_MANAGEMENT_BETA, DEVICE_MANAGEMENT_V1, NAMESPACE, PARTNER_BETA, PARTNER_V1, SETTINGS,
};
use gangway_odata::model::StructuredType;
use gangway_odata::parse::limits;
use gangway_odata::{
    Applies, Problem, Query, QueryError, QueryOption, Rules, Segment, query_options, segments,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::check_message;

/// A path with a query string, such as `beta/deviceManagement/auditEvents?$top=5`. The path says
/// which type is asked, and what for.
pub fn query(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    let (path, query) = input.split_once('?').unwrap_or((&input, ""));
    let segments: Vec<_> = segments(path).flatten().collect();
    segments.iter().for_each(check_segment);
    let options: Vec<_> = query_options(query).collect();
    check_options(query, &options);

    let (of, rules) = asked(&segments);
    match Query::parse(options.clone(), of, rules) {
        Ok(query) => {
            check_bounds(&query, 0);
            check_written(&query, of, rules);
        }
        Err(error) => check_error(&error, &options),
    }
}

/// What is quoted in a segment stands there with its quotes doubled.
fn check_segment(segment: &Segment<'_>) {
    let text = segment.text();
    assert!(!text.is_empty());
    let key = segment.key_of("auditEvents");
    let argument = segment.argument_of(NAMESPACE, "getAuditActivityTypes", "category");
    assert!(key.is_none() || argument.is_none());
    if let Some(found) = key.or(argument) {
        let quoted = format!("'{}'", found.replace('\'', "''"));
        assert!(text.trim_end_matches(')').trim_end().ends_with(&quoted), "{quoted} in {text}");
    }
    assert!(!segment.is_operation(NAMESPACE, "disconnect") || segment.is_call(NAMESPACE, "disconnect"));
}

/// The options are the same if all of each is percent-encoded.
fn check_options(query: &str, options: &[QueryOption<'_>]) {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let again: Vec<_> =
        options.iter().map(|o| format!("{}={}", encoded(&o.name), encoded(&o.value))).collect();
    let again = again.join("&");
    assert!(query_options(&again).eq(options.iter().cloned()), "{query} is not {again}");
}

/// The type that the path leads to, and what is asked of it. A path that leads nowhere is as good
/// as one to audit events.
fn asked(segments: &[Segment<'_>]) -> (&'static StructuredType, Rules) {
    let is = |name: &str| segments.iter().position(|segment| segment.is(name));
    let beta = is("beta").is_some();
    let count = is("$count").is_some();
    let many = |place: usize| match segments.len() - place {
        _ if count => Applies::Count,
        1 => Applies::Collection,
        _ => Applies::Entity,
    };
    let (of, applies): (&'static StructuredType, _) = if let Some(place) = is("remoteAssistancePartners") {
        (if beta { &PARTNER_BETA } else { &PARTNER_V1 }, many(place))
    } else if is("remoteAssistanceSettings").is_some() {
        (&SETTINGS, Applies::Entity)
    } else if let Some(place) = is("auditEvents") {
        (&AUDIT_EVENT, many(place))
    } else if is("deviceManagement").is_some() {
        (if beta { &DEVICE_MANAGEMENT_BETA } else { &DEVICE_MANAGEMENT_V1 }, Applies::Entity)
    } else {
        (&AUDIT_EVENT, if is("$batch").is_some() { Applies::Nothing } else { Applies::Collection })
    };
    (of, Rules { namespace: NAMESPACE, bare_names: beta, applies })
}

fn check_bounds(query: &Query, depth: usize) {
    assert!(depth <= limits::MAX_EXPAND_DEPTH);
    assert!(query.order_by.len() <= limits::MAX_ORDER_KEYS);
    assert!(query.select.as_ref().is_none_or(|select| select.paths.len() <= limits::MAX_SELECTED));
    assert!(query.skip_token.as_ref().is_none_or(|token| token.len() <= limits::MAX_SKIP_TOKEN_LENGTH));
    for expand in &query.expand {
        check_bounds(&expand.query, depth + 1);
    }
}

/// What was read, written out, is read as the same, unless parentheses make it exceed a limit.
fn check_written(query: &Query, of: &'static StructuredType, rules: Rules) {
    let written = written::options(query, of);
    let options =
        written.iter().map(|(name, value)| QueryOption { name: (*name).into(), value: value.into() });
    match Query::parse(options, of, rules) {
        Ok(again) => assert_eq!(again, *query, "read again from {written:?}"),
        Err(error) => {
            assert!(matches!(error.problem(), Problem::Limit(_)), "{error}: read again from {written:?}");
        }
    }
}

/// It says what is wrong in one line, and where in the value of its option.
fn check_error(error: &QueryError, options: &[QueryOption<'_>]) {
    check_message(&error.to_string(), 1000);
    if error.problem() == Problem::NotSupported || error.problem() == Problem::Repeated {
        return assert_eq!(error.position(), 0);
    }
    let bare = |name: &str| name.trim_start_matches('$').to_ascii_lowercase();
    let value = options.iter().find(|option| bare(&option.name) == bare(error.option()));
    assert!(value.is_some_and(|option| option.value.is_char_boundary(error.position())), "{error:?}");
}
