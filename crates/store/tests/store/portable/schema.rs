use super::check_of_schema;

/// The statements of all steps, without comments.
fn statements() -> Vec<String> {
    let place = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut files: Vec<_> = std::fs::read_dir(place).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let sql: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let lines: Vec<_> = sql.lines().filter(|line| !line.starts_with("--")).collect();
    lines.join("\n").split(';').map(str::trim).filter(|sql| !sql.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_schema_is_one_for_all() {
    let statements = statements();
    assert!(statements.len() > 20, "{statements:?}");
    let wrong = statements.iter().filter_map(|sql| Some(format!("{}: {sql}", check_of_schema(sql).err()?)));
    assert_eq!(wrong.collect::<Vec<_>>(), [] as [String; 0]);
}

/// Every table has to be spread over machines by `part`, or be on all of them: one that is neither is not found by a server that is
/// connected to another machine than the first.
#[test]
fn what_operators_of_citus_are_told_to_distribute_is_every_table() {
    let manual = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/postgresql/database.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    let row = manual.lines().find(|line| line.starts_with("| Citus |")).unwrap();
    let (spread, copied) = row.split_once("`create_reference_table`").unwrap();
    let spread = spread.replace("create_distributed_table('partners', 'part')", "partners");
    let copied = copied.split_once(". ").unwrap().0;
    let mut told = [(true, named(&spread)), (false, named(copied))];
    let mut tables = [(true, vec![]), (false, vec!["schema_steps".to_owned()])];
    for sql in statements() {
        let Some(table) = sql.strip_prefix("CREATE TABLE IF NOT EXISTS ") else { continue };
        let (name, columns) = table.split_once(" (").unwrap();
        tables[usize::from(!columns.contains("part "))].1.push(name.to_owned());
    }
    for (_, names) in told.iter_mut().chain(&mut tables) {
        names.sort();
    }
    assert_eq!(told, tables);
}

/// What stands between backquotes as the name of a table does.
fn named(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_name = |name: &&str| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    quoted.filter(is_name).map(str::to_owned).collect()
}

#[test]
fn what_not_all_have_is_refused_in_the_schema() {
    for sql in [
        "CREATE TABLE IF NOT EXISTS t (part smallint, a serial)",
        "CREATE TABLE IF NOT EXISTS t (a bigint GENERATED ALWAYS AS IDENTITY)",
        "CREATE TABLE IF NOT EXISTS t (a bigint GENERATED ALWAYS AS (b + 1) STORED)",
        "CREATE TABLE IF NOT EXISTS t (a text COLLATE \"C\")",
        "CREATE TABLE IF NOT EXISTS t (a uuid REFERENCES u (a))",
        "CREATE TABLE IF NOT EXISTS t (a bigint DEFAULT nextval('s'))",
        "CREATE TEMPORARY TABLE IF NOT EXISTS t (a bigint)",
        "CREATE UNLOGGED TABLE t (a bigint)",
        "CREATE TABLE t (a bigint)",
        "CREATE TABLE IF NOT EXISTS t (a bigint) PARTITION BY HASH (a)",
        "CREATE INDEX IF NOT EXISTS i ON t USING gin (a)",
        "CREATE INDEX IF NOT EXISTS i ON t (lower(a))",
        "CREATE INDEX i ON t (a)",
        "CREATE SEQUENCE s",
        "CREATE EXTENSION IF NOT EXISTS pgcrypto",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'x'",
        "TRUNCATE t",
        "ALTER TABLE t ADD COLUMN a text",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS a text DEFAULT 'x'",
        "ALTER TABLE t DROP COLUMN IF EXISTS a",
        "ALTER TABLE t ALTER COLUMN a TYPE bigint",
        "INSERT INTO t (part, a) SELECT part, a FROM u",
        "INSERT INTO t (a) SELECT a FROM u ON CONFLICT DO NOTHING",
    ] {
        assert!(check_of_schema(sql).is_err(), "{sql}");
    }
}
