use super::error::{Fault, Parsed, shown};
use super::limits::{Limit, MAX_EXPAND_DEPTH};
use super::select::term;
use super::{Applies, Name, OptionValues, Rules};
use crate::model::{Navigation, StructuredType};
use crate::tree::{Expand, Query};

/// What `$expand` names, and what is asked of each. Nothing at all is nothing; `*` is every
/// navigation property. None is there twice, so the model says how many there can be.
pub(super) fn expand(
    text: &str,
    of: &'static StructuredType,
    rules: Rules,
    depth: usize,
) -> Parsed<Vec<Expand>> {
    let mut expanded: Vec<Expand> = Vec::new();
    if text.trim().is_empty() {
        return Ok(expanded);
    }
    for (at, item) in parts(text, ',').ok_or_else(|| term(0, text))? {
        if depth == MAX_EXPAND_DEPTH {
            return Err(Fault::limit(at, Limit::ExpandDepth));
        }
        for found in self::item(at, item, of, rules, depth)? {
            if expanded.iter().any(|known| known.navigation.name == found.navigation.name) {
                let name = found.navigation.name;
                return Err(Fault::new(at, format!("The property '{name}' is expanded more than once.")));
            }
            expanded.push(found);
        }
    }
    Ok(expanded)
}

fn item(
    at: usize,
    item: &str,
    of: &'static StructuredType,
    rules: Rules,
    depth: usize,
) -> Parsed<Vec<Expand>> {
    if item == "*" {
        let plain = |navigation| Expand { navigation, query: Query::default() };
        return Ok(of.navigation.iter().map(plain).collect());
    }
    let name = item.split('(').next().unwrap_or_default().trim_end();
    if name.is_empty() {
        return Err(term(at, item));
    }
    let navigation = named(name, of, rules.namespace).map_err(|fault| fault.from(at))?;
    let Some((before, rest)) = item.split_once('(') else {
        return Ok(vec![Expand { navigation, query: Query::default() }]);
    };
    let inside = rest.strip_suffix(')').ok_or_else(|| term(at, item))?;
    if inside.trim().is_empty() {
        let what = format!(
            "Missing expand option on navigation property '{}'. If a parenthesis expression follows an expanded \
             navigation property, then at least one expand option must be provided.",
            navigation.name
        );
        return Err(Fault::new(at, what));
    }
    let query =
        options(inside, navigation, rules, depth).map_err(|fault| fault.from(at + before.len() + 1))?;
    Ok(vec![Expand { navigation, query }])
}

fn named(name: &str, of: &'static StructuredType, namespace: &str) -> Parsed<&'static Navigation> {
    if let Some(navigation) = of.navigation(name) {
        return Ok(navigation);
    }
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(term(0, name));
    }
    if let Some(property) = of.property(name) {
        return Err(Fault::new(
            0,
            format!(
                "Property '{}' on type '{namespace}.{}' is not a navigation property or complex property. Only navigation \
             properties can be expanded.",
                property.name, of.name
            ),
        ));
    }
    Err(super::scope::unknown(name, of.name, namespace, 0))
}

/// The options in the parentheses behind a navigation property, as those of a request to where it
/// leads.
fn options(inside: &str, navigation: &Navigation, rules: Rules, depth: usize) -> Parsed<Query> {
    let applies = if navigation.many { Applies::ExpandedMany } else { Applies::ExpandedOne };
    let rules = Rules { applies, ..rules };
    let mut values = OptionValues::default();
    for (at, option) in parts(inside, ';').ok_or_else(|| term(0, inside))? {
        let (name, value) = option.split_once('=').ok_or_else(|| term(at, option))?;
        let found = Name::find(name.trim_end(), rules).filter(|found| found.applies(applies));
        let Some(found) = found else {
            let known = name.starts_with('$');
            let what = format!("The option '{}' is not supported within $expand.", shown(name.trim_end()));
            // Graph takes the whole of it for a term if it does not begin like an option.
            return Err(if known { Fault::new(at, what) } else { term(0, &format!("({inside})")) });
        };
        let start = at + name.len() + 1;
        if values.put(found, start, value).is_some() {
            let what = format!(
                "Query option '{}' was specified more than once, but it must be specified at most once.",
                found.name()
            );
            return Err(Fault::new(at, what));
        }
    }
    values.parse(navigation.to, rules, depth + 1).map_err(|(_, fault)| fault)
}

/// The parts between separators that are neither in quotes nor in parentheses, each with where it
/// begins, and without blanks around; nothing if quotes or parentheses do not match.
fn parts(text: &str, separator: char) -> Option<Vec<(usize, &str)>> {
    let mut parts = Vec::new();
    let (mut start, mut open, mut quote) = (0, 0_usize, None);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (c, quote) {
            ('\\', Some('"')) => drop(chars.next()),
            (_, Some(end)) => quote = (c != end).then_some(end),
            ('\'' | '"', None) => quote = Some(c),
            ('(', None) => open += 1,
            (')', None) => open = open.checked_sub(1)?,
            _ if c == separator && open == 0 => {
                parts.push(trimmed(text, start, at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(trimmed(text, start, text.len())?);
    (open == 0 && quote.is_none()).then_some(parts)
}

fn trimmed(text: &str, start: usize, end: usize) -> Option<(usize, &str)> {
    let part = text.get(start..end)?.trim_end();
    let inner = part.trim_start();
    Some((start + part.len() - inner.len(), inner))
}
