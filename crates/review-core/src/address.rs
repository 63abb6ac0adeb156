//! Which addresses of the internet are public: where the proxy may be sent by a setting, and where not.
//!
//! Version 4 has few public gaps, so what is special is listed, by the IANA special-purpose address
//! registry (RFC 6890, state of 2025). Of version 6 only global unicast (`2000::/3`, RFC 4291) is in use, so that
//! much is allowed, without its special blocks. Addresses that carry a version 4 address within (mapped,
//! translated, 6to4, Teredo) are refused whatever they carry: nobody has to be reached through them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A block of addresses by its first one and the length of its prefix in bits, with what it is for.
struct Block<A>(A, u32, &'static str);

const SPECIAL_V4: [Block<Ipv4Addr>; 16] = [
    Block(Ipv4Addr::UNSPECIFIED, 8, "this network"),
    Block(Ipv4Addr::new(10, 0, 0, 0), 8, PRIVATE),
    Block(Ipv4Addr::new(100, 64, 0, 0), 10, "a carrier's network"),
    Block(Ipv4Addr::new(127, 0, 0, 0), 8, LOOPBACK),
    // Where clouds keep the credentials of a machine, among others.
    Block(Ipv4Addr::new(169, 254, 0, 0), 16, LINK_LOCAL),
    // Public by its number, and answered by the host of a virtual machine in one large cloud.
    Block(
        Ipv4Addr::new(168, 63, 129, 16),
        32,
        "a cloud's own services",
    ),
    Block(Ipv4Addr::new(172, 16, 0, 0), 12, PRIVATE),
    Block(Ipv4Addr::new(192, 0, 0, 0), 24, "protocols"),
    Block(Ipv4Addr::new(192, 0, 2, 0), 24, EXAMPLES),
    Block(Ipv4Addr::new(192, 88, 99, 0), 24, "6to4"),
    Block(Ipv4Addr::new(192, 168, 0, 0), 16, PRIVATE),
    Block(Ipv4Addr::new(198, 18, 0, 0), 15, "measurements"),
    Block(Ipv4Addr::new(198, 51, 100, 0), 24, EXAMPLES),
    Block(Ipv4Addr::new(203, 0, 113, 0), 24, EXAMPLES),
    Block(Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    Block(Ipv4Addr::new(240, 0, 0, 0), 4, "future use"),
];

/// All of version 6 that is in use.
const GLOBAL_V6: Block<Ipv6Addr> = Block(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3, "global");

const SPECIAL_V6: [Block<Ipv6Addr>; 4] = [
    // Teredo and ORCHID are within.
    Block(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "protocols"),
    Block(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, EXAMPLES),
    Block(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "6to4"),
    Block(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, EXAMPLES),
];

const PRIVATE: &str = "private networks";
const LOOPBACK: &str = "this machine";
const LINK_LOCAL: &str = "the local link";
const EXAMPLES: &str = "examples";

/// Returns what an address is set aside for; nothing where it is public.
pub fn set_aside_for(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

/// Says whether an address is public: no network of one's own, and nobody's special purpose.
pub fn is_public(address: IpAddr) -> bool {
    set_aside_for(address).is_none()
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = u128::from(address.to_bits());
    let holds =
        |block: &&Block<Ipv4Addr>| shares_prefix(bits, u128::from(block.0.to_bits()), 32 - block.1);
    SPECIAL_V4.iter().find(holds).map(|block| block.2)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    let holds = |block: &&Block<Ipv6Addr>| shares_prefix(bits, block.0.to_bits(), 128 - block.1);
    if let Some(block) = SPECIAL_V6.iter().find(holds) {
        return Some(block.2);
    }
    if holds(&&GLOBAL_V6) {
        return None;
    }
    Some(match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => LOOPBACK,
        [0, 0, 0, 0, 0, 0xffff, ..] => "addresses of version 4",
        [0xfe80..=0xfebf, ..] => LINK_LOCAL,
        [0xfc00..=0xfdff, ..] => PRIVATE,
        [0xff00..=0xffff, ..] => "multicast",
        _ => "special purposes",
    })
}

/// Says whether two addresses differ in their last `rest` bits at most; `rest` is less than 128.
fn shares_prefix(one: u128, other: u128, rest: u32) -> bool {
    one >> rest == other >> rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(addresses: &[&str], is_open: bool) {
        for text in addresses {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(
                is_public(address),
                is_open,
                "{text}: {:?}",
                set_aside_for(address)
            );
        }
    }

    #[test]
    fn public_addresses_are_public() {
        check(
            &[
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2606:4700::1111",
                "2a00:1450:4001::1",
                "2001:200::1",
                "3ffe:ffff::1",
            ],
            true,
        );
    }

    #[test]
    fn everything_else_is_not_and_its_first_and_last_address_neither() {
        check(
            &[
                "0.0.0.0",
                "0.255.255.255",
                "10.0.0.1",
                "100.64.0.0",
                "100.100.100.200",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.255",
                "169.254.169.254",
                "168.63.129.16",
                "172.16.0.0",
                "172.31.255.255",
                "192.0.0.192",
                "192.168.0.0",
                "192.168.255.255",
                "198.18.0.0",
                "198.19.255.255",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "::ffff:8.8.8.8",
                "::127.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b:1::1",
                "100::1",
                "2001::1",
                "2001:10::1",
                "2001:db8::1",
                "2002:7f00:1::1",
                "3fff::1",
                "5f00::1",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "ff02::1",
            ],
            false,
        );
    }

    #[test]
    fn the_reason_is_said_in_words() {
        let reason = |text: &str| set_aside_for(text.parse().unwrap());
        assert_eq!(reason("127.0.0.1"), Some("this machine"));
        assert_eq!(reason("::1"), Some("this machine"));
        assert_eq!(reason("10.1.2.3"), Some("private networks"));
        assert_eq!(reason("fd12::1"), Some("private networks"));
        assert_eq!(reason("169.254.169.254"), Some("the local link"));
        assert_eq!(reason("::ffff:1.1.1.1"), Some("addresses of version 4"));
    }

    proptest! {
        #[test]
        fn what_the_standard_library_calls_private_is_never_public(bits in any::<u32>()) {
            let address = Ipv4Addr::from_bits(bits);
            let is_own = address.is_private() || address.is_loopback() || address.is_link_local()
                || address.is_broadcast() || address.is_documentation() || address.is_unspecified()
                || address.is_multicast();
            prop_assert!(!(is_own && is_public(address.into())));
            prop_assert!(!is_public(address.to_ipv6_mapped().into()));
            prop_assert!(!is_public(address.to_ipv6_compatible().into()));
        }

        #[test]
        fn no_address_of_version_6_outside_of_global_unicast_is_public(bits in any::<u128>()) {
            let address = Ipv6Addr::from_bits(bits);
            prop_assert!(bits >> 125 == 1 || !is_public(address.into()));
        }
    }
}
