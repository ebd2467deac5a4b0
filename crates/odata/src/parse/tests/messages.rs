use super::{MANAGEMENT, RULES, option, parse_of};
use crate::parse::Problem;

fn refused(name: &str, value: &str, position: usize, message: &str) {
    let wrong = option(name, value).expect_err(value);
    assert_eq!(wrong.to_string(), message, "{value}");
    assert_eq!(
        (wrong.position(), wrong.option(), wrong.problem()),
        (position, name, Problem::Invalid),
        "{value}"
    );
}

/// A filter, where it is wrong, and what is said of it.
type Refused = (&'static str, usize, &'static str);

/// Names that are not known.
const NAMES: &[Refused] = &[
    ("foo eq 'x'", 0, "Could not find a property named 'foo' on type 'microsoft.graph.auditEvent'."),
    ("actor/foo eq 'x'", 6, "Could not find a property named 'foo' on type 'microsoft.graph.auditActor'."),
    (
        "resources/any(r:r/foo eq 'x')",
        18,
        "Could not find a property named 'foo' on type 'microsoft.graph.auditResource'.",
    ),
    ("displayName/foo eq 'x'", 12, "Could not find a property named 'foo' on type 'Edm.String'."),
];

/// Values that do not fit.
const TYPES: &[Refused] = &[
    (
        "displayName eq 5",
        12,
        "A binary operator with incompatible types was detected. Found operand types 'Edm.String' and 'Edm.Int32' \
             for operator kind 'Equal'.",
    ),
    (
        "5000000000 ge displayName",
        11,
        "A binary operator with incompatible types was detected. Found operand types 'Edm.Int64' and 'Edm.String' \
             for operator kind 'GreaterThanOrEqual'.",
    ),
    (
        "status eq 1",
        7,
        "A binary operator with incompatible types was detected. Found operand types \
             'microsoft.graph.remoteAssistanceOnboardingStatus' and 'Edm.Int32' for operator kind 'Equal'.",
    ),
    (
        "id eq 6a4d0c7e-1111-4222-8333-abcdefabcdef",
        3,
        "A binary operator with incompatible types was detected. Found operand types 'Edm.String' and 'Edm.Guid' \
             for operator kind 'Equal'.",
    ),
    (
        "correlationId eq '6a4d0c7e-1111-4222-8333-abcdefabcdef'",
        14,
        "A binary operator with incompatible types was detected. Found operand types 'Edm.Guid' and 'Edm.String' \
             for operator kind 'Equal'.",
    ),
    (
        "size lt 1.5",
        5,
        "A binary operator with incompatible types was detected. Found operand types 'Edm.Int64' and 'Edm.Double' \
             for operator kind 'LessThan'.",
    ),
    (
        "secret and displayName",
        7,
        "A binary operator with incompatible types was detected. Found operand types 'Edm.Boolean' and \
             'Edm.String' for operator kind 'And'.",
    ),
    (
        "actor eq null",
        6,
        "A binary operator with incompatible types was detected. Found operand types 'microsoft.graph.auditActor' \
             and '<null>' for operator kind 'Equal'.",
    ),
    (
        "contains(displayName,'a') eq 'a'",
        26,
        "A binary operator with incompatible types was detected. Found operand types 'Edm.Boolean' and \
             'Edm.String' for operator kind 'Equal'.",
    ),
    (
        "contains(displayName,'a') eq secret",
        26,
        "A condition can be compared with 'true' or 'false' only, by 'eq' or 'ne'.",
    ),
    (
        "not displayName eq 'x'",
        0,
        "A unary operator with an incompatible type was detected. Found operand type 'Edm.String' for operator \
             kind 'Not'.",
    ),
    (
        "resources eq 'x'",
        10,
        "The operand for a binary operator 'Equal' is not a single value. Binary operators require both operands \
             to be single values.",
    ),
    (
        "resources/displayName eq 'x'",
        10,
        "The parent value for a property access of a property 'displayName' is not a single value. Property access \
             can only be applied to a single value.",
    ),
    ("actor/any(a:true)", 6, "Any/All may only be used following a collection."),
    (
        "resources/any(r:r/resourceId)",
        16,
        "The Any/All query expression must evaluate to a single boolean value.",
    ),
    (
        "resources/any(r:r/modifiedProperties/any(r:true))",
        41,
        "The range variable 'r' has already been declared.",
    ),
    ("displayName", 0, "The $filter expression must evaluate to a single boolean value."),
    ("status eq 'x'", 7, "The string 'x' is not a valid enumeration type constant."),
    (
        "length(displayName) eq 5",
        0,
        "An unknown function with name 'length' was found. This may also be a function import or a key lookup on a \
             navigation property, which is not allowed.",
    ),
    (
        "contains(status,'on')",
        0,
        "No function signature for the function with name 'contains' matches the specified arguments. The function \
             signatures considered are: contains(Edm.String Nullable=true, Edm.String Nullable=true).",
    ),
    (
        "tolower(displayName,'on') eq 'x'",
        0,
        "No function signature for the function with name 'tolower' matches the specified arguments. The function \
             signatures considered are: tolower(Edm.String Nullable=true).",
    ),
    (
        "displayName in ('a',5)",
        20,
        "An instance of InNode can only be created where the item types of the right operand 'Edm.Int32' and the \
             left operand 'Edm.String' can be compared.",
    ),
];

/// Texts that are not of their form.
const FORMS: &[Refused] = &[
    (
        "activityDateTime gt 2025-11-24T01:11:04",
        20,
        "The DateTimeOffset text '2025-11-24T01:11:04' should be in format 'yyyy-mm-ddThh:mm:ss('.'s+)?(zzzzzz)?' \
             and each field value is within valid range.",
    ),
    (
        "activityDateTime gt 2025-11-31",
        20,
        "Unrecognized 'Edm.Date' literal '2025-11-31' at '20' in 'activityDateTime gt 2025-11-31'.",
    ),
    (
        "status eq microsoft.graph.no'x'",
        10,
        "Unrecognized 'microsoft.graph.no' literal 'x' at '10' in 'status eq microsoft.graph.no'x''.",
    ),
    ("", 0, "Expression expected at position 0 in ''."),
    ("displayName eq", 14, "Expression expected at position 14 in 'displayName eq'."),
    ("displayName eq 'x' foo", 19, "Syntax error at position 19 in 'displayName eq 'x' foo'."),
    (
        "displayName eq 'x",
        15,
        "There is an unterminated string literal at position 15 in 'displayName eq 'x'.",
    ),
    (
        "displayName eq 'a\0b'",
        15,
        "A string literal cannot have the character U+0000 at position 15 in 'displayName eq 'a\u{fffd}b''.",
    ),
    ("'é' eq 'x", 8, "There is an unterminated string literal at position 8 in ''é' eq 'x'."),
    ("displayName = 'x'", 12, "Syntax error at position 12 in 'displayName = 'x''."),
    (
        "displayName eq \"x\"",
        15,
        "Syntax error: character '\\\"' is not valid at position 15 in 'displayName eq \"x\"'.",
    ),
    ("(displayName eq 'x'", 19, "')' or operator expected at position 19 in '(displayName eq 'x''."),
    ("contains(displayName 'x')", 21, "')' or ',' expected at position 21 in 'contains(displayName 'x')'."),
    ("displayName in 'x'", 15, "'(' expected at position 15 in 'displayName in 'x''."),
    ("displayName in ()", 16, "Expression expected at position 16 in 'displayName in ()'."),
    ("size eq 5x", 8, "Syntax error at position 8 in 'size eq 5x'."),
];

#[test]
fn filters_are_refused_in_the_words_of_graph() {
    for (value, position, message) in [NAMES, TYPES, FORMS].concat() {
        refused("$filter", value, position, &format!("Invalid filter clause: {message}"));
    }
}

#[test]
fn what_clients_wrote_is_shortened_and_no_character_is_split() {
    let long = format!("{}é", "a".repeat(99));
    let wrong = option("$filter", &format!("{long} eq 'x\n'")).unwrap_err().to_string();
    assert!(wrong.contains(&format!("named '{}…' on", "a".repeat(99))), "{wrong}");
    let wrong = option("$filter", "size eq\n5x").unwrap_err().to_string();
    assert!(wrong.ends_with("'size eq\u{fffd}5x'."), "{wrong}");
    let unknown = option(&"é".repeat(200), "x").unwrap_err().to_string();
    assert_eq!(unknown, format!("The query parameter '{}…' is not supported.", "é".repeat(50)));
}

#[test]
fn orders_selections_and_expansions_are_refused_in_the_words_of_graph() {
    let single = "The $orderby expression must evaluate to a single value of primitive type.";
    refused(
        "$orderby",
        "foo",
        0,
        "Could not find a property named 'foo' on type 'microsoft.graph.auditEvent'.",
    );
    for value in ["actor", "resources", "'x'", "size eq 5", "contains(displayName,'x')", "resources/any()"] {
        let wrong = option("$orderby", value).expect_err(value).to_string();
        assert!(wrong == single || wrong.starts_with("Syntax error at position"), "{value}: {wrong}");
    }
    refused("$orderby", "id down", 3, "Syntax error at position 3 in 'id down'.");
    refused("$orderby", "id,", 3, "Expression expected at position 3 in 'id,'.");
    let prefix = "Parsing OData Select and Expand failed: ";
    for (name, value, position, message) in [
        ("$select", "foo", 0, "Could not find a property named 'foo' on type 'microsoft.graph.auditEvent'."),
        (
            "$select",
            "id,actor/foo",
            9,
            "Could not find a property named 'foo' on type 'microsoft.graph.auditActor'.",
        ),
        ("$select", "(id)", 0, "Term '(id)' is not valid in a $select or $expand expression."),
        ("$select", "id,", 3, "Term 'id,' is not valid in a $select or $expand expression."),
        (
            "$select",
            "id displayName",
            3,
            "Term 'id displayName' is not valid in a $select or $expand expression.",
        ),
        ("$select", "id/x", 3, "Term 'id/x' is not valid in a $select or $expand expression."),
        ("$select", "id&'", 2, "Term 'id&'' is not valid in a $select or $expand expression."),
        ("$expand", "foo", 0, "Could not find a property named 'foo' on type 'microsoft.graph.auditEvent'."),
        ("$expand", "(foo)", 0, "Term '(foo)' is not valid in a $select or $expand expression."),
        (
            "$expand",
            "actor",
            0,
            "Property 'actor' on type 'microsoft.graph.auditEvent' is not a navigation property or complex property. \
             Only navigation properties can be expanded.",
        ),
    ] {
        refused(name, value, position, &format!("{prefix}{message}"));
    }
}

#[test]
fn errors_inside_an_expansion_say_where_in_the_whole_option() {
    for (value, position, message) in [
        (
            "auditEvents($filter=foo eq 5)",
            20,
            "Could not find a property named 'foo' on type 'microsoft.graph.auditEvent'.",
        ),
        (
            "auditEvents( $top=1; $top=2)",
            21,
            "Query option '$top' was specified more than once, but it must be specified at most once.",
        ),
        ("auditEvents($levels=2)", 12, "The option '$levels' is not supported within $expand."),
        ("auditEvents(top=2)", 12, "Term '(top=2)' is not valid in a $select or $expand expression."),
        ("remoteAssistanceSettings($top=1)", 25, "The option '$top' is not supported within $expand."),
        ("auditEvents($format=json)", 12, "The option '$format' is not supported within $expand."),
        ("auditEvents,auditEvents", 12, "The property 'auditEvents' is expanded more than once."),
        (
            "auditEvents($select=id",
            0,
            "Term 'auditEvents($select=id' is not valid in a $select or $expand expression.",
        ),
        (
            "auditEvents/$count",
            0,
            "Term 'auditEvents/$count' is not valid in a $select or $expand expression.",
        ),
        (
            "auditEvents()",
            0,
            "Missing expand option on navigation property 'auditEvents'. If a parenthesis expression follows an expanded \
             navigation property, then at least one expand option must be provided.",
        ),
    ] {
        let wrong = parse_of(&format!("$expand={value}"), &MANAGEMENT, RULES).expect_err(value);
        assert_eq!(wrong.to_string(), format!("Parsing OData Select and Expand failed: {message}"));
        assert_eq!(wrong.position(), position, "{value}");
    }
}

#[test]
fn numbers_are_refused_in_the_words_of_odata() {
    for name in ["$top", "$skip"] {
        for value in ["-1", "", "x", "1.5", "9223372036854775808", "1 2"] {
            let message = format!(
                "Invalid value '{value}' for {name} query option found. The {name} query option requires a \
                 non-negative integer value."
            );
            refused(name, value, 0, &message);
        }
    }
    refused("$count", "1", 0, "'1' is not a valid count option.");
    refused("$format", "", 0, "The MIME type '' is invalid or unspecified.");
}
