//! What there is to exchange: every table whose rows are somebody's. What only says who does what just now (leases, nodes,
//! counts of throttling) is made anew wherever the rows go.

pub(super) mod cell;
pub(super) mod row_query;

pub(super) use crate::rows::table::{Kind, Table};
use crate::rows::{PartnerColumn, SettingsColumn};
use Kind::{Bytes, Id, Number, Part, Secret, Text};

/// The tables that are merged row by row.
pub(super) const PLAIN: [&Table; 7] = [
    &PartnerColumn::TABLE,
    &DEPARTED_PARTNERS,
    &ATTEMPTS,
    &CREDENTIALS,
    &RELEASES,
    &SettingsColumn::TABLE,
    &COMMITS,
];

pub(super) const DEPARTED_PARTNERS: Table = Table {
    name: "departed_partners",
    key: 3,
    columns: &[("part", Part), ("tenant", Id), ("id", Id), ("generation", Number)],
    own: 0,
};

/// Silent changesets. They are nothing but their keys.
pub(super) const COMMITS: Table =
    Table { name: "commits", key: 3, columns: &[("part", Part), ("tenant", Id), ("id", Id)], own: 0 };

pub(super) const ATTEMPTS: Table = Table {
    name: "attempts",
    key: 3,
    columns: &[
        ("part", Part),
        ("tenant", Id),
        ("id", Id),
        ("partner", Id),
        ("generation", Number),
        ("state_hash", Bytes),
        ("phase", Text),
        ("sealed", Secret),
        ("expires", Number),
        ("refusals", Number),
    ],
    own: 0,
};

pub(super) const CREDENTIALS: Table = Table {
    name: "credentials",
    key: 3,
    columns: &[
        ("part", Part),
        ("tenant", Id),
        ("partner", Id),
        ("id", Id),
        ("generation", Number),
        ("account_id", Text),
        ("account_name", Text),
        ("sealed", Secret),
        ("obtained", Number),
    ],
    own: 0,
};

pub(super) const RELEASES: Table = Table {
    name: "releases",
    key: 3,
    columns: &[
        ("part", Part),
        ("tenant", Id),
        ("id", Id),
        ("partner", Id),
        ("partner_name", Text),
        ("generation", Number),
        ("connector", Text),
        ("profile", Text),
        ("account_id", Text),
        ("account_name", Text),
        ("asked_actor", Text),
        ("asked_correlation", Id),
        ("asked_activity", Text),
        ("asked_at", Number),
        ("state", Text),
        ("next_try", Number),
        ("outcome", Text),
        ("tries", Number),
        ("calls", Text),
        ("version", Number),
        ("sealed", Secret),
        ("secret_field", Text),
        ("tokens", Text),
        ("obstacle", Text),
    ],
    own: 0,
};

/// Where each chain ends. What proves it is made with the key of the database that the row is written to.
pub(super) const AUDIT_HEADS: Table = Table {
    name: "audit_heads",
    key: 2,
    columns: &[
        ("part", Part),
        ("tenant", Id),
        ("seq", Number),
        ("hash", Bytes),
        ("adopted", Number),
        ("unlinked", Number),
        ("mac", Bytes),
    ],
    own: 1,
};

/// How many chains each part has. It is not copied: it is counted wherever they arrive.
pub(super) const AUDIT_ROSTERS: Table = Table {
    name: "audit_rosters",
    key: 1,
    columns: &[("part", Part), ("tenants", Number), ("members", Bytes), ("mac", Bytes)],
    own: 0,
};

/// Links of chains, and events from before there were chains. What of an actor is in columns of its own follows from the rest,
/// and is made wherever the row goes.
pub(super) const AUDIT_EVENTS: Table = Table {
    name: "audit_events",
    key: 3,
    columns: &[
        ("part", Part),
        ("tenant", Id),
        ("id", Id),
        ("at", Number),
        ("activity", Text),
        ("operation", Text),
        ("result", Text),
        ("correlation", Id),
        ("actor", Text),
        ("partner", Id),
        ("partner_name", Text),
        ("generation", Number),
        ("changes", Text),
        ("seq", Number),
        ("hash", Bytes),
    ],
    own: 0,
};

/// In [`AUDIT_EVENTS`].
pub(super) mod event {
    pub(in crate::copy) const AT: usize = 3;
    pub(in crate::copy) const ACTIVITY: usize = 4;
    pub(in crate::copy) const OPERATION: usize = 5;
    pub(in crate::copy) const RESULT: usize = 6;
    pub(in crate::copy) const CORRELATION: usize = 7;
    pub(in crate::copy) const ACTOR: usize = 8;
    pub(in crate::copy) const PARTNER: usize = 9;
    pub(in crate::copy) const PARTNER_NAME: usize = 10;
    pub(in crate::copy) const GENERATION: usize = 11;
    pub(in crate::copy) const CHANGES: usize = 12;
    pub(in crate::copy) const SEQ: usize = 13;
    pub(in crate::copy) const HASH: usize = 14;
}

/// In [`AUDIT_HEADS`].
pub(super) mod head {
    pub(in crate::copy) const SEQ: usize = 2;
    pub(in crate::copy) const HASH: usize = 3;
    pub(in crate::copy) const ADOPTED: usize = 4;
    pub(in crate::copy) const UNLINKED: usize = 5;
    pub(in crate::copy) const MAC: usize = 6;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored_format::steps::all_steps;

    macro_rules! schema {
        ($($number:literal, $name:literal, works_with: $works_with:literal;)*) => {
            concat!($(include_str!(concat!("../../migrations/postgres/", $name, ".sql"))),*)
        };
    }

    /// Every table of a schema has to be here, or to be known to stay behind.
    #[test]
    fn no_table_is_forgotten() {
        let stay = [
            "leases",
            "nodes",
            "shared_secrets",
            "throttle_counts",
            "placements",
            "schema_steps",
            "moving",
            "audit_rosters",
            // See [`crate::copy::super::restored`].
            "restores",
        ];
        let all = [&PLAIN[..], &[&AUDIT_HEADS, &AUDIT_EVENTS]].concat();
        let schema = all_steps!(schema);
        for table in schema.split("CREATE TABLE IF NOT EXISTS ").skip(1) {
            let name = table.split(' ').next().unwrap();
            if stay.contains(&name) {
                continue;
            }
            let of = all.iter().find(|known| known.name == name).unwrap_or_else(|| panic!("{name}"));
            let body = &table[table.find('(').unwrap() + 1..table.find("\n);").unwrap()];
            let columns: Vec<_> = body
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with("PRIMARY") && !line.starts_with("CHECK"))
                .map(|line| line.split(' ').next().unwrap())
                .chain(added(schema, name))
                .filter(|column| !DERIVED.contains(column) || name != "audit_events")
                .collect();
            assert_eq!(columns, of.names().collect::<Vec<_>>(), "{name}");
        }
    }

    /// The columns that later steps have added to a table.
    fn added<'a>(schema: &'a str, table: &str) -> impl Iterator<Item = &'a str> {
        let add = format!("ALTER TABLE {table} ADD COLUMN IF NOT EXISTS ");
        let lines = schema.lines().filter_map(move |line| line.strip_prefix(&add));
        lines.map(|column| column.split(' ').next().unwrap())
    }

    const DERIVED: [&str; 5] =
        ["actor_kind", "user_principal_name", "user_id", "application_id", "application_name"];
}
