//! Conditions that are never null, made of ones that may be: what `eq` and `ne` are for conditions,
//! since they treat null as a value.

use crate::tree::{Comparison, Filter, Literal, Operand, Path, Root};

/// It holds where that condition holds; where that is null, it does not.
pub(crate) fn holds(filter: Filter) -> Filter {
    truth(filter, true)
}

/// It holds where that condition does not hold and is not null.
pub(crate) fn fails(filter: Filter) -> Filter {
    truth(filter, false)
}

fn truth(filter: Filter, wanted: bool) -> Filter {
    match filter {
        Filter::Constant(known) => Filter::Constant(Some(known == Some(wanted))),
        Filter::Not(inner) => truth(*inner, !wanted),
        Filter::And(all) => joined(all, wanted, wanted),
        Filter::Or(any) => joined(any, wanted, !wanted),
        Filter::Property(path) => Filter::Compare {
            left: Operand::Path(path),
            comparison: Comparison::Eq,
            right: Operand::Literal(Literal::Boolean(wanted)),
        },
        Filter::Text { test, text, part } => {
            let known: Vec<_> = [&text, &part].into_iter().filter_map(is_known).collect();
            let condition = plain(Filter::Text { test, text, part }, wanted);
            if known.is_empty() {
                return condition;
            }
            Filter::And(std::iter::once(condition).chain(known).collect())
        }
        never_null @ (Filter::Compare { .. }
        | Filter::In { .. }
        | Filter::Any { .. }
        | Filter::All { .. }) => plain(never_null, wanted),
    }
}

fn joined(parts: Vec<Filter>, wanted: bool, all: bool) -> Filter {
    let parts = parts.into_iter().map(|part| truth(part, wanted)).collect();
    if all { Filter::And(parts) } else { Filter::Or(parts) }
}

fn plain(filter: Filter, wanted: bool) -> Filter {
    if wanted { filter } else { Filter::Not(Box::new(filter)) }
}

/// That a value is not null; nothing if it never is.
fn is_known(operand: &Operand) -> Option<Filter> {
    match operand {
        Operand::Literal(Literal::Null) => Some(Filter::Constant(Some(false))),
        Operand::Literal(_) => None,
        Operand::Lower(inner) | Operand::Upper(inner) => is_known(inner),
        Operand::Path(path) => may_be_null(path).then(|| Filter::Compare {
            left: Operand::Path(path.clone()),
            comparison: Comparison::Ne,
            right: Operand::Literal(Literal::Null),
        }),
    }
}

fn may_be_null(path: &Path) -> bool {
    // A member of a collection may be null itself; the path does not say of which collection it is.
    matches!(path.root, Root::Variable(_)) || path.steps.iter().any(|step| step.nullable)
}
