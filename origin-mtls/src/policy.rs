use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::SignatureVerificationAlgorithm;

use crate::anchors::Anchor;
use crate::crl::Crl;
use crate::key::{MAX_RSA_BITS, MIN_RSA_BITS};
use crate::subject::NameConstraints;
use crate::{ConfigError, Crls, HostPattern, SpkiPin, TrustAnchors};

/// Whose client certificates prove that a connection comes from your own Cloudflare zone.
///
/// Cloning shares one value.
#[derive(Clone)]
pub struct OriginPullPolicy(pub(crate) Arc<Rules>);

pub(crate) struct Rules {
    pub(crate) algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    pub(crate) authorities: Vec<Authority>,
    /// Of authorities that are no trust anchors.
    pub(crate) other_crls: Vec<Crl>,
    pub(crate) has_crls: bool,
    pub(crate) pins: Vec<SpkiPin>,
    pub(crate) names: NameConstraints,
    pub(crate) hosts: Vec<HostPattern>,
    pub(crate) is_strict: bool,
    pub(crate) max_intermediates: usize,
    pub(crate) max_chain_bytes: usize,
    pub(crate) max_validity: Option<Duration>,
    pub(crate) min_rsa_bits: usize,
}

/// A trust anchor, with the lists that it has signed and no others.
pub(crate) struct Authority {
    pub(crate) anchor: Anchor,
    pub(crate) crls: Vec<Crl>,
}

impl OriginPullPolicy {
    /// Accepts what these authorities have issued, under the default profile: the short way for
    /// [`builder`](Self::builder) and [`TrustAnchors::from_pem`].
    ///
    /// # Errors
    ///
    /// What [`TrustAnchors::from_pem`] and [`OriginPullPolicyBuilder::build`] find.
    pub fn from_pem(
        anchors: impl AsRef<[u8]>,
        algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    ) -> Result<Self, ConfigError> {
        Self::builder(TrustAnchors::from_pem(anchors)?, algorithms).build()
    }

    /// Starts from what cannot be left out: your authorities, and the algorithms that verify
    /// signatures. With rustls the latter are a provider's,
    /// `provider.signature_verification_algorithms.all`.
    pub fn builder(
        anchors: TrustAnchors,
        algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    ) -> OriginPullPolicyBuilder {
        OriginPullPolicyBuilder {
            anchors,
            algorithms,
            crls: None,
            pins: Vec::new(),
            names: NameConstraints::default(),
            hosts: None,
            is_strict: false,
            max_intermediates: None,
            max_chain_bytes: DEFAULT_CHAIN_BYTES,
            max_validity: None,
            min_rsa_bits: MIN_RSA_BITS,
        }
    }

    #[cfg(feature = "tower")]
    pub(crate) fn has_hosts(&self) -> bool {
        !self.0.hosts.is_empty()
    }

    /// Whether a request for this host belongs on a connection of the edge. Without
    /// [`hosts`](OriginPullPolicyBuilder::hosts) every one does.
    #[must_use]
    pub fn allows_host(&self, host: &str) -> bool {
        self.0.hosts.is_empty() || self.0.hosts.iter().any(|pattern| pattern.matches(host))
    }
}

impl fmt::Debug for OriginPullPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = &*self.0;
        let anchors: Vec<_> = rules.authorities.iter().map(|of| of.anchor.pin).collect();
        f.debug_struct("OriginPullPolicy")
            .field("anchors", &anchors)
            .field("has_crls", &rules.has_crls)
            .field("pins", &rules.pins)
            .field("names", &rules.names)
            .field("hosts", &rules.hosts)
            .field("is_strict", &rules.is_strict)
            .finish_non_exhaustive()
    }
}

/// Makes an [`OriginPullPolicy`].
#[derive(Clone)]
#[must_use]
pub struct OriginPullPolicyBuilder {
    anchors: TrustAnchors,
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    crls: Option<Crls>,
    pins: Vec<SpkiPin>,
    names: NameConstraints,
    hosts: Option<Vec<HostPattern>>,
    is_strict: bool,
    max_intermediates: Option<usize>,
    max_chain_bytes: usize,
    max_validity: Option<Duration>,
    min_rsa_bits: usize,
}

impl OriginPullPolicyBuilder {
    /// Refuses what is on these lists, and what none of them tells of. Default: none, and nothing is
    /// revoked.
    pub fn crls(mut self, crls: Crls) -> Self {
        self.crls = Some(crls);
        self
    }

    /// Accepts no other keys than this one, and those of further calls: the strongest demand, and the
    /// one that must be changed whenever the client certificate has a new key.
    pub fn pin(mut self, pin: SpkiPin) -> Self {
        self.pins.push(pin);
        self
    }

    /// Asks for a subject with this common name, letter by letter, and no other.
    pub fn common_name(mut self, name: impl Into<String>) -> Self {
        self.names.common_name = Some(name.into().into());
        self
    }

    /// Asks for a subject with this organization, letter by letter, and no other.
    pub fn organization(mut self, name: impl Into<String>) -> Self {
        self.names.organization = Some(name.into().into());
        self
    }

    /// Asks for this DNS name among the alternative names, or one of further calls. Case does not
    /// count; a wildcard is a name like others.
    pub fn dns_name(mut self, name: impl Into<String>) -> Self {
        self.names.dns_names.push(name.into().into());
        self
    }

    /// Asks for exactly one URI among the alternative names: this one, or one of further calls,
    /// letter by letter. A SPIFFE ID is such a URI.
    pub fn uri(mut self, uri: impl Into<String>) -> Self {
        self.names.uris.push(uri.into().into());
        self
    }

    /// Serves these hosts alone over connections of the edge; the layer answers others with 421.
    /// Default: all; but to give none is an error.
    ///
    /// The certificate names the zone, or with per-hostname certificates one host. Another host of
    /// the account can be pointed at this origin with it, past the rules of this one.
    pub fn hosts(mut self, hosts: impl IntoIterator<Item = HostPattern>) -> Self {
        self.hosts.get_or_insert_default().extend(hosts);
        self
    }

    /// Holds certificates to RFC 5280 and to what your own authority can easily do, beyond what
    /// Cloudflare asks for: `clientAuth` and nothing else, a key usage, key identifiers, at most 825
    /// days, no certificate that is not of the path, and at most one intermediate.
    pub fn strict(mut self) -> Self {
        self.is_strict = true;
        self
    }

    /// How many intermediate certificates a client may show: at most 8. Default: 2, and 1 under the
    /// strict profile.
    ///
    /// What a server does for a chain that leads nowhere grows with the factorial of this.
    pub fn max_intermediates(mut self, certificates: usize) -> Self {
        self.max_intermediates = Some(certificates);
        self
    }

    /// How many bytes a chain may have. Default: 16 KiB; at least 1 KiB, at most 64 KiB.
    pub fn max_chain_bytes(mut self, bytes: usize) -> Self {
        self.max_chain_bytes = bytes;
        self
    }

    /// For how long a client certificate may be valid, from its first day to its last. Default: 825
    /// days under the strict profile, and no bound otherwise.
    pub fn max_validity(mut self, validity: Duration) -> Self {
        self.max_validity = Some(validity);
        self
    }

    /// How large an RSA key must be, in bits. Default: 2048, which is the least; at most 8192.
    pub fn min_rsa_bits(mut self, bits: usize) -> Self {
        self.min_rsa_bits = bits;
        self
    }

    /// Checks the configuration, and each revocation list against the authority that it names.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::AnchorNotStrict`] if a trust anchor does not have the strict form.
    /// 2. [`ConfigError::CrlSignature`] and [`ConfigError::CrlSigner`] for a list that has the name of
    ///    a trust anchor, and is not signed by it or not by right.
    /// 3. [`ConfigError::Name`] if a name is empty or has characters that none has.
    /// 4. [`ConfigError::NoHost`] if [`hosts`](Self::hosts) was given none.
    /// 5. [`ConfigError::Limits`] if a bound is outside of what it may be.
    pub fn build(self) -> Result<OriginPullPolicy, ConfigError> {
        let is_strict = self.is_strict;
        let max_intermediates = self.max_intermediates.unwrap_or(if is_strict { 1 } else { 2 });
        let max_validity = self.max_validity.or_else(|| is_strict.then_some(STRICT_VALIDITY));
        if max_intermediates > MAX_INTERMEDIATES
            || !(LEAST_CHAIN_BYTES..=MOST_CHAIN_BYTES).contains(&self.max_chain_bytes)
            || !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&self.min_rsa_bits)
        {
            return Err(ConfigError::Limits);
        }
        self.names.validate()?;
        // A list that came out empty, of a variable perhaps, is not to switch the check off.
        if self.hosts.as_ref().is_some_and(Vec::is_empty) {
            return Err(ConfigError::NoHost);
        }

        let anchors = self.anchors.into_anchors();
        if is_strict && anchors.iter().any(|anchor| !anchor.is_strict) {
            return Err(ConfigError::AnchorNotStrict);
        }
        let authority = |anchor| Authority { anchor, crls: Vec::new() };
        let mut authorities: Vec<_> = anchors.into_iter().map(authority).collect();
        let has_crls = self.crls.is_some();
        let mut other_crls: Vec<Crl> = Vec::new();
        // The newest first, so that an older one finds its place taken.
        for crl in self.crls.map_or_else(Vec::new, |crls| crls.0) {
            match signer(&mut authorities, &crl, self.algorithms)? {
                Some(signer) if signer.crls.iter().any(|newer| crl.is_replaced_by(newer)) => {}
                Some(signer) => signer.crls.push(crl),
                None if other_crls.iter().any(|newer| crl.is_replaced_by(newer)) => {}
                None => other_crls.push(crl),
            }
        }
        Ok(OriginPullPolicy(Arc::new(Rules {
            algorithms: self.algorithms,
            authorities,
            other_crls,
            has_crls,
            pins: self.pins,
            names: self.names,
            hosts: self.hosts.unwrap_or_default(),
            is_strict,
            max_intermediates,
            max_chain_bytes: self.max_chain_bytes,
            max_validity,
            min_rsa_bits: self.min_rsa_bits,
        })))
    }
}

impl fmt::Debug for OriginPullPolicyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginPullPolicyBuilder")
            .field("anchors", &self.anchors)
            .field("crls", &self.crls)
            .field("pins", &self.pins)
            .field("names", &self.names)
            .field("hosts", &self.hosts)
            .field("is_strict", &self.is_strict)
            .finish_non_exhaustive()
    }
}

/// The trust anchor that has signed a list. `None`: it is of an authority that is no anchor.
fn signer<'a>(
    authorities: &'a mut [Authority],
    crl: &Crl,
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> Result<Option<&'a mut Authority>, ConfigError> {
    let mut has_name = false;
    for authority in authorities {
        match crl.is_signed_by(&authority.anchor.trust_anchor, algorithms) {
            Some(true) if !authority.anchor.may_sign_crls => return Err(ConfigError::CrlSigner),
            Some(true) => return Ok(Some(authority)),
            Some(false) => has_name = true,
            None => {}
        }
    }
    if has_name { Err(ConfigError::CrlSignature) } else { Ok(None) }
}

const MAX_INTERMEDIATES: usize = 8;
const LEAST_CHAIN_BYTES: usize = 1 << 10;
const DEFAULT_CHAIN_BYTES: usize = 16 << 10;
const MOST_CHAIN_BYTES: usize = 64 << 10;
const STRICT_VALIDITY: Duration = Duration::from_secs(825 * 24 * 60 * 60);
