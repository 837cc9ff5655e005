//! What the test binaries that run vectors have in common.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking, as tests do"
)]

pub(crate) mod oracle;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use libtest_mimic::{Failed, Trial};
use origin_mtls::{
    ConfigError, Crls, EdgeIdentity, OriginPullPolicy, OriginPullPolicyBuilder, TrustAnchors,
    VerifyError,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, SignatureVerificationAlgorithm,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub(crate) fn algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.all
}

pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> T {
    let json = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A time as RFC 3339 writes it, in UTC.
pub(crate) fn time(text: &str) -> SystemTime {
    let (whole, rest) = text.split_at_checked(19).unwrap_or_else(|| panic!("no time: {text}"));
    let numbers: Vec<u64> =
        whole.split(['-', 'T', ':']).map(|part| part.parse().expect("a number")).collect();
    let &[year, month, day, hour, minute, second] = &numbers[..] else { panic!("no time: {text}") };
    let fraction = rest.strip_suffix("+00:00").or_else(|| rest.strip_suffix('Z'));
    let fraction: f64 = match fraction.expect("UTC") {
        "" => 0.0,
        fraction => format!("0{fraction}").parse().expect("a fraction"),
    };
    // Days since March 1st of the year 0.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let seconds = (days - 719_468) * 86400 + hour * 3600 + minute * 60 + second;
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_secs_f64(fraction)
}

/// What of the certificates and lists of a case is handed to the code under test.
pub(crate) struct Shown {
    pub(crate) anchors: Vec<CertificateDer<'static>>,
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) crls: Vec<CertificateRevocationListDer<'static>>,
    pub(crate) now: SystemTime,
}

/// Why a case is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    AtBuild(ConfigError),
    AtVerify(VerifyError),
}

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Self {
        Self::AtBuild(error)
    }
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Self {
        Self::AtVerify(error)
    }
}

impl Shown {
    /// The verdict under a policy. What is accepted is accepted by rustls as well, with the one
    /// authority that was named.
    pub(crate) fn verdict(
        &self,
        configure: impl FnOnce(OriginPullPolicyBuilder) -> OriginPullPolicyBuilder,
    ) -> Result<EdgeIdentity, Refusal> {
        let anchors = TrustAnchors::from_der(self.anchors.iter().cloned())?;
        let mut policy = configure(OriginPullPolicy::builder(anchors, algorithms()));
        if !self.crls.is_empty() {
            policy = policy.crls(Crls::from_der(self.crls.iter().cloned())?);
        }
        let identity = policy.build()?.verify(&self.chain, self.now)?;
        let anchor = identity.anchor();
        oracle::accepts(&self.chain, &self.anchors, &self.crls, *anchor.as_bytes(), self.now)
            .unwrap_or_else(|error| panic!("accepted here, and by rustls not: {error}"));
        Ok(identity)
    }
}

pub(crate) fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}

pub(crate) fn list(pem: &str) -> CertificateRevocationListDer<'static> {
    CertificateRevocationListDer::from_pem_slice(pem.as_bytes()).expect("a revocation list")
}

#[derive(Deserialize)]
struct Fixtures {
    cases: Vec<Fixture>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    id: String,
    reason: Option<String>,
    expected_default: Expected,
    expected_strict: Expected,
    policy: Names,
    chain: Vec<String>,
    trusted_certs: Vec<String>,
    crls: Vec<String>,
    validation_time: String,
    #[serde(rename = "description")]
    _description: String,
    #[serde(rename = "measured_webpki_client_verifier")]
    _of_webpki: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Expected {
    Accept,
    Reject,
    RejectAtBuild,
    /// Whether the key can do a handshake; the certificate is good.
    ProviderDependent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    subject_cn: Option<String>,
    subject_o: Option<String>,
    dns_san: Option<String>,
    spiffe_id: Option<String>,
}

/// Our own cases: a trial for each of the profiles.
pub(crate) fn fixtures(file: &Path) -> Vec<Trial> {
    let set: Fixtures = read(file);
    let trials = set.cases.into_iter().flat_map(|case| {
        let case = std::sync::Arc::new(case);
        [("default", case.expected_default), ("strict", case.expected_strict)].map(
            |(profile, expected)| {
                let case = std::sync::Arc::clone(&case);
                Trial::test(format!("fixture::{}::{profile}", case.id), move || {
                    case.run(profile == "strict", expected).map_err(Failed::from)
                })
            },
        )
    });
    trials.collect()
}

impl Fixture {
    fn run(&self, strict: bool, expected: Expected) -> Result<(), String> {
        let shown = Shown {
            anchors: self.trusted_certs.iter().map(|pem| certificate(pem)).collect(),
            chain: self.chain.iter().map(|pem| certificate(pem)).collect(),
            crls: self.crls.iter().map(|pem| list(pem)).collect(),
            now: time(&self.validation_time),
        };
        let verdict = shown.verdict(|mut policy| {
            if strict {
                policy = policy.strict();
            }
            let names = &self.policy;
            if let Some(name) = &names.subject_cn {
                policy = policy.common_name(name);
            }
            if let Some(name) = &names.subject_o {
                policy = policy.organization(name);
            }
            if let Some(name) = &names.dns_san {
                policy = policy.dns_name(name);
            }
            if let Some(name) = &names.spiffe_id {
                policy = policy.uri(name);
            }
            policy
        });
        match (expected, verdict) {
            (Expected::Accept | Expected::ProviderDependent, Ok(_)) => Ok(()),
            (Expected::Accept | Expected::ProviderDependent, Err(refusal)) => {
                Err(format!("refused as {refusal:?}"))
            }
            (_, Ok(_)) => Err(format!("accepted, expected {:?}", self.reason)),
            (Expected::RejectAtBuild, Err(refusal @ Refusal::AtVerify(_))) => {
                Err(format!("refused as {refusal:?}, and not when it was built"))
            }
            (_, Err(refusal)) => {
                let reason = self.reason.as_deref().ok_or("a refusal has a reason")?;
                let expected = refusals(reason).ok_or_else(|| {
                    format!("no row of the table has the reason `{reason}`; here it is {refusal:?}")
                })?;
                if expected.contains(&refusal) {
                    return Ok(());
                }
                Err(format!("refused as {refusal:?}, expected {expected:?}"))
            }
        }
    }
}

/// What we call a reason of the fixtures.
fn refusals(reason: &str) -> Option<Vec<Refusal>> {
    use ConfigError as Build;
    use VerifyError as Verify;
    let refusal: Refusal = match reason {
        "version" => Verify::UnsupportedVersion.into(),
        "weak-key" | "weak-exponent" => Verify::WeakKey.into(),
        "key-type" => Verify::KeyType.into(),
        "signature-algorithm" => Verify::UnsupportedAlgorithm.into(),
        "eku" | "eku-missing" | "eku-not-exclusive" => Verify::ExtendedKeyUsage.into(),
        "ca-as-leaf" => Verify::CaAsLeaf.into(),
        "key-usage" | "key-usage-missing" => Verify::KeyUsage.into(),
        "leaf-extension" => Verify::LeafExtension.into(),
        "expired" => Verify::Expired.into(),
        "not-yet-valid" => Verify::NotYetValid.into(),
        "validity-too-long" => Verify::ValidityTooLong.into(),
        "anchor-expired" => Verify::AnchorExpired.into(),
        "anchor-not-yet-valid" => Verify::AnchorNotYetValid.into(),
        "bad-signature" => Verify::BadSignature.into(),
        "unknown-issuer" => Verify::UnknownIssuer.into(),
        "anchor-not-a-ca" => Build::AnchorNotCa.into(),
        "too-many-intermediates" => Verify::ChainTooLong.into(),
        // Under the strict profile a chain with a stranger is too long as well, and that is found
        // first.
        "unrelated-certificate-in-chain" => {
            return Some(vec![Verify::UnrelatedCertificate.into(), Verify::ChainTooLong.into()]);
        }
        "intermediate-not-a-ca" | "intermediate-key-usage" => Verify::IssuerNotCa.into(),
        "path-length" | "pathlen" => Verify::PathLength.into(),
        "name-constraints" => Verify::NameConstraints.into(),
        "critical-extension" => Verify::CriticalExtension.into(),
        "san" => Verify::SanMismatch.into(),
        "san-ambiguous" => Verify::SanAmbiguous.into(),
        "subject" => Verify::SubjectMismatch.into(),
        "subject-ambiguous" => Verify::SubjectAmbiguous.into(),
        "subject-encoding" => Verify::SubjectEncoding.into(),
        "revoked" => Verify::Revoked.into(),
        "crl-expired" => Verify::CrlExpired.into(),
        "crl-not-yet-valid" => Verify::CrlNotYetValid.into(),
        // A list that has an anchor's name and not its signature is a fault of the configuration.
        "crl-signature" => Build::CrlSignature.into(),
        "unknown-revocation-status" => Verify::CrlUnknown.into(),
        "crl-unsupported" => Build::CrlUnsupported.into(),
        "bad-encoding" => Verify::BadEncoding.into(),
        _ => return None,
    };
    Some(vec![refusal])
}
