use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use alloy_primitives::Address;
use http::{Extensions, HeaderMap, HeaderValue};

use crate::assertion::AssertionVerifier;
use crate::{ConfigError, IdentityError, IdentityHeader, SessionKey};

/// What an origin server believes of who is signed in: the word of its edge, and of nobody else.
///
/// Cloning shares one value.
#[derive(Clone)]
pub struct IdentityTrust {
    trust: Arc<Trust>,
    on_outcome: Option<Arc<dyn Fn(&'static str) + Send + Sync>>,
}

enum Trust {
    Proof { header: IdentityHeader, is_proven: Box<dyn Fn(&Extensions) -> bool + Send + Sync> },
    Assertion(AssertionVerifier),
}

/// That the edge says who is signed in.
///
/// Made by [`IdentityTrust`] alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ForwardedIdentity {
    address: Address,
    chain_id: Option<u64>,
}

impl IdentityTrust {
    /// Believes the header of a request that this function finds proven to be the edge's, by another
    /// proof in its extensions: `|extensions| EdgeIdentity::of(extensions).is_ok()`, of origin-mtls.
    ///
    /// # Security
    ///
    /// That the request comes through your edge must be what is proven, and the edge must set the header
    /// itself on each request, as the layer of `SiweSession` does. An address of Cloudflare's network
    /// proves nothing: every customer of theirs has one.
    pub fn proof(
        header: IdentityHeader,
        is_proven: impl Fn(&Extensions) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::new(Trust::Proof { header, is_proven: Box::new(is_proven) })
    }

    /// Believes what an [`AssertionSigner`](crate::AssertionSigner) with one of these keys signs for this
    /// server.
    ///
    /// # Errors
    ///
    /// [`ConfigError::AssertionAudience`], [`ConfigError::KeyCount`] or [`ConfigError::KidTwice`].
    pub fn assertion(
        header: IdentityHeader,
        keys: impl IntoIterator<Item = SessionKey>,
        audience: &str,
    ) -> Result<Self, ConfigError> {
        let verifier = AssertionVerifier::new(header, keys, audience)?;
        Ok(Self::new(Trust::Assertion(verifier)))
    }

    fn new(trust: Trust) -> Self {
        Self { trust: Arc::new(trust), on_outcome: None }
    }

    /// Calls this with the code of every decision: `accepted`, or [`IdentityError::code`]. For counters; it
    /// runs on the request's path. Clones that were made before do not call it.
    #[must_use]
    pub fn on_outcome(mut self, on_outcome: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        self.on_outcome = Some(Arc::new(on_outcome));
        self
    }

    /// Replaces the keys of assertions, for every clone. If it fails, the old ones stay. It does nothing
    /// where a proof is believed.
    ///
    /// # Errors
    ///
    /// As of [`assertion`](Self::assertion).
    pub fn reload(&self, keys: impl IntoIterator<Item = SessionKey>) -> Result<(), ConfigError> {
        match &*self.trust {
            Trust::Proof { .. } => Ok(()),
            Trust::Assertion(verifier) => verifier.reload(keys),
        }
    }

    /// Takes every form of the header out of the request, and says who is signed in, if that is proven.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Missing`] if nobody is, or it is not the edge that says so; others if the edge's
    /// word is not in its form, or an assertion does not hold.
    pub fn take(
        &self,
        headers: &mut HeaderMap,
        extensions: &Extensions,
        now: SystemTime,
    ) -> Result<ForwardedIdentity, IdentityError> {
        let decision = self.decide(headers, extensions, now);
        #[cfg(feature = "tracing")]
        if let Err(error) = &decision
            && *error != IdentityError::Missing
        {
            tracing::debug!(code = error.code(), "no identity: {error}");
        }
        if let Some(on_outcome) = &self.on_outcome {
            on_outcome(decision.as_ref().map_or_else(IdentityError::code, |_| ACCEPTED));
        }
        decision
    }

    fn decide(
        &self,
        headers: &mut HeaderMap,
        extensions: &Extensions,
        now: SystemTime,
    ) -> Result<ForwardedIdentity, IdentityError> {
        let header = self.header();
        let mut values = headers.get_all(header.name()).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => Err(IdentityError::Missing),
            (Some(value), None) => Ok(value.clone()),
            (Some(_), Some(_)) => Err(IdentityError::Malformed),
        };
        header.remove(headers);
        match &*self.trust {
            Trust::Proof { is_proven, .. } if !is_proven(extensions) => Err(IdentityError::Missing),
            Trust::Proof { .. } => {
                let address = parse_address(&value?).ok_or(IdentityError::Malformed)?;
                Ok(ForwardedIdentity { address, chain_id: None })
            }
            Trust::Assertion(verifier) => {
                let value = value?;
                let token = value.to_str().map_err(|_| IdentityError::Malformed)?;
                let (address, chain_id) = verifier.verify(token, now)?;
                Ok(ForwardedIdentity { address, chain_id: Some(chain_id) })
            }
        }
    }

    fn header(&self) -> &IdentityHeader {
        match &*self.trust {
            Trust::Proof { header, .. } => header,
            Trust::Assertion(verifier) => &verifier.header,
        }
    }
}

/// As the edge writes it: EIP-55, so that a character that got lost is noticed.
fn parse_address(value: &HeaderValue) -> Option<Address> {
    Address::parse_checksummed(value.to_str().ok()?, None).ok()
}

impl ForwardedIdentity {
    /// Who signed in at the edge.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// The chain that the wallet was on (EIP-155), if an assertion says so.
    #[must_use]
    pub fn chain_id(&self) -> Option<u64> {
        self.chain_id
    }

    /// The proof of a request that a layer of this crate let pass.
    ///
    /// # Errors
    ///
    /// Why there is none; [`IdentityError::MissingLayer`] if the layer is missing.
    pub fn of(extensions: &Extensions) -> Result<&Self, IdentityError> {
        match extensions.get::<Result<Self, IdentityError>>() {
            Some(Ok(identity)) => Ok(identity),
            Some(Err(error)) => Err(*error),
            None => Err(IdentityError::MissingLayer),
        }
    }
}

impl fmt::Debug for IdentityTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IdentityTrust").field(&self.trust).finish()
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proof { header, .. } => f.debug_tuple("Proof").field(header).finish(),
            Self::Assertion(verifier) => f.debug_tuple("Assertion").field(verifier).finish(),
        }
    }
}

const ACCEPTED: &str = "accepted";
