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
