//! How a store fares with many tenants: fills one, and measures what it is asked for most, without any HTTP before it.
//!
//! `cargo run --release -p gangway-store --example scale -- fill DIR TENANTS` fills an embedded store, and
//! `… -- probe DIR TENANTS SECONDS` measures one that was filled so. Each prints one line of JSON.

mod fill;
mod probe;
mod rows;

use std::error::Error;
use std::path::PathBuf;

type Outcomes<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcomes<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let line = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["fill", data, tenants] => runtime.block_on(fill::fill(&PathBuf::from(data), tenants.parse()?))?,
        ["probe", at, tenants, seconds] => {
            runtime.block_on(probe::probe(at, tenants.parse()?, seconds.parse()?))?
        }
        _ => return Err("usage: scale fill DIR TENANTS | scale probe DIR TENANTS SECONDS".into()),
    };
    #[expect(clippy::print_stdout, reason = "it is what this program is for")]
    {
        println!("{line}");
    }
    Ok(())
}
