//! Proves the client's address: the PROXY protocol, versions 1 and 2, strict, and only from whom it
//! may come.
//!
//! A proxy such as Cloudflare Spectrum, HAProxy or nginx opens a connection of its own to the origin,
//! and can write the client's address in front of what it passes on. Anybody else can write that
//! too. This crate turns it into a [`ClientAddress`], or says why not:
//!
//! - `proxy.listener(tcp)` does it for a server (modules `tokio` and `axum`): `ClientAddress` is then
//!   an argument of axum's handlers, and an unchanged `ConnectInfo<SocketAddr>` is the client's;
//! - `proxy.accept(stream, peer)` does it for one connection of any kind;
//! - `proxy.connecting_ip()` does it for HTTP through Cloudflare's proxy or a Tunnel, which send
//!   `CF-Connecting-IP` instead (module `tower`);
//! - [`ProxyProtocol::verify`] is what they stand on: bytes and a peer, no I/O;
//! - [`parse`] is the parser alone, without an allocation and without `std`.
//!
//! # What is proven
//!
//! That a [`ClientAddress`] exists means that all of this held, checked in this order:
//!
//! 1. The peer, the other end of the TCP connection, is of a network that may connect ([`Trust`]).
//!    Nothing has been read until here.
//! 2. If its network sends no header, the client is the peer. What follows holds for the others.
//! 3. A whole header came before the deadline. Version 1: the grammar of section 2.1 to the letter,
//!    at most 107 bytes. Version 2: the signature, version, command, family and transport that are
//!    assigned, at most 4096 bytes behind the first 16, room for the addresses, TLVs that fit and
//!    have their form, and the CRC32c if there is one.
//! 4. LOCAL, `UNKNOWN` and UNSPEC name nobody: the address is the peer's ([`Evidence::Peer`]).
//! 5. An address that a client is said to have is one on the Internet, and none of this server.
//!
//! # What is not
//!
//! - That the proxy says the truth. The header is plain text; it is worth what the peer is.
//! - That the peer is a proxy of *yours*. Cloudflare's networks are necessary and not sufficient: see
//!   [`cloudflare`].
//! - What TLVs say (TLS version, certificates, host names): all of it is the proxy's word.
//! - Anything about who uses the address: carriers and companies share them.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "std")] {
//! use proxy_protocol::{ProxyProtocol, Trust, Verified, VerifyError, cloudflare, loopback};
//!
//! let proxy = ProxyProtocol::builder(Trust::require(cloudflare()).direct(loopback())).build()?;
//! let line = b"PROXY TCP4 203.0.113.7 198.51.100.9 51000 22\r\nSSH-2.0-OpenSSH_9.2\r\n";
//!
//! let edge = "173.245.48.9:40000".parse()?;
//! let Verified::Complete { client, consumed } = proxy.verify(edge, line)? else { unreachable!() };
//! assert_eq!(client.ip(), "203.0.113.7".parse::<std::net::IpAddr>()?);
//! assert!(line[consumed..].starts_with(b"SSH-"));
//!
//! let stranger = "198.51.100.66:40000".parse()?;
//! assert_eq!(proxy.verify(stranger, line).unwrap_err(), VerifyError::Denied);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `axum` | the listener as axum's, `with_client_address`, the extractor; implies `tokio` and `tower` |
//! | `json` | `Networks::published_json`: Cloudflare's list as its API gives it |
//! | `serde` | `Deserialize` for `Network` |
//! | `std` | networks, `Trust` and `ProxyProtocol`; without it the crate is `no_std` and allocates nothing |
//! | `testing` | `testing::from_client`: requests for the tests of your own handlers; implies `axum` |
//! | `tokio` | `ProxyProtocol::accept` and `ProxyProtocol::listener`; implies `std` |
//! | `tower` | layers: `CF-Connecting-IP`, and no other header that names a client; implies `std` |
//! | `tracing` | refusals at debug, peers that would be denied once at warn |
//!
//! No feature changes a decision. None is on by default.
//!
//! Sections are those of the [specification], in its revision of 2026/04/27.
//!
//! [specification]: https://www.haproxy.org/download/3.4/doc/proxy-protocol.txt

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "tokio")]
pub mod handshakes;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tokio")]
pub mod tokio;
#[cfg(feature = "tower")]
pub mod tower;

mod parse;
pub use parse::{Progress, parse};

mod header;
pub use header::{Command, Family, Header, Transport, Version};

mod tlv;
pub use tlv::{Ssl, Tlv, TlvError, Tlvs};

mod encode;
pub use encode::{EncodeError, EncoderV2, V1_UNKNOWN, encode_v1};

mod datagram;
pub use datagram::parse_datagram;

mod simple;
pub use simple::SimpleHeader;

#[cfg(feature = "std")]
mod network;
#[cfg(feature = "std")]
pub use network::{Network, Networks, NetworksStatus, loopback};
#[cfg(feature = "std")]
mod cloudflare;
#[cfg(feature = "std")]
pub use cloudflare::{CLOUDFLARE_AS_OF, cloudflare};

#[cfg(feature = "std")]
mod trust;
#[cfg(feature = "std")]
pub use trust::{Decision, Trust};

#[cfg(feature = "std")]
mod client;
#[cfg(feature = "std")]
pub use client::{ClientAddress, Evidence};
#[cfg(feature = "std")]
mod proxy;
#[cfg(feature = "std")]
pub use proxy::{ProxyProtocol, ProxyProtocolBuilder, Verified};

mod error;
pub use error::ParseError;
#[cfg(feature = "std")]
pub use error::{ConfigError, ListError, VerifyError};

mod crc32c;
#[cfg(feature = "tower")]
mod headers;
#[cfg(feature = "tower")]
mod response;
#[cfg(feature = "std")]
mod source;

#[cfg(all(doctest, feature = "axum", feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;
