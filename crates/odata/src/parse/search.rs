use super::error::{Fault, Parsed};
use super::expression::truth;
use super::limits::{Limit, MAX_DEPTH, MAX_SEARCH_TERMS};
use crate::tree::{Filter, Literal, Operand, Path, Search, TextTest};

/// What `$search` looks for: words and quoted phrases, with `AND`, `OR` and `NOT` in capitals.
/// `NOT` binds most, and words that only follow each other are joined by `AND`.
///
/// Source: OData 4.01 URL Conventions, 5.1.7; a word is whatever has no blank, quote or
/// parenthesis, as in its ABNF.
pub(super) fn search(text: &str) -> Parsed<Search> {
    if let Some(at) = text.find('\0') {
        return Err(Fault::nul(at, text));
    }
    let mut parser = SearchParser { text, at: 0, depth: 0, terms: 0 };
    let search = parser.any()?;
    match parser.ahead()? {
        SearchToken::End => Ok(search),
        SearchToken::Open | SearchToken::Close | SearchToken::Word(_) | SearchToken::Phrase(_) => {
            Err(parser.syntax())
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SearchToken<'a> {
    Word(&'a str),
    /// With its backslashes.
    Phrase(&'a str),
    Open,
    Close,
    End,
}

#[derive(Debug)]
struct SearchParser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    terms: usize,
}

impl<'a> SearchParser<'a> {
    fn any(&mut self) -> Parsed<Search> {
        let mut any = vec![self.all()?];
        while self.take(SearchToken::Word("OR"))? {
            any.push(self.all()?);
        }
        Ok(joined(any, Search::Or))
    }

    fn all(&mut self) -> Parsed<Search> {
        let mut all = vec![self.one()?];
        loop {
            let explicit = self.take(SearchToken::Word("AND"))?;
            if !explicit
                && matches!(self.ahead()?, SearchToken::End | SearchToken::Close | SearchToken::Word("OR"))
            {
                return Ok(joined(all, Search::And));
            }
            all.push(self.one()?);
        }
    }

    fn one(&mut self) -> Parsed<Search> {
        if self.take(SearchToken::Word("NOT"))? {
            return Ok(Search::Not(Box::new(self.nested(Self::one)?)));
        }
        if self.take(SearchToken::Open)? {
            let inside = self.nested(Self::any)?;
            return if self.take(SearchToken::Close)? { Ok(inside) } else { Err(self.syntax()) };
        }
        let term = match self.ahead()? {
            SearchToken::Word("AND" | "OR") | SearchToken::Open | SearchToken::Close | SearchToken::End => {
                return Err(Fault::placed(self.at, "Expression expected", self.text));
            }
            SearchToken::Word(word) => word.to_owned(),
            SearchToken::Phrase(phrase) => unescaped(phrase),
        };
        if self.terms == MAX_SEARCH_TERMS {
            return Err(Fault::limit(self.at, Limit::SearchTerms));
        }
        self.terms += 1;
        self.advance()?;
        Ok(Search::Term(term))
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Parsed<Search>) -> Parsed<Search> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::limit(self.at, Limit::Depth));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn syntax(&self) -> Fault {
        Fault::placed(self.at, "Syntax error", self.text)
    }

    fn take(&mut self, token: SearchToken<'_>) -> Parsed<bool> {
        let there = self.ahead()? == token;
        if there {
            self.advance()?;
        }
        Ok(there)
    }

    fn advance(&mut self) -> Parsed<()> {
        let length = match self.ahead()? {
            SearchToken::Word(word) => word.len(),
            SearchToken::Phrase(phrase) => phrase.len() + 2,
            SearchToken::Open | SearchToken::Close => 1,
            SearchToken::End => 0,
        };
        self.at += length;
        Ok(())
    }

    /// The token that comes next; the blanks before it are left behind.
    fn ahead(&mut self) -> Parsed<SearchToken<'a>> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start().len();
        self.at += blanks;
        let rest = rest.get(blanks..).unwrap_or_default();
        Ok(match rest.chars().next() {
            None => SearchToken::End,
            Some('(') => SearchToken::Open,
            Some(')') => SearchToken::Close,
            Some('"') => SearchToken::Phrase(self.phrase(rest)?),
            Some(_) => {
                let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '(' | ')'));
                SearchToken::Word(rest.get(..end.unwrap_or(rest.len())).unwrap_or_default())
            }
        })
    }

    fn phrase(&self, rest: &'a str) -> Parsed<&'a str> {
        let mut escaped = false;
        for (at, c) in rest.char_indices().skip(1) {
            match c {
                '"' if !escaped && at == 1 => return Err(self.empty()),
                '"' if !escaped => return Ok(rest.get(1..at).unwrap_or_default()),
                _ => escaped = c == '\\' && !escaped,
            }
        }
        Err(Fault::placed(self.at, "There is an unterminated string literal", self.text))
    }

    fn empty(&self) -> Fault {
        Fault::placed(self.at, "Expression expected", self.text)
    }
}

fn joined(mut parts: Vec<Search>, join: impl FnOnce(Vec<Search>) -> Search) -> Search {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            join(parts)
        }
    }
}

/// A phrase without the backslashes before quotes and backslashes.
fn unescaped(phrase: &str) -> String {
    let mut text = String::with_capacity(phrase.len());
    let mut chars = phrase.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next @ ('"' | '\\'))) => {
                text.push(*next);
                chars.next();
            }
            _ => text.push(c),
        }
    }
    text
}

impl Search {
    /// The condition that says it of these texts: a word or phrase is found if one of them has it,
    /// in upper or lower case. `NOT` is about the item: it holds where the text is null. Of no
    /// texts, nothing is found.
    #[must_use]
    pub fn over(&self, texts: &[Path]) -> Filter {
        match self {
            Self::Term(term) => any_has(texts, &term.to_lowercase()),
            Self::Not(inner) => Filter::Not(Box::new(truth::holds(inner.over(texts)))),
            Self::And(all) => Filter::And(all.iter().map(|one| one.over(texts)).collect()),
            Self::Or(any) => Filter::Or(any.iter().map(|one| one.over(texts)).collect()),
        }
    }
}

fn any_has(texts: &[Path], part: &str) -> Filter {
    let has = |path: &Path| Filter::Text {
        test: TextTest::Contains,
        text: Operand::Lower(Box::new(Operand::Path(path.clone()))),
        part: Operand::Literal(Literal::String(part.to_owned())),
    };
    match texts {
        [] => Filter::Constant(Some(false)),
        [only] => has(only),
        several => Filter::Or(several.iter().map(has).collect()),
    }
}
