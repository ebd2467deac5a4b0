//! Reads expressions: what `$filter` is, and the keys of `$orderby`.
//!
//! One function for each level of precedence, each of which reads its operands by the one below it:
//!
//! | function | reads | operand |
//! |---|---|---|
//! | `expression` | `or`, then `and`, as many as there are | `equality` |
//! | `equality` | one `eq` or `ne` at most, then one `gt`, `ge`, `lt` or `le` at most | `unary` |
//! | `unary` | `not`, as many as there are | `membership` |
//! | `membership` | one `in` at most, with its list | `primary` |
//! | `primary` | a literal, a path, a function, `any` or `all`, or an `expression` in parentheses | |
//!
//! What has been read is a [`Term`]: a value or a condition. Only an operator or a function says
//! which of the two it takes, so types are checked as soon as both sides are known, and the error
//! stands where the operator does.
//!
//! For example, `not startswith(name,'A') and status eq 'onboarded'`: `junction` for `or` finds
//! none and passes on what the one for `and` reads. Its first operand goes down to `unary`, which
//! takes `not` and reads a term of its own: `primary` finds a function and answers with a
//! condition, which `Not` takes. Its second goes down to `primary`, which answers with a path of an
//! enumeration; `equality` then sees `eq`, reads a text, and `compare` makes it a member of that
//! enumeration. The result is `And([Not(Text(..)), Compare(status, Eq, onboarded)])`.
//!
//! Everything that recurses goes through `nested`, and everything that is read through `count`:
//! these bound how deep and how large a tree may be, and nobody else need.

mod compare;
mod functions;
mod paths;
mod terms;
mod times;
pub(super) mod truth;

use super::error::{Fault, Parsed, shown};
use super::lexer::{Lexer, Token};
use super::limits::{Limit, MAX_DEPTH, MAX_IN_LIST, MAX_NODES};
use super::scope::NameScope;
use crate::model::Type;
use crate::tree::{Comparison, Filter, Literal};
use compare::{among, compare};

pub(super) use terms::{LiteralValue, Term};

const EQUALITY: &[(&str, Comparison)] = &[("eq", Comparison::Eq), ("ne", Comparison::Ne)];
const RELATION: &[(&str, Comparison)] =
    &[("gt", Comparison::Gt), ("ge", Comparison::Ge), ("lt", Comparison::Lt), ("le", Comparison::Le)];

/// Reads expressions: `or` binds least, then `and`, `eq` and `ne`, the other comparisons, `not`,
/// and `in`.
///
/// Source: OData 4.01 URL Conventions, 5.1.1.14 (operator precedence); that `in` binds more than
/// `not`: OData.NET.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    pub(super) lexer: Lexer<'a>,
    pub(super) scope: NameScope<'a>,
    depth: usize,
    nodes: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, scope: NameScope<'a>) -> Parsed<Self> {
        Ok(Self { lexer: Lexer::new(text)?, scope, depth: 0, nodes: 0 })
    }

    /// One level of nesting; it is what bounds the recursion, as everything that recurses goes
    /// through it.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::limit(self.lexer.ahead.at, Limit::Depth));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Counts a value, an operator or a function.
    pub(super) fn count(&mut self) -> Parsed<()> {
        if self.nodes == MAX_NODES {
            return Err(Fault::limit(self.lexer.ahead.at, Limit::Nodes));
        }
        self.nodes += 1;
        Ok(())
    }

    /// Any expression.
    pub(super) fn expression(&mut self) -> Parsed<Term> {
        self.junction("or", "Or", Filter::Or, |this| this.junction("and", "And", Filter::And, Self::equality))
    }

    fn junction(
        &mut self,
        word: &str,
        kind: &str,
        join: impl FnOnce(Vec<Filter>) -> Filter,
        operand: impl Fn(&mut Self) -> Parsed<Term>,
    ) -> Parsed<Term> {
        let mut left = operand(self)?;
        let mut parts = Vec::new();
        loop {
            let at = self.lexer.ahead.at;
            if !self.lexer.take_word(word)? {
                break;
            }
            self.count()?;
            let right = operand(self)?;
            let names = [left.type_name(self.scope.namespace), right.type_name(self.scope.namespace)];
            let mismatch = |_| compare::incompatible(&names, kind, at);
            parts.push(left.into_condition().map_err(mismatch)?);
            left = Term::Condition(right.into_condition().map_err(mismatch)?);
        }
        if parts.is_empty() {
            return Ok(left);
        }
        parts.extend(left.into_condition().ok());
        Ok(Term::Condition(join(parts)))
    }

    fn equality(&mut self) -> Parsed<Term> {
        self.comparison(EQUALITY, |this| this.comparison(RELATION, Self::unary))
    }

    /// Two operands and an operator between them. There are no chains of them without parentheses,
    /// so that how deep what is read can be is known from how deep parentheses are.
    fn comparison(
        &mut self,
        operators: &[(&str, Comparison)],
        operand: impl Fn(&mut Self) -> Parsed<Term>,
    ) -> Parsed<Term> {
        let left = operand(self)?;
        let Token::Word(word) = self.lexer.ahead.token else { return Ok(left) };
        let Some((_, how)) = operators.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) else {
            return Ok(left);
        };
        self.count()?;
        let at = self.lexer.advance()?.at;
        let right = operand(self)?;
        compare(left, *how, right, at, self.scope.namespace).map(Term::Condition)
    }

    fn unary(&mut self) -> Parsed<Term> {
        let at = self.lexer.ahead.at;
        if !self.lexer.take_word("not")? {
            return self.membership();
        }
        self.count()?;
        let operand = self.nested(Self::unary)?;
        let name = operand.type_name(self.scope.namespace);
        let condition = operand.into_condition().map_err(|_| {
            Fault::new(at, format!(
                "A unary operator with an incompatible type was detected. Found operand type '{name}' for operator \
                 kind 'Not'."
            ))
        })?;
        Ok(Term::Condition(Filter::Not(Box::new(condition))))
    }

    fn membership(&mut self) -> Parsed<Term> {
        let left = self.primary()?;
        let at = self.lexer.ahead.at;
        if !self.lexer.take_word("in")? {
            return Ok(left);
        }
        self.count()?;
        let items = self.list()?;
        match left {
            Term::Value(value) => among(value, items, at, self.scope.namespace).map(Term::Condition),
            Term::Condition(_) => Err(Fault::placed(at, "Syntax error", self.lexer.text())),
        }
    }

    fn list(&mut self) -> Parsed<Vec<(LiteralValue, usize)>> {
        self.lexer.expect('(', "'(' expected")?;
        let mut items = Vec::new();
        loop {
            if items.len() == MAX_IN_LIST {
                return Err(Fault::limit(self.lexer.ahead.at, Limit::InList));
            }
            let at = self.lexer.ahead.at;
            let item = self.constant()?;
            items.push((item.ok_or_else(|| self.lexer.fault("Expression expected"))?, at));
            if !self.lexer.take(',')? {
                self.lexer.expect(')', "')' or ',' expected")?;
                return Ok(items);
            }
        }
    }

    /// A function, a path, a literal, or something in parentheses.
    pub(super) fn primary(&mut self) -> Parsed<Term> {
        if let Some(value) = self.constant()? {
            return Ok(Term::Value(value));
        }
        match self.lexer.ahead.token {
            Token::Mark('(') => {
                self.count()?;
                self.lexer.advance()?;
                let inside = self.nested(Self::expression)?;
                self.lexer.expect(')', "')' or operator expected")?;
                Ok(inside)
            }
            Token::Word(word) => {
                self.count()?;
                let at = self.lexer.advance()?.at;
                if self.lexer.ahead.token == Token::Mark('(') && self.scope.variable(word).is_none() {
                    return functions::call(self, word, at);
                }
                self.path(word, at)
            }
            Token::Literal(_) | Token::Text(_) | Token::Prefixed(..) | Token::Mark(_) | Token::End => {
                Err(self.lexer.fault("Expression expected"))
            }
        }
    }

    /// A literal, if one is ahead.
    fn constant(&mut self) -> Parsed<Option<LiteralValue>> {
        let at = self.lexer.ahead.at;
        let value = match self.lexer.ahead.token {
            Token::Literal(word) => terms::literal(word, at, self.lexer.text())?,
            Token::Text(inside) => {
                LiteralValue::literal(Literal::String(terms::unquoted(inside)), Type::String)
            }
            Token::Prefixed(name, inside) => self.qualified(name, inside, at)?,
            Token::Word(word) if word.eq_ignore_ascii_case("null") => LiteralValue::Null,
            Token::Word(word) if word.eq_ignore_ascii_case("true") => {
                LiteralValue::literal(Literal::Boolean(true), Type::Boolean)
            }
            Token::Word(word) if word.eq_ignore_ascii_case("false") => {
                LiteralValue::literal(Literal::Boolean(false), Type::Boolean)
            }
            Token::Word(_) | Token::Mark(_) | Token::End => return Ok(None),
        };
        self.count()?;
        self.lexer.advance()?;
        Ok(Some(value))
    }

    fn qualified(&self, name: &str, inside: &str, at: usize) -> Parsed<LiteralValue> {
        let Some(of) = self.scope.enumeration(name) else {
            let (name, inside) = (shown(name), shown(inside));
            let text = shown(self.lexer.text());
            return Err(Fault::new(
                at,
                format!("Unrecognized '{name}' literal '{inside}' at '{at}' in '{text}'."),
            ));
        };
        let member = compare::member(of, &terms::unquoted(inside), at)?;
        Ok(LiteralValue::literal(Literal::Enum(member), Type::Enum(of)))
    }
}
