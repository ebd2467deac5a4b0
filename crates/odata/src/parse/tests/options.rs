use super::{EVENT, MANAGEMENT, RULES, option, parse, parse_of};
use crate::parse::{Applies, Problem, Rules};
use crate::tree::{Operand, Query, Search};

const OPTIONS: [&str; 10] = [
    "$filter=size eq 1",
    "$orderby=size",
    "$select=id",
    "$expand=",
    "$top=5",
    "$skip=5",
    "$count=true",
    "$search=a",
    "$format=json",
    "$skiptoken=x",
];

fn applying(applies: Applies) -> Vec<&'static str> {
    let rules = Rules { applies, ..RULES };
    let allowed = |option: &&str| match parse_of(option, &EVENT, rules) {
        Ok(_) => true,
        Err(wrong) => {
            assert_eq!(wrong.problem(), Problem::NotSupported);
            assert_eq!(
                wrong.to_string(),
                format!("The query parameter '{}' is not supported.", wrong.option())
            );
            false
        }
    };
    OPTIONS.into_iter().filter(allowed).map(|o| o.split('=').next().unwrap()).collect()
}

#[test]
fn what_is_asked_for_says_which_options_apply() {
    assert_eq!(applying(Applies::Collection).len(), OPTIONS.len());
    assert_eq!(applying(Applies::Entity), ["$select", "$expand", "$format"]);
    assert_eq!(applying(Applies::Count), ["$filter", "$search", "$format"]);
    assert_eq!(applying(Applies::Nothing), [""; 0]);
}

#[test]
fn names_are_read_in_any_case_and_bare_only_where_that_is_allowed() {
    for name in ["$TOP=5", "%24top=5", "$Top=5"] {
        assert_eq!(parse(name).unwrap().top, Some(5), "{name}");
    }
    let beta = Rules { bare_names: true, ..RULES };
    assert_eq!(parse_of("TOP=5", &EVENT, beta).unwrap().top, Some(5));
    for name in ["top", "foo", "api-version", "$foo", "@p", "", "$", "$$top"] {
        let wrong = parse(&format!("{name}=5")).unwrap_err();
        assert_eq!(wrong.to_string(), format!("The query parameter '{name}' is not supported."));
        let also_in_beta = parse_of(&format!("{name}=5"), &EVENT, beta).is_err();
        assert_eq!(also_in_beta, name != "top", "{name}");
    }
}

#[test]
fn an_option_is_there_once() {
    let wrong = parse("$top=5&$TOP=5").unwrap_err();
    assert_eq!(wrong.problem(), Problem::Repeated);
    let text = "Query option '$top' was specified more than once, but it must be specified at most once.";
    assert_eq!(wrong.to_string(), text);
    let beta = Rules { bare_names: true, ..RULES };
    assert!(parse_of("$top=5&top=5", &EVENT, beta).is_err());
}

#[test]
fn no_options_ask_for_everything() {
    assert_eq!(parse("").unwrap(), Query::default());
    assert_eq!(parse("$select=&$expand=&$orderby= &$count=false").unwrap(), Query::default());
    assert_eq!(parse("$select=id,*").unwrap(), Query::default());
}

fn order(text: &str) -> Vec<String> {
    let keys = option("$orderby", text).unwrap().order_by;
    let name = |key: &Operand| match key {
        Operand::Path(path) => path.steps.iter().map(|s| s.name).collect::<Vec<_>>().join("/"),
        Operand::Lower(_) => "lower".into(),
        Operand::Upper(_) => "upper".into(),
        Operand::Literal(_) => unreachable!(),
    };
    keys.iter().map(|k| name(&k.key) + if k.descending { " desc" } else { "" }).collect()
}

#[test]
fn an_order_has_keys_with_directions() {
    assert_eq!(order("activityDateTime desc"), ["activityDateTime desc"]);
    assert_eq!(
        order("DisplayName asc , actor/userPrincipalName DESC,id"),
        ["displayName", "actor/userPrincipalName desc", "id"]
    );
    assert_eq!(order("tolower(displayName) desc,toupper(id)"), ["lower desc", "upper"]);
    // What comes again orders nothing.
    assert_eq!(order("id,id desc,displayName,id"), ["id", "displayName"]);
}

fn selected(text: &str) -> Vec<String> {
    let paths = option("$select", text).unwrap().select.unwrap().paths;
    paths.iter().map(|path| path.iter().map(|step| step.name).collect::<Vec<_>>().join("/")).collect()
}

#[test]
fn a_selection_names_properties_and_parts_of_them() {
    assert_eq!(selected("actor,activityDateTime"), ["actor", "activityDateTime"]);
    assert_eq!(selected(" ID , actor/UserPrincipalName,id"), ["id", "actor/userPrincipalName"]);
    assert_eq!(selected("resources/modifiedProperties/newValue"), ["resources/modifiedProperties/newValue"]);
    let named = parse_of("$select=id,auditEvents", &MANAGEMENT, RULES).unwrap().select.unwrap();
    assert_eq!(named.paths.len(), 1);
}

#[test]
fn an_expansion_has_options_of_its_own() {
    let text = "$expand=auditEvents($select=id; $top=5;$filter=displayName eq 'a;b),' or (size eq 1);\
                $search=\"c;)\\\" \";$count=true),remoteAssistanceSettings($expand=back($select=id))";
    let expand = parse_of(text, &MANAGEMENT, RULES).unwrap().expand;
    let [events, settings] = &expand[..] else { panic!("{expand:?}") };
    assert_eq!(events.navigation.name, "auditEvents");
    assert_eq!((events.query.top, events.query.count), (Some(5), true));
    assert_eq!(events.query.filter, Some(super::filter("displayName eq 'a;b),' or (size eq 1)")));
    assert_eq!(events.query.search, Some(Search::Term("c;)\" ".into())));
    assert_eq!(settings.query.expand[0].navigation.name, "back");
    let all = parse_of("$expand=*", &MANAGEMENT, RULES).unwrap().expand;
    assert_eq!(
        all.iter().map(|e| e.navigation.name).collect::<Vec<_>>(),
        ["auditEvents", "remoteAssistanceSettings"]
    );
    let bare = Rules { bare_names: true, ..RULES };
    assert_eq!(
        parse_of("$expand=auditEvents(top=2)", &MANAGEMENT, bare).unwrap().expand[0].query.top,
        Some(2)
    );
}

#[test]
fn plain_values_are_kept() {
    let query = parse("$top=0&$skip=%207&$count=TRUE&$format=JSON&$skiptoken=a%2Bb").unwrap();
    assert_eq!((query.top, query.skip, query.count), (Some(0), 7, true));
    assert_eq!(query.format.as_deref(), Some("application/json"));
    assert_eq!(query.skip_token.as_deref(), Some("a+b"));
    let xml = parse("$format=application/json;odata.metadata%3Dfull").unwrap();
    assert_eq!(xml.format.as_deref(), Some("application/json;odata.metadata=full"));
}

#[test]
fn a_search_has_words_phrases_and_operators() {
    let term = |text: &str| Search::Term(text.into());
    for (written, expected) in [
        ("word", term("word")),
        ("\"two words\"", term("two words")),
        (r#""a \"b\" \\ \c""#, term(r#"a "b" \ \c"#)),
        ("a b", Search::And(vec![term("a"), term("b")])),
        ("a AND b", Search::And(vec![term("a"), term("b")])),
        ("a and b", Search::And(vec![term("a"), term("and"), term("b")])),
        ("a OR b c", Search::Or(vec![term("a"), Search::And(vec![term("b"), term("c")])])),
        ("NOT a b", Search::And(vec![Search::Not(Box::new(term("a"))), term("b")])),
        ("(a OR b)c", Search::And(vec![Search::Or(vec![term("a"), term("b")]), term("c")])),
        ("\"OR\"", term("OR")),
        ("è:1.2-x", term("è:1.2-x")),
    ] {
        assert_eq!(option("$search", written).unwrap().search, Some(expected), "{written}");
    }
    for (written, at) in
        [("", 0), ("AND", 0), ("a OR", 4), ("(a", 2), ("a)", 1), ("()", 1), ("\"a", 0), ("\"\"", 0)]
    {
        assert_eq!(option("$search", written).expect_err(written).position(), at, "{written}");
    }
}
