use super::Parser;
use super::terms::{LiteralValue, Term};
use crate::model::{Property, Type};
use crate::parse::error::{Fault, Parsed, shown};
use crate::parse::lexer::Token;
use crate::tree::{Filter, Operand, Path, Root};

/// OData's name for the item itself.
const ITEM: &str = "$it";

impl<'a> Parser<'a> {
    /// The path that begins with a word that was just read; one that ends in `any` or `all` is a
    /// condition.
    pub(super) fn path(&mut self, word: &'a str, at: usize) -> Parsed<Term> {
        let (mut path, mut of) = if let Some((place, of)) = self.scope.variable(word) {
            (Path { root: Root::Variable(place), steps: Vec::new() }, of)
        } else {
            let name = if word == ITEM { self.step()? } else { (word, at) };
            let step = self.of_item(name.0, name.1)?;
            (Path { root: Root::Item, steps: vec![step] }, step.of)
        };
        while self.lexer.ahead.token == Token::Mark('/') {
            let (word, at) = self.step()?;
            if self.lexer.ahead.token == Token::Mark('(') {
                return self.lambda(path, of, word, at);
            }
            let step = self.member_of(of, word, at)?;
            path.steps.push(step);
            of = step.of;
        }
        Ok(Term::Value(LiteralValue::Typed { operand: Operand::Path(path), of }))
    }

    /// The slash that is ahead, and the name behind it.
    fn step(&mut self) -> Parsed<(&'a str, usize)> {
        self.lexer.expect('/', "Syntax error")?;
        let Token::Word(word) = self.lexer.ahead.token else {
            return Err(self.lexer.fault("Expression expected"));
        };
        Ok((word, self.lexer.advance()?.at))
    }

    fn of_item(&self, name: &str, at: usize) -> Parsed<&'static Property> {
        self.scope.item.property(name).ok_or_else(|| self.scope.unknown(name, self.scope.item.name, at))
    }

    fn member_of(&self, of: Type, name: &str, at: usize) -> Parsed<&'static Property> {
        match of {
            Type::Complex(of) => of.property(name).ok_or_else(|| self.scope.unknown(name, of.name, at)),
            Type::Collection(_) => Err(Fault::new(
                at,
                format!(
                    "The parent value for a property access of a property '{}' is not a single value. Property access \
                 can only be applied to a single value.",
                    shown(name)
                ),
            )),
            Type::String
            | Type::Boolean
            | Type::Guid
            | Type::Int64
            | Type::DateTimeOffset
            | Type::Enum(_) => {
                let of = of.name(self.scope.namespace);
                Err(Fault::new(
                    at,
                    format!("Could not find a property named '{}' on type '{of}'.", shown(name)),
                ))
            }
        }
    }

    /// The rest of `path/any(x:condition)`; `word` is what stands before the parenthesis that is
    /// ahead.
    fn lambda(&mut self, collection: Path, of: Type, word: &str, at: usize) -> Parsed<Term> {
        let any = word.eq_ignore_ascii_case("any");
        if !any && !word.eq_ignore_ascii_case("all") {
            let what = format!(
                "Found a Uri function '{}' with a parent token. Uri functions cannot have parent tokens.",
                shown(word)
            );
            return Err(Fault::new(at, what));
        }
        let Type::Collection(_) = of else {
            return Err(Fault::new(at, "Any/All may only be used following a collection."));
        };
        self.count()?;
        self.lexer.expect('(', "'(' expected")?;
        if any && self.lexer.take(')')? {
            return Ok(Term::Condition(Filter::Any { collection, condition: None }));
        }
        let variable = self.variable()?;
        self.scope.variables.push((variable, of.one()));
        let condition = self.nested(|this| {
            let at = this.lexer.ahead.at;
            let condition = this.expression()?.into_condition();
            condition.map_err(|_| {
                Fault::new(at, "The Any/All query expression must evaluate to a single boolean value.")
            })
        })?;
        self.scope.variables.pop();
        self.lexer.expect(')', "')' or operator expected")?;
        let condition = Box::new(condition);
        Ok(Term::Condition(if any {
            Filter::Any { collection, condition: Some(condition) }
        } else {
            Filter::All { collection, condition }
        }))
    }

    /// The name of a new variable, and the colon behind it.
    fn variable(&mut self) -> Parsed<&'a str> {
        let Token::Word(name) = self.lexer.ahead.token else {
            return Err(self.lexer.fault("Expression expected"));
        };
        let at = self.lexer.advance()?.at;
        if name == ITEM || self.scope.variable(name).is_some() {
            let name = shown(name);
            return Err(Fault::new(at, format!("The range variable '{name}' has already been declared.")));
        }
        self.lexer.expect(':', "Syntax error")?;
        Ok(name)
    }
}
