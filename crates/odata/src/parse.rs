//! From the options of a query string to a typed tree: every name is looked up, every type is
//! checked, and all of it is bounded. What is wrong is said in the words of Graph, or of OData.NET,
//! which Graph uses, where they are known.
//!
//! Source: OData Version 4.01, Part 2: URL Conventions, section 5, and its ABNF.

mod error;
mod expand;
mod expression;
mod filter;
mod lexer;
pub mod limits;
mod names;
mod numbers;
mod scope;
mod search;
mod select;
#[cfg(test)]
mod tests;

use error::{Fault, Parsed};
pub use error::{Problem, QueryError};
use limits::Limit;
pub use names::Applies;
use names::Name;
use scope::NameScope;

use crate::model::StructuredType;
use crate::query::QueryOption;
use crate::tree::Query;

/// What a request allows in its query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The namespace of the model's types, for names of types in errors and literals.
    pub namespace: &'static str,
    /// Whether `filter` is as good as `$filter`, as on all of Graph's beta.
    pub bare_names: bool,
    /// What is asked for, which says the options that apply.
    pub applies: Applies,
}

impl Query {
    /// The query that the options of a request ask of items of that type.
    ///
    /// # Errors
    /// If an option is unknown, does not apply, is there twice, is not of its form, or asks for too
    /// much.
    pub fn parse<'a>(
        options: impl IntoIterator<Item = QueryOption<'a>>,
        of: &'static StructuredType,
        rules: Rules,
    ) -> Result<Self, QueryError> {
        let options: Vec<_> = options.into_iter().collect();
        let mut values = OptionValues::default();
        for QueryOption { name, value } in &options {
            let found = Name::find(name, rules).filter(|found| found.applies(rules.applies));
            let found = found.ok_or_else(|| QueryError::not_supported(name))?;
            if values.put(found, 0, value).is_some() {
                return Err(QueryError::repeated(found.name()));
            }
        }
        values
            .parse(of, rules, 0)
            .map_err(|(name, fault)| QueryError::in_value(name.name(), name.prefix(), fault))
    }
}

/// The values of options, each with where it begins in what is parsed.
#[derive(Debug, Default)]
struct OptionValues<'a> {
    values: Vec<(Name, usize, &'a str)>,
}

impl<'a> OptionValues<'a> {
    /// Keeps the value of an option; answers with the one it has already.
    fn put(&mut self, name: Name, start: usize, value: &'a str) -> Option<&'a str> {
        let known = self.values.iter().find(|(known, ..)| *known == name).map(|(_, _, value)| *value);
        if known.is_none() {
            self.values.push((name, start, value));
        }
        known
    }

    fn parse(self, of: &'static StructuredType, rules: Rules, depth: usize) -> Result<Query, (Name, Fault)> {
        let mut query = Query::default();
        for (name, start, value) in self.values {
            parse_into(&mut query, name, value, &Context { of, rules, depth })
                .map_err(|fault| (name, fault.from(start)))?;
        }
        Ok(query)
    }
}

/// What options are about.
#[derive(Debug)]
struct Context {
    of: &'static StructuredType,
    rules: Rules,
    /// How many expands are around.
    depth: usize,
}

fn parse_into(query: &mut Query, name: Name, value: &str, context: &Context) -> Parsed<()> {
    let limit = if name == Name::SkipToken { Limit::SkipTokenLength } else { Limit::OptionLength };
    if value.len() > limit.most() {
        return Err(Fault::limit(value.floor_char_boundary(limit.most()), limit));
    }
    let &Context { of, rules, depth } = context;
    let scope = || NameScope::of_item(of, rules.namespace);
    match name {
        Name::Count => query.count = numbers::count(value)?,
        Name::Expand => query.expand = expand::expand(value, of, rules, depth)?,
        Name::Filter => query.filter = Some(filter::filter(value, scope())?),
        Name::Format => query.format = Some(numbers::format(value)?),
        Name::OrderBy => query.order_by = filter::order(value, scope())?,
        Name::Search => query.search = Some(search::search(value)?),
        Name::Select => query.select = select::select(value, of, rules.namespace)?,
        Name::Skip => query.skip = numbers::amount(name.name(), value)?,
        Name::SkipToken => query.skip_token = Some(value.to_owned()),
        Name::Top => query.top = Some(numbers::amount(name.name(), value)?),
    }
    Ok(())
}
