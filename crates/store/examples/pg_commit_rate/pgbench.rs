//! `pgbench` with the statement of a disconnect. Its clients have a tenant each. Its variables are numbers, so that ids are
//! made of them by the statement, and the hashes of a chain are all the same; everything else is bound as the store binds it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;

use gangway_private_postgres::programs;
use gangway_store::{ToldStatement, told_statements};
use tempfile::NamedTempFile;

use crate::{Arguments, Outcome, Turn, cpu_time_of_children, world};

const TENANT: &str = "lpad((1000000 + :client_id)::text, 32, '0')::uuid";
const ID: &str = "lpad((:n)::text, 32, '0')::uuid";

/// Where the chain of the statement that is taken as the pattern ends: a number found nowhere else in it.
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
        let [ToldStatement { text, values }] = &told[..] else {
            return Err("a disconnect is more than one statement".into());
        };
        let zeros = format!("\\x{}", "0".repeat(64));
        // What proves an end is as long as the hash there.
        let is_hash = |value: &str| value.starts_with("\\x") && value.len() == zeros.len();
        let is_other = |value: &&String| is_hash(value) && **value != zeros;
        let hash = values.iter().flatten().find(is_other).ok_or("no hash")?.clone();
        let (mut sql, mut variables) = (text.clone(), vec![format!("hash={hash}")]);
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
                    variables.push(format!("p{number}={value}"));
                    format!(":p{number}")
                }
            };
            sql = sql.replace(&format!("${number}"), &written);
        }
        let mut script = NamedTempFile::new()?;
        let counters = "\\set n :first + :done\n\\set done :done + 1\n\\set seq :n + 1\n\\set next :n + 2";
        writeln!(script, "{counters}\n{sql};")?;
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
