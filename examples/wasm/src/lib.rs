//! Sign-ins in a module that has no clock, no random numbers, no network and no imports: its host gives it
//! the time and random bytes with each request, and burns the nonce between two of them.
//!
//! A request is JSON in a buffer, and so is the answer: the host asks for room with [`room`], writes, calls
//! [`answer`], and reads as many bytes from the same place as that says.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use alloy_primitives::hex;
use serde::{Deserialize, Serialize};
use siwe_session::{
    Audience, BrowserBinding, Checked, Grammar, LoginVerifier, Message, NonceKeys, VerifyError,
};

/// Makes room for this many bytes, and says where.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    with(|state| {
        state.buffer.clear();
        state.buffer.resize(length, 0);
        state.buffer.as_mut_ptr()
    })
}

/// Answers what is there, and says how many bytes the answer has.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> usize {
    with(|state| {
        let answer = match serde_json::from_slice(&state.buffer) {
            Ok(request) => state.answer(request),
            Err(_) => Answer::Refused { code: "malformed_request" },
        };
        state.buffer = serde_json::to_vec(&answer).unwrap_or_default();
        state.buffer.len()
    })
}

/// Where the bytes are.
#[unsafe(no_mangle)]
pub extern "C" fn place() -> *const u8 {
    with(|state| state.buffer.as_ptr())
}

/// Times are in seconds since 1970, bytes in hexadecimal digits.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask", deny_unknown_fields)]
enum Request {
    /// Once, before all others.
    Configure {
        origin: String,
        chains: Vec<u64>,
        secret: String,
    },
    Nonce {
        browser: String,
        random: String,
        now: u64,
    },
    /// What a wallet signs.
    Hash {
        message: String,
    },
    Check {
        message: String,
        signature: String,
        browser: String,
        now: u64,
    },
    /// With what the store said of the key: `true` if it was put, `false` if it was there, `null` if there
    /// was no answer.
    Finish {
        sign_in: u32,
        was_put: Option<bool>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
enum Answer {
    Configured,
    Nonce { nonce: String },
    Hash { hash: String },
    Checked { sign_in: u32, burn_key: String, keep_for: u64 },
    Login { address: String, chain_id: u64, origin: String },
    Refused { code: &'static str },
}

#[derive(Default)]
struct State {
    buffer: Vec<u8>,
    verifier: Option<LoginVerifier>,
    /// Those whose nonces are being burned.
    sign_ins: BTreeMap<u32, Checked<'static>>,
    last: u32,
}

impl State {
    fn answer(&mut self, request: Request) -> Answer {
        let refused = |code| Answer::Refused { code };
        match request {
            Request::Configure { origin, chains, secret } => {
                match verifier(&origin, chains, &secret) {
                    Some(verifier) => {
                        self.verifier = Some(verifier);
                        Answer::Configured
                    }
                    None => refused("configuration"),
                }
            }
            Request::Hash { message } => match Message::parse(&message, Grammar::Practice) {
                Ok(message) => Answer::Hash { hash: message.hash().to_string() },
                Err(error) => refused(VerifyError::MalformedMessage(error).code()),
            },
            Request::Nonce { browser, random, now } => {
                self.nonce(&browser, &random, now).unwrap_or(refused("malformed_request"))
            }
            Request::Check { message, signature, browser, now } => {
                match self.check(&message, &signature, &browser, now) {
                    Ok(answer) => answer,
                    Err(error) => refused(error.code()),
                }
            }
            Request::Finish { sign_in, was_put } => match self.finish(sign_in, was_put) {
                Ok(answer) => answer,
                Err(error) => refused(error.code()),
            },
        }
    }

    fn nonce(&self, browser: &str, random: &str, now: u64) -> Option<Answer> {
        let verifier = self.verifier.as_ref()?;
        let browser: BrowserBinding = browser.parse().ok()?;
        let random: [u8; 10] = hex::decode(random).ok()?.try_into().ok()?;
        let audience = verifier.audiences().first()?;
        let nonce = verifier.nonce(audience, Some(&browser), random, time(now));
        Some(Answer::Nonce { nonce: nonce.to_string() })
    }

    fn check(
        &mut self,
        message: &str,
        signature: &str,
        browser: &str,
        now: u64,
    ) -> Result<Answer, VerifyError> {
        let verifier = self.verifier.as_ref().ok_or(VerifyError::StoreUnavailable)?;
        let browser: BrowserBinding = browser.parse()?;
        let checked = verifier.check(message, &signature.parse()?, Some(&browser), time(now))?;
        if self.sign_ins.len() == MAX_SIGN_INS {
            return Err(VerifyError::StoreUnavailable);
        }
        let answer = Answer::Checked {
            sign_in: self.last.wrapping_add(1),
            burn_key: checked.burn_key().as_str().to_owned(),
            keep_for: checked.keep_for().as_secs(),
        };
        self.last = self.last.wrapping_add(1);
        self.sign_ins.insert(self.last, checked.into_owned());
        Ok(answer)
    }

    fn finish(&mut self, sign_in: u32, was_put: Option<bool>) -> Result<Answer, VerifyError> {
        let checked = self.sign_ins.remove(&sign_in).ok_or(VerifyError::UsedNonce)?;
        let was_put = was_put.ok_or(VerifyError::StoreUnavailable)?;
        let login = checked.consume(was_put)?.verify()?.login()?;
        Ok(Answer::Login {
            address: login.address().to_string(),
            chain_id: login.chain_id(),
            origin: login.origin().to_owned(),
        })
    }
}

fn verifier(origin: &str, chains: Vec<u64>, secret: &str) -> Option<LoginVerifier> {
    let audience = Audience::origin(origin).ok()?.chains(chains);
    let keys = NonceKeys::new([hex::decode(secret).ok()?]).ok()?;
    LoginVerifier::builder(audience, keys).build().ok()
}

fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

fn with<T>(call: impl FnOnce(&mut State) -> T) -> T {
    static STATE: LazyLock<Mutex<State>> = LazyLock::new(Mutex::default);
    call(&mut STATE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A host that never finishes what it began does not fill the memory.
const MAX_SIGN_INS: usize = 1000;
