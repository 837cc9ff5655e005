//! From where Cloudflare connects.

use crate::{ListError, Network, Networks};

/// The networks from which Cloudflare connects to origins, as they were published on
/// [`CLOUDFLARE_AS_OF`]. They change seldom; [`Networks::published`] and [`Networks::reload`] follow
/// them.
///
/// # Security
///
/// They are necessary and not sufficient. Other customers of Cloudflare leave from the same
/// addresses: whoever has Spectrum can point it, without the PROXY protocol, at your origin, and write
/// a header of their own. So an address says where a connection of *your* zone came from, and not
/// that it is one of your zone: prove that inside of the connection (`origin-mtls`, SSH keys), or
/// authorize nobody by address.
#[must_use]
pub fn cloudflare() -> Networks {
    CLOUDFLARE.into()
}

/// The day of the list that [`cloudflare`] gives: year, month, day.
pub const CLOUDFLARE_AS_OF: &str = "2026-02-11";

impl Networks {
    /// Reads lists as Cloudflare publishes them in text, one network a line:
    /// <https://www.cloudflare.com/ips-v4> and <https://www.cloudflare.com/ips-v6>. Give both.
    ///
    /// ```
    /// use proxy_protocol::{Networks, Trust, cloudflare, loopback};
    ///
    /// let edge = cloudflare();
    /// let trust = Trust::require(edge.clone()).direct(loopback());
    /// // Now and then, with what your HTTP client got from the two addresses:
    /// # let (v4, v6) = (edge.to_vec().iter().map(|n| format!("{n}\n")).collect::<String>(), "2400:cb00::/32\n2606:4700::/32\n2803:f800::/32\n2405:b500::/32\n");
    /// edge.reload(Networks::published([&v4, v6])?)?;
    /// # Ok::<(), proxy_protocol::ListError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ListError`] for a list that is empty, has something else in it than networks, has more than
    /// 256 of them, or one that is too large to be Cloudflare's.
    pub fn published<'a>(lists: impl IntoIterator<Item = &'a str>) -> Result<Self, ListError> {
        let mut networks = Vec::new();
        for list in lists {
            let before = networks.len();
            for line in list.lines().map(str::trim).filter(|line| !line.is_empty()) {
                networks.push(plausible(line)?);
                if networks.len() > MOST {
                    return Err(ListError::TooMany);
                }
            }
            if networks.len() == before {
                return Err(ListError::Empty);
            }
        }
        if networks.is_empty() { Err(ListError::Empty) } else { Ok(networks.into()) }
    }

    /// Reads the list as Cloudflare's API gives it, at
    /// <https://api.cloudflare.com/client/v4/ips>, both families in one document.
    ///
    /// # Errors
    ///
    /// As [`published`](Self::published), for each family, and [`ListError::Malformed`] if the
    /// document is another or says that the call failed.
    #[cfg(feature = "json")]
    pub fn published_json(document: &[u8]) -> Result<Self, ListError> {
        #[derive(serde::Deserialize)]
        struct Answer {
            result: Lists,
            success: bool,
        }
        #[derive(serde::Deserialize)]
        struct Lists {
            ipv4_cidrs: Vec<String>,
            ipv6_cidrs: Vec<String>,
        }

        let answer: Answer = serde_json::from_slice(document).map_err(|_| ListError::Malformed)?;
        if !answer.success {
            return Err(ListError::Malformed);
        }
        let Lists { ipv4_cidrs, ipv6_cidrs } = answer.result;
        Self::published([ipv4_cidrs.join("\n").as_str(), ipv6_cidrs.join("\n").as_str()])
    }
}

fn plausible(text: &str) -> Result<Network, ListError> {
    let network: Network = text.parse().map_err(|_| ListError::Malformed)?;
    let least = if network.is_ipv4() { 8 } else { 20 };
    if network.prefix_len() < least { Err(ListError::TooWide) } else { Ok(network) }
}

const MOST: usize = 256;

const CLOUDFLARE: [Network; 22] = [
    Network::v4([173, 245, 48, 0], 20),
    Network::v4([103, 21, 244, 0], 22),
    Network::v4([103, 22, 200, 0], 22),
    Network::v4([103, 31, 4, 0], 22),
    Network::v4([141, 101, 64, 0], 18),
    Network::v4([108, 162, 192, 0], 18),
    Network::v4([190, 93, 240, 0], 20),
    Network::v4([188, 114, 96, 0], 20),
    Network::v4([197, 234, 240, 0], 22),
    Network::v4([198, 41, 128, 0], 17),
    Network::v4([162, 158, 0, 0], 15),
    Network::v4([104, 16, 0, 0], 13),
    Network::v4([104, 24, 0, 0], 14),
    Network::v4([172, 64, 0, 0], 13),
    Network::v4([131, 0, 72, 0], 22),
    Network::v6([0x2400, 0xcb00, 0], 32),
    Network::v6([0x2606, 0x4700, 0], 32),
    Network::v6([0x2803, 0xf800, 0], 32),
    Network::v6([0x2405, 0xb500, 0], 32),
    Network::v6([0x2405, 0x8100, 0], 32),
    Network::v6([0x2a06, 0x98c0, 0], 29),
    Network::v6([0x2c0f, 0xf248, 0], 32),
];
