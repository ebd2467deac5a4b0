use std::marker::PhantomData;

use gangway_engine::SortKey;
use gangway_odata::model::{Property, Type};
use gangway_odata::{Filter, Literal, Operand, Path, Root};

use super::column::{Collection, Column, Shape};
use super::condition::{Condition, Truth};
use super::value::{Open, RenderedValue, literal};
use super::{Dialect, Sql, Unrenderable, compare};

/// Renders what is asked of the items of one collection.
pub(super) struct Renderer<D> {
    item: &'static Shape,
    /// The variables of the `any` and `all` around, outermost first.
    variables: Vec<Variable>,
    dialect: PhantomData<D>,
}

/// What a variable stands for.
struct Variable {
    shape: &'static Shape,
    /// What the member is called in the statement; nothing, if it is in the item's row.
    name: Option<String>,
}

impl<D: Dialect> Renderer<D> {
    pub(super) const fn new(item: &'static Shape) -> Self {
        Self { item, variables: Vec::new(), dialect: PhantomData }
    }

    pub(super) fn truth(&mut self, filter: &Filter) -> Result<Truth, Unrenderable> {
        Ok(match filter {
            Filter::Constant(truth) => Truth::known(*truth),
            Filter::And(parts) => {
                let (holds, fails) = self.truths(parts)?;
                Truth { holds: Condition::all(holds), fails: Condition::any(fails) }
            }
            Filter::Or(parts) => {
                let (holds, fails) = self.truths(parts)?;
                Truth { holds: Condition::any(holds), fails: Condition::all(fails) }
            }
            Filter::Not(part) => self.truth(part)?.not(),
            Filter::Compare { left, comparison, right } => {
                let members = members_of(left, right);
                let (left, right) = (self.value(left, members)?, self.value(right, members)?);
                compare::compare::<D>(left, *comparison, right)
            }
            Filter::In { operand, list } => {
                let members = members_of(operand, operand);
                let list: Vec<SortKey> = list.iter().map(|of| literal(of, members)).collect();
                compare::is_in::<D>(self.value(operand, members)?, &list)
            }
            Filter::Text { test, text, part } => {
                compare::text::<D>(*test, self.value(text, &[])?, self.value(part, &[])?)
            }
            Filter::Property(path) => {
                let Open { sql, .. } = self.at(path)?.open::<D>();
                Truth::when(sql.clone(), Sql::from_template("NOT {}", [sql]))
            }
            Filter::Any { collection, condition } => Truth::only(self.any(collection, condition.as_deref())?),
            Filter::All { collection, condition } => Truth::only(self.all(collection, condition)?),
        })
    }

    fn truths(&mut self, parts: &[Filter]) -> Result<(Vec<Condition>, Vec<Condition>), Unrenderable> {
        let truths = parts.iter().map(|part| self.truth(part)).collect::<Result<Vec<_>, _>>()?;
        Ok(truths.into_iter().map(|truth| (truth.holds, truth.fails)).unzip())
    }

    /// Whether there is a member for which the condition holds.
    fn any(&mut self, collection: &Path, condition: Option<&Filter>) -> Result<Condition, Unrenderable> {
        let condition = condition.unwrap_or(&Filter::Constant(Some(true)));
        self.exists(collection, condition, |truth| truth.holds)
    }

    /// Whether there is no member for which the condition does not hold.
    fn all(&mut self, collection: &Path, condition: &Filter) -> Result<Condition, Unrenderable> {
        if let Collection::Inline(_) = self.collection(collection)? {
            return self.any(collection, Some(condition));
        }
        self.exists(collection, condition, |truth| truth.holds.otherwise()).map(Condition::otherwise)
    }

    fn exists(
        &mut self,
        path: &Path,
        condition: &Filter,
        wanted: impl Fn(Truth) -> Condition,
    ) -> Result<Condition, Unrenderable> {
        let collection = self.collection(path)?;
        let (shape, name) = match collection {
            Collection::Inline(shape) => (shape, None),
            Collection::Json { members, .. } => (members, Some(format!("member{}", self.variables.len()))),
        };
        self.variables.push(Variable { shape, name: name.clone() });
        let truth = self.truth(condition);
        self.variables.pop();
        let wanted = wanted(truth?);
        let (Collection::Json { column, field, .. }, Some(name)) = (collection, name) else {
            return Ok(wanted);
        };
        if wanted == Condition::Never {
            return Ok(wanted);
        }
        let from = Sql::new(D::members(column, field, &name));
        Ok(Condition::When(Sql::from_template(
            "EXISTS (SELECT 1 FROM {} WHERE {})",
            [from, wanted.into_sql()],
        )))
    }

    /// A value; literals of an enumeration are among these members.
    pub(super) fn value(&self, operand: &Operand, members: &[&str]) -> Result<RenderedValue, Unrenderable> {
        Ok(match operand {
            Operand::Literal(of) => RenderedValue::Known(literal(of, members)),
            Operand::Path(path) => self.at(path)?,
            Operand::Lower(text) => self.value(text, members)?.lower::<D>(),
            Operand::Upper(text) => self.value(text, members)?.upper::<D>(),
        })
    }

    fn at(&self, path: &Path) -> Result<RenderedValue, Unrenderable> {
        let names = names(path);
        let (shape, member) = self.root(path);
        let open = |sql, nullable, is_column| RenderedValue::Open(Open { sql, nullable, is_column });
        Ok(match (shape.column)(&names) {
            Some(Column::Plain { sql, nullable }) => open(Sql::new(sql), nullable, true),
            Some(Column::Id(sql)) => RenderedValue::Id(Sql::new(sql)),
            Some(Column::Words { sql, words }) => RenderedValue::words(sql, words),
            Some(Column::Known(key)) => RenderedValue::Known(key),
            Some(Column::Json { field, nullable }) => {
                let member = member.ok_or_else(|| not_kept(&names))?;
                let sql = match field {
                    Some(field) => D::field_of_member(member, field),
                    None => D::member(member),
                };
                open(Sql::new(sql), nullable, false)
            }
            // Parts that have properties of their own are never null, which is all that can be asked of them.
            None if is_part(path) => RenderedValue::Known(SortKey::Text(String::new())),
            None => return Err(not_kept(&names)),
        })
    }

    fn collection(&self, path: &Path) -> Result<Collection, Unrenderable> {
        let names = names(path);
        let (shape, _) = self.root(path);
        (shape.collection)(&names).ok_or_else(|| not_kept(&names))
    }

    fn root(&self, path: &Path) -> (&'static Shape, Option<&str>) {
        match path.root {
            Root::Item => (self.item, None),
            Root::Variable(number) => match self.variables.get(number) {
                Some(variable) => (variable.shape, variable.name.as_deref()),
                None => (self.item, None),
            },
        }
    }
}

fn names(path: &Path) -> Vec<&'static str> {
    path.steps.iter().map(|property| property.name).collect()
}

fn is_part(path: &Path) -> bool {
    path.steps.last().is_none_or(|property| matches!(property.of, Type::Complex(_)))
}

fn not_kept(names: &[&str]) -> Unrenderable {
    Unrenderable::NotKept(names.join("/"))
}

/// The members of the enumeration that either is of.
fn members_of(left: &Operand, right: &Operand) -> &'static [&'static str] {
    [left, right].into_iter().find_map(enumeration).unwrap_or_default()
}

fn enumeration(operand: &Operand) -> Option<&'static [&'static str]> {
    match operand {
        Operand::Path(path) => match path.steps.last() {
            Some(Property { of: Type::Enum(of), .. }) => Some(of.members),
            _ => None,
        },
        Operand::Lower(text) | Operand::Upper(text) => enumeration(text),
        Operand::Literal(
            Literal::Null
            | Literal::String(_)
            | Literal::Boolean(_)
            | Literal::Guid(_)
            | Literal::Int64(_)
            | Literal::DateTimeOffset(_)
            | Literal::Enum(_),
        ) => None,
    }
}
