//! The example of three servers over one database, as it stands.

use crate::documents::examples::{installed, secret_file};
use crate::support::backend::new_database;
use crate::support::{Place, Setup, until};

#[test]
fn three_servers_share_a_database_as_the_example_configures_them() {
    let place = Place::new();
    let config = installed(&place, "three-servers/gangway.toml");
    let url = new_database();
    secret_file(&place, "db.url", &url);
    let start = |number: usize| {
        let setup = Setup::of(&["serve", "--config"]).arg(&config).on_free_ports();
        let data = place.path(&format!("data-{number}"));
        setup.arg("--data").arg(data).env("GANGWAY_NODE__NAME", format!("example-{number}")).start()
    };
    let servers: Vec<_> = (1..=3).map(start).collect();
    until("all three are shown", || {
        let status = Setup::of(&["db", "status", "--store", &url]).outcome();
        assert_eq!(status.code, Some(0), "{status:?}");
        let shown = status.stdout.lines().filter(|line| line.starts_with("example-")).count();
        (shown == 3).then_some(())
    });
    for server in servers {
        assert_eq!(server.stop().code, Some(0));
    }
}
