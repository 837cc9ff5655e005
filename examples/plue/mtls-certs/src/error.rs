use std::io;
use std::path::PathBuf;

use origin_mtls::{ConfigError, VerifyError};
use thiserror::Error;

/// Why a command did not do what it was asked for. It has left nothing behind then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The authority ends before what it is to issue.
    #[error(
        "the authority is valid until {end}, and ends before the certificate; lower --days, or rotate"
    )]
    AuthorityEnds {
        /// Its last day.
        end: String,
    },
    /// A file does not have one certificate.
    #[error("{} has {found} certificates, expected 1 in PEM", path.display())]
    CertificateCount {
        /// The file.
        path: PathBuf,
        /// How many it has.
        found: usize,
    },
    /// The system's clock is of before 1970, or a date is after 9999.
    #[error("the system's clock is wrong, or a date is beyond what a certificate can hold")]
    Clock,
    /// There is a file or folder where one is to be made.
    #[error("{} is there already, and nothing is overwritten; name another, or move it away", path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// A private key does not belong to the certificate.
    #[error("{} does not belong to {}", key.display(), certificate.display())]
    KeyMismatch {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// Cryptography failed, or a name cannot be encoded.
    #[error("the certificate cannot be made")]
    Make(#[source] rcgen::Error),
    /// No certificate, or one that is malformed.
    #[error("{} has no certificate in PEM, or one that is malformed", path.display())]
    MalformedCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The previous list of revoked certificates cannot be carried on.
    #[error("{} cannot be carried on: {reason}; put the list that was published last in its place", path.display())]
    MalformedCrl {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A private key that cannot be read.
    #[error("{} is no private key that can be read: PKCS#8 without a passphrase is expected", path.display())]
    MalformedKey {
        /// The file.
        path: PathBuf,
    },
    /// There is no list of revoked certificates to carry on.
    #[error(
        "{} is missing, and with it what was revoked: put the list that was published last in its \
         place, or pass --first if there has never been one",
        path.display()
    )]
    NoCrl {
        /// The file.
        path: PathBuf,
    },
    /// The authority does not name an organization of at most 32 characters.
    #[error("the subject of {} has no organization (O) of 1 to 32 characters to take over", path.display())]
    NoOrganization {
        /// The authority's file.
        path: PathBuf,
    },
    /// A certificate has no pin in the eyes of the origin.
    #[error("a certificate in {} has no pin: `{}`, {}", path.display(), .cause.code(), .cause.hint())]
    NoPin {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: VerifyError,
    },
    /// The old client certificate has names that cannot be taken over.
    #[error(
        "{} has no common name, or names that this tool does not write; issue the first certificate \
         of the new authority by hand: `init` and `issue`",
        path.display()
    )]
    OldNames {
        /// The file.
        path: PathBuf,
    },
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
    /// What was made is not accepted by the origin's verifier: the authority is of a form that is not
    /// supported.
    #[error("what this authority signs is refused by the origin as `{}`: {}", .0.code(), .0.hint())]
    Product(VerifyError),
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The certificate was refused by a check, whose findings have been printed.
    #[error("the certificate is refused")]
    Refused,
    /// What is to be revoked is neither a serial number nor a file of this authority.
    #[error("--revoke {given}: {reason}")]
    Revoke {
        /// What was given.
        given: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The authority cannot be used by the origin.
    #[error("{} cannot be used by the origin", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ConfigError,
    },
    /// A file or folder cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
