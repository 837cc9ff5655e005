//! Revocation lists, field by field.

use rcgen::KeyPair;
use rustls_pki_types::CertificateRevocationListDer;

use crate::der::{explicit, integer, sequence, time, unsigned};
use crate::pki::{Cert, DAY, Extension, NOW, aki, algorithm, extension, signed};

#[derive(Clone, Debug)]
pub(crate) struct Crl {
    /// As encoded: 1 is version 2. `None`: version 1, which is not written.
    pub(crate) version: Option<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) this_update: i64,
    pub(crate) next_update: Option<i64>,
    pub(crate) revoked: Vec<Vec<u8>>,
    pub(crate) extensions: Vec<Extension>,
}

/// A list of an authority, with the number 7, on which nothing is.
pub(crate) fn crl(of: &Cert, key: &KeyPair) -> Crl {
    Crl {
        version: Some(1),
        issuer: of.subject.clone(),
        this_update: NOW - DAY,
        next_update: Some(NOW + 6 * DAY),
        revoked: Vec::new(),
        extensions: vec![aki(key), number(&[7])],
    }
}

impl Crl {
    pub(crate) fn revoking(mut self, serial: &[u8]) -> Self {
        self.revoked.push(serial.to_vec());
        self
    }

    pub(crate) fn number(self, number_: &[u8]) -> Self {
        self.with(number(number_))
    }

    pub(crate) fn dates(mut self, this_update: i64, next_update: i64) -> Self {
        (self.this_update, self.next_update) = (this_update, Some(next_update));
        self
    }

    /// With this extension, in the place of the one that there is of its kind.
    pub(crate) fn with(mut self, extension: Extension) -> Self {
        self.extensions.retain(|other| other.id != extension.id);
        self.extensions.push(extension);
        self
    }

    pub(crate) fn without(mut self, id: &str) -> Self {
        self.extensions.retain(|extension| extension.id != id);
        self
    }

    /// TBSCertList.
    pub(crate) fn tbs(&self, algorithm: &[u8]) -> Vec<u8> {
        let entry = |serial: &Vec<u8>| sequence(&[integer(serial), time(self.this_update)]);
        let revoked: Vec<_> = self.revoked.iter().map(entry).collect();
        let extensions: Vec<_> = self.extensions.iter().map(Extension::encode).collect();
        let optional = |elements: Vec<Vec<u8>>| {
            if elements.is_empty() { Vec::new() } else { sequence(&elements) }
        };
        let extensions = optional(extensions);
        sequence(&[
            self.version.map_or_else(Vec::new, |version| integer([version])),
            algorithm.to_vec(),
            self.issuer.clone(),
            time(self.this_update),
            self.next_update.map_or_else(Vec::new, time),
            optional(revoked),
            if extensions.is_empty() { extensions } else { explicit(0, extensions) },
        ])
    }

    pub(crate) fn signed_by(&self, key: &KeyPair) -> CertificateRevocationListDer<'static> {
        signed(&self.tbs(&algorithm(key)), key).into()
    }
}

pub(crate) fn number(bytes: &[u8]) -> Extension {
    extension(CRL_NUMBER, unsigned(bytes))
}

pub(crate) const CRL_NUMBER: &str = "2.5.29.20";
pub(crate) const DELTA_CRL: &str = "2.5.29.27";
pub(crate) const ISSUING_DISTRIBUTION_POINT: &str = "2.5.29.28";
