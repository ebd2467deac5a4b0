//! Random queries about a type. Literals are mostly values that rows have, so that things match.

use gangway_odata::model::{Property, StructuredType, Type};
use gangway_odata::{Comparison, Filter, Literal, Operand, OrderBy, Path, Root, TextTest};
use uuid::Uuid;

use super::dice::Dice;
use super::model::Node;

const COMPARISONS: [Comparison; 6] =
    [Comparison::Eq, Comparison::Ne, Comparison::Gt, Comparison::Ge, Comparison::Lt, Comparison::Le];

/// Values that rows have.
#[derive(Default)]
pub(crate) struct Values {
    texts: Vec<String>,
    guids: Vec<Uuid>,
    times: Vec<i64>,
}

impl Values {
    pub(crate) fn of(items: impl Iterator<Item = Node>) -> Self {
        let mut values = Self::default();
        items.for_each(|item| values.take(item));
        values
    }

    fn take(&mut self, node: Node) {
        match node {
            Node::Null | Node::Member(_) => {}
            Node::Text(text) => self.texts.push(text),
            Node::Guid(id) => self.guids.push(id),
            Node::Time(ticks) => self.times.push(ticks),
            Node::Part(properties) => properties.into_values().for_each(|node| self.take(node)),
            Node::Many(members) => members.into_iter().for_each(|node| self.take(node)),
        }
    }
}

/// What a path can begin at.
type Scope = Vec<(Root, Type)>;

pub(crate) fn item_of(of: &'static StructuredType) -> Scope {
    vec![(Root::Item, Type::Complex(of))]
}

/// Every path from here: to values, to parts that have properties of their own, and to collections.
pub(crate) fn paths(scope: &Scope) -> Vec<(Path, Type)> {
    let mut found = Vec::new();
    for (root, of) in scope {
        follow(&Path { root: *root, steps: Vec::new() }, *of, &mut found);
    }
    found
}

fn follow(path: &Path, of: Type, found: &mut Vec<(Path, Type)>) {
    found.push((path.clone(), of));
    let Type::Complex(part) = of else { return };
    for property in part.properties {
        let property: &'static Property = property;
        let mut longer = path.clone();
        longer.steps.push(property);
        follow(&longer, property.of, found);
    }
}

/// The type of a collection's members, as the innermost variable of this scope.
pub(crate) fn inside(scope: &Scope, of: Type) -> Scope {
    let mut inner = scope.clone();
    inner.push((Root::Variable(scope.len() - 1), of.one()));
    inner
}

pub(crate) struct Trees<'a> {
    pub(crate) dice: &'a mut Dice,
    pub(crate) values: &'a Values,
}

impl Trees<'_> {
    pub(crate) fn filter(&mut self, scope: &Scope, depth: usize) -> Filter {
        if depth > 0 && !self.dice.one_in(4) {
            match self.dice.below(5) {
                0 => return Filter::And(self.filters(scope, depth)),
                1 => return Filter::Or(self.filters(scope, depth)),
                2 | 3 => return Filter::Not(Box::new(self.filter(scope, depth - 1))),
                _ => {
                    if let Some(filter) = self.about_members(scope, depth) {
                        return filter;
                    }
                }
            }
        }
        self.about_values(scope)
    }

    fn filters(&mut self, scope: &Scope, depth: usize) -> Vec<Filter> {
        (0..=self.dice.below(3)).map(|_| self.filter(scope, depth - 1)).collect()
    }

    fn about_members(&mut self, scope: &Scope, depth: usize) -> Option<Filter> {
        let collections: Vec<_> =
            paths(scope).into_iter().filter(|(_, of)| matches!(of, Type::Collection(_))).collect();
        if collections.is_empty() {
            return None;
        }
        let (collection, of) = self.dice.any(&collections).clone();
        if self.dice.one_in(6) {
            return Some(Filter::Any { collection, condition: None });
        }
        let condition = Box::new(self.filter(&inside(scope, of), depth - 1));
        Some(if self.dice.one_in(2) {
            Filter::Any { collection, condition: Some(condition) }
        } else {
            Filter::All { collection, condition }
        })
    }

    fn about_values(&mut self, scope: &Scope) -> Filter {
        if self.dice.one_in(25) {
            return Filter::Constant(*self.dice.any(&[Some(true), Some(false), None]));
        }
        if self.dice.one_in(25) {
            return self.about_a_part(scope);
        }
        let (path, of) = self.path(scope, None);
        match self.dice.below(if of == Type::String { 10 } else { 6 }) {
            0 => {
                let list = (0..self.dice.below(4)).map(|_| self.literal(of)).collect();
                Filter::In { operand: self.operand(path, of), list }
            }
            1..6 => {
                let (left, right) = (self.operand(path, of), self.other(scope, of));
                let (left, right) = if self.dice.one_in(4) { (right, left) } else { (left, right) };
                Filter::Compare { left, comparison: *self.dice.any(&COMPARISONS), right }
            }
            _ => {
                let tests = [TextTest::Contains, TextTest::StartsWith, TextTest::EndsWith];
                let (text, part) = (self.operand(path, of), self.part(scope));
                let (text, part) = if self.dice.one_in(6) { (part, text) } else { (text, part) };
                Filter::Text { test: *self.dice.any(&tests), text, part }
            }
        }
    }

    /// All that can be asked of one is whether it is null.
    fn about_a_part(&mut self, scope: &Scope) -> Filter {
        let parts: Vec<_> =
            paths(scope).into_iter().filter(|(_, of)| matches!(of, Type::Complex(_))).collect();
        let left = Operand::Path(self.dice.any(&parts).0.clone());
        let comparison = *self.dice.any(&[Comparison::Eq, Comparison::Ne]);
        Filter::Compare { left, comparison, right: Operand::Literal(Literal::Null) }
    }

    fn path(&mut self, scope: &Scope, wanted: Option<Type>) -> (Path, Type) {
        let fits = |of: &Type| {
            wanted.map_or(!matches!(of, Type::Collection(_) | Type::Complex(_)), |wanted| *of == wanted)
        };
        let mut found: Vec<_> = paths(scope).into_iter().filter(|(_, of)| fits(of)).collect();
        // The innermost is asked about as often as all around it together.
        let innermost = scope.last().unwrap().0;
        if self.dice.one_in(2) && found.iter().any(|(path, _)| path.root == innermost) {
            found.retain(|(path, _)| path.root == innermost);
        }
        self.dice.any(&found).clone()
    }

    fn operand(&mut self, path: Path, of: Type) -> Operand {
        let path = Operand::Path(path);
        match self.dice.below(if of == Type::String { 8 } else { 1 }) {
            1 => Operand::Lower(Box::new(path)),
            2 => Operand::Upper(Box::new(path)),
            _ => path,
        }
    }

    /// Something of this type to compare with.
    fn other(&mut self, scope: &Scope, of: Type) -> Operand {
        if self.dice.one_in(4) {
            let (path, of) = self.path(scope, Some(of));
            return self.operand(path, of);
        }
        let literal = Operand::Literal(self.literal(of));
        if of == Type::String && self.dice.one_in(12) { Operand::Lower(Box::new(literal)) } else { literal }
    }

    fn literal(&mut self, of: Type) -> Literal {
        if self.dice.one_in(10) {
            return Literal::Null;
        }
        match of {
            Type::String => Literal::String(self.text()),
            Type::Guid => Literal::Guid(*self.dice.any(&self.values.guids)),
            Type::DateTimeOffset => {
                let around = [-1, 0, 0, 0, 1];
                Literal::DateTimeOffset(self.dice.any(&self.values.times) + self.dice.any(&around))
            }
            Type::Enum(of) => Literal::Enum(of.members[self.dice.below(of.members.len())]),
            Type::Boolean | Type::Int64 | Type::Complex(_) | Type::Collection(_) => {
                panic!("no path leads to {of:?}")
            }
        }
    }

    fn text(&mut self) -> String {
        let text = self.dice.any(&self.values.texts).clone();
        match self.dice.below(8) {
            0 => text.to_uppercase(),
            1 => text.to_lowercase(),
            2 => text + "x",
            _ => text,
        }
    }

    fn part(&mut self, scope: &Scope) -> Operand {
        if self.dice.one_in(8) {
            return self.other(scope, Type::String);
        }
        let text: Vec<char> = self.text().chars().collect();
        let begin = if self.dice.one_in(2) { 0 } else { self.dice.below(text.len() + 1) };
        let end =
            if self.dice.one_in(2) { text.len() } else { begin + self.dice.below(text.len() - begin + 1) };
        Operand::Literal(Literal::String(text[begin..end].iter().collect()))
    }

    pub(crate) fn order(&mut self, scope: &Scope) -> Vec<OrderBy> {
        let keys = self.dice.below(4);
        let key = |_| {
            let (path, of) = self.path(scope, None);
            OrderBy { key: self.operand(path, of), descending: self.dice.one_in(2) }
        };
        (0..keys).map(key).collect()
    }
}
