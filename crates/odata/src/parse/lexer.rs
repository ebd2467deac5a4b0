use uuid::Uuid;

use super::error::{Fault, Parsed};

/// What an expression is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name, possibly with dots, or an operator.
    Word(&'a str),
    /// A number, a GUID, or a date.
    Literal(&'a str),
    /// What is between quotes; quotes in it are still doubled.
    Text(&'a str),
    /// A name and what is between the quotes that follow it.
    Prefixed(&'a str, &'a str),
    /// One of `( ) , / : * ; =`.
    Mark(char),
    /// There is no more.
    End,
}

/// A token, and where it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexeme<'a> {
    pub(super) token: Token<'a>,
    pub(super) at: usize,
}

/// Reads an expression token by token, with one in sight.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    next: usize,
    /// The token that comes next.
    pub(super) ahead: Lexeme<'a>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Parsed<Self> {
        let mut lexer = Self { text, next: 0, ahead: Lexeme { token: Token::End, at: 0 } };
        lexer.advance()?;
        Ok(lexer)
    }

    pub(super) const fn text(&self) -> &'a str {
        self.text
    }

    /// The token that was ahead; the one behind it is ahead now.
    pub(super) fn advance(&mut self) -> Parsed<Lexeme<'a>> {
        let rest = self.text.get(self.next..).unwrap_or_default();
        let at = self.text.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let (token, length) = self.read(at)?;
        self.next = at + length;
        Ok(std::mem::replace(&mut self.ahead, Lexeme { token, at }))
    }

    /// Takes that mark if it is ahead.
    pub(super) fn take(&mut self, mark: char) -> Parsed<bool> {
        let there = self.ahead.token == Token::Mark(mark);
        if there {
            self.advance()?;
        }
        Ok(there)
    }

    /// Takes that word if it is ahead, in any case.
    pub(super) fn take_word(&mut self, word: &str) -> Parsed<bool> {
        let there = matches!(self.ahead.token, Token::Word(ahead) if ahead.eq_ignore_ascii_case(word));
        if there {
            self.advance()?;
        }
        Ok(there)
    }

    /// Takes that mark, which has to be there; `what` says what else could have been.
    pub(super) fn expect(&mut self, mark: char, what: &str) -> Parsed<()> {
        if self.take(mark)? { Ok(()) } else { Err(self.fault(what)) }
    }

    /// A fault at the token ahead.
    pub(super) fn fault(&self, what: &str) -> Fault {
        Fault::placed(self.ahead.at, what, self.text)
    }

    /// That nothing is left.
    pub(super) fn end(&self) -> Parsed<()> {
        if self.ahead.token == Token::End { Ok(()) } else { Err(self.fault("Syntax error")) }
    }

    fn read(&self, at: usize) -> Parsed<(Token<'a>, usize)> {
        let rest = self.text.get(at..).unwrap_or_default();
        let Some(first) = rest.chars().next() else { return Ok((Token::End, 0)) };
        if matches!(first, '(' | ')' | ',' | '/' | ':' | '*' | ';' | '=') {
            return Ok((Token::Mark(first), 1));
        }
        if first == '\'' {
            let inside = self.quoted(rest, at)?;
            return Ok((Token::Text(inside), inside.len() + 2));
        }
        let signed = matches!(first, '-' | '+') && rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        if let Some(guid) = guid(rest) {
            return Ok((Token::Literal(guid), guid.len()));
        }
        if first.is_ascii_digit() || signed {
            let literal = prefix(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '+' | '-'));
            return Ok((Token::Literal(literal), literal.len()));
        }
        if !(first.is_alphabetic() || matches!(first, '_' | '$')) {
            let what = format!("Syntax error: character '{}' is not valid", first.escape_debug());
            return Err(Fault::placed(at, &what, self.text));
        }
        let word = prefix(rest, |c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'));
        let behind = rest.get(word.len()..).unwrap_or_default();
        if behind.starts_with('\'') {
            let inside = self.quoted(behind, at + word.len())?;
            return Ok((Token::Prefixed(word, inside), word.len() + inside.len() + 2));
        }
        Ok((Token::Word(word), word.len()))
    }

    /// What is between the quote that `rest` begins with and the one that ends it.
    fn quoted(&self, rest: &'a str, at: usize) -> Parsed<&'a str> {
        let mut from = 1;
        loop {
            let open = rest.get(from..).and_then(|inside| inside.find('\''));
            let Some(found) = open else {
                return Err(Fault::placed(at, "There is an unterminated string literal", self.text));
            };
            let quote = from + found;
            if rest.as_bytes().get(quote + 1) != Some(&b'\'') {
                let inside = rest.get(1..quote).unwrap_or_default();
                let nul = inside.contains('\0');
                return if nul { Err(Fault::nul(at, self.text)) } else { Ok(inside) };
            }
            from = quote + 2;
        }
    }
}

/// The beginning of the text for which that holds.
fn prefix(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// The GUID the text begins with, which may begin with a letter.
fn guid(text: &str) -> Option<&str> {
    let guid = text.get(..36)?;
    let behind = text.get(36..)?.chars().next();
    let ends = behind.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')));
    (ends && Uuid::try_parse(guid).is_ok()).then_some(guid)
}
