//! Queries written out as a client would, to be read again.

use gangway_graph::schema::{NAMESPACE, ONBOARDING_STATUS, REMOTE_ASSISTANCE_STATE};
use gangway_odata::model::StructuredType;
use gangway_odata::{Expand, Filter, Literal, Operand, OrderBy, Path, Query, Root, Search};
use jiff::SignedDuration;
use jiff::civil::date;

/// The options that ask for it, of items of that type.
pub(super) fn options(query: &Query, of: &StructuredType) -> Vec<(&'static str, String)> {
    let select = query.select.as_ref().map(|select| {
        let path = |path: &Vec<_>| steps(path).join("/");
        // Only navigation properties were selected.
        let none = of.navigation.iter().take(usize::from(select.paths.is_empty())).map(|n| n.name.to_owned());
        select.paths.iter().map(path).chain(none).collect::<Vec<_>>().join(",")
    });
    let expand = (!query.expand.is_empty()).then(|| joined(query.expand.iter().map(expanded), ","));
    let order = (!query.order_by.is_empty()).then(|| joined(query.order_by.iter().map(ordered), ","));
    [
        ("$select", select),
        ("$expand", expand),
        ("$filter", query.filter.as_ref().map(|filter| condition(filter, 0))),
        ("$orderby", order),
        ("$top", query.top.map(|top| top.to_string())),
        ("$skip", (query.skip > 0).then(|| query.skip.to_string())),
        ("$skiptoken", query.skip_token.clone()),
        ("$count", query.count.then(|| "true".into())),
        ("$search", query.search.as_ref().map(searched)),
        ("$format", query.format.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn joined(parts: impl Iterator<Item = String>, by: &str) -> String {
    parts.collect::<Vec<_>>().join(by)
}

fn steps(path: &[&'static gangway_odata::model::Property]) -> Vec<&'static str> {
    path.iter().map(|step| step.name).collect()
}

fn expanded(expand: &Expand) -> String {
    let options = options(&expand.query, expand.navigation.to);
    if options.is_empty() {
        return expand.navigation.name.to_owned();
    }
    let options = joined(options.iter().map(|(name, value)| format!("{name}={value}")), ";");
    format!("{}({options})", expand.navigation.name)
}

fn ordered(key: &OrderBy) -> String {
    format!("{}{}", operand(&key.key), if key.descending { " desc" } else { "" })
}

/// A condition inside so many `any` and `all`.
fn condition(filter: &Filter, within: usize) -> String {
    match filter {
        Filter::Constant(None) => "null".into(),
        Filter::Constant(Some(holds)) => holds.to_string(),
        Filter::And(all) => joined(all.iter().map(|one| inside(one, within)), " and "),
        Filter::Or(any) => joined(any.iter().map(|one| inside(one, within)), " or "),
        Filter::Not(inner) => format!("not {}", inside(inner, within)),
        Filter::Compare { left, comparison, right } => {
            format!("{} {} {}", operand(left), format!("{comparison:?}").to_lowercase(), operand(right))
        }
        Filter::In { operand: value, list } => {
            format!("{} in ({})", operand(value), joined(list.iter().map(literal), ","))
        }
        Filter::Text { test, text, part } => {
            format!("{}({},{})", format!("{test:?}").to_lowercase(), operand(text), operand(part))
        }
        Filter::Property(path) => named(path),
        Filter::Any { collection, condition: None } => format!("{}/any()", named(collection)),
        Filter::Any { collection, condition: Some(inner) } => {
            format!("{}/any(v{within}:{})", named(collection), condition(inner, within + 1))
        }
        Filter::All { collection, condition: inner } => {
            format!("{}/all(v{within}:{})", named(collection), condition(inner, within + 1))
        }
    }
}

fn inside(filter: &Filter, within: usize) -> String {
    let text = condition(filter, within);
    if matches!(filter, Filter::And(_) | Filter::Or(_) | Filter::Compare { .. }) {
        format!("({text})")
    } else {
        text
    }
}

fn named(path: &Path) -> String {
    let root = match path.root {
        Root::Item => None,
        Root::Variable(place) => Some(format!("v{place}")),
    };
    joined(root.into_iter().chain(steps(&path.steps).into_iter().map(str::to_owned)), "/")
}

fn operand(of: &Operand) -> String {
    match of {
        Operand::Literal(of) => literal(of),
        Operand::Path(path) => named(path),
        Operand::Lower(inner) => format!("tolower({})", operand(inner)),
        Operand::Upper(inner) => format!("toupper({})", operand(inner)),
    }
}

fn literal(of: &Literal) -> String {
    match of {
        Literal::Null => "null".into(),
        Literal::String(text) => format!("'{}'", text.replace('\'', "''")),
        Literal::Boolean(holds) => holds.to_string(),
        Literal::Guid(guid) => guid.to_string(),
        Literal::Int64(number) => number.to_string(),
        Literal::DateTimeOffset(steps) => {
            let since = SignedDuration::from_nanos_i128(i128::from(*steps) * 100);
            format!("{}Z", date(1970, 1, 1).at(0, 0, 0, 0) + since)
        }
        Literal::Enum(member) => {
            let of = if ONBOARDING_STATUS.members.contains(member) {
                &ONBOARDING_STATUS
            } else {
                &REMOTE_ASSISTANCE_STATE
            };
            format!("{NAMESPACE}.{}'{member}'", of.name)
        }
    }
}

fn searched(search: &Search) -> String {
    let inside = |inner: &Search| match inner {
        Search::And(_) | Search::Or(_) => format!("({})", searched(inner)),
        Search::Term(_) | Search::Not(_) => searched(inner),
    };
    match search {
        Search::Term(term) => format!("\"{}\"", term.replace('\\', "\\\\").replace('"', "\\\"")),
        Search::Not(inner) => format!("NOT {}", inside(inner)),
        Search::And(all) => joined(all.iter().map(inside), " AND "),
        Search::Or(any) => joined(any.iter().map(inside), " OR "),
    }
}
