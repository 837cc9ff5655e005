//! Of several faults the first is told, in the order in which `VerifyError` lists them.

use std::mem::{Discriminant, discriminant};

use origin_mtls::{Crls, SpkiPin, VerifyError};
use rcgen::KeyPair;
use rustls_pki_types::CertificateDer;

use crate::der::{bits, element, octets, oid, sequence};
use crate::lists::{Crl, crl};
use crate::pki::{
    Cert, DAY, DNS, NAME_CONSTRAINTS, NOW, OTHER_ROOT, ROOT, SERVER_AUTH, basic_constraints, eku,
    extension, key_usage, leaf, modulus, name, root, rsa_spki, san, spki,
};
use crate::{at, trusting, verify};

/// What a client shows and what it is asked for. Without a fault it is accepted.
struct Case {
    root: Cert,
    leaf: Cert,
    behind: Vec<CertificateDer<'static>>,
    signer: &'static KeyPair,
    /// Of the leaf's signature, instead of that of its signer's key.
    algorithm: Option<Vec<u8>>,
    trailing: &'static [u8],
    pin: Option<SpkiPin>,
    list: Crl,
    list_key: &'static KeyPair,
    common_name: &'static str,
    uri: &'static str,
}

impl Case {
    fn new() -> Self {
        Self {
            root: root(),
            leaf: leaf().with(san(&[(0x86, b"spiffe://plue.dev/edge"), (DNS, b"plue.dev")])),
            behind: Vec::new(),
            signer: &ROOT,
            algorithm: None,
            trailing: &[],
            pin: None,
            list: crl(&root(), &ROOT),
            list_key: &ROOT,
            common_name: "Cloudflare Client",
            uri: "spiffe://plue.dev/edge",
        }
    }

    fn verdict(&self) -> Option<VerifyError> {
        let mut policy = trusting(&self.root)
            .strict()
            .crls(Crls::from_der([self.list.signed_by(self.list_key)]).unwrap())
            .common_name(self.common_name)
            .uri(self.uri);
        if let Some(pin) = self.pin {
            policy = policy.pin(pin);
        }
        let mut leaf = match &self.algorithm {
            None => self.leaf.signed_by(self.signer).to_vec(),
            Some(algorithm) => {
                let tbs = self.leaf.tbs(algorithm);
                sequence(&[tbs, algorithm.clone(), bits(&[0; 64])])
            }
        };
        leaf.extend(self.trailing);
        let mut chain = vec![leaf.into()];
        chain.extend(self.behind.iter().cloned());
        verify(&policy.build().unwrap(), &chain).err()
    }
}

struct Fault {
    error: VerifyError,
    /// Faults of one place cannot be had together.
    place: &'static str,
    make: fn(&mut Case),
}

const fn fault(error: VerifyError, place: &'static str, make: fn(&mut Case)) -> Fault {
    Fault { error, place, make }
}

/// In the order of the checks.
const FAULTS: &[Fault] = &[
    fault(VerifyError::ChainTooLong, "behind", |case| {
        case.behind = vec![root().signed_by(&ROOT); 2];
    }),
    fault(VerifyError::ChainTooLarge, "size", |case| {
        let large = extension("1.3.6.1.4.1.99999.1", octets(vec![0; 16 << 10]));
        case.leaf = case.leaf.clone().and(large);
    }),
    fault(VerifyError::BadEncoding, "trailing", |case| case.trailing = &[0]),
    fault(VerifyError::UnsupportedVersion, "version", |case| case.leaf.version = Some(1)),
    fault(VerifyError::PinMismatch, "pin", |case| {
        case.pin = Some(SpkiPin::of(&root().signed_by(&ROOT)).unwrap());
    }),
    fault(VerifyError::CriticalExtension, "unknown", |case| {
        let unknown = extension("1.3.6.1.4.1.99999.2", octets([])).critical();
        case.leaf = case.leaf.clone().and(unknown);
    }),
    fault(VerifyError::Expired, "dates", |case| {
        case.leaf = case.leaf.clone().valid(NOW - 2000 * DAY, NOW - 1);
    }),
    fault(VerifyError::NotYetValid, "dates", |case| {
        case.leaf = case.leaf.clone().valid(NOW + 1, NOW + 2000 * DAY);
    }),
    fault(VerifyError::CaAsLeaf, "constraints", |case| {
        case.leaf = case.leaf.clone().with(basic_constraints(true, None));
    }),
    fault(VerifyError::ExtendedKeyUsage, "purpose", |case| {
        case.leaf = case.leaf.clone().with(eku(&[SERVER_AUTH]));
    }),
    fault(VerifyError::UnknownIssuer, "issuer", |case| case.leaf.issuer = name("Somebody")),
    fault(VerifyError::UnsupportedAlgorithm, "signature", |case| {
        // ecdsa-with-SHA1.
        case.algorithm = Some(sequence(&[oid("1.2.840.10045.4.1")]));
    }),
    fault(VerifyError::BadSignature, "signature", |case| case.signer = &OTHER_ROOT),
    fault(VerifyError::Revoked, "list", |case| {
        case.list = case.list.clone().revoking(&leaf().serial).revoking(&[0x7f; 21]);
    }),
    fault(VerifyError::CrlExpired, "list", |case| {
        case.list = case.list.clone().dates(NOW - 2 * DAY, NOW - DAY);
    }),
    fault(VerifyError::CrlUnknown, "list", |case| {
        case.list.issuer = name("Somebody");
    }),
    fault(VerifyError::NameConstraints, "permitted", |case| {
        let permitted = sequence(&[element(0x82, "verifluence.io")]);
        let names = extension(NAME_CONSTRAINTS, sequence(&[element(0xa0, permitted)]));
        case.root = case.root.clone().with(names.critical());
    }),
    fault(VerifyError::AnchorExpired, "anchor", |case| case.root.not_after = NOW - 1),
    fault(VerifyError::AnchorNotYetValid, "anchor", |case| case.root.not_before = NOW + 1),
    fault(VerifyError::UnrelatedCertificate, "behind", |case| {
        let stranger = root().subject(name("Somebody")).issuer(name("Somebody"));
        case.behind = vec![stranger.signed_by(&ROOT)];
    }),
    fault(VerifyError::CrlNotYetValid, "list", |case| {
        case.list = case.list.clone().dates(NOW + 1, NOW + DAY);
    }),
    fault(VerifyError::ExtendedKeyUsage, "purpose", |case| {
        case.leaf = case.leaf.clone().with(eku(&["1.3.6.1.5.5.7.3.2", SERVER_AUTH]));
    }),
    fault(VerifyError::KeyUsage, "usage", |case| {
        case.leaf = case.leaf.clone().with(key_usage(&[2]));
    }),
    fault(VerifyError::KeyType, "key", |case| {
        let p224 = [oid("1.2.840.10045.2.1"), oid("1.3.132.0.33")];
        case.leaf = case.leaf.clone().spki(spki(&p224, &[4; 57]));
    }),
    fault(VerifyError::WeakKey, "key", |case| {
        case.leaf = case.leaf.clone().spki(rsa_spki(&modulus(1024), &[1, 0, 1]));
    }),
    fault(VerifyError::LeafExtension, "leaf", |case| {
        let any_policy = extension("2.5.29.54", element(0x02, [0]));
        case.leaf = case.leaf.clone().and(any_policy);
    }),
    fault(VerifyError::ValidityTooLong, "span", |case| {
        let from = case.leaf.not_before.min(NOW - 2000 * DAY);
        if case.leaf.not_before <= NOW {
            case.leaf.not_before = from;
        }
    }),
    fault(VerifyError::NotStrict, "serial", |case| case.leaf.serial = vec![0x7f; 21]),
    fault(VerifyError::SubjectMismatch, "common name", |case| case.common_name = "Somebody"),
    fault(VerifyError::SanMismatch, "uri", |case| case.uri = "spiffe://plue.dev/other"),
];

#[test]
fn without_a_fault_the_case_is_accepted() {
    assert_eq!(Case::new().verdict(), None);
}

#[test]
fn each_fault_alone_is_told() {
    for fault in FAULTS {
        let mut case = Case::new();
        (fault.make)(&mut case);
        assert_eq!(case.verdict(), Some(fault.error));
    }
}

#[test]
fn of_two_faults_the_first_is_told() {
    let mut pairs = 0;
    for (place, first) in FAULTS.iter().enumerate() {
        for second in FAULTS.iter().skip(place + 1).filter(|second| second.place != first.place) {
            // The later first, so that the earlier one sees what it has changed.
            for order in [[first, second], [second, first]] {
                let mut case = Case::new();
                order.iter().for_each(|fault| (fault.make)(&mut case));
                let faults = (first.error, second.error);
                assert_eq!(case.verdict(), Some(first.error), "{faults:?}");
            }
            pairs += 1;
        }
    }
    assert!(pairs > 350, "{pairs}");
}

#[test]
fn of_all_faults_the_first_is_told() {
    let mut case = Case::new();
    FAULTS.iter().for_each(|fault| (fault.make)(&mut case));
    assert_eq!(case.verdict(), Some(VerifyError::ChainTooLarge));
    case.behind = vec![root().signed_by(&ROOT); 2];
    assert_eq!(case.verdict(), Some(VerifyError::ChainTooLong));
}

#[test]
fn the_variants_stand_in_the_order_of_the_checks() {
    let source = include_str!("../../src/error/verify.rs");
    let place = |error: VerifyError| {
        let variant = format!("    {error:?},\n");
        source.find(&variant).unwrap_or_else(|| panic!("no {error:?}"))
    };
    let mut seen: Vec<Discriminant<VerifyError>> = Vec::new();
    let mut last = (0, VerifyError::NoCertificate);
    for Fault { error, .. } in FAULTS {
        if seen.contains(&discriminant(error)) {
            continue;
        }
        seen.push(discriminant(error));
        assert!(place(*error) > last.0, "{error:?} stands before {:?}", last.1);
        last = (place(*error), *error);
    }
}

#[test]
fn a_chain_without_a_certificate_is_told_before_anything_else() {
    let policy = trusting(&root()).strict().build().unwrap();
    assert_eq!(policy.verify(&[], at(-1)).unwrap_err(), VerifyError::NoCertificate);
}
