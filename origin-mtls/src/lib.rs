//! Proves that a connection comes from your own Cloudflare zone.
//!
//! With [Authenticated Origin Pulls] Cloudflare shows a client certificate to the origin. If you have
//! issued it yourself and nobody else has one, whoever shows it is your zone; with the certificate that
//! Cloudflare shares among all its customers it may be anybody's. This crate holds a connection to that,
//! and gives an [`EdgeIdentity`], or says why not:
//!
//! - `origin.listener(tcp)` does it for a server on rustls (modules `tokio` and `axum`), and
//!   `EdgeIdentity` is then an argument of axum's handlers;
//! - `origin.accept(stream)` does it for one connection of any kind;
//! - [`OriginPullPolicy::verify`] is what they stand on: certificates and a time, no I/O, no clock, and
//!   no TLS.
//!
//! # What is proven
//!
//! That an [`EdgeIdentity`] exists means that all of this held, checked in this order:
//!
//! 1. The client showed a certificate, with at most 2 others, and 16 KiB in all. Nothing has been
//!    parsed until here.
//! 2. It is one certificate of X.509 version 3 in DER, with no extension twice, and its key is one of
//!    the pinned ones, if there are any.
//! 3. A path leads from it to one of your trust anchors: each signature holds, nothing has expired or
//!    is of the future, the anchor included; authorities are authorities, of whose path lengths, key
//!    usages and name constraints none is broken; no critical extension is unknown; and with revocation
//!    lists, the newest one of each authority of the path is in date and does not have it (RFC 5280
//!    §6.1 and §6.3).
//! 4. It is for clients, and no authority's: extended key usage, key usage, extensions (RFC 5280
//!    §4.2.1). Its key is RSA of 2048 to 8192 bits, P-256, P-384, P-521 or Ed25519.
//! 5. Under the [strict profile](OriginPullPolicyBuilder::strict) it has the form that RFC 5280 demands,
//!    and what your own authority can give it.
//! 6. Its subject and alternative names are those that are asked for.
//!
//! Over a connection of [`OriginMtls`] besides: the client signed this handshake with the key, never an
//! earlier one, since no session is resumed; and with each request, or each byte, that all of it holds
//! still.
//!
//! # What is not
//!
//! - That only Cloudflare has the key. It is yours to keep: upload it, and delete it.
//! - Which visitor it is, that a rule of the firewall ran, or that Access let anybody in.
//! - Which of your zones or hosts it is, unless each has a certificate of its own, and
//!   [`hosts`](OriginPullPolicyBuilder::hosts) binds it.
//! - Anything of a Tunnel or of Spectrum: Authenticated Origin Pulls cover neither.
//! - That a certificate was not revoked since the last list.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use std::time::SystemTime;
//!
//! use origin_mtls::testing::EphemeralCa;
//! use origin_mtls::{OriginPullPolicy, VerifyError};
//! use rustls::crypto::aws_lc_rs;
//!
//! let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms.all;
//! let ca = EphemeralCa::new(); // stands in for your own: throw-away keys, the same checks
//! let policy = OriginPullPolicy::builder(ca.trust_anchors(), algorithms).strict().build()?;
//!
//! let edge = policy.verify(ca.client().chain(), SystemTime::now())?;
//! assert_eq!(edge.common_name(), Some("Cloudflare Origin Pull"));
//!
//! let other = EphemeralCa::new();
//! let refused = policy.verify(other.client().chain(), SystemTime::now());
//! assert_eq!(refused.unwrap_err(), VerifyError::BadSignature);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `axum` | the listener as axum's, `with_edge_identity`, the extractor; implies `tokio` and `tower` |
//! | `rustls` | `OriginMtls`, `EdgeVerifier` and `ServerCertificate`; switches on no provider |
//! | `serde` | `Deserialize` for `SpkiPin` |
//! | `testing` | `testing::EphemeralCa`: for development, and for the tests of your own handlers; implies `tower` |
//! | `tls12` | `allow_tls12`; implies `rustls` |
//! | `tokio` | `OriginMtls::accept` and `OriginMtls::listener`; implies `rustls` |
//! | `tower` | the layer: the edge, its hosts, and no client certificate in a header; implies `rustls` |
//! | `tracing` | refusals at debug, reloads at info, certificates that expire soon at warn |
//!
//! No feature changes a decision. None is on by default.
//!
//! [Authenticated Origin Pulls]: https://developers.cloudflare.com/ssl/origin-configuration/authenticated-origin-pull/

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "rustls")]
pub mod rustls;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tokio")]
pub mod tokio;
#[cfg(feature = "tower")]
pub mod tower;

mod anchors;
pub use anchors::TrustAnchors;

mod crl;
pub use crl::Crls;

mod pin;
pub use pin::SpkiPin;

mod host;
pub use host::HostPattern;

mod policy;
pub use policy::{OriginPullPolicy, OriginPullPolicyBuilder};

mod identity;
pub use identity::EdgeIdentity;

#[cfg(feature = "rustls")]
mod server_certificate;
#[cfg(feature = "rustls")]
pub use server_certificate::ServerCertificate;

#[cfg(feature = "rustls")]
mod origin;
#[cfg(feature = "rustls")]
pub use origin::{OriginMtls, OriginMtlsBuilder};

#[cfg(feature = "rustls")]
mod connection;
#[cfg(feature = "rustls")]
pub use connection::EdgeConnection;

#[cfg(feature = "rustls")]
mod status;
#[cfg(feature = "rustls")]
pub use status::{AnchorStatus, ClientStatus, OriginStatus};

mod error;
pub use error::{ConfigError, VerifyError};

mod certificate;
#[cfg(feature = "tower")]
mod headers;
mod key;
#[cfg(feature = "tower")]
mod response;
mod strict;
mod subject;
mod verify;

#[cfg(all(doctest, feature = "axum", feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;
