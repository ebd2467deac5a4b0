//! A private, durable server for programs that are not ours: prints the URL of an empty database, and ends when its input does.
//!
//! `cargo run -p gangway-private-postgres --example private_postgres -- shared_buffers=512MB`

use std::io::Read as _;

use gangway_private_postgres::{Durability, Server};

fn main() {
    let settings: Vec<String> = std::env::args().skip(1).collect();
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let server = Server::start(Durability::Full, &settings);
    #[expect(clippy::print_stdout, reason = "it is what this program is for")]
    {
        println!("{}", server.new_database());
    }
    // Whatever becomes of the input, it is over then.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
