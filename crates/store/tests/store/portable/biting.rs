use super::check;

#[test]
fn what_not_all_have_is_refused() {
    for sql in [
        "SELECT a FROM partners FOR UPDATE",
        "SELECT a FROM partners FOR UPDATE SKIP LOCKED",
        "SELECT a FROM partners FOR NO KEY UPDATE",
        "SELECT nextval('s')",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_advisory_xact_lock(1)",
        "SELECT a FROM partners ORDER BY a COLLATE \"C\"",
        "SELECT a FROM partners WHERE a COLLATE \"C\" > $1",
        "LISTEN a",
        "NOTIFY a",
        "SAVEPOINT a",
        "TRUNCATE partners",
        "SELECT DISTINCT ON (a) a FROM partners",
        "SELECT a INTO TEMPORARY t FROM partners",
        "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT 1) SELECT 1 FROM a",
        "WITH a AS MATERIALIZED (SELECT 1) SELECT 1 FROM a",
        "SELECT a FROM partners TABLESAMPLE SYSTEM (1)",
        "SELECT row_number() OVER (ORDER BY a) FROM partners",
        "SELECT a::citext FROM partners",
        "SELECT a FROM partners, LATERAL (SELECT 1) AS b",
        "SELECT count(*) FILTER (WHERE a > 1) FROM partners",
        "SELECT a FROM generate_series(1, 2) AS g(a)",
        "SELECT a FROM partners WHERE a ILIKE $1",
        "SELECT a FROM partners WHERE a ~ $1",
        "MERGE INTO partners USING t ON true WHEN MATCHED THEN DELETE",
        "DO 'x'",
        "CREATE TABLE t (a int)",
        "SELECT 1; SELECT 2",
        "SELECT a FROM",
    ] {
        assert!(check(sql).is_err(), "{sql}");
    }
}

#[test]
fn what_is_refused_is_named() {
    assert_eq!(check("SELECT a FROM partners"), Ok(()));
    assert_eq!(check("SELECT a FROM partners FOR UPDATE").unwrap_err(), "'locks' is not on the list");
}

#[test]
fn a_table_is_changed_once_in_a_statement() {
    let twice = "WITH a AS (UPDATE partners SET version = 2 WHERE part = $1 RETURNING id) \
        UPDATE partners SET version = 3 WHERE part = $1";
    assert_eq!(check(twice).unwrap_err(), "it changes 'partners' twice");
    let mixed = "WITH a AS (DELETE FROM credentials WHERE part = $1 RETURNING id), \
        b AS (INSERT INTO credentials (part, id) VALUES ($1, $2) RETURNING id) SELECT 1 FROM a";
    assert_eq!(check(mixed).unwrap_err(), "it changes 'credentials' twice");
    let once = "WITH a AS (DELETE FROM credentials WHERE part = $1 RETURNING id), \
        b AS (UPDATE releases SET version = 2 WHERE part = $1 RETURNING id) SELECT 1 FROM a";
    assert_eq!(check(once), Ok(()));
}

#[test]
fn an_insert_and_a_with_are_two_statements() {
    for sql in [
        "WITH a AS (INSERT INTO releases (part, id) VALUES ($1, $2) RETURNING id) SELECT 1 FROM a",
        "WITH a AS (DELETE FROM credentials WHERE part = $1 RETURNING id), \
         b AS (INSERT INTO releases (part, id) SELECT $1, id FROM a RETURNING id) SELECT 1 FROM b",
        "WITH a AS (SELECT id FROM credentials WHERE part = $1) INSERT INTO releases (part, id) SELECT $1, id FROM a",
        "INSERT INTO releases (part, id) WITH a AS (SELECT id FROM credentials WHERE part = $1) SELECT $1, id FROM a",
    ] {
        assert_eq!(check(sql).unwrap_err(), "it inserts beside a WITH", "{sql}");
    }
    let from_its_row = "INSERT INTO releases (part, id) SELECT part, id FROM credentials WHERE part = $1";
    assert_eq!(check(from_its_row), Ok(()));
}

#[test]
fn what_changes_a_part_has_to_name_it() {
    for (sql, fits) in [
        ("UPDATE partners SET version = 2 WHERE part = $1 AND tenant = $2", true),
        ("UPDATE partners SET version = 2 WHERE tenant = $2", false),
        ("UPDATE partners SET version = 2 WHERE part = $1 OR tenant = $2", false),
        ("UPDATE partners SET version = 2 WHERE part > $1", false),
        ("UPDATE partners SET version = 2", false),
        ("UPDATE leases SET expires = 2 WHERE part = ANY($1) AND node = $2", true),
        ("DELETE FROM attempts WHERE (tenant = $2 AND id = $3) AND attempts.part = $1", true),
        ("DELETE FROM attempts WHERE expires < $1", false),
        ("INSERT INTO attempts (part, id) VALUES ($1, $2)", true),
        ("INSERT INTO attempts (id) VALUES ($2)", false),
        ("UPDATE nodes SET seen = 1 WHERE node = $1", true),
    ] {
        assert_eq!(check(sql).is_ok(), fits, "{sql}: {:?}", check(sql));
    }
}
