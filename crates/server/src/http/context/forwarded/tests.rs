use http::HeaderValue;
use proptest::prelude::*;

use super::*;

const PROXY: &str = "10.1.2.3";

fn proxies(texts: &[&str]) -> Result<TrustedProxies, String> {
    serde_json::from_value(serde_json::json!(texts)).map_err(|error| error.to_string())
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// Scheme and host that a trusted proxy says with these headers.
fn said(lines: &[(&'static str, &str)]) -> (Option<&'static str>, Option<String>) {
    let headers = headers(lines);
    let said = proxies(&["10.0.0.0/8"]).unwrap().said(PROXY.parse().unwrap(), &headers);
    (said.scheme, said.host.map(Cow::into_owned))
}

fn both(scheme: &'static str, host: &str) -> (Option<&'static str>, Option<String>) {
    (Some(scheme), Some(host.to_owned()))
}

#[test]
fn only_proxies_that_are_named_are_believed() {
    let headers = headers(&[("forwarded", "proto=https;host=g.example"), ("x-forwarded-proto", "https")]);
    let headers = HeaderMap::from_iter([(FORWARDED, headers[FORWARDED].clone())]);
    for (trusted, peer, believed) in [
        (vec![], "127.0.0.1", false),
        (vec!["127.0.0.1"], "127.0.0.1", true),
        (vec!["127.0.0.1"], "::ffff:127.0.0.1", true),
        (vec!["127.0.0.1"], "127.0.0.2", false),
        (vec!["192.168.0.0/16", "fd00::/8"], "192.168.255.1", true),
        (vec!["192.168.0.0/16", "fd00::/8"], "fd00::7", true),
        (vec!["192.168.0.0/16", "fd00::/8"], "192.169.0.1", false),
        (vec!["::1"], "127.0.0.1", false),
    ] {
        let said = proxies(&trusted).unwrap().said(peer.parse().unwrap(), &headers);
        assert_eq!(said != ForwardedElement::default(), believed, "{trusted:?} {peer}");
    }
}

#[test]
fn what_is_no_address_is_refused_by_name() {
    for text in ["proxy.example", "10.0.0.0/33", "10.0.0.1:80", "*"] {
        let error = proxies(&[text]).unwrap_err();
        assert!(error.contains(&format!("{text:?} is no address")), "{error}");
    }
    assert!(proxies(&["", " 10.0.0.1 "]).is_ok());
    assert!(proxies(&["10.0.0.1"; MAX_PROXIES + 1]).is_err());
}

#[test]
fn the_last_element_is_the_one_that_counts() {
    for lines in [
        vec![("forwarded", "proto=https;host=g.example")],
        vec![("forwarded", "For=1.2.3.4; PROTO=HTTPS; Host=\"g.example\"")],
        vec![("forwarded", "host=evil.example;proto=http, for=\"[::1]:80\";proto=https;host=g.example")],
        vec![("forwarded", "host=evil.example"), ("forwarded", "proto=https ;host=\"g\\.example\"")],
        vec![("forwarded", ", ;proto=https;;host=g.example;")],
        vec![("x-forwarded-proto", "https"), ("x-forwarded-host", "g.example")],
        vec![("x-forwarded-proto", "http, https"), ("x-forwarded-host", "evil.example,g.example ")],
        vec![
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "g.example"),
        ],
    ] {
        assert_eq!(said(&lines), both("https", "g.example"), "{lines:?}");
    }
    assert_eq!(said(&[("forwarded", "host=evil.example, for=1.2.3.4")]), (None, None));
    assert_eq!(said(&[("x-forwarded-proto", "https")]), (Some("https"), None));
    assert_eq!(said(&[("x-forwarded-host", "g.example:8443")]), (None, Some("g.example:8443".into())));
}

#[test]
fn what_cannot_be_read_says_nothing() {
    for header in [
        "host=\"g.example",
        "host=\"g.example\"x",
        "host=\"\\",
        "host",
        "=x",
        "host g.example",
        // A quote that the client left open.
        "host=\"evil.example, for=1.2.3.4;proto=https;host=g.example",
        "for=\", for=\"1.2.3.4\";host=g.example",
        "proto=ftp",
    ] {
        assert_eq!(said(&[("forwarded", header)]), (None, None), "{header}");
    }
    assert_eq!(said(&[("x-forwarded-proto", "https, javascript")]), (None, None));
}

#[test]
fn where_the_old_headers_and_the_new_one_differ_neither_is_believed() {
    let forwarded = ("forwarded", "proto=https;host=g.example");
    let (proto, host) = (("x-forwarded-proto", "https"), ("x-forwarded-host", "g.example"));
    assert_eq!(said(&[forwarded, proto, host]), both("https", "g.example"));
    for lines in [
        vec![forwarded, proto],
        vec![forwarded, proto, ("x-forwarded-host", "evil.example")],
        vec![("forwarded", "host=evil.example"), proto],
        vec![("forwarded", "host=\""), proto, host],
    ] {
        assert_eq!(said(&lines), (None, None), "{lines:?}");
    }
}

proptest! {
    #[test]
    fn no_header_makes_the_reader_panic(text in "[ -~]{0,40}|[hostpr=\";,\\\\ ]{0,30}") {
        let _ = said(&[("forwarded", &text)]);
        let _ = said(&[("x-forwarded-host", &text), ("x-forwarded-proto", &text)]);
    }
}
