//! Certificates, field by field, so that one can differ in exactly one of them.

use std::sync::LazyLock;

use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};
use rustls_pki_types::CertificateDer;

use crate::der::{
    bits, boolean, element, explicit, integer, named_bits, octets, oid, sequence, set, time,
    unsigned,
};

/// 2027-01-15, a time at which everything here is valid that does not say otherwise.
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const DAY: i64 = 86400;

pub(crate) static ROOT: LazyLock<KeyPair> = LazyLock::new(key);
pub(crate) static OTHER_ROOT: LazyLock<KeyPair> = LazyLock::new(key);
pub(crate) static INTERMEDIATE: LazyLock<KeyPair> = LazyLock::new(key);
pub(crate) static LEAF: LazyLock<KeyPair> = LazyLock::new(key);

/// A new key, P-256.
pub(crate) fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

/// A certificate before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Cert {
    /// As encoded: 2 is version 3. `None`: version 1, which is not written.
    pub(crate) version: Option<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) subject: Vec<u8>,
    pub(crate) spki: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
}

#[derive(Clone, Debug)]
pub(crate) struct Extension {
    pub(crate) id: &'static str,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

impl Extension {
    pub(crate) fn critical(mut self) -> Self {
        self.critical = true;
        self
    }

    pub(crate) fn not_critical(mut self) -> Self {
        self.critical = false;
        self
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let critical = if self.critical { boolean(true) } else { Vec::new() };
        sequence(&[oid(self.id), critical, octets(&self.value)])
    }
}

/// A self-signed authority, of the strict form.
pub(crate) fn root() -> Cert {
    authority(name("Plue Origin Pull CA"), &ROOT).with(aki(&ROOT))
}

/// An authority that [`root`] has certified.
pub(crate) fn intermediate() -> Cert {
    authority(name("Plue Intermediate CA"), &INTERMEDIATE).issued_by(&root()).with(aki(&ROOT))
}

pub(crate) fn authority(subject: Vec<u8>, key: &KeyPair) -> Cert {
    Cert {
        version: Some(2),
        serial: vec![0x01],
        issuer: subject.clone(),
        not_before: NOW - 100 * DAY,
        not_after: NOW + 3550 * DAY,
        subject,
        spki: key.subject_public_key_info(),
        extensions: vec![basic_constraints(true, None), key_usage(&[5, 6]), ski(key)],
    }
}

/// A client certificate that both profiles accept, issued by [`root`].
pub(crate) fn leaf() -> Cert {
    Cert {
        version: Some(2),
        serial: vec![0x11, 0x22, 0x33],
        issuer: root().subject,
        not_before: NOW - 30 * DAY,
        not_after: NOW + 335 * DAY,
        subject: rdns(&[(ORGANIZATION, UTF8, b"Plue"), (COMMON_NAME, UTF8, b"Cloudflare Client")]),
        spki: LEAF.subject_public_key_info(),
        extensions: vec![
            basic_constraints(false, None),
            key_usage(&[0]),
            eku(&[CLIENT_AUTH]),
            ski(&LEAF),
            aki(&ROOT),
        ],
    }
}

/// The same, issued by [`intermediate`].
pub(crate) fn leaf_of_intermediate() -> Cert {
    leaf().issued_by(&intermediate()).with(aki(&INTERMEDIATE))
}

impl Cert {
    /// With this extension, in the place of the one that there is of its kind.
    pub(crate) fn with(mut self, extension: Extension) -> Self {
        match self.extensions.iter_mut().find(|other| other.id == extension.id) {
            Some(other) => *other = extension,
            None => self.extensions.push(extension),
        }
        self
    }

    /// With this extension beside the others, even if it is there already.
    pub(crate) fn and(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    pub(crate) fn without(mut self, id: &str) -> Self {
        assert!(self.extensions.iter().any(|extension| extension.id == id), "{id}");
        self.extensions.retain(|extension| extension.id != id);
        self
    }

    pub(crate) fn issued_by(mut self, issuer: &Self) -> Self {
        self.issuer.clone_from(&issuer.subject);
        self
    }

    pub(crate) fn subject(mut self, subject: Vec<u8>) -> Self {
        self.subject = subject;
        self
    }

    pub(crate) fn issuer(mut self, issuer: Vec<u8>) -> Self {
        self.issuer = issuer;
        self
    }

    pub(crate) fn valid(mut self, not_before: i64, not_after: i64) -> Self {
        (self.not_before, self.not_after) = (not_before, not_after);
        self
    }

    pub(crate) fn serial(mut self, serial: &[u8]) -> Self {
        self.serial = serial.to_vec();
        self
    }

    pub(crate) fn version(mut self, version: Option<u8>) -> Self {
        self.version = version;
        self
    }

    /// For another key, of which [`ski`] tells as well.
    pub(crate) fn key(self, key: &KeyPair) -> Self {
        self.spki(key.subject_public_key_info()).with(ski(key))
    }

    pub(crate) fn spki(mut self, spki: Vec<u8>) -> Self {
        self.spki = spki;
        self
    }

    /// TBSCertificate.
    pub(crate) fn tbs(&self, algorithm: &[u8]) -> Vec<u8> {
        let version = self.version.map_or_else(Vec::new, |version| explicit(0, integer([version])));
        let extensions: Vec<_> = self.extensions.iter().map(Extension::encode).collect();
        sequence(&[
            version,
            integer(&self.serial),
            algorithm.to_vec(),
            self.issuer.clone(),
            sequence(&[time(self.not_before), time(self.not_after)]),
            self.subject.clone(),
            self.spki.clone(),
            if extensions.is_empty() { Vec::new() } else { explicit(3, sequence(&extensions)) },
        ])
    }

    pub(crate) fn signed_by(&self, key: &KeyPair) -> CertificateDer<'static> {
        signed(&self.tbs(&algorithm(key)), key).into()
    }
}

/// What is signed, with its signature.
pub(crate) fn signed(tbs: &[u8], key: &KeyPair) -> Vec<u8> {
    sequence(&[tbs.to_vec(), algorithm(key), bits(&key.sign(tbs).unwrap())])
}

/// AlgorithmIdentifier of a key's signatures.
pub(crate) fn algorithm(key: &KeyPair) -> Vec<u8> {
    let algorithm = key.algorithm();
    if *algorithm == rcgen::PKCS_ECDSA_P256_SHA256 {
        sequence(&[oid("1.2.840.10045.4.3.2")])
    } else if *algorithm == rcgen::PKCS_ECDSA_P384_SHA384 {
        sequence(&[oid("1.2.840.10045.4.3.3")])
    } else if *algorithm == rcgen::PKCS_ED25519 {
        sequence(&[oid("1.3.101.112")])
    } else if *algorithm == rcgen::PKCS_RSA_SHA256 {
        sequence(&[oid("1.2.840.113549.1.1.11"), element(0x05, [])])
    } else {
        panic!("no such algorithm here: {algorithm:?}")
    }
}

/// SubjectPublicKeyInfo of an RSA key, of which nobody needs to have the private half: a client's.
pub(crate) fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = sequence(&[unsigned(modulus), unsigned(exponent)]);
    spki(&[oid("1.2.840.113549.1.1.1"), element(0x05, [])], &key)
}

pub(crate) fn spki(algorithm: &[Vec<u8>], key: &[u8]) -> Vec<u8> {
    sequence(&[sequence(algorithm), bits(key)])
}

/// A modulus of so many bits: its first and its last are set.
pub(crate) fn modulus(bits: usize) -> Vec<u8> {
    let mut bytes = vec![0x55; bits.div_ceil(8)];
    bytes[0] = 1 << ((bits - 1) % 8);
    *bytes.last_mut().unwrap() |= 1;
    bytes
}

/// A name of a common name alone.
pub(crate) fn name(common_name: &str) -> Vec<u8> {
    rdns(&[(COMMON_NAME, UTF8, common_name.as_bytes())])
}

/// A name of attributes, each with the kind of its string.
pub(crate) fn rdns(attributes: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let rdn = |(id, tag, value): &(&str, u8, &[u8])| set(&[attribute(id, *tag, value)]);
    sequence(&attributes.iter().map(rdn).collect::<Vec<_>>())
}

pub(crate) fn attribute(id: &str, tag: u8, value: &[u8]) -> Vec<u8> {
    sequence(&[oid(id), element(tag, value)])
}

pub(crate) fn extension(id: &'static str, value: Vec<u8>) -> Extension {
    Extension { id, critical: false, value }
}

pub(crate) fn basic_constraints(is_ca: bool, path_length: Option<u8>) -> Extension {
    let is_ca = if is_ca { boolean(true) } else { Vec::new() };
    let length = path_length.map_or_else(Vec::new, |length| integer([length]));
    extension(BASIC_CONSTRAINTS, sequence(&[is_ca, length])).critical()
}

/// By the numbers of RFC 5280 §4.2.1.3: 0 digitalSignature, 5 keyCertSign, 6 cRLSign.
pub(crate) fn key_usage(numbers: &[usize]) -> Extension {
    extension(KEY_USAGE, named_bits(numbers)).critical()
}

pub(crate) fn eku(purposes: &[&str]) -> Extension {
    let purposes: Vec<_> = purposes.iter().map(|purpose| oid(purpose)).collect();
    extension(EXTENDED_KEY_USAGE, sequence(&purposes))
}

pub(crate) fn ski(key: &KeyPair) -> Extension {
    extension(SUBJECT_KEY_IDENTIFIER, octets(key_id(key)))
}

pub(crate) fn aki(issuer: &KeyPair) -> Extension {
    let key_id = element(0x80, key_id(issuer));
    extension(AUTHORITY_KEY_IDENTIFIER, sequence(&[key_id]))
}

pub(crate) fn key_id(key: &KeyPair) -> Vec<u8> {
    key.public_key_raw()[1..21].to_vec()
}

/// Alternative names, each with its tag: 0x82 a DNS name, 0x86 a URI.
pub(crate) fn san(names: &[(u8, &[u8])]) -> Extension {
    let names: Vec<_> = names.iter().map(|(tag, name)| element(*tag, name)).collect();
    extension(SUBJECT_ALTERNATIVE_NAME, sequence(&names))
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::prelude::BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

pub(crate) const UTF8: u8 = 0x0c;
pub(crate) const PRINTABLE: u8 = 0x13;
pub(crate) const TELETEX: u8 = 0x14;
pub(crate) const IA5: u8 = 0x16;
pub(crate) const UNIVERSAL: u8 = 0x1c;
pub(crate) const BMP: u8 = 0x1e;
pub(crate) const DNS: u8 = 0x82;
pub(crate) const URI: u8 = 0x86;

pub(crate) const COMMON_NAME: &str = "2.5.4.3";
pub(crate) const ORGANIZATION: &str = "2.5.4.10";
pub(crate) const ORGANIZATIONAL_UNIT: &str = "2.5.4.11";

pub(crate) const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const SUBJECT_ALTERNATIVE_NAME: &str = "2.5.29.17";
pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(crate) const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub(crate) const POLICY_MAPPINGS: &str = "2.5.29.33";
pub(crate) const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
pub(crate) const POLICY_CONSTRAINTS: &str = "2.5.29.36";
pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub(crate) const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
pub(crate) const AUTHORITY_INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";

pub(crate) const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
pub(crate) const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
pub(crate) const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";
pub(crate) const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";
pub(crate) const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
pub(crate) const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
pub(crate) const ANY_PURPOSE: &str = "2.5.29.37.0";
