use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rcgen::{KeyPair, PublicKeyData as _};
use rustls_pki_types::CertificateDer;

use super::finding::{By, Findings};
use crate::{Error, certificate, files, pem};

/// Whether the private key's file can be uploaded, and belongs to the certificate.
pub(crate) fn check(
    path: &Path,
    leaf: Option<&CertificateDer<'_>>,
    findings: &mut Findings,
) -> Result<(), Error> {
    let bytes = files::read(path)?;
    check_mode(path, findings)?;

    // With a passphrase there are headers, which make it no PEM of today.
    if contains(&bytes, b"ENCRYPTED") {
        findings.refuse(
            By::Cloudflare,
            "the private key has a passphrase: take it off by `openssl pkcs8 -topk8 -nocrypt`",
        );
        return Ok(());
    }
    let Some(blocks) = pem::blocks(&bytes) else {
        findings.refuse(By::Cloudflare, "the private key's file is malformed PEM");
        return Ok(());
    };
    if blocks.iter().any(|block| block.label == "EC PARAMETERS") {
        findings.refuse(
            By::Cloudflare,
            "the private key's file has a block EC PARAMETERS: remove it, or convert the key by \
             `openssl pkcs8 -topk8 -nocrypt`",
        );
    }
    if blocks.iter().any(|block| block.label == pem::CERTIFICATE) {
        findings.refuse(
            By::Cloudflare,
            "a certificate is in the private key's file: the two are fields of their own; separate \
             them",
        );
    }
    let mut keys = blocks.iter().filter(|block| pem::is_private_key(&block.label));
    let (Some(key), None) = (keys.next(), keys.next()) else {
        findings.refuse(By::Cloudflare, "the private key's file has not one private key in PEM");
        return Ok(());
    };
    if key.label != PKCS8 {
        findings.warn(
            By::Cloudflare,
            format!(
                "the private key is a `{}`, not PKCS#8: convert it by `openssl pkcs8 -topk8 \
                 -nocrypt`",
                key.label
            ),
        );
    }
    if let Some(leaf) = leaf {
        check_belongs(&key.der, leaf, findings);
    }
    Ok(())
}

fn check_belongs(key: &[u8], leaf: &CertificateDer<'_>, findings: &mut Findings) {
    let leaf = certificate::parse(leaf);
    let public = leaf.as_ref().map(|leaf| &*leaf.public_key().subject_public_key.data);
    match KeyPair::try_from(key) {
        Ok(key) if Some(key.der_bytes()) == public => {
            findings.ok(By::Cloudflare, "the private key belongs to the certificate");
        }
        Ok(_) => findings.refuse(
            By::Cloudflare,
            "the private key does not belong to the certificate: is it of another issue?",
        ),
        Err(_) => findings.refuse(
            By::Cloudflare,
            "the private key cannot be read, or is of a kind or size that is not supported",
        ),
    }
}

fn check_mode(path: &Path, findings: &mut Findings) -> Result<(), Error> {
    let metadata = path.metadata();
    let metadata = metadata.map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        findings.warn(
            By::Origin,
            format!("others can reach the private key (mode {mode:04o}): `chmod 600` it"),
        );
    }
    Ok(())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

const PKCS8: &str = "PRIVATE KEY";
