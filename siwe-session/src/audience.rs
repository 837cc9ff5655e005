use std::collections::BTreeSet;
use std::sync::Arc;

use crate::uri::{Authority, Uri};
use crate::{ConfigError, Message, VerifyError};

/// For whom messages are signed: one origin, and what a message for it may say.
///
/// An application with several domains has several audiences; which of them a message is for is told by
/// its domain, never by a header of the request.
///
/// ```
/// use siwe_session::Audience;
///
/// let audience = Audience::origin("https://plue.dev")?.chains([1, 8453]);
/// # Ok::<(), siwe_session::ConfigError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Audience {
    /// In lower case, without the scheme's own port.
    origin: Arc<str>,
    scheme: &'static str,
    host: String,
    port: u16,
    chains: BTreeSet<u64>,
    uris: BTreeSet<String>,
    statement: Option<String>,
}

impl Audience {
    /// The origin of the page that asks for the signature (RFC 6454), as the browser names it:
    /// `https://` and a host, and a port if it is not 443. `http://` is for this machine alone.
    ///
    /// A name that is not ASCII is written in its `xn--` form.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Origin`] or [`ConfigError::OriginScheme`].
    pub fn origin(origin: &str) -> Result<Self, ConfigError> {
        let lower = origin.to_ascii_lowercase();
        let (scheme, rest) = lower.split_once("://").ok_or(ConfigError::Origin)?;
        let authority = Authority::parse(rest).ok_or(ConfigError::Origin)?;
        let is_port = authority.port.is_none() || authority.port_number().is_some();
        if authority.has_userinfo || authority.host.is_empty() || !is_port {
            return Err(ConfigError::Origin);
        }
        let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&authority.host);
        let (scheme, default_port) = match scheme {
            "https" => ("https", HTTPS),
            "http" if is_here => ("http", HTTP),
            _ => return Err(ConfigError::OriginScheme),
        };
        let port = authority.port_number().unwrap_or(default_port);
        let host = authority.host.to_owned();
        let origin = if port == default_port {
            format!("{scheme}://{host}")
        } else {
            format!("{scheme}://{host}:{port}")
        };
        Ok(Self {
            origin: origin.into(),
            scheme,
            host,
            port,
            chains: BTreeSet::new(),
            uris: BTreeSet::new(),
            statement: None,
        })
    }

    /// The chains (EIP-155) that a message may name. Mandatory.
    #[must_use]
    pub fn chains(mut self, chains: impl IntoIterator<Item = u64>) -> Self {
        self.chains.extend(chains);
        self
    }

    /// One more URI that a message may have, character by character. Default: any URI of the origin.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Uri`]
    pub fn uri(mut self, uri: impl Into<String>) -> Result<Self, ConfigError> {
        let uri = uri.into();
        if uri.len() > 1024 || Uri::parse(&uri).is_none() {
            return Err(ConfigError::Uri);
        }
        self.uris.insert(uri);
        Ok(self)
    }

    /// The statement that a message must have. Default: any, or none.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Statement`]
    pub fn statement(mut self, statement: impl Into<String>) -> Result<Self, ConfigError> {
        let statement = statement.into();
        if statement.len() > 1024 || !statement.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(ConfigError::Statement);
        }
        self.statement = Some(statement);
        Ok(self)
    }

    /// The origin, as a browser writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// The host, and its port if it is not the scheme's own: as a message names it.
    #[cfg(feature = "cookie")]
    pub(crate) fn domain(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, domain)| domain)
    }

    #[cfg(feature = "cookie")]
    pub(crate) fn chain_ids(&self) -> impl Iterator<Item = u64> {
        self.chains.iter().copied()
    }

    #[cfg(feature = "cookie")]
    pub(crate) fn statement_text(&self) -> Option<&str> {
        self.statement.as_deref()
    }

    pub(crate) fn shared_origin(&self) -> Arc<str> {
        Arc::clone(&self.origin)
    }

    pub(crate) fn check_config(&self) -> Result<(), ConfigError> {
        if self.chains.is_empty() || self.chains.contains(&0) {
            return Err(ConfigError::Chains);
        }
        Ok(())
    }

    /// Whether this host, and this port or the scheme's own, is the origin's.
    ///
    /// EIP-4361 takes a message without a scheme for one of `https`, and so do wallets; yet pages on
    /// this machine sign in by `http` and leave it out. So it is taken for the origin's own.
    pub(crate) fn is_domain(&self, domain: Authority<'_>, scheme: Option<&str>) -> bool {
        let is_http = scheme.unwrap_or(self.scheme).eq_ignore_ascii_case("http");
        let default_port = if is_http { HTTP } else { HTTPS };
        let port = match domain.port {
            None => Some(default_port),
            Some(_) => domain.port_number(),
        };
        port == Some(self.port) && !domain.has_userinfo && domain.is_host(&self.host)
    }

    pub(crate) fn check(&self, message: &Message<'_>) -> Result<(), VerifyError> {
        if message.scheme().is_some_and(|scheme| !scheme.eq_ignore_ascii_case(self.scheme)) {
            return Err(VerifyError::WrongScheme);
        }
        if !self.is_uri(message.uri()) {
            return Err(VerifyError::WrongUri);
        }
        if !self.chains.contains(&message.chain_id()) {
            return Err(VerifyError::WrongChain);
        }
        if self.statement.is_some() && self.statement.as_deref() != message.statement() {
            return Err(VerifyError::WrongStatement);
        }
        // A grant that nobody here reads is not to be signed away by the by.
        let is_recap = |uri: &str| {
            uri.get(..RECAP.len()).is_some_and(|start| start.eq_ignore_ascii_case(RECAP))
        };
        if message.resources().any(is_recap) {
            return Err(VerifyError::Recap);
        }
        Ok(())
    }

    fn is_uri(&self, text: &str) -> bool {
        if !self.uris.is_empty() {
            return self.uris.contains(text);
        }
        Uri::parse(text).is_some_and(|uri| {
            uri.scheme.eq_ignore_ascii_case(self.scheme)
                && uri
                    .authority
                    .is_some_and(|authority| self.is_domain(authority, Some(self.scheme)))
        })
    }
}

const HTTP: u16 = 80;
const HTTPS: u16 = 443;

/// ERC-5573: `urn:recap:` and what is granted.
const RECAP: &str = "urn:recap:";
