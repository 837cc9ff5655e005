//! x509-limbo as client certificates, the authorities of Cloudflare's own, the certificates of the
//! reference system's script, and the whole of our set of cases, read from `$EDGEPROOF_VECTORS`: each
//! a test of its own name. A verdict that differs from x509-limbo's stands in
//! `vectors/limbo-deviations.json` with its reason, and fails here as soon as it no longer differs.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a set that is not as expected fails the run"
)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use libtest_mimic::{Failed, Trial};
use origin_mtls::{ConfigError, EdgeIdentity, TrustAnchors, VerifyError};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use support::{Refusal, Shown, certificate, list, read, time};

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let trials = folder().map_or_else(Vec::new, |folder| {
        let ours = folder.join("origin-mtls");
        let mut trials = support::fixtures(&ours.join("client-cert-fixtures.json"));
        trials.extend(limbo(&ours.join("limbo-client.json")));
        trials.extend(cloudflare(&ours));
        trials.extend(script(&folder.join("infra/x509")));
        trials.into_iter().map(|trial| trial.with_ignored_flag(true)).collect()
    });
    libtest_mimic::run(&arguments, trials).exit();
}

/// The folder of the sets; `None` if the variable says `none`, or if it is not set and there is no
/// such folder beside the repository.
fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    match std::env::var_os("EDGEPROOF_VECTORS") {
        Some(none) if none == "none" => None,
        Some(folder) => Some(PathBuf::from(folder)),
        None => beside.is_dir().then_some(beside),
    }
}

#[derive(Deserialize)]
struct Limbo {
    testcases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    crls: Vec<String>,
    validation_time: Option<String>,
    max_chain_depth: Option<usize>,
    expected_result: Outcome,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum Outcome {
    Success,
    Failure,
}

/// Cases of which we decide otherwise, for one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    reason: String,
    profiles: Vec<String>,
    /// What x509-limbo expects, and we do not do.
    expected: Outcome,
    /// What we call a refusal: a code of `VerifyError`, or a `ConfigError`.
    refused_as: Option<Vec<String>>,
    /// Those of the set that must differ.
    cases: Vec<String>,
    /// Beginnings of the names of those that may differ: the class has more than the part of the set
    /// that is there.
    #[serde(default)]
    may: Vec<String>,
}

impl Class {
    fn has(&self, case: &Case, profile: &str, verdict: &Result<EdgeIdentity, Refusal>) -> bool {
        let is_named = self.cases.contains(&case.id)
            || self.may.iter().any(|beginning| case.id.starts_with(beginning));
        let is_refused_so = match (verdict, &self.refused_as) {
            (Ok(_), None) => true,
            (Err(refusal), Some(names)) => names.contains(&name(*refusal)),
            _ => false,
        };
        is_named
            && is_refused_so
            && self.expected == case.expected_result
            && self.profiles.iter().any(|of| of == profile)
    }
}

fn name(refusal: Refusal) -> String {
    match refusal {
        Refusal::AtBuild(error) => format!("{error:?}"),
        Refusal::AtVerify(error) => error.code().to_owned(),
    }
}

fn limbo(file: &Path) -> Vec<Trial> {
    let set: Limbo = read(file);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let classes: Arc<Vec<Class>> = Arc::new(read(&folder.join("limbo-deviations.json")));
    for class in classes.iter() {
        assert!(class.reason.len() > 40, "a reason is a sentence: {}", class.reason);
        for known in &class.cases {
            assert!(set.testcases.iter().any(|case| case.id == *known), "no such case: {known}");
        }
    }
    let trials = set.testcases.into_iter().flat_map(|case| {
        let case = Arc::new(case);
        ["default", "strict"].map(|profile| {
            let (case, classes) = (Arc::clone(&case), Arc::clone(&classes));
            Trial::test(format!("limbo::{}::{profile}", case.id), move || {
                case.run(profile, &classes).map_err(Failed::from)
            })
        })
    });
    trials.collect()
}

impl Case {
    fn run(&self, profile: &str, classes: &[Class]) -> Result<(), String> {
        let shown = Shown {
            anchors: self.trusted_certs.iter().map(|pem| certificate(pem)).collect(),
            chain: std::iter::once(&self.peer_certificate)
                .chain(&self.untrusted_intermediates)
                .map(|pem| certificate(pem))
                .collect(),
            crls: self.crls.iter().map(|pem| list(pem)).collect(),
            now: self.validation_time.as_deref().map_or_else(today, time),
        };
        let verdict = shown.verdict(|mut policy| {
            policy = policy.max_intermediates(self.max_chain_depth.unwrap_or(8));
            if profile == "strict" {
                // The certificates of the set are valid for a thousand years.
                policy = policy.strict().max_validity(Duration::from_secs(u64::MAX));
            }
            policy
        });
        let agrees = verdict.is_ok() == (self.expected_result == Outcome::Success);
        let must_differ = classes.iter().any(|class| {
            class.cases.contains(&self.id)
                && class.expected == self.expected_result
                && class.profiles.iter().any(|of| of == profile)
        });
        let is_explained = classes.iter().any(|class| class.has(self, profile, &verdict));
        match (agrees, must_differ) {
            (true, true) => Err("differs no more: remove it from the file".to_owned()),
            (false, _) if !is_explained => {
                Err(format!("{:?} is expected, and it is {verdict:?}", self.expected_result))
            }
            _ => Ok(()),
        }
    }
}

/// The set's cases without a time are valid for a thousand years.
fn today() -> SystemTime {
    time("2026-12-01T00:00:00Z")
}

/// Each of Cloudflare's own authorities is refused by its certificate, by its key in another
/// certificate's place, and beside an authority of one's own.
fn cloudflare(folder: &Path) -> Vec<Trial> {
    let authorities = [
        ("shared-origin-pull-ca", ConfigError::CloudflareSharedCa),
        ("origin-ca-rsa-root", ConfigError::CloudflareOriginCa),
        ("origin-ca-ecc-root", ConfigError::CloudflareOriginCa),
    ];
    let trials = authorities.map(|(name, expected)| {
        let file = folder.join(format!("cloudflare-{name}.pem"));
        Trial::test(format!("cloudflare::{name}"), move || {
            let pem = std::fs::read_to_string(&file)?;
            let ours = read_pem(&file.with_file_name("../infra/x509/good-ca.crt"));
            let theirs = read_pem(&file);
            for anchors in [TrustAnchors::from_pem(&pem), TrustAnchors::from_der(theirs.clone())] {
                same(&anchors.map(drop), &Err(expected))?;
            }
            for beside in [[ours.clone(), theirs.clone()], [theirs.clone(), ours]] {
                let anchors = TrustAnchors::from_der(beside.concat());
                same(&anchors.map(drop), &Err(expected))?;
            }
            Ok(())
        })
    });
    trials.into()
}

/// What the reference system's script has made, and what it should have made.
fn script(folder: &Path) -> Vec<Trial> {
    let cases = [
        ("seed-script-ca", "seed-script-client-x509v1", Some(VerifyError::UnsupportedVersion)),
        ("good-ca", "good-client-v3-clientauth", None),
        ("good-ca", "wrong-eku-serverauth", Some(VerifyError::ExtendedKeyUsage)),
        ("seed-script-ca", "good-client-v3-clientauth", Some(VerifyError::UnknownIssuer)),
    ];
    let trials = cases.map(|(anchor, client, expected)| {
        let file = |name: &str| folder.join(name).with_extension("crt");
        let (anchor_file, client_file) = (file(anchor), file(client));
        Trial::test(format!("script::{client}::under::{anchor}"), move || {
            let shown = Shown {
                anchors: read_pem(&anchor_file),
                chain: read_pem(&client_file),
                crls: Vec::new(),
                now: today(),
            };
            let verdict = shown.verdict(|policy| policy).map(drop);
            same(&verdict, &expected.map_or(Ok(()), |error| Err(error.into())))
        })
    });
    trials.into()
}

fn read_pem(file: &Path) -> Vec<CertificateDer<'static>> {
    let certificates = CertificateDer::pem_file_iter(file);
    let certificates = certificates.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    certificates.map(|certificate| certificate.expect("a certificate")).collect()
}

fn same<T: PartialEq + std::fmt::Debug>(is: &T, expected: &T) -> Result<(), Failed> {
    if is == expected { Ok(()) } else { Err(format!("is {is:?}, expected {expected:?}").into()) }
}
