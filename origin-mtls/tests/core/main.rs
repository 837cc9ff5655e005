//! The core, by subject, as it is without any feature. What the vectors cover stands in `vectors.rs`
//! and `third_party.rs`.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod anchors;
mod auto_traits;
mod cloudflare;
mod crl_forms;
mod crls;
mod der;
mod documents;
mod errors;
mod forms;
mod hosts;
mod identity;
mod keys;
mod leakage;
mod lists;
mod names;
#[path = "../support/oracle.rs"]
mod oracle;
mod order;
mod paths;
mod pins;
mod pki;
mod properties;
mod reading;
mod sizes;
mod strict;
mod time;
mod usages;
mod worlds;

use std::time::{Duration, SystemTime};

use origin_mtls::{
    ConfigError, EdgeIdentity, OriginPullPolicy, OriginPullPolicyBuilder, TrustAnchors, VerifyError,
};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};

use crate::pki::{Cert, INTERMEDIATE, NOW, ROOT, root};

/// Those of the provider that most use.
fn algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.all
}

fn at(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance }
}

/// A policy that trusts the usual root, and can be changed before it is built.
fn trusting_root() -> OriginPullPolicyBuilder {
    trusting(&root())
}

/// One that trusts this authority, self-signed with the usual key.
fn trusting(root: &Cert) -> OriginPullPolicyBuilder {
    trusting_all([root.signed_by(&ROOT)])
}

fn trusting_all(
    anchors: impl IntoIterator<Item = CertificateDer<'static>>,
) -> OriginPullPolicyBuilder {
    OriginPullPolicy::builder(TrustAnchors::from_der(anchors).unwrap(), algorithms())
}

/// What both profiles say of a policy.
fn profiles(of: &OriginPullPolicyBuilder) -> [OriginPullPolicy; 2] {
    [of.clone().build().unwrap(), of.clone().strict().build().unwrap()]
}

fn verify(
    policy: &OriginPullPolicy,
    chain: &[CertificateDer<'_>],
) -> Result<EdgeIdentity, VerifyError> {
    policy.verify(chain, at(NOW))
}

/// What the default profile says of a certificate that the usual root has issued.
fn default_of(leaf: &Cert) -> Option<VerifyError> {
    verify(&trusting_root().build().unwrap(), &[leaf.signed_by(&ROOT)]).err()
}

/// What the strict profile says of it.
fn strict_of(leaf: &Cert) -> Option<VerifyError> {
    verify(&trusting_root().strict().build().unwrap(), &[leaf.signed_by(&ROOT)]).err()
}

/// What both say of a chain with one intermediate: the default profile, and the strict one.
fn both_of_chain(leaf: &Cert, intermediate: &Cert) -> [Option<VerifyError>; 2] {
    let chain = [leaf.signed_by(&INTERMEDIATE), intermediate.signed_by(&ROOT)];
    profiles(&trusting_root()).map(|policy| verify(&policy, &chain).err())
}

/// Why a certificate is no trust anchor.
fn no_anchor(certificate: CertificateDer<'static>) -> Option<ConfigError> {
    TrustAnchors::from_der([certificate]).err()
}
