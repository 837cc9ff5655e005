//! Proves which Ethereum wallet signed in (EIP-4361): for your site, now, in the browser that began it,
//! and once. From then on, whose request is whose.
//!
//! A sign-in goes through four values, each made from the one before and from nothing else:
//! [`Message`], [`Checked`], [`Consumed`], [`Login`]. A [`Session`] is made from a [`Login`], and read from
//! its token again: by [`LoginVerifier`] and [`SessionTokens`], without I/O, a clock or a source of random
//! numbers; or by `SiweSession`, which has the store and the clock, the routes and the endpoints (feature
//! `tower`).
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `axum` | `SiweSession::router`, and extractors; implies `tower` |
//! | `cookie` | cookies, `endpoints`: what the endpoints of a sign-in take and answer, and `gate`: what stands before the routes |
//! | `json-rpc` | `JsonRpc`: contracts, asked through nodes of yours; implies `tokio` |
//! | `postgres` | `PostgresNonces`; implies `tokio` |
//! | `redis` | `RedisNonces`; implies `tokio` |
//! | `secp256k1` | keys' signatures by libsecp256k1, in C, instead of k256: the same decisions, faster |
//! | `siwe` | conversions from and to the `Message` of the crate siwe |
//! | `testing` | `testing::Site` and `testing::Wallet`, and `check_store` for a store of your own; implies `tower` |
//! | `tokio` | `SiweLogin`: sign-ins alone; implies `cookie` |
//! | `tower` | `SiweSession`, and its layers; implies `tokio` |
//! | `tracing` | refusals at debug, a store or a node that fails or is back once at warn |
//!
//! No feature changes a decision. None is on by default.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod danger;
#[cfg(feature = "testing")]
pub mod testing;

mod audience;
pub use audience::Audience;
mod browser_binding;
pub use browser_binding::BrowserBinding;
mod burn_key;
pub use burn_key::BurnKey;
mod nonce;
pub use nonce::Nonce;
mod nonce_keys;
pub use nonce_keys::NonceKeys;

mod grammar;
pub use grammar::Grammar;
mod message;
pub use message::{Message, MessageBuilder};
mod timestamp;
pub use timestamp::Timestamp;
mod uri;

mod login_verifier;
pub use login_verifier::{LoginVerifier, LoginVerifierBuilder};
mod checked;
pub use checked::{Checked, Consumed, ContractQuestion, Verification};
mod login;
pub use login::Login;

mod signature;
pub use signature::Signature;
mod contract;
mod recover;
pub use contract::{ContractCall, ContractError, ContractFuture, ContractVerifier};

mod nonce_store;
#[cfg(feature = "tokio")]
mod nonces;
pub use nonce_store::{NonceStore, StoreError, StoreFuture};
#[cfg(feature = "tokio")]
pub use nonces::Nonces;
mod memory;
pub use memory::MemoryNonces;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
pub use postgres::PostgresNonces;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
pub use redis::RedisNonces;

#[cfg(feature = "json-rpc")]
mod json_rpc;
#[cfg(feature = "json-rpc")]
pub use json_rpc::JsonRpc;
#[cfg(feature = "siwe")]
mod siwe;
#[cfg(feature = "siwe")]
pub use siwe::Unrepresentable;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tokio")]
pub use tokio::{SiweLogin, SiweLoginBuilder};

mod jwt;
mod key_ring;
pub use key_ring::KeyRing;
mod session_key;
pub use session_key::SessionKey;
mod claims;
pub use claims::Claims;
mod session;
pub use session::{Session, SessionId};
mod session_tokens;
pub use session_tokens::{SessionTokens, SessionTokensBuilder};

mod routes;
pub use routes::{RouteTable, Routes};
mod identity_header;
pub use identity_header::IdentityHeader;
mod assertion;
pub use assertion::AssertionSigner;
mod identity_trust;
pub use identity_trust::{ForwardedIdentity, IdentityTrust};

#[cfg(feature = "cookie")]
mod cookie;
#[cfg(feature = "cookie")]
pub use cookie::SessionToken;
#[cfg(feature = "cookie")]
mod caching;
#[cfg(feature = "cookie")]
pub mod endpoints;
#[cfg(feature = "cookie")]
pub mod gate;
#[cfg(feature = "cookie")]
mod request;
mod response;

#[cfg(feature = "tower")]
mod arrival;
#[cfg(feature = "tower")]
mod builder;
#[cfg(feature = "tower")]
pub use builder::SiweSessionBuilder;
#[cfg(feature = "tower")]
mod old_sessions;
#[cfg(feature = "tower")]
pub use old_sessions::{Migration, MigrationStep, OldSession, OldSessionFuture, OldSessions};
#[cfg(feature = "tower")]
mod on_login;
#[cfg(feature = "tower")]
mod siwe_session;
#[cfg(feature = "tower")]
pub use siwe_session::{SiweSession, SiweStatus};
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "tower")]
pub mod tower;

mod error;
pub use error::{
    ConfigError, Field, IdentityError, LoginDenied, ParseError, Problem, SessionError, SignInError,
    VerifyError,
};

#[cfg(all(doctest, feature = "axum", feature = "json-rpc", feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;
