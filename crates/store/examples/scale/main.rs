//! How a store fares with many tenants: fills one, and measures what it is asked for most, without any HTTP before it.
//!
//! `cargo run --release -p gangway-store --example scale -- fill DIR TENANTS DUE` fills an embedded store with releases that
//! are due at that second since 1970, `… -- probe DIR|URL TENANTS SECONDS DUE` measures one that was filled so, or a copy in PostgreSQL; each prints one line
//! of JSON. `… -- sample TENANTS COUNT` prints so many tenants that are spread over all, each with its partner.

#[path = "../common/audit_key.rs"]
mod audit_key;
#[path = "../common/cpu.rs"]
mod cpu;
mod fill;
mod probe;
mod rows;
#[path = "../common/scrambled.rs"]
mod scrambled;

use std::error::Error;
use std::path::PathBuf;

type Outcomes<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcomes<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let line = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["fill", data, tenants, due] => {
            runtime.block_on(fill::fill(&PathBuf::from(data), tenants.parse()?, due.parse()?))?
        }
        ["probe", at, tenants, seconds, due] => {
            runtime.block_on(probe::probe(at, tenants.parse()?, seconds.parse()?, due.parse()?))?
        }
        ["sample", tenants, count] => rows::sample(tenants.parse()?, count.parse()?),
        _ => {
            return Err(
                "usage: scale fill DIR TENANTS DUE | probe DIR|URL TENANTS SECONDS DUE | sample TENANTS COUNT"
                    .into(),
            );
        }
    };
    #[expect(clippy::print_stdout, reason = "it is what this program is for")]
    {
        println!("{line}");
    }
    Ok(())
}
