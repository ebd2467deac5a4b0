//! Which addresses are on the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why this address is none on the public internet; `None` if it is one.
///
/// After the special-purpose registries of IANA (RFC 6890 and what it was updated by). Of an IPv6 address that stands
/// for an IPv4 one, that one counts: a gateway would connect there.
pub(super) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => not_public_v4(address),
        IpAddr::V6(address) => not_public_v6(address),
    }
}

/// What nothing leads to on behalf of a profile, whatever it allows.
pub(super) const LINK_LOCAL: &str = "a link-local address";

/// Address, length of the prefix, what it is.
const SPECIAL_V4: [(Ipv4Addr, u32, &str); 15] = [
    (Ipv4Addr::UNSPECIFIED, 32, "the unspecified address"),
    (Ipv4Addr::UNSPECIFIED, 8, "an address of \"this network\""),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "an address shared behind a carrier's NAT"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, LINK_LOCAL),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "an address for protocols"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "an address for benchmarks"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved address"),
];

fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
    let within = |&&(network, length, _): &&(Ipv4Addr, u32, _)| {
        (address.to_bits() ^ network.to_bits()).leading_zeros() >= length
    };
    SPECIAL_V4.iter().find(within).map(|&(_, _, what)| what)
}

/// Address, length of the prefix, what it is. What is not in `2000::/3` has no name here but is not public either.
const SPECIAL_V6: [(Ipv6Addr, u32, &str); 9] = [
    (Ipv6Addr::UNSPECIFIED, 128, "the unspecified address"),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, LINK_LOCAL),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "a unique local address"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "an address for documentation"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "an address for documentation"),
    (Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 0), 48, "an address for benchmarks"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "an address for protocols"),
];

const PUBLIC_V6: Ipv6Addr = Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0);

fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
    if let Some(embedded) = embedded(address) {
        return embedded.into_iter().find_map(not_public_v4);
    }
    let special = SPECIAL_V6.iter().find(|&&(network, length, _)| starts_with(address, network, length));
    match special {
        Some(&(_, _, what)) => Some(what),
        None if starts_with(address, PUBLIC_V6, 3) => None,
        None => Some("outside of the public address space"),
    }
}

fn starts_with(address: Ipv6Addr, network: Ipv6Addr, length: u32) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= length
}

/// The IPv4 addresses that this address stands for: those of IPv4-mapped addresses and of NAT64 (RFC 6052), 6to4
/// (RFC 3056) and Teredo (RFC 4380, which has two).
fn embedded(address: Ipv6Addr) -> Option<[Ipv4Addr; 2]> {
    const MAPPED: Ipv6Addr = Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0);
    const NAT64: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);
    const SIX_TO_FOUR: Ipv6Addr = Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0);
    const TEREDO: Ipv6Addr = Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0);
    let segments = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    let last = v4(segments[6], segments[7]);
    if starts_with(address, MAPPED, 96) || starts_with(address, NAT64, 96) {
        Some([last; 2])
    } else if starts_with(address, SIX_TO_FOUR, 16) {
        Some([v4(segments[1], segments[2]); 2])
    } else if starts_with(address, TEREDO, 32) {
        Some([v4(segments[2], segments[3]), Ipv4Addr::from_bits(!last.to_bits())])
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_public(address: &str) -> bool {
        not_public(address.parse().unwrap()).is_none()
    }

    #[test]
    fn no_special_ipv4_address_is_public_up_to_the_edges_of_its_block() {
        for (first, last) in [
            ("0.0.0.0", "0.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"),
            ("169.254.0.0", "169.254.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.0.0.0", "192.0.0.255"),
            ("192.0.2.0", "192.0.2.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("198.18.0.0", "198.19.255.255"),
            ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"),
            ("224.0.0.0", "255.255.255.255"),
        ] {
            assert!(!is_public(first) && !is_public(last), "{first} to {last}");
            let outside = |bits: u32| IpAddr::V4(Ipv4Addr::from_bits(bits));
            let (first, last): (Ipv4Addr, Ipv4Addr) = (first.parse().unwrap(), last.parse().unwrap());
            for neighbour in [first.to_bits().checked_sub(1), last.to_bits().checked_add(1)] {
                let Some(neighbour) = neighbour.map(outside) else { continue };
                assert_eq!(not_public(neighbour), None, "{neighbour}");
            }
        }
    }

    #[test]
    fn no_special_ipv6_address_is_public() {
        for address in [
            "::",
            "::1",
            "::2",
            "::127.0.0.1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "fc00::1",
            "fdff::1",
            "ff02::1",
            "2001:db8::1",
            "3fff:fff::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff::1",
            "100::1",
            "5f00::1",
            "64:ff9b:1::1",
            "4000::1",
        ] {
            assert!(!is_public(address), "{address}");
        }
        for address in
            ["2606:4700::1111", "2a00:1450:4001::200e", "2001:4860:4860::8888", "2001:200::1", "3ffe::1"]
        {
            assert!(is_public(address), "{address}");
        }
    }

    #[test]
    fn an_ipv6_address_is_as_public_as_the_ipv4_address_in_it() {
        for (address, public) in [
            ("::ffff:127.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::ffff:93.184.215.14", true),
            ("64:ff9b::10.0.0.1", false),
            ("64:ff9b::93.184.215.14", true),
            ("2002:7f00:1::", false),
            ("2002:c0a8:101::1", false),
            ("2002:5db8:d70e::1", true),
            // Teredo: a server, then a client with its bits turned round.
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", false),
            ("2001:0:a00:1:0:0:a247:28f1", false),
            ("2001:0:4136:e378:0:0:a247:28f1", true),
        ] {
            assert_eq!(is_public(address), public, "{address}");
        }
    }

    proptest! {
        #[test]
        fn a_mapped_address_counts_as_the_one_it_stands_for(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            prop_assert_eq!(not_public(v4.to_ipv6_mapped().into()), not_public(v4.into()));
        }
    }
}
