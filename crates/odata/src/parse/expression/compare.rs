use std::cmp::Ordering;

use super::terms::{LiteralValue, Term};
use super::truth;
use crate::model::{EnumType, Type};
use crate::parse::error::{Fault, Parsed, shown};
use crate::tree::{Comparison, Filter, Literal, Operand};

/// Two terms compared; `at` is where the operator stands.
pub(super) fn compare(
    left: Term,
    how: Comparison,
    right: Term,
    at: usize,
    namespace: &str,
) -> Parsed<Filter> {
    let names = [left.type_name(namespace), right.type_name(namespace)];
    let mismatch = || incompatible(&names, kind(how), at);
    match (left, right) {
        (Term::Value(left), Term::Value(right)) => {
            if is_many(&left) || is_many(&right) {
                return Err(not_single(kind(how), at));
            }
            let (left, right, of) = alike(left, right, at)?.ok_or_else(mismatch)?;
            settled(left, how, right, of).ok_or_else(mismatch)
        }
        (Term::Condition(condition), Term::Value(value))
        | (Term::Value(value), Term::Condition(condition)) => {
            with_constant(condition, how, &value, at).unwrap_or_else(|| Err(mismatch()))
        }
        (Term::Condition(_), Term::Condition(_)) => Err(only_constants(at)),
    }
}

/// Whether a value is among others, each with its place.
pub(super) fn among(
    value: LiteralValue,
    items: Vec<(LiteralValue, usize)>,
    at: usize,
    namespace: &str,
) -> Parsed<Filter> {
    let Some((operand, of)) = plain(value) else {
        let what = "The left operand for the IN operation is not a single value. IN operations require the left \
                    operand to be a single value and the right operand to be a collection value.";
        return Err(Fault::new(at, what));
    };
    let mut list = Vec::with_capacity(items.len());
    for (item, at) in items {
        let names = [item.type_name(namespace), of.map_or_else(|| "<null>".into(), |of| of.name(namespace))];
        let found = match plain(item) {
            Some((item, item_of)) => fitted(item, item_of, of, at)?,
            None => None,
        };
        let Some(Operand::Literal(literal)) = found else {
            return Err(Fault::new(
                at,
                format!(
                    "An instance of InNode can only be created where the item types of the right operand '{}' and the \
                 left operand '{}' can be compared.",
                    names[0], names[1]
                ),
            ));
        };
        list.push(literal);
    }
    Ok(match operand {
        Operand::Literal(literal) => Filter::Constant(Some(list.contains(&literal))),
        operand @ (Operand::Path(_) | Operand::Lower(_) | Operand::Upper(_)) => Filter::In { operand, list },
    })
}

pub(super) fn incompatible(names: &[String; 2], kind: &str, at: usize) -> Fault {
    let [left, right] = names;
    Fault::new(
        at,
        format!(
            "A binary operator with incompatible types was detected. Found operand types '{left}' and '{right}' for \
         operator kind '{kind}'."
        ),
    )
}

fn not_single(kind: &str, at: usize) -> Fault {
    Fault::new(
        at,
        format!(
            "The operand for a binary operator '{kind}' is not a single value. Binary operators require both operands \
         to be single values."
        ),
    )
}

fn only_constants(at: usize) -> Fault {
    Fault::new(at, "A condition can be compared with 'true' or 'false' only, by 'eq' or 'ne'.")
}

const fn kind(how: Comparison) -> &'static str {
    match how {
        Comparison::Eq => "Equal",
        Comparison::Ne => "NotEqual",
        Comparison::Gt => "GreaterThan",
        Comparison::Ge => "GreaterThanOrEqual",
        Comparison::Lt => "LessThan",
        Comparison::Le => "LessThanOrEqual",
    }
}

const fn is_many(value: &LiteralValue) -> bool {
    matches!(value, LiteralValue::Typed { of: Type::Collection(_), .. })
}

/// A condition compared with a constant; nothing if the other side is not even Boolean.
fn with_constant(
    condition: Filter,
    how: Comparison,
    value: &LiteralValue,
    at: usize,
) -> Option<Parsed<Filter>> {
    let settled = match (value, how) {
        (LiteralValue::Typed { operand: Operand::Literal(Literal::Boolean(wanted)), .. }, Comparison::Eq) => {
            Ok(if *wanted { truth::holds(condition) } else { truth::fails(condition) })
        }
        (LiteralValue::Typed { operand: Operand::Literal(Literal::Boolean(wanted)), .. }, Comparison::Ne) => {
            let same = if *wanted { truth::holds(condition) } else { truth::fails(condition) };
            Ok(Filter::Not(Box::new(same)))
        }
        (LiteralValue::Null | LiteralValue::Typed { of: Type::Boolean, .. }, _) => Err(only_constants(at)),
        (LiteralValue::Fraction | LiteralValue::Day(_) | LiteralValue::Typed { .. }, _) => return None,
    };
    Some(settled)
}

/// A single value as an operand, with its type if it has one; nothing if no comparison takes it.
fn plain(value: LiteralValue) -> Option<(Operand, Option<Type>)> {
    match value {
        LiteralValue::Null => Some((Operand::Literal(Literal::Null), None)),
        LiteralValue::Day(steps) => {
            Some((Operand::Literal(Literal::DateTimeOffset(steps)), Some(Type::DateTimeOffset)))
        }
        LiteralValue::Fraction | LiteralValue::Typed { of: Type::Complex(_) | Type::Collection(_), .. } => {
            None
        }
        LiteralValue::Typed { operand, of } => Some((operand, Some(of))),
    }
}

/// Two values as operands of one type, which only two nulls lack; nothing if they have none in
/// common.
fn alike(
    left: LiteralValue,
    right: LiteralValue,
    at: usize,
) -> Parsed<Option<(Operand, Operand, Option<Type>)>> {
    let (Some((left, left_of)), Some((right, right_of))) = (plain(left), plain(right)) else {
        return Ok(None);
    };
    if matches!(right_of, Some(Type::Enum(_))) || left_of.is_none() {
        return Ok(fitted(left, left_of, right_of, at)?.map(|left| (left, right, right_of)));
    }
    Ok(fitted(right, right_of, left_of, at)?.map(|right| (left, right, left_of)))
}

/// An operand as one of that type: null is of every type, and text may be the name of an
/// enumeration's member.
fn fitted(operand: Operand, of: Option<Type>, wanted: Option<Type>, at: usize) -> Parsed<Option<Operand>> {
    match (operand, wanted) {
        (Operand::Literal(Literal::String(name)), Some(Type::Enum(of))) => {
            member(of, &name, at).map(|name| Some(Operand::Literal(Literal::Enum(name))))
        }
        (operand, wanted) => Ok((of.is_none() || wanted.is_none() || of == wanted).then_some(operand)),
    }
}

/// The member of an enumeration with that name, compared without regard to case as all names are.
pub(super) fn member(of: &EnumType, name: &str, at: usize) -> Parsed<&'static str> {
    let known = of.members.iter().find(|member| member.eq_ignore_ascii_case(name));
    known.copied().ok_or_else(|| {
        Fault::new(at, format!("The string '{}' is not a valid enumeration type constant.", shown(name)))
    })
}

/// The comparison of two values of one type; nothing if those cannot be compared in this way.
fn settled(left: Operand, how: Comparison, right: Operand, of: Option<Type>) -> Option<Filter> {
    let equality = matches!(how, Comparison::Eq | Comparison::Ne);
    match (left, right) {
        (Operand::Literal(left), Operand::Literal(right)) => {
            let holds = if equality {
                (left == right) == (how == Comparison::Eq)
            } else {
                order(&left, &right, of).is_some_and(|order| satisfies(how, order))
            };
            Some(Filter::Constant(Some(holds)))
        }
        (Operand::Literal(Literal::Null), _) | (_, Operand::Literal(Literal::Null)) if !equality => {
            Some(Filter::Constant(Some(false)))
        }
        (operand, Operand::Literal(limit)) if !equality && has_few(of) => Some(few(operand, of, |value| {
            order(value, &limit, of).is_some_and(|found| satisfies(how, found))
        })),
        (Operand::Literal(limit), operand) if !equality && has_few(of) => Some(few(operand, of, |value| {
            order(&limit, value, of).is_some_and(|found| satisfies(how, found))
        })),
        (_, _) if !equality && has_few(of) => None,
        (left, right) => Some(Filter::Compare { left, comparison: how, right }),
    }
}

/// Whether a type has so few values that a range of them is a list: then no store need know their
/// order.
const fn has_few(of: Option<Type>) -> bool {
    matches!(of, Some(Type::Enum(_) | Type::Boolean))
}

fn few(operand: Operand, of: Option<Type>, within: impl Fn(&Literal) -> bool) -> Filter {
    let values = match of {
        Some(Type::Enum(of)) => of.members.iter().map(|name| Literal::Enum(name)).collect(),
        _ => vec![Literal::Boolean(false), Literal::Boolean(true)],
    };
    let list: Vec<_> = values.into_iter().filter(within).collect();
    if list.is_empty() { Filter::Constant(Some(false)) } else { Filter::In { operand, list } }
}

/// The order of two values of one type; nothing if either is null. Texts are ordered by their code
/// points.
fn order(left: &Literal, right: &Literal, of: Option<Type>) -> Option<Ordering> {
    match (left, right) {
        (Literal::String(left), Literal::String(right)) => Some(left.cmp(right)),
        (Literal::Boolean(left), Literal::Boolean(right)) => Some(left.cmp(right)),
        (Literal::Guid(left), Literal::Guid(right)) => Some(left.cmp(right)),
        (Literal::Int64(left), Literal::Int64(right))
        | (Literal::DateTimeOffset(left), Literal::DateTimeOffset(right)) => Some(left.cmp(right)),
        (Literal::Enum(left), Literal::Enum(right)) => {
            let Some(Type::Enum(of)) = of else { return None };
            let place = |name: &str| of.members.iter().position(|member| *member == name);
            Some(place(left)?.cmp(&place(right)?))
        }
        (_, _) => None,
    }
}

const fn satisfies(how: Comparison, order: Ordering) -> bool {
    match how {
        Comparison::Eq => order.is_eq(),
        Comparison::Ne => order.is_ne(),
        Comparison::Gt => order.is_gt(),
        Comparison::Ge => order.is_ge(),
        Comparison::Lt => order.is_lt(),
        Comparison::Le => order.is_le(),
    }
}
