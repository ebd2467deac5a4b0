//! `pgbench` with the statements of a disconnect, as one pipeline. Its clients have a tenant each. Its variables are numbers, so
//! that ids are made of them by the statements, and the hashes of a chain are all the same; everything else is bound as the store
//! binds it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;

use gangway_private_postgres::programs;
use gangway_store::{ToldStatement, told_statements};
use tempfile::NamedTempFile;

use crate::{Arguments, Outcome, Turn, cpu_time_of_children, world};

const TENANT: &str = "lpad((1000000 + :client_id)::text, 32, '0')::uuid";
const ID: &str = "lpad((:n)::text, 32, '0')::uuid";

/// Where the chain of the statements that are taken as the pattern ends: a number found nowhere else in them.
const LINKS: i64 = 777_000;

pub(crate) struct Bench {
    url: String,
    script: NamedTempFile,
    variables: Vec<String>,
    clients: u32,
    /// The hash of every link.
    hash: String,
}

impl Bench {
    pub(crate) fn new(url: &str, clients: u32) -> Outcome<Self> {
        let told = told_statements(world::disconnect(0, 7)?, LINKS)?;
        let hash = told.iter().flat_map(|statement| statement.values.iter().flatten()).find(|value| {
            // What proves an end is as long as a hash, and what is before the pattern has zeros.
            is_hash(value) && !value.ends_with("00000000")
        });
        let hash = hash.ok_or("no hash")?.clone();
        let mut variables = vec![format!("hash={hash}")];
        let sql: String = told.iter().enumerate().map(|told| written(told, &mut variables)).collect();
        let mut script = NamedTempFile::new()?;
        let counters = "\\set n :first + :done\n\\set done :done + 1\n\\set seq :n + 1\n\\set next :n + 2";
        writeln!(script, "{counters}\n\\startpipeline\nBEGIN;\n{sql}COMMIT;\n\\endpipeline")?;
        Ok(Self { url: url.to_owned(), script, variables, clients, hash })
    }

    /// SQL that makes so many partners for each client, and its tenant's chain of one link.
    pub(crate) fn rows(&self, each: u32) -> String {
        let mut sql = String::new();
        for client in 0..self.clients {
            let tenant = TENANT.replace(":client_id", &client.to_string());
            sql += &world::partners(&client.to_string(), &tenant, each);
            let _ = write!(
                sql,
                "INSERT INTO audit_heads VALUES ({client}, {tenant}, 1, '{0}', 0, 0, '{0}'); ",
                self.hash
            );
        }
        sql
    }

    pub(crate) fn run(&self, arguments: &Arguments, round: u32) -> Outcome<Turn> {
        let Arguments { connections, each, threads, .. } = arguments;
        let mut command = Command::new(programs().join("pgbench"));
        command.args(["--no-vacuum", "--protocol=prepared", &format!("--client={connections}")]);
        command.args([format!("--jobs={threads}"), format!("--transactions={each}")]);
        command.args(["--define=done=0".to_owned(), format!("--define=first={}", round * each)]);
        command.args(self.variables.iter().map(|variable| format!("--define={variable}")));
        command.arg("--file").arg(self.script.path()).arg(&self.url);
        let cpu = cpu_time_of_children()?;
        let done = command.output()?;
        let cpu = cpu_time_of_children()?.saturating_sub(cpu);
        let said = String::from_utf8_lossy(&done.stdout);
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
        let Some(rate) = rate.filter(|_| done.status.success()) else {
            return Err(format!("pgbench: {said}{}", String::from_utf8_lossy(&done.stderr)).into());
        };
        let commits = f64::from(connections * each);
        Ok(Turn { per_second: rate.parse()?, cpu_us: cpu.as_secs_f64() * 1e6 / commits })
    }
}

fn is_hash(value: &str) -> bool {
    value.starts_with("\\x") && value.len() == "\\x".len() + 64
}

/// A statement with the variables of `pgbench`, of which each that is the same for all is added.
fn written((at, told): (usize, &ToldStatement), variables: &mut Vec<String>) -> String {
    let ToldStatement { text, values } = told;
    let mut sql = text.clone();
    // From the last on, so that $1 is not taken for the beginning of $10.
    for (number, value) in values.iter().enumerate().map(|(place, value)| (place + 1, value)).rev() {
        let written = match (number, value.as_deref()) {
            (1, _) => ":client_id".to_owned(),
            (2, _) => TENANT.to_owned(),
            (_, None) => "NULL".to_owned(),
            (_, Some(value)) if value == world::id(7).to_string() => ID.to_owned(),
            (_, Some(value)) if is_hash(value) => ":hash".to_owned(),
            (_, Some(value)) if value == LINKS.to_string() => ":seq".to_owned(),
            (_, Some(value)) if value == (LINKS + 1).to_string() => ":next".to_owned(),
            (_, Some(value)) => {
                variables.push(format!("p{at}_{number}={value}"));
                format!(":p{at}_{number}")
            }
        };
        sql = sql.replace(&format!("${number}"), &written);
    }
    sql + ";\n"
}
