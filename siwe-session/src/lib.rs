//! Proves which Ethereum wallet signed in (EIP-4361): for your site, now, in the browser that began it,
//! and once.
//!
//! A sign-in goes through four values, each made from the one before and from nothing else:
//! [`Message`], [`Checked`], [`Consumed`], [`Login`]. [`LoginVerifier`] makes the second, without I/O, a
//! clock or a source of random numbers; `SiweLogin` does all of it, with a store for nonces (feature
//! `tokio`).
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `cookie` | the cookie that keeps a [`BrowserBinding`] |
//! | `json-rpc` | `JsonRpc`: contracts, asked through nodes of yours; implies `tokio` |
//! | `postgres` | `PostgresNonces`; implies `tokio` |
//! | `redis` | `RedisNonces`; implies `tokio` |
//! | `secp256k1` | keys' signatures by libsecp256k1, in C, instead of k256: the same decisions, faster |
//! | `siwe` | conversions from and to the `Message` of the crate siwe |
//! | `testing` | `testing::Wallet`, and `check_store` for a store of your own; implies `tokio` |
//! | `tokio` | `SiweLogin` |
//! | `tracing` | refusals at debug, what fails or is back once at warn |
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
mod nonce;
pub use nonce::{BurnKey, Nonce};
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
pub use nonce_store::Nonces;
pub use nonce_store::{NonceStore, StoreError, StoreFuture};
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

#[cfg(feature = "cookie")]
mod cookie;
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

mod error;
pub use error::{ConfigError, Field, ParseError, Problem, VerifyError};

#[cfg(all(doctest, feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;
