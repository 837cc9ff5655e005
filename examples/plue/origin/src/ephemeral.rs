//! Certificates for development: of an authority that lives as long as the process. Clients are
//! held to them as Cloudflare is to its own.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use origin_mtls::testing::EphemeralCa;
use origin_mtls::{ConfigError, SpkiPin};
use rustls::crypto::CryptoProvider;
use thiserror::Error;

use crate::material::{Demands, Material};

/// Makes an authority, and writes into this folder what curl needs to pass for Cloudflare, or for an edge
/// with this key.
pub(crate) fn make(
    folder: &Path,
    demands: &Demands,
    provider: &Arc<CryptoProvider>,
) -> Result<(Material, Option<SpkiPin>), EphemeralError> {
    let ca = EphemeralCa::new();
    let client = ca.client();
    let names = ["localhost", "127.0.0.1", "::1"];
    let material = Material {
        policy: demands.policy(ca.trust_anchors(), None, provider)?,
        certificate: ca.server_certificate(&names, Arc::clone(provider)),
        user_keys: Vec::new(),
    };
    let pin = client.chain().first().and_then(|certificate| SpkiPin::of(certificate).ok());

    let failed = |source| EphemeralError::Write { path: folder.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let [ca_file, certificate_file, key_file] =
        [CA, CERTIFICATE, KEY].map(|name| folder.join(name));
    // All are looked at before the first is replaced.
    for path in [&ca_file, &certificate_file, &key_file] {
        refuse_others(path)?;
    }
    replace(&ca_file, &ca.certificate_pem(), 0o644)?;
    replace(&certificate_file, client.certificate_pem(), 0o644)?;
    replace(&key_file, &client.key_pem(), 0o600)?;
    Ok((material, pin))
}

/// The beginning of a command that passes for Cloudflare.
pub(crate) fn curl(folder: &Path) -> String {
    let [ca, certificate, key] =
        [CA, CERTIFICATE, KEY].map(|name| folder.join(name).display().to_string());
    format!("curl --cacert {ca} --cert {certificate} --key {key}")
}

/// A folder with an authority that is in use may be named by mistake.
fn refuse_others(path: &Path) -> Result<(), EphemeralError> {
    match fs::read(path) {
        Ok(content) if content.starts_with(MARK.as_bytes()) => Ok(()),
        Ok(_) => Err(EphemeralError::Foreign { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(EphemeralError::Write { path: path.to_owned(), source }),
    }
}

fn replace(path: &Path, pem: &str, mode: u32) -> Result<(), EphemeralError> {
    let write = || {
        // A new file has its mode from the first byte on, and is nobody's link.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(format!("{MARK}\n{pem}").as_bytes())
    };
    write().map_err(|source| EphemeralError::Write { path: path.to_owned(), source })
}

/// Why no throw-away authority could be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EphemeralError {
    /// There is a file that something else wrote.
    #[error(
        "--ephemeral would write over {}, which it has not written; name another folder",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The policy cannot be made.
    #[error(transparent)]
    Policy(#[from] ConfigError),
    /// A file or the folder cannot be written.
    #[error("--ephemeral cannot write {}", path.display())]
    Write {
        /// The file, or the folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

const CA: &str = "ca.crt";
const CERTIFICATE: &str = "client.crt";
const KEY: &str = "client.key";

/// The first line of each file. What stands before the first section of PEM is a comment (RFC 7468
/// §2).
const MARK: &str = "# written by plue-origin --ephemeral, and worth nothing when it has ended";
