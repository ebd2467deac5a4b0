use super::Parser;
use super::terms::{LiteralValue, Term};
use crate::model::Type;
use crate::parse::error::{Fault, Parsed, shown};
use crate::tree::{Filter, Literal, Operand, TextTest};

/// What a function does.
#[derive(Debug, Clone, Copy)]
enum Function {
    Test(TextTest),
    Lower,
    Upper,
}

const FUNCTIONS: &[(&str, Function)] = &[
    ("contains", Function::Test(TextTest::Contains)),
    ("startswith", Function::Test(TextTest::StartsWith)),
    ("endswith", Function::Test(TextTest::EndsWith)),
    ("tolower", Function::Lower),
    ("toupper", Function::Upper),
];

/// The call of a function; the parenthesis behind its name is ahead.
pub(super) fn call(parser: &mut Parser<'_>, word: &str, at: usize) -> Parsed<Term> {
    let Some((name, function)) = FUNCTIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) else {
        return Err(Fault::new(
            at,
            format!(
                "An unknown function with name '{}' was found. This may also be a function import or a key lookup on a \
             navigation property, which is not allowed.",
                shown(word)
            ),
        ));
    };
    let given = parser.nested(arguments)?.into_iter().map(as_text).collect::<Option<Vec<_>>>();
    match (function, <[Operand; 2]>::try_from(given.unwrap_or_default())) {
        (Function::Test(test), Ok([whole, part])) => Ok(Term::Condition(tested(*test, whole, part))),
        (Function::Test(_), Err(_)) => Err(no_signature(name, 2, at)),
        (Function::Lower, Err(given)) => one(given, Operand::Lower, str::to_lowercase, name, at),
        (Function::Upper, Err(given)) => one(given, Operand::Upper, str::to_uppercase, name, at),
        (Function::Lower | Function::Upper, Ok(_)) => Err(no_signature(name, 1, at)),
    }
}

/// The arguments in parentheses; how many there can be is bounded by the nodes of an expression.
fn arguments(parser: &mut Parser<'_>) -> Parsed<Vec<Term>> {
    parser.lexer.expect('(', "'(' expected")?;
    let mut arguments = Vec::new();
    if parser.lexer.take(')')? {
        return Ok(arguments);
    }
    loop {
        arguments.push(parser.expression()?);
        if !parser.lexer.take(',')? {
            parser.lexer.expect(')', "')' or ',' expected")?;
            return Ok(arguments);
        }
    }
}

fn as_text(term: Term) -> Option<Operand> {
    match term {
        Term::Value(LiteralValue::Null) => Some(Operand::Literal(Literal::Null)),
        Term::Value(LiteralValue::Typed { operand, of: Type::String }) => Some(operand),
        Term::Value(_) | Term::Condition(_) => None,
    }
}

/// A test of a text, settled if it does not depend on the item.
fn tested(test: TextTest, whole: Operand, part: Operand) -> Filter {
    match (whole, part) {
        (Operand::Literal(Literal::Null), _) | (_, Operand::Literal(Literal::Null)) => Filter::Constant(None),
        (Operand::Literal(Literal::String(whole)), Operand::Literal(Literal::String(part))) => {
            Filter::Constant(Some(match test {
                TextTest::Contains => whole.contains(&part),
                TextTest::StartsWith => whole.starts_with(&part),
                TextTest::EndsWith => whole.ends_with(&part),
            }))
        }
        (whole, part) => Filter::Text { test, text: whole, part },
    }
}

fn one(
    given: Vec<Operand>,
    of: impl FnOnce(Box<Operand>) -> Operand,
    now: impl FnOnce(&str) -> String,
    name: &str,
    at: usize,
) -> Parsed<Term> {
    let [given] = <[Operand; 1]>::try_from(given).map_err(|_| no_signature(name, 1, at))?;
    Ok(Term::Value(match given {
        Operand::Literal(Literal::Null) => LiteralValue::Null,
        Operand::Literal(Literal::String(text)) => {
            LiteralValue::literal(Literal::String(now(&text)), Type::String)
        }
        operand @ (Operand::Literal(_) | Operand::Path(_) | Operand::Lower(_) | Operand::Upper(_)) => {
            LiteralValue::Typed { operand: of(Box::new(operand)), of: Type::String }
        }
    }))
}

fn no_signature(name: &str, arguments: usize, at: usize) -> Fault {
    let signature = vec!["Edm.String Nullable=true"; arguments].join(", ");
    Fault::new(
        at,
        format!(
            "No function signature for the function with name '{name}' matches the specified arguments. The function \
         signatures considered are: {name}({signature})."
        ),
    )
}
