use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use crate::ConfigError;

/// A Cloudflare Access team: who signs the tokens, and where its keys are published.
///
/// Parsed from the name (`myteam`), the domain (`myteam.cloudflareaccess.com`) or the address
/// (`https://myteam.cloudflareaccess.com`); a FedRAMP team from `myteam.fed.cloudflareaccess.com`,
/// with or without `https://`. Nothing else parses: no port, no path, no trailing slash, no user.
/// Upper case is lowered, as in any host name.
///
/// ```
/// use cf_access::TeamDomain;
///
/// let team: TeamDomain = "myteam".parse()?;
/// assert_eq!(team.issuer(), "https://myteam.cloudflareaccess.com");
/// assert_eq!(team.certs_url(), "https://myteam.cloudflareaccess.com/cdn-cgi/access/certs");
/// assert!("myteam.cloudflareaccess.com.evil.example".parse::<TeamDomain>().is_err());
/// # Ok::<(), cf_access::ConfigError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct TeamDomain {
    issuer: Arc<str>,
}

impl TeamDomain {
    /// An issuer that is not under Cloudflare's domain, as a test starts one: `https://host[:port]`,
    /// or `http://host[:port]` on loopback (`localhost`, `127.0.0.0/8`, `[::1]`).
    ///
    /// # Errors
    ///
    /// [`ConfigError::Issuer`] for another scheme, for `http` elsewhere than on loopback, and for
    /// anything besides scheme, host and port.
    pub fn custom_issuer(issuer: &str) -> Result<Self, ConfigError> {
        let (authority, plain) = if let Some(authority) = issuer.strip_prefix("https://") {
            (authority, false)
        } else if let Some(authority) = issuer.strip_prefix("http://") {
            (authority, true)
        } else {
            return Err(ConfigError::Issuer);
        };
        let host = Host::of_authority(authority).ok_or(ConfigError::Issuer)?;
        if plain && !host.is_loopback() {
            return Err(ConfigError::Issuer);
        }
        Ok(Self { issuer: issuer.into() })
    }

    /// What the claim `iss` of this team's tokens must be, byte for byte.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where the team's public keys are published.
    #[must_use]
    pub fn certs_url(&self) -> String {
        format!("{}/cdn-cgi/access/certs", self.issuer)
    }

    /// Whether the issuer is on this machine.
    #[cfg(feature = "fetch")]
    pub(crate) fn is_loopback(&self) -> bool {
        self.issuer
            .split_once("://")
            .and_then(|(_, authority)| Host::of_authority(authority))
            .is_some_and(|host| host.is_loopback())
    }
}

impl FromStr for TeamDomain {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let domain = text.strip_prefix("https://").unwrap_or(text).to_ascii_lowercase();
        let team = match domain.strip_suffix(".cloudflareaccess.com") {
            Some(team) => team,
            // A bare name carries no scheme: `https://myteam` is another host.
            None if text.len() == domain.len() => &domain,
            None => return Err(ConfigError::TeamDomain),
        };
        let (label, environment) = match team.strip_suffix(".fed") {
            Some(label) if team.len() < domain.len() => (label, ".fed"),
            _ => (team, ""),
        };
        if !is_label(label) {
            return Err(ConfigError::TeamDomain);
        }
        Ok(Self { issuer: format!("https://{label}{environment}.cloudflareaccess.com").into() })
    }
}

impl fmt::Display for TeamDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.issuer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for TeamDomain {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize(deserializer)
    }
}

enum Host<'a> {
    Name(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl<'a> Host<'a> {
    fn of_authority(authority: &'a str) -> Option<Self> {
        // RFC 3986 §3.2.2: the brackets keep the colons of an address apart from the port's.
        let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            (Self::V6(address.parse().ok()?), port)
        } else {
            let end = authority.find(':').unwrap_or(authority.len());
            let (name, port) = authority.split_at_checked(end)?;
            let host = match name.parse() {
                Ok(address) => Self::V4(address),
                Err(_) if is_name(name) => Self::Name(name),
                Err(_) => return None,
            };
            (host, port)
        };
        is_port(port).then_some(host)
    }

    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => *name == "localhost",
            Self::V4(address) => address.is_loopback(),
            Self::V6(address) => address.is_loopback(),
        }
    }
}

/// Nothing, or `:` and a port.
fn is_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|port| {
            port.bytes().all(|byte| byte.is_ascii_digit())
                && port.parse::<u16>().is_ok_and(|port| port != 0)
        })
}

/// A host name that no URL parser takes for an address: `127.1` and `0x7f.1` are those of loopback
/// to many (WHATWG URL §3.5), and no top-level domain begins with a digit.
fn is_name(name: &str) -> bool {
    let top = name.rsplit('.').next().unwrap_or(name);
    name.len() <= 253
        && name.split('.').all(is_label)
        && top.starts_with(|first: char| first.is_ascii_lowercase())
}

/// A label of a host name (RFC 1123 §2.1), in lower case, and not one that stands for another (RFC
/// 5890 §2.3.2.1).
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !label.starts_with("xn--")
}

#[cfg(all(test, feature = "fetch"))]
mod tests {
    use super::TeamDomain;

    #[test]
    fn knows_an_issuer_on_this_machine_by_its_host() {
        let is_loopback = |issuer| TeamDomain::custom_issuer(issuer).unwrap().is_loopback();
        for issuer in ["http://127.0.0.1:8080", "https://localhost", "https://[::1]:8443"] {
            assert!(is_loopback(issuer), "{issuer}");
        }
        for issuer in
            ["https://access.example.com", "https://localhost.example", "https://10.0.0.1"]
        {
            assert!(!is_loopback(issuer), "{issuer}");
        }
        assert!(!"myteam".parse::<TeamDomain>().unwrap().is_loopback());
    }
}
