//! Several databases, of which one is not there when the server starts.

use std::io::copy;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use gangway_private_postgres::Server;
use serde_json::json;

use crate::scene::{OTHER_TENANT, Scene, TENANT};
use crate::support::backend::{new_database, psql};
use crate::support::{Client, Outcome, PARTNERS, Setup, until};

/// The server of all databases under another port, at which there is nobody yet.
struct Door(SocketAddr);

impl Door {
    fn shut() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
    }

    /// Whoever knocks gets through, for as long as the test runs.
    fn open(&self) {
        let listener = TcpListener::bind(self.0).unwrap();
        thread::spawn(move || {
            for from in listener.incoming() {
                let from = from.unwrap();
                let to = TcpStream::connect(("127.0.0.1", Server::shared().port())).unwrap();
                carry(from.try_clone().unwrap(), to.try_clone().unwrap());
                carry(to, from);
            }
        });
    }

    /// The database at this URL, through here.
    fn url(&self, url: &str) -> String {
        let (user, place) = url.split_once('@').unwrap();
        format!("{user}@{}/{}", self.0, place.split_once('/').unwrap().1)
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let _ = copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}

/// With the parts of the two tenants in one database each.
fn tables(urls: [&str; 2]) -> String {
    let [first, second] = [part(TENANT), part(OTHER_TENANT)];
    assert_ne!(first, second);
    let rest = |from: u16, to: u16| (from..to).map(|part| part.to_string());
    let others: Vec<_> = rest(0, 256).filter(|part| *part != second.to_string()).collect();
    let shard = |url: &str, parts: &str| format!("[[store.shard]]\nurl = {url:?}\nparts = {parts:?}\n");
    [shard(urls[0], &others.join(",")), shard(urls[1], &second.to_string())].concat()
}

fn part(tenant: &str) -> u8 {
    gangway_domain::TenantId(tenant.parse().unwrap()).part().0
}

fn placements(url: &str) -> String {
    psql(url, "SELECT part, state FROM placements ORDER BY part")
}

/// It is answered 503 with `Retry-After`, and soon.
#[track_caller]
fn is_put_off(client: &mut Client, method: &str) {
    let begun = Instant::now();
    let body = json!({"displayName": "never"});
    let answer = client.send(method, PARTNERS, (method == "POST").then_some(&body)).asks_to_come_back();
    assert!(answer.header("retry-after").is_some());
    assert!(begun.elapsed() < Duration::from_secs(2), "{method}: {:?}", begun.elapsed());
}

fn gauges(scene: &Scene) -> Vec<String> {
    let text = scene.gangway.page("/metrics").text().to_owned();
    let of_databases = text.lines().filter(|line| line.starts_with("gangway_database_reachable"));
    let mut lines: Vec<_> = of_databases.map(str::to_owned).collect();
    lines.sort();
    lines
}

fn status(scene: &Scene) -> Outcome {
    let config = scene.place.path("gangway.toml");
    Setup::of(&["db", "status", "--config"]).arg(config).outcome()
}

#[test]
fn a_server_starts_while_a_database_is_away_and_serves_its_tenants_once_it_is_there() {
    let urls = [new_database(), new_database()];
    let mut scene = Scene::start_with(&tables([&urls[0], &urls[1]]), &[]);
    let kept = scene.caller_of(OTHER_TENANT).create(&json!({"displayName": "kept"}));
    assert_eq!(psql(&urls[1], "SELECT count(*) FROM partners"), "1\n");
    assert_eq!(status(&scene).code, Some(0));
    let before = [placements(&urls[0]), placements(&urls[1])];

    let door = Door::shut();
    scene.start_again_with(&tables([&urls[0], &door.url(&urls[1])]), &[]);
    scene.logs(&["WARN", "database 1 of store.shard", "cannot be reached", &door.0.to_string()]);
    scene.caller().create(&json!({"displayName": "served"}));
    for _ in 0..3 {
        is_put_off(&mut scene.caller_of(OTHER_TENANT), "GET");
        is_put_off(&mut scene.caller_of(OTHER_TENANT), "POST");
    }
    assert_eq!(scene.gangway.readyz().0, 200);
    let reachable = |shard: usize, is: u8| format!("gangway_database_reachable{{database=\"{shard}\"}} {is}");
    assert_eq!(gauges(&scene), [reachable(0, 1), reachable(1, 0)]);
    let told = status(&scene);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(
        told.stdout.contains("up to date") && told.stderr.contains("database 1 of store.shard"),
        "{told:?}"
    );
    assert!(!scene.gangway.log().contains("private:"), "no password");

    door.open();
    until("its tenants are served", || {
        (scene.caller_of(OTHER_TENANT).send("GET", PARTNERS, None).status == 200).then_some(())
    });
    assert_eq!(scene.caller_of(OTHER_TENANT).get(&kept)["displayName"], "kept");
    scene.caller_of(OTHER_TENANT).create(&json!({"displayName": "new"}));
    assert_eq!(gauges(&scene), [reachable(0, 1), reachable(1, 1)]);
    assert_eq!([placements(&urls[0]), placements(&urls[1])], before, "nothing was placed anew");
}

#[test]
fn a_first_start_needs_all_databases_and_every_start_the_first() {
    let urls = [new_database(), new_database()];
    let mut scene = Scene::start_with("", &[]);
    scene.kill();
    let door = Door::shut();
    for (urls, why) in [
        ([urls[0].clone(), door.url(&urls[1])], "has no place yet, and database 1"),
        ([door.url(&urls[0]), urls[1].clone()], "cannot be reached"),
    ] {
        let file = std::fs::read_to_string(scene.place.path("gangway.toml")).unwrap();
        let file = file + &tables([&urls[0], &urls[1]]);
        let config = scene.place.file("other.toml", &file);
        let refused = Setup::config(&config, &scene.place.path("other")).outcome();
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused:?}");
        assert!(refused.stderr.lines().last().unwrap().contains(why), "{refused:?}");
    }
    assert_eq!([placements(&urls[0]), placements(&urls[1])], ["", ""]);
}
