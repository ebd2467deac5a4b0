use super::error::{Fault, Parsed, shown};
use super::lexer::{Lexer, Token};
use super::limits::{Limit, MAX_SELECTED};
use super::scope::unknown;
use crate::model::{Property, StructuredType, Type};
use crate::tree::Select;

/// What `$select` names. Nothing at all, or `*`, is everything. A navigation property may be named;
/// that alone shows nothing of it, so it leaves no trace.
pub(super) fn select(text: &str, of: &'static StructuredType, namespace: &str) -> Parsed<Option<Select>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let mut lexer = Lexer::new(text).map_err(|fault| term(fault.at, text))?;
    let (mut named, mut everything) = (0, false);
    let mut paths: Vec<Vec<&'static Property>> = Vec::new();
    loop {
        if named == MAX_SELECTED {
            return Err(Fault::limit(lexer.ahead.at, Limit::Selected));
        }
        named += 1;
        if lexer.take('*').map_err(|fault| term(fault.at, text))? {
            everything = true;
        } else {
            let path = path(&mut lexer, of, namespace)?;
            if !path.is_empty() && !paths.contains(&path) {
                paths.push(path);
            }
        }
        if !lexer.take(',').map_err(|fault| term(fault.at, text))? {
            break;
        }
    }
    match lexer.ahead.token {
        Token::End => Ok((!everything).then_some(Select { paths })),
        Token::Word(_) | Token::Literal(_) | Token::Text(_) | Token::Prefixed(..) | Token::Mark(_) => {
            Err(term(lexer.ahead.at, text))
        }
    }
}

/// The term is no name, or has something behind it that does not belong there.
pub(super) fn term(at: usize, text: &str) -> Fault {
    Fault::new(at, format!("Term '{}' is not valid in a $select or $expand expression.", shown(text)))
}

/// A path of properties; empty if it is a navigation property.
fn path(
    lexer: &mut Lexer<'_>,
    of: &'static StructuredType,
    namespace: &str,
) -> Parsed<Vec<&'static Property>> {
    let mut steps: Vec<&'static Property> = Vec::new();
    let mut within = of;
    loop {
        let (Token::Word(word), at) = (lexer.ahead.token, lexer.ahead.at) else {
            return Err(term(lexer.ahead.at, lexer.text()));
        };
        lexer.advance().map_err(|fault| term(fault.at, lexer.text()))?;
        let Some(step) = within.property(word) else {
            if steps.is_empty() && within.navigation(word).is_some() {
                return Ok(steps);
            }
            return Err(unknown(word, within.name, namespace, at));
        };
        steps.push(step);
        if !lexer.take('/').map_err(|fault| term(fault.at, lexer.text()))? {
            return Ok(steps);
        }
        let Type::Complex(part) = step.of.one() else {
            return Err(term(lexer.ahead.at, lexer.text()));
        };
        within = part;
    }
}
