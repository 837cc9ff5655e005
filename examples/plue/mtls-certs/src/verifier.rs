use origin_mtls::{ConfigError, Crls, OriginPullPolicy, SpkiPin, TrustAnchors, VerifyError};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};

use crate::dates::Moment;

/// What the origin is configured with: the same that `plue-origin` verifies by.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) anchors: TrustAnchors,
    pub(crate) crls: Option<Crls>,
    pub(crate) pins: Vec<SpkiPin>,
}

/// Which of the verifier's two profiles.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Profile {
    Default,
    Strict,
}

impl Origin {
    pub(crate) const fn new(anchors: TrustAnchors) -> Self {
        Self { anchors, crls: None, pins: Vec::new() }
    }

    pub(crate) fn policy(&self, profile: Profile) -> Result<OriginPullPolicy, ConfigError> {
        let mut builder = OriginPullPolicy::builder(self.anchors.clone(), algorithms());
        if let Some(crls) = &self.crls {
            builder = builder.crls(crls.clone());
        }
        for pin in &self.pins {
            builder = builder.pin(*pin);
        }
        if profile == Profile::Strict {
            builder = builder.strict();
        }
        builder.build()
    }
}

/// What the origin says to a client that shows this chain.
pub(crate) fn verify(
    policy: &OriginPullPolicy,
    chain: &[CertificateDer<'_>],
    now: Moment,
) -> Result<(), VerifyError> {
    policy.verify(chain, now.into()).map(drop)
}

fn algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.all
}
