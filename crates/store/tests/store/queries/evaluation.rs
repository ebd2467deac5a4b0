//! A query evaluated over values in memory, word for word as the typed tree is documented.

use std::cmp::Ordering;

use gangway_odata::{Comparison, Filter, Operand, OrderBy, Path, Root, TextTest};

use super::Items;
use super::model::Node;

/// Those that the filter holds for, in order.
pub(crate) fn listed<T: Items>(items: &[T], filter: Option<&Filter>, order_by: &[OrderBy]) -> Vec<T> {
    let fits = |item: &&T| filter.is_none_or(|filter| truth(filter, &mut vec![item.node()]) == Some(true));
    let keyed = |item: &T| {
        let mut scope = vec![item.node()];
        let keys: Vec<_> = order_by.iter().map(|by| value(&by.key, &mut scope)).collect();
        (keys, item.clone())
    };
    let mut found: Vec<_> = items.iter().filter(fits).map(keyed).collect();
    found.sort_by(|(left, one), (right, other)| {
        let turn = |descending: bool, order: Ordering| if descending { order.reverse() } else { order };
        let keys = order_by.iter().zip(left.iter().zip(right));
        let by_keys = keys.map(|(by, (left, right))| turn(by.descending, left.cmp(right)));
        let last = order_by.last().is_some_and(|by| by.descending);
        by_keys.fold(Ordering::Equal, Ordering::then).then(turn(last, one.id().cmp(&other.id())))
    });
    found.into_iter().map(|(_, item)| item).collect()
}

/// In the scope are the item, and the members that variables stand for.
fn truth(filter: &Filter, scope: &mut Vec<Node>) -> Option<bool> {
    match filter {
        Filter::Constant(truth) => *truth,
        Filter::And(parts) => {
            let truths: Vec<_> = parts.iter().map(|part| truth(part, scope)).collect();
            if truths.contains(&Some(false)) { Some(false) } else { all_known(&truths).then_some(true) }
        }
        Filter::Or(parts) => {
            let truths: Vec<_> = parts.iter().map(|part| truth(part, scope)).collect();
            if truths.contains(&Some(true)) { Some(true) } else { all_known(&truths).then_some(false) }
        }
        Filter::Not(part) => truth(part, scope).map(|truth| !truth),
        Filter::Compare { left, comparison, right } => {
            let (left, right) = (value(left, scope), value(right, scope));
            let neither_null = left != Node::Null && right != Node::Null;
            Some(match comparison {
                Comparison::Eq => left == right,
                Comparison::Ne => left != right,
                Comparison::Gt => neither_null && left > right,
                Comparison::Ge => neither_null && left >= right,
                Comparison::Lt => neither_null && left < right,
                Comparison::Le => neither_null && left <= right,
            })
        }
        Filter::In { operand, list } => {
            let value = value(operand, scope);
            Some(list.iter().any(|literal| Node::of(literal) == value))
        }
        Filter::Text { test, text, part } => {
            let (Node::Text(text), Node::Text(part)) = (value(text, scope), value(part, scope)) else {
                return None;
            };
            Some(match test {
                TextTest::Contains => text.contains(&part),
                TextTest::StartsWith => text.starts_with(&part),
                TextTest::EndsWith => text.ends_with(&part),
            })
        }
        Filter::Property(_) => panic!("nothing in the model is a Boolean"),
        Filter::Any { collection, condition } => {
            let members = members(collection, scope);
            let Some(condition) = condition else { return Some(!members.is_empty()) };
            Some(members.into_iter().any(|member| holds_for(condition, member, scope)))
        }
        Filter::All { collection, condition } => {
            let members = members(collection, scope);
            Some(members.into_iter().all(|member| holds_for(condition, member, scope)))
        }
    }
}

fn all_known(truths: &[Option<bool>]) -> bool {
    truths.iter().all(Option::is_some)
}

fn holds_for(condition: &Filter, member: Node, scope: &mut Vec<Node>) -> bool {
    scope.push(member);
    let truth = truth(condition, scope);
    scope.pop();
    truth == Some(true)
}

fn value(operand: &Operand, scope: &mut Vec<Node>) -> Node {
    match operand {
        Operand::Literal(literal) => Node::of(literal),
        Operand::Path(path) => at(path, scope),
        Operand::Lower(text) => {
            cased(
                value(text, scope),
                |letter| if letter == 'İ' { Some('i') } else { one(letter.to_lowercase()) },
            )
        }
        Operand::Upper(text) => cased(value(text, scope), |letter| one(letter.to_uppercase())),
    }
}

/// Letter by letter; one that becomes several stays. (A few Greek ones do neither, and are in no text here.)
fn cased(text: Node, case: fn(char) -> Option<char>) -> Node {
    if text == Node::Null {
        return text;
    }
    let Node::Text(text) = text else { panic!("{text:?} is no text") };
    Node::Text(text.chars().map(|letter| case(letter).unwrap_or(letter)).collect())
}

fn one(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next();
    if letters.next().is_none() { first } else { None }
}

fn at(path: &Path, scope: &[Node]) -> Node {
    let from = match path.root {
        Root::Item => &scope[0],
        Root::Variable(number) => &scope[number + 1],
    };
    path.steps.iter().fold(from.clone(), |node, property| {
        let Node::Part(mut properties) = node else { panic!("{node:?} has no {}", property.name) };
        properties.remove(property.name).unwrap()
    })
}

fn members(collection: &Path, scope: &[Node]) -> Vec<Node> {
    let many = at(collection, scope);
    let Node::Many(members) = many else { panic!("{many:?} is no collection") };
    members
}
