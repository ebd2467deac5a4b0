//! The steps of the schema. Both stores have each of them, under one number and name, in
//! `migrations/sqlite` and `migrations/postgres`.

/// Hands all steps to a macro, in order; a step that was ever released is never changed.
/// `works_with` is the number of the last step that a program has to know to work with a database
/// that has this one.
macro_rules! all_steps {
    ($taken_by:ident) => {
        $taken_by! {
            1, "0001_partners_and_audit_events", works_with: 1;
            2, "0002_audit_chain", works_with: 2;
            3, "0003_releases", works_with: 3;
            4, "0004_queries", works_with: 3;
            5, "0005_settings_and_export", works_with: 5;
            6, "0006_many_nodes", works_with: 6;
            7, "0007_moving_house", works_with: 6;
            8, "0008_nothing_twice", works_with: 8;
            9, "0009_audit_ends", works_with: 9;
            10, "0010_restores", works_with: 9;
        }
    };
}
pub(crate) use all_steps;
