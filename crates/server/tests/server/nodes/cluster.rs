use std::path::PathBuf;

use crate::scene::{Profile, Scene, ready};
use crate::support::backend::{database_for, new_database};
use crate::support::{Client, Gangway, Place, Setup, until};

/// Servers for developers that share a database and the keys of their vault.
pub(super) struct Cluster {
    pub(super) nodes: Vec<Gangway>,
    pub(super) url: String,
    keys: PathBuf,
    place: Place,
}

impl Cluster {
    pub(super) fn start(count: usize) -> Self {
        Self::start_with(count, &[])
    }

    /// With these variables for each of them.
    pub(super) fn start_with(count: usize, environment: &[(&str, &str)]) -> Self {
        let place = Place::new();
        let keys = place.path("keys.json");
        let made = Setup::of(&["keys", "generate"]).arg(&keys).outcome();
        assert_eq!(made.code, Some(0), "{made:?}");
        let mut cluster = Self { nodes: Vec::new(), url: new_database(), keys, place };
        for number in 0..count {
            let setup =
                environment.iter().fold(cluster.setup(number), |setup, (name, value)| setup.env(name, value));
            cluster.nodes.push(setup.start());
        }
        cluster
    }

    /// How the node with this number is started.
    pub(super) fn setup(&self, number: usize) -> Setup {
        Setup::dev(&self.place.path(&format!("data-{number}")))
            .env("GANGWAY_STORE__URL", &self.url)
            .env("GANGWAY_STORE__CONNECTIONS", "6")
            .env("GANGWAY_VAULT__KEY_FILE", &self.keys)
            .env("GANGWAY_NODE__NAME", format!("node-{number}"))
    }

    pub(super) fn keys(&self) -> &PathBuf {
        &self.keys
    }

    /// A caller of each node, all with the first one's token.
    pub(super) fn clients(&self) -> Vec<Client> {
        let token = self.nodes[0].token(&[]);
        self.nodes.iter().map(|node| Client::new(node.address, Some(token.clone()))).collect()
    }

    /// What `gangway db status` prints.
    pub(super) fn status(&self) -> String {
        let told = Setup::of(&["db", "status", "--store", &self.url]).outcome();
        assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""), "{told:?}");
        told.stdout
    }

    /// For how many parts each node has the lease, as `gangway db status` tells it.
    pub(super) fn parts(&self) -> Vec<usize> {
        let status = self.status();
        let parts = |number: usize| {
            let line = status.lines().find(|line| line.starts_with(&format!("node-{number} ")))?;
            line.split("  ").find_map(|column| column.strip_suffix(" parts")?.parse().ok())
        };
        (0..self.nodes.len()).map(|number| parts(number).unwrap_or(0)).collect()
    }

    /// Waits until every node has its share of the parts.
    pub(super) fn is_balanced(&self) {
        let share = 256 / self.nodes.len();
        until("the parts are shared out", || {
            let parts = self.parts();
            let even = parts.iter().all(|parts| (share - 1..=share + 2).contains(parts));
            (even && parts.iter().sum::<usize>() == 256).then_some(())
        });
    }
}

/// Another server over the scene's database, with the same configuration.
pub(super) fn beside(scene: &Scene, place: &Place, name: &str) -> Gangway {
    let url = database_for(&scene.gangway.data).unwrap();
    let setup = Setup::config(&scene.place.path("gangway.toml"), &place.data());
    let setup = setup.env("GANGWAY_STORE__URL", url).env("GANGWAY_NODE__NAME", name);
    ready(&Profile::environment().fold(setup, |setup, (name, value)| setup.env(name, value)))
}
