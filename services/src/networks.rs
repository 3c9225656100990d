//! Networks, as people write them down.

use std::{fmt, net::IpAddr};

use ipnet::{IpNet, Ipv4Net};

/// Some networks. A single address is a network of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// Something that is neither an address nor a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoNetwork(pub String);

impl fmt::Display for NoNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not an IP address or a network such as 172.16.0.0/12 or fd00::/8", self.0)
    }
}

impl std::error::Error for NoNetwork {}

impl Networks {
    /// Reads addresses and networks in CIDR notation (RFC 4632, RFC 4291), separated by commas, semicolons or spaces.
    ///
    /// # Errors
    /// [`NoNetwork`] names the first one that is neither.
    pub fn parse(text: &str) -> Result<Self, NoNetwork> {
        let parts = text.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|part| !part.is_empty());
        let read = |part: &str| match part.parse::<IpAddr>() {
            Ok(address) => Ok(IpNet::from(address.to_canonical())),
            Err(_) => part.parse::<IpNet>().map(canonical).map_err(|_| NoNetwork(part.to_owned())),
        };
        parts.map(read).collect::<Result<_, _>>().map(Self)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is in one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// As [`Networks::parse`] reads it: a space between two, and single addresses without a length.
impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { " " })?;
            match network.prefix_len() == network.max_prefix_len() {
                true => network.addr().fmt(f)?,
                false => network.trunc().fmt(f)?,
            }
        }
        Ok(())
    }
}

/// An IPv4 network written as a part of IPv6 (`::ffff:10.0.0.0/104`) is that IPv4 network.
fn canonical(network: IpNet) -> IpNet {
    let mapped = match network {
        IpNet::V6(network) => network.addr().to_ipv4_mapped().zip(network.prefix_len().checked_sub(96)),
        IpNet::V4(_) => None,
    };
    mapped.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_and_networks_are_read_and_written() {
        let text = " 10.0.0.1,172.16.5.4/12 ::1/128\tfd00::/8; ::ffff:192.0.2.0/120 ::ffff:198.51.100.7";
        let some = Networks::parse(text).unwrap();
        let inside = [
            "10.0.0.1", "172.16.0.1", "172.31.255.255", "::1", "fd12::1", "192.0.2.200", "198.51.100.7",
            "::ffff:10.0.0.1", "::ffff:172.20.0.3",
        ];
        for address in inside {
            assert!(some.contains(ip(address)), "{address}");
        }
        for address in ["10.0.0.2", "172.32.0.1", "172.15.255.255", "::2", "fe80::1", "192.0.3.1"] {
            assert!(!some.contains(ip(address)), "{address}");
        }
        let written = some.to_string();
        assert_eq!(written, "10.0.0.1 172.16.0.0/12 ::1 fd00::/8 192.0.2.0/24 198.51.100.7");
        assert_eq!(Networks::parse(&written).unwrap().to_string(), written);
        assert!(Networks::parse("").unwrap().is_empty() && Networks::parse(" , ").unwrap().is_empty());
        for wrong in ["proxy", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0/8", "10.0.0.1:80", "/8", "10.0.0.0/-1"] {
            assert_eq!(Networks::parse(&format!("127.0.0.1, {wrong}")), Err(NoNetwork(wrong.into())));
        }
    }
}
