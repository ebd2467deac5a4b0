use proptest::prelude::*;

use uuid::Uuid;

use super::*;
use crate::model::{EnumType, Kind, Type};

static COLOUR: EnumType = EnumType { name: "colour", members: &["red", "green"] };
static PART: StructuredType =
    StructuredType { name: "part", kind: Kind::Complex, properties: &[], navigation: &[] };

const fn property(name: &'static str, of: Type, nullable: bool) -> Property {
    Property { name, of, nullable, about: "" }
}

static THING: StructuredType = StructuredType {
    name: "thing",
    kind: Kind::Entity,
    properties: &[
        property("id", Type::String, false),
        property("title", Type::String, true),
        property("open", Type::Boolean, false),
        property("owner", Type::Guid, true),
        property("size", Type::Int64, false),
        property("made", Type::DateTimeOffset, false),
        property("colour", Type::Enum(&COLOUR), false),
        property("part", Type::Complex(&PART), true),
        property("tags", Type::Collection(&Type::String), true),
    ],
    navigation: &[],
};
const NAMES: Names = Names { namespace: "a.b", inner: "x.y", known: &["other"] };

fn thing(body: &str) -> Result<Vec<(&'static str, Value)>, String> {
    let members = read(body.as_bytes(), &THING, &NAMES).map_err(|error| error.to_string())?;
    Ok(members.into_iter().map(|(property, value)| (property.name, value)).collect())
}

#[test]
fn every_type_is_read() {
    let body = r#"{"id":"1","title":null,"open":true,"owner":"11111111-2222-3333-4444-55555555555A","size":-5,
        "made":"anything","colour":"green"}"#;
    let owner = Uuid::try_parse("11111111-2222-3333-4444-55555555555a").unwrap();
    assert_eq!(
        thing(body).unwrap(),
        [
            ("id", Value::String("1".into())),
            ("title", Value::Null),
            ("open", Value::Boolean(true)),
            ("owner", Value::Guid(owner)),
            ("size", Value::Int64(-5)),
            ("made", Value::DateTimeOffset("anything".into())),
            ("colour", Value::Enum("green")),
        ]
    );
}

#[test]
fn names_are_read_without_regard_to_case_and_annotations_are_read_over() {
    let body = r##"{"ID":"1","@odata.context":1,"id@odata.type":"x","@ODATA.TYPE":"#a.b.thing","x@y":{}}"##;
    assert_eq!(thing(body).unwrap(), [("id", Value::String("1".into()))]);
    assert_eq!(thing(r#"{"@odata.type":"a.b.thing"}"#).unwrap(), []);
}

#[test]
fn what_is_wrong_is_named() {
    let wrong = |literal: &str, edm: &str, property: &str| {
        format!(
            "Cannot convert the literal '{literal}' to the expected type '{edm}' of property '{property}'."
        )
    };
    for (body, error) in [
        ("[", "the body is no JSON object".to_owned()),
        (r#"{"title":5}"#, wrong("5", "Edm.String", "title")),
        (r#"{"title":["x"]}"#, wrong("[…]", "Edm.String", "title")),
        (r#"{"open":"true"}"#, wrong("true", "Edm.Boolean", "open")),
        (r#"{"open":0}"#, wrong("0", "Edm.Boolean", "open")),
        (r#"{"owner":"11111111222233334444555555555555"}"#, wrong(
            "11111111222233334444555555555555", "Edm.Guid", "owner")),
        (r#"{"size":1.5}"#, wrong("1.5", "Edm.Int64", "size")),
        (r#"{"size":9223372036854775808}"#, wrong("9223372036854775808", "Edm.Int64", "size")),
        (r#"{"made":5}"#, wrong("5", "Edm.DateTimeOffset", "made")),
        (r#"{"colour":"Green"}"#, wrong("Green", "a.b.colour", "colour")),
        (r#"{"colour":1}"#, wrong("1", "a.b.colour", "colour")),
        (r#"{"part":{}}"#, wrong("{…}", "a.b.part", "part")),
        (r#"{"tags":[]}"#, wrong("[…]", "Collection(Edm.String)", "tags")),
        (
            r#"{"colour":null}"#,
            "A null value was found for the property named 'colour', which has the expected type \
             'a.b.colour[Nullable=False]'. The expected type 'a.b.colour[Nullable=False]' does not allow null values."
                .to_owned(),
        ),
        (
            r#"{"size2":5}"#,
            "The property 'size2' does not exist on type 'x.y.thing'. Make sure to only use property names that are \
             defined by the type."
                .to_owned(),
        ),
    ] {
        assert_eq!(thing(body), Err(error), "{body}");
    }
}

#[test]
fn another_type_is_not_the_same_as_none() {
    for (body, beginning) in [
        (
            r##"{"@odata.type":"#a.b.other"}"##,
            "An entry with type 'a.b.other' was found, but it is not assignable",
        ),
        (r##"{"@odata.type":"#a.b.nothing"}"##, "A type named 'a.b.nothing' could not be resolved"),
        (r##"{"@odata.type":"#a.bthing"}"##, "A type named 'a.bthing' could not be resolved"),
        (r#"{"@odata.type":"thing"}"#, "A type named 'thing' could not be resolved"),
        (r#"{"@odata.type":7}"#, "A type named '7' could not be resolved"),
    ] {
        let error = thing(body).unwrap_err();
        assert!(error.starts_with(beginning), "{body}: {error}");
    }
}

#[test]
fn who_knows_more_of_a_value_can_say_why_it_is_not_taken() {
    let made = THING.property("made").unwrap();
    assert_eq!(
        PayloadError::unfit(made, "noon", "is no time", "a.b").to_string(),
        "Cannot convert the literal 'noon' to the expected type 'Edm.DateTimeOffset' of property 'made': it is no time."
    );
}

static TAKEN: [Property; 1] = [property("domain", Type::String, true)];

fn given(body: &str) -> Result<Vec<(&'static str, Value)>, String> {
    let members = parameters(body.as_bytes(), "begin", &TAKEN, &NAMES).map_err(|error| error.to_string())?;
    Ok(members.into_iter().map(|(property, value)| (property.name, value)).collect())
}

#[test]
fn no_parameters_can_be_said_in_many_ways() {
    for body in ["", " \r\n\t", "{}", r#"{"@odata.type":"anything"}"#] {
        assert_eq!(given(body), Ok(vec![]), "{body:?}");
    }
    assert_eq!(given(r#"{"DOMAIN":"x"}"#), Ok(vec![("domain", Value::String("x".into()))]));
}

#[test]
fn parameters_that_are_not_taken_are_all_named() {
    for (body, error) in [
        (
            r#"{"a":1}"#,
            "The parameter 'a' in the request payload is not a valid parameter for the operation 'begin'.",
        ),
        (
            r#"{"a":1,"domain":"x","b":2}"#,
            "The parameters 'a', 'b' in the request payload are not valid parameters for the operation 'begin'.",
        ),
        (
            r#"{"a":1,"domain":5}"#,
            "Cannot convert the literal '5' to the expected type 'Edm.String' of property 'domain'.",
        ),
        ("[]", "the body is no JSON object"),
    ] {
        assert_eq!(given(body), Err(error.to_owned()), "{body}");
    }
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_panic(
        body in "\\PC{0,40}|\\{(\"(id|open|size|colour|tags|@odata.type)\":(null|[0-9.e+-]{1,6}|\"\\PC{0,5}\"|\\[\\]),?){0,4}\\}"
    ) {
        for result in [read(body.as_bytes(), &THING, &NAMES), parameters(body.as_bytes(), "begin", &TAKEN, &NAMES)] {
            if let Err(error) = result {
                prop_assert!(error.to_string().chars().count() < 1_000);
            }
        }
    }
}
