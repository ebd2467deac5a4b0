use super::error::{Fault, Parsed};
use super::expression::{LiteralValue, Parser, Term};
use super::limits::{Limit, MAX_ORDER_KEYS};
use super::scope::NameScope;
use crate::model::Type;
use crate::tree::{Filter, Operand, OrderBy};

/// The condition that `$filter` is.
pub(super) fn filter(text: &str, scope: NameScope<'_>) -> Parsed<Filter> {
    let mut parser = Parser::new(text, scope)?;
    let term = parser.expression()?;
    parser.lexer.end()?;
    term.into_condition()
        .map_err(|_| Fault::new(0, "The $filter expression must evaluate to a single boolean value."))
}

/// The keys that `$orderby` has. Nothing at all is no key; a key that is there already orders
/// nothing and is left out, but counts.
pub(super) fn order(text: &str, scope: NameScope<'_>) -> Parsed<Vec<OrderBy>> {
    let mut keys: Vec<OrderBy> = Vec::new();
    if text.trim().is_empty() {
        return Ok(keys);
    }
    let mut parser = Parser::new(text, scope)?;
    let mut written = 0;
    loop {
        let at = parser.lexer.ahead.at;
        let key = key(parser.primary()?, at)?;
        if written == MAX_ORDER_KEYS {
            return Err(Fault::limit(at, Limit::OrderKeys));
        }
        written += 1;
        let descending = parser.lexer.take_word("desc")?;
        if !descending {
            parser.lexer.take_word("asc")?;
        }
        if keys.iter().all(|known| known.key != key) {
            keys.push(OrderBy { key, descending });
        }
        if !parser.lexer.take(',')? {
            parser.lexer.end()?;
            return Ok(keys);
        }
    }
}

fn key(term: Term, at: usize) -> Parsed<Operand> {
    match term {
        Term::Value(LiteralValue::Typed {
            operand: operand @ (Operand::Path(_) | Operand::Lower(_) | Operand::Upper(_)),
            of: Type::String | Type::Boolean | Type::Guid | Type::Int64 | Type::DateTimeOffset | Type::Enum(_),
        }) => Ok(operand),
        Term::Condition(_) | Term::Value(_) => {
            Err(Fault::new(at, "The $orderby expression must evaluate to a single value of primitive type."))
        }
    }
}
