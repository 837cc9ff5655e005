use std::path::PathBuf;

use forge::{USER_ADDRESS, USER_ASSERTION};
use origin_mtls::{EdgeIdentity, SpkiPin};
use serve::plue::SignInSettings;
use siwe_session::{ConfigError, IdentityHeader, IdentityTrust, SessionKey, SiweSession};

/// Who says which user a request is of, as the operator has decided.
#[derive(Clone, Debug)]
pub(crate) enum SignedIn {
    /// Edges that hold one of these keys, in a header. If there are none, nobody.
    ByEdges(Vec<SpkiPin>),
    /// Whoever signs for this server with a key, in an assertion.
    ByAssertion { key: UserKey, audience: String },
    /// Nobody: wallets sign in here.
    Here(Box<SignInSettings>),
}

/// The public half of what an edge signs with, and the name that assertions have it by; during a rotation two
/// of each.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UserKey {
    pub(crate) path: PathBuf,
    pub(crate) kids: Vec<String>,
}

/// What tells which user a request is of.
#[derive(Clone, Debug)]
pub(crate) enum Users {
    /// The word of an edge.
    Edge(IdentityTrust),
    /// Sessions that began here, or at an edge with the same keys.
    Here(SiweSession),
}

impl SignedIn {
    pub(crate) fn key(&self) -> Option<&UserKey> {
        match self {
            Self::ByAssertion { key, .. } => Some(key),
            Self::ByEdges(_) | Self::Here(_) => None,
        }
    }

    /// What is believed of who is signed in: with these keys, and from this edge beside those that are named.
    pub(crate) fn trust(
        &self,
        keys: Vec<SessionKey>,
        own: Option<SpkiPin>,
    ) -> Result<IdentityTrust, ConfigError> {
        let pins: Vec<_> = match self {
            Self::ByAssertion { audience, .. } => {
                let header = IdentityHeader::new(USER_ASSERTION)?;
                return IdentityTrust::assertion(header, keys, audience);
            }
            Self::ByEdges(pins) => pins.iter().copied().chain(own).collect(),
            Self::Here(_) => Vec::new(),
        };
        // That a certificate is accepted is not enough: Cloudflare shows one for paths on which nothing
        // of yours runs as well, with whatever headers the visitor has sent.
        let is_edge = move |identity: &EdgeIdentity| pins.contains(&identity.pin());
        Ok(IdentityTrust::proof(IdentityHeader::new(USER_ADDRESS)?, move |extensions| {
            EdgeIdentity::of(extensions).is_ok_and(&is_edge)
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use axum::http::{Extensions, HeaderMap, HeaderValue};
    use origin_mtls::VerifyError;
    use siwe_session::IdentityError;

    use super::*;

    /// What is made of the header of a request with these proofs.
    fn taken(trust: &IdentityTrust, extensions: &Extensions) -> Result<(), IdentityError> {
        let mut headers = HeaderMap::new();
        let user = HeaderValue::from_static("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045");
        headers.insert(USER_ADDRESS, user);
        let taken = trust.take(&mut headers, extensions, SystemTime::UNIX_EPOCH);
        assert!(headers.is_empty());
        taken.map(drop)
    }

    #[test]
    fn without_a_certificate_no_word_is_an_edges_whatever_is_pinned() {
        let pin = format!("{:064}", 7).parse().unwrap();
        let mut refused = Extensions::new();
        refused.insert(Err::<EdgeIdentity, _>(VerifyError::NoCertificate));
        for pins in [Vec::new(), vec![pin]] {
            for extensions in [&Extensions::new(), &refused] {
                let trust = SignedIn::ByEdges(pins.clone()).trust(Vec::new(), None).unwrap();
                assert_eq!(taken(&trust, extensions), Err(IdentityError::Missing));
            }
        }
    }
}
