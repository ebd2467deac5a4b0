use super::Sql;

/// More than so many parts are joined in halves: backends bound how deep an expression is, and a chain is as deep as long.
const CHAIN: usize = 16;

/// What a row has to meet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    Always,
    Never,
    /// If this is true; null is not.
    When(Sql),
}

/// When a filter holds, and when it does not. Where it is null it does neither.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Truth {
    pub(super) holds: Condition,
    pub(super) fails: Condition,
}

impl Condition {
    /// All of them.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut open = Vec::new();
        for part in parts {
            match part {
                Self::Always => {}
                Self::Never => return Self::Never,
                Self::When(sql) => open.push(sql),
            }
        }
        if open.is_empty() { Self::Always } else { Self::When(chain(open, " AND ")) }
    }

    /// Any of them.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut open = Vec::new();
        for part in parts {
            match part {
                Self::Always => return Self::Always,
                Self::Never => {}
                Self::When(sql) => open.push(sql),
            }
        }
        if open.is_empty() { Self::Never } else { Self::When(chain(open, " OR ")) }
    }

    /// Whenever this is not met, null among it.
    pub(super) fn otherwise(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::When(sql) => Self::When(Sql::from_template("({}) IS NOT TRUE", [sql])),
        }
    }

    pub(super) fn into_sql(self) -> Sql {
        match self {
            Self::Always => Sql::new("TRUE"),
            Self::Never => Sql::new("FALSE"),
            Self::When(sql) => sql,
        }
    }
}

fn chain(mut parts: Vec<Sql>, separator: &str) -> Sql {
    if parts.len() == 1 {
        return parts.swap_remove(0);
    }
    if parts.len() > CHAIN {
        let rest = parts.split_off(parts.len() / 2);
        parts = vec![chain(parts, separator), chain(rest, separator)];
    }
    Sql::from_template("({})", [Sql::joined(parts, separator)])
}

impl Truth {
    pub(super) const NULL: Self = Self { holds: Condition::Never, fails: Condition::Never };

    pub(super) fn known(truth: Option<bool>) -> Self {
        let when = |wanted| if truth == Some(wanted) { Condition::Always } else { Condition::Never };
        Self { holds: when(true), fails: when(false) }
    }

    /// What is never null: it holds on this condition, and otherwise fails.
    pub(super) fn only(holds: Condition) -> Self {
        Self { fails: holds.clone().otherwise(), holds }
    }

    pub(super) fn when(holds: Sql, fails: Sql) -> Self {
        Self { holds: Condition::When(holds), fails: Condition::When(fails) }
    }

    pub(super) fn not(self) -> Self {
        Self { holds: self.fails, fails: self.holds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_chains_are_not_deep() {
        let parts = (0..1000).map(|n| Condition::When(Sql::new(format!("c{n}"))));
        let sql = Condition::any(parts).into_sql();
        let depths = sql.text().chars().scan(0_i32, |depth, c| {
            *depth += i32::from(c == '(') - i32::from(c == ')');
            Some(*depth)
        });
        assert!(depths.max() < Some(10), "{}", sql.text());
        assert_eq!(sql.text().matches(" OR ").count(), 999);
    }

    #[test]
    fn what_is_known_is_not_asked() {
        let open = || Condition::When(Sql::new("x"));
        assert_eq!(Condition::all([Condition::Always, open()]), open());
        assert_eq!(Condition::all([Condition::Never, open()]), Condition::Never);
        assert_eq!(Condition::any([Condition::Always, open()]), Condition::Always);
        assert_eq!(Condition::any([Condition::Never, open()]), open());
        assert_eq!((Condition::all([]), Condition::any([])), (Condition::Always, Condition::Never));
    }
}
