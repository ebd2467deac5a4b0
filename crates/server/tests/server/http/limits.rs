//! What is too much, too slow, or no HTTP at all.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Client, Connection, Gangway, ONBOARDED, PARTNERS, Place, Setup};

fn started(environment: &[(&str, &str)]) -> (Place, Gangway) {
    let place = Place::new();
    let setup = Setup::dev(&place.data());
    let setup = environment.iter().fold(setup, |setup, (name, value)| setup.env(name, value));
    let gangway = setup.start();
    (place, gangway)
}

fn disconnect_path() -> String {
    format!("{PARTNERS}/{ONBOARDED}/disconnect")
}

/// The head of a disconnect, but for how long its body is.
fn disconnect_head(client: &Client) -> String {
    client.head("POST", &disconnect_path(), None)
}

/// Feeds a connection a bit at a time, until nobody takes it any more.
fn trickle(connection: &mut Connection, bit: &str) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) && connection.write(bit).is_ok() {
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_body_that_does_not_come_in_time_is_408() {
    let (_place, gangway) = started(&[("GANGWAY_HTTP__BODY_TIMEOUT_SECONDS", "1")]);
    let mut client = gangway.client();
    for start in [
        "content-length: 10\r\n\r\n{",
        "content-length: 10\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n1\r\n{",
    ] {
        let mut connection = Connection::open(gangway.address);
        let begun = Instant::now();
        connection.write(format!("{}{start}", disconnect_head(&client))).unwrap();
        connection.answer().unwrap().says(408, "The request body did not arrive in time.");
        assert!((900..5000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
        assert!(connection.is_closed());
    }
    assert_eq!(client.status(ONBOARDED), "onboarded");
}

#[test]
fn a_body_that_trickles_in_is_408_all_the_same() {
    let (_place, gangway) = started(&[("GANGWAY_HTTP__BODY_TIMEOUT_SECONDS", "1")]);
    let mut connection = Connection::open(gangway.address);
    connection.write(format!("{}content-length: 1000\r\n\r\n", disconnect_head(&gangway.client()))).unwrap();
    trickle(&mut connection, " ");
    connection.answer().unwrap().is(408);
}

#[test]
fn a_request_over_its_deadline_is_503() {
    let (_place, gangway) = started(&[("GANGWAY_HTTP__REQUEST_TIMEOUT_SECONDS", "1")]);
    let mut connection = Connection::open(gangway.address);
    connection.write(format!("{}content-length: 10\r\n\r\n", disconnect_head(&gangway.client()))).unwrap();
    connection.answer().unwrap().asks_to_come_back();
}

/// What takes the database longer than anybody waits, of whatever events there are.
fn endless() -> String {
    // About all of them, or a database looks at each by itself.
    let innermost: Vec<_> = (0..20).map(|n| format!("m{n}/newValue eq 'in none'")).collect();
    let nested = (0..20).fold(innermost.join(" or "), |condition, depth| {
        let variable = 19 - depth;
        format!("r/modifiedProperties/any(m{variable}:{condition})")
    });
    format!("resources/any(r:{nested})").replace(' ', "%20")
}

#[test]
fn a_batch_tells_what_was_done_though_others_of_it_ran_out_of_time() {
    let (_place, gangway) = started(&[("GANGWAY_HTTP__REQUEST_TIMEOUT_SECONDS", "2")]);
    let scopes = "DeviceManagementServiceConfig.ReadWrite.All DeviceManagementApps.Read.All";
    let mut client = gangway.client().with_token(gangway.token(&["--scope", scopes]));
    let slow = format!("/deviceManagement/auditEvents/$count?$filter={}", endless());
    let cut = format!("/deviceManagement/remoteAssistancePartners/{ONBOARDED}/disconnect");
    let requests = json!([
        {"id": "cut", "method": "POST", "url": cut},
        {"id": "slow", "method": "GET", "url": slow},
        {"id": "late", "method": "POST", "url": cut, "dependsOn": ["slow"]},
    ]);
    let answer = client.send("POST", "/v1.0/$batch", Some(&json!({"requests": requests}))).is(200).json();
    let statuses: Vec<_> = answer["responses"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    // It had less time than a query may take, so it may be asked again.
    assert_eq!(statuses, [&json!(204), &json!(503), &json!(424)]);
    assert!(answer["responses"][1]["headers"]["Retry-After"].is_string(), "{answer}");
    assert_eq!(client.status(ONBOARDED), "notOnboarded");
}

#[test]
fn what_a_batch_answers_is_bounded_and_a_write_is_answered_all_the_same() {
    let (_place, gangway) = started(&[]);
    let mut client = gangway.client();
    let long = json!({
        "displayName": "\u{1f980}".repeat(256),
        "onboardingUrl": format!("https://example.com/{}", "x".repeat(2000)),
    });
    for _ in 0..350 {
        client.create(&long);
    }
    let list = "/deviceManagement/remoteAssistancePartners?$top=1000";
    let cut = format!("/deviceManagement/remoteAssistancePartners/{ONBOARDED}/disconnect");
    let mut requests: Vec<_> =
        (1..20).map(|id| json!({"id": id.to_string(), "method": "GET", "url": list})).collect();
    requests.push(json!({"id": "cut", "method": "POST", "url": cut, "dependsOn": null}));
    let answer = client.send("POST", "/v1.0/$batch", Some(&json!({"requests": requests}))).is(200);
    assert!(answer.text().len() < 20 * 1024 * 1024, "{}", answer.text().len());
    let answers = answer.json()["responses"].as_array().unwrap().clone();
    let refused = answers.iter().filter(|one| one["status"] == 400).count();
    assert!((1..19).contains(&refused), "{refused}");
    assert_eq!(answers[19]["status"], 204);
}

#[test]
fn a_query_that_takes_too_long_is_the_clients_to_change() {
    let (_place, gangway) = started(&[]);
    let mut client =
        gangway.client().with_token(gangway.token(&["--scope", "DeviceManagementApps.Read.All"]));
    let path = format!("/v1.0/deviceManagement/auditEvents/$count?$filter={}", endless());
    client.send("GET", &path, None).says(400, "The query takes the service longer than it may.");
}

#[test]
fn a_head_that_does_not_come_in_time_ends_the_connection() {
    let (_place, gangway) = started(&[("GANGWAY_HTTP__HEAD_TIMEOUT_SECONDS", "1")]);
    let begun = Instant::now();
    let mut connections: Vec<_> = (0..3).map(|_| Connection::open(gangway.address)).collect();
    connections[1].write("GET /v1.0/deviceManagement HTTP/1.1\r\nhost:").unwrap();
    connections[2].write("GET / HTTP/1.1\r\n").unwrap();
    trickle(&mut connections[2], "x: y\r\n");
    for connection in &mut connections {
        if let Ok(answer) = connection.answer() {
            answer.is(408);
        }
        assert!(connection.is_closed());
    }
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    gangway.client().disconnect(ONBOARDED).is(204);
}

#[test]
fn a_body_over_a_mebibyte_is_413_whether_or_not_its_length_is_announced() {
    const MOST: usize = 1024 * 1024;
    let (_place, gangway) = started(&[]);
    let mut client = gangway.client();
    for (head, body) in [
        (format!("content-length: {}\r\n\r\n", MOST + 1), " ".repeat(MOST + 1)),
        (format!("content-length: {}\r\n\r\n", 8 * MOST), " ".repeat(8 * MOST)),
        (
            "transfer-encoding: chunked\r\n\r\n".to_owned(),
            "10000\r\n".to_owned() + &" ".repeat(0x10000) + "\r\n",
        ),
    ] {
        let repeated = if head.starts_with("transfer") { 17 } else { 1 };
        let mut connection = Connection::open(gangway.address);
        connection.write(format!("{}{head}", disconnect_head(&client))).unwrap();
        for _ in 0..repeated {
            // The server need not read what it will not take.
            let _ = connection.write(&body);
        }
        connection.answer().unwrap().says(413, "The request body is larger than 1048576 bytes.");
    }
    assert_eq!(client.status(ONBOARDED), "onboarded");
    let mut connection = Connection::open(gangway.address);
    let fits =
        format!("{}content-length: {MOST}\r\n\r\n{{}}{}", disconnect_head(&client), " ".repeat(MOST - 2));
    connection.write(fits).unwrap();
    connection.answer().unwrap().is(204);
}

#[test]
fn heads_that_are_too_large_or_have_too_many_fields_are_431() {
    let (_place, gangway) = started(&[]);
    let client = gangway.client();
    let fields = |count: usize| "x-field: y\r\n".repeat(count);
    let large = |bytes: usize| format!("x-large: {}\r\n", "y".repeat(bytes));
    let head = client.head("GET", PARTNERS, None);
    let given = head.matches("\r\n").count() - 1;
    for (more, status) in [
        (fields(100 - given), 200),
        (fields(101 - given), 431),
        (fields(1000), 431),
        (large(60 * 1024), 200),
        (large(65 * 1024), 431),
        (large(1024 * 1024), 431),
    ] {
        let mut connection = Connection::open(gangway.address);
        let _ = connection.write(format!("{head}{more}\r\n"));
        let answer = connection.answer().unwrap().is(status);
        if status == 431 {
            let text = "The request headers are larger than 65536 bytes or more than 100.";
            answer.says(431, text);
        }
    }
}

#[test]
fn a_uri_over_16_kib_is_414() {
    let (_place, gangway) = started(&[]);
    let client = gangway.client();
    let uri = |length: usize| format!("{PARTNERS}/{}", "a".repeat(length - PARTNERS.len() - 1));
    for (length, status) in [(16 * 1024, 404), (16 * 1024 + 1, 414), (64 * 1024, 414), (128 * 1024, 414)] {
        let mut connection = Connection::open(gangway.address);
        let _ = connection.write(format!("{}\r\n", client.head("GET", &uri(length), None)));
        let answer = connection.answer().unwrap();
        assert!(
            answer.status == status || (length > 60 * 1024 && answer.status == 431),
            "{length}: {answer:?}"
        );
    }
}

#[test]
fn what_is_no_http_is_400_and_ends_the_connection() {
    let (_place, gangway) = started(&[]);
    for garbage in [
        &b"What is this?\r\n\r\n"[..],
        b"\0\0\0\0\0\0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost x\r\n\r\n",
        b"GET / HTTP/1.1\r\nho st: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, gzip\r\n\r\n",
    ] {
        let mut connection = Connection::open(gangway.address);
        connection.write(garbage).unwrap();
        let answer = connection.answer();
        let answer = answer.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(garbage)));
        assert_eq!(answer.status, 400, "{}: {answer:?}", String::from_utf8_lossy(garbage));
        assert_eq!(answer.message(), "The request is not valid HTTP.");
        assert!(connection.is_closed());
    }
    gangway.client().disconnect(ONBOARDED).is(204);
}

#[test]
fn http_2_is_not_spoken_and_that_is_said() {
    let (_place, gangway) = started(&[]);
    let mut connection = Connection::open(gangway.address);
    connection.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    connection.answer().unwrap().says(400, "The request is not valid HTTP.");
}

#[test]
fn a_length_no_body_can_have_is_refused() {
    let (_place, gangway) = started(&[]);
    let head = disconnect_head(&gangway.client());
    for length in ["9223372036854775807", "18446744073709551614", "18446744073709551616", "1e3", "+1", "0x1"]
    {
        let mut connection = Connection::open(gangway.address);
        connection.write(format!("{head}content-length: {length}\r\n\r\n")).unwrap();
        let status = connection.answer().unwrap().status;
        assert!([400, 413, 431].contains(&status), "{length}: {status}");
    }
    assert_eq!(gangway.client().status(ONBOARDED), "onboarded");
}

#[test]
fn requests_sent_together_are_answered_in_order() {
    let (_place, gangway) = started(&[]);
    let client = gangway.client();
    let get = client.head("GET", &format!("{PARTNERS}/{ONBOARDED}"), None);
    let post = disconnect_head(&client);
    let mut connection = Connection::open(gangway.address);
    connection.write(format!("{get}\r\n{post}content-length: 2\r\n\r\n{{}}{get}\r\n")).unwrap();
    assert_eq!(connection.answer().unwrap().is(200).json()["onboardingStatus"], "onboarded");
    connection.answer().unwrap().is(204);
    assert_eq!(connection.answer().unwrap().is(200).json()["onboardingStatus"], "notOnboarded");
}

#[test]
fn garbage_behind_a_good_request_is_refused_after_the_good_one_is_answered() {
    let (_place, gangway) = started(&[]);
    let head = disconnect_head(&gangway.client());
    let mut connection = Connection::open(gangway.address);
    connection.write(format!("{head}content-length: 0\r\n\r\nWhat is this?\r\n\r\n")).unwrap();
    connection.answer().unwrap().is(204);
    connection.answer().unwrap().is(400);
    assert!(connection.is_closed());
}

#[test]
fn a_connection_is_kept_after_errors_that_leave_it_readable() {
    let (_place, gangway) = started(&[]);
    let client = gangway.client();
    let mut connection = Connection::open(gangway.address);
    let unknown = "/v1.0/deviceManagement/remoteAssistancePartners/7b5e66fb-0000-4000-8000-000000000000";
    let nobody = Client::new(gangway.address, None);
    let body = json!({"colour": "red"}).to_string();
    let kind = format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    for (request, status) in [
        (format!("{}{kind}", nobody.head("POST", &disconnect_path(), None)), 401),
        (format!("{}\r\n", client.head("GET", unknown, None)), 404),
        (format!("{}{kind}", client.head("PUT", PARTNERS, None)), 400),
        (format!("{}{kind}", disconnect_head(&client)), 400),
        (format!("{}{kind}", client.head("POST", "/v3/nothing", None)), 404),
        (format!("{}content-length: 0\r\n\r\n", disconnect_head(&client)), 204),
    ] {
        connection.write(&request).unwrap();
        let answer = connection.answer().unwrap_or_else(|error| panic!("{error}: {request}")).is(status);
        assert!(!answer.closes(), "{request} {answer:?}");
    }
}

#[test]
fn a_connection_too_many_waits_and_is_served_when_there_is_a_place() {
    let (_place, gangway) = started(&[("GANGWAY_HTTP__MAX_CONNECTIONS", "1")]);
    let mut first = gangway.client();
    first.list();
    let mut second = first.another();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(move || second.list().len());
        std::thread::sleep(Duration::from_millis(200));
        assert!(!waiting.is_finished());
        first.hang_up();
        assert_eq!(waiting.join().unwrap(), 2);
    });
    assert_eq!(gangway.stop().code, Some(0));
}

#[test]
fn a_client_that_never_reads_its_answers_does_not_keep_its_place() {
    let environment = [("GANGWAY_HTTP__MAX_CONNECTIONS", "1"), ("GANGWAY_HTTP__WRITE_TIMEOUT_SECONDS", "1")];
    let (_place, gangway) = started(&environment);
    let client = gangway.client();
    let requests = format!("{}\r\n", client.head("GET", PARTNERS, None)).repeat(2000);
    let mut deaf = Connection::open(gangway.address);
    std::thread::scope(|scope| {
        // Until nobody takes them any more, or the server hangs up.
        let asking = scope.spawn(move || while deaf.write(&requests).is_ok() {});
        assert_eq!(client.another().list().len(), 2, "another is served");
        asking.join().unwrap();
    });
    assert_eq!(gangway.stop().code, Some(0));
}

/// Whether the next request on this connection is answered.
fn is_kept(connection: &mut Connection, rest: &str, next: &str) -> bool {
    connection.write(format!("{rest}{next}")).is_ok() && connection.answer().is_ok_and(|a| a.status == 200)
}

#[test]
fn a_connection_that_is_not_kept_after_an_early_answer_says_so() {
    let (_place, gangway) = started(&[("GANGWAY_HTTP__BODY_TIMEOUT_SECONDS", "1")]);
    let client = gangway.client();
    let nobody = Client::new(gangway.address, None);
    let next = format!("{}\r\n", client.head("GET", PARTNERS, None));
    for (head, length, status) in [
        (disconnect_head(&nobody), 2, 401),
        (client.head("PUT", PARTNERS, None), 2, 400),
        (client.head("POST", "/v3/nothing", None), 2, 404),
        (disconnect_head(&client), 2 * 1024 * 1024, 413),
        (disconnect_head(&client), 2, 408),
    ] {
        let mut connection = Connection::open(gangway.address);
        connection.write(format!("{head}content-length: {length}\r\n\r\n")).unwrap();
        let answer = connection.answer().unwrap().is(status);
        let kept = is_kept(&mut connection, &" ".repeat(length), &next);
        assert!(kept || answer.closes(), "after {status} it was closed without a word: {answer:?}");
    }
}
