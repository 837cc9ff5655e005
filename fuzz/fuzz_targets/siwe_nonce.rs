//! A nonce that was sealed, altered, under another origin, browser, key or time: it is taken where all of
//! these are those that it was sealed for, and its time has neither passed nor to come. The first bytes
//! choose them, then the text is altered by each four.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use siwe_session::{Audience, BrowserBinding, LoginVerifier, NonceKeys, Signature, VerifyError};

use edgeproof_fuzz::siwe_session::{NOW, at, edited, message};

fuzz_target!(|input: &[u8]| {
    let Some((&[sealed, shown, age, fraction, a, b], edits)) = input.split_first_chunk() else {
        return;
    };
    let (sealed, shown) = (Case::of(sealed), Case::of(shown));
    let age = AGES[usize::from(age) % AGES.len()];
    let random = [a, b, a, a, b, b, a, b, a, 0];
    // Sealed in the middle of a second, of which the nonce has the whole ones.
    let made_at = at(NOW) + Duration::from_millis(u64::from(fraction) * 3);
    let now = if age < 0 { at(NOW) - seconds(age) } else { at(NOW) + seconds(age) };

    let verifier = &VERIFIERS[sealed.key];
    let audience = &verifier.audiences()[sealed.audience];
    let nonce = verifier.nonce(audience, BINDINGS[sealed.binding].as_ref(), random, made_at);
    let nonce = nonce.to_string();
    let text = String::from_utf8_lossy(&edited(nonce.clone().into_bytes(), edits)).into_owned();

    // The message would be refused for what it says itself otherwise.
    let Ok(signed) = message(&text).issued_at(now).build() else { return };
    let origin = format!("https://{}", DOMAINS[shown.audience]);
    let signed = signed
        .as_str()
        .replacen("plue.dev", DOMAINS[shown.audience], 1)
        .replace("URI: https://plue.dev", &format!("URI: {origin}"));
    let binding = BINDINGS[shown.binding].as_ref();
    let outcome = VERIFIERS[shown.key].check(&signed, &SIGNATURE, binding, now);

    // The old key seals for the first verifier alone, and the last one does not take it any more.
    let is_key = if sealed.key == 0 { shown.key < 2 } else { shown.key > 0 };
    let is_ours = text == nonce
        && sealed.audience == shown.audience
        && sealed.binding == shown.binding
        && is_key;
    match outcome {
        Ok(checked) => {
            assert!(is_ours, "of another");
            assert!((-60..600).contains(&age), "at another time");
            assert_eq!(checked.burn_key().as_str(), nonce);
            // Until nobody takes it any more, whose clock is as far behind as is allowed.
            assert_eq!(checked.keep_for(), Duration::from_secs(600 + 2 * 60));
        }
        Err(VerifyError::ExpiredNonce) => assert!(is_ours && !(-60..600).contains(&age)),
        Err(VerifyError::UnknownNonce) => assert!(!is_ours),
        Err(other) => panic!("{other:?}"),
    }
});

struct Case {
    audience: usize,
    binding: usize,
    key: usize,
}

impl Case {
    fn of(byte: u8) -> Self {
        let [audience, binding, key] = [byte, byte / 4, byte / 16].map(usize::from);
        Self { audience: audience % 4, binding: binding % 4, key: key % 3 }
    }
}

fn seconds(age: i64) -> Duration {
    Duration::from_secs(age.unsigned_abs())
}

/// How long after it was sealed it is shown.
const AGES: [i64; 8] = [0, 1, 599, 600, 601, -1, -60, -61];

/// Some of them so that one is the beginning or the end of another.
const DOMAINS: [&str; 4] = ["plue.dev", "plue.dev:8443", "login.plue.dev", "plue.development"];

static BINDINGS: LazyLock<[Option<BrowserBinding>; 4]> = LazyLock::new(|| {
    let bound = |bytes| Some(BrowserBinding::new(bytes));
    [None, bound([0; 16]), bound([1; 16]), bound(*b"https://plue.dev")]
});

/// With one key, with that one behind another, and with the other alone.
static VERIFIERS: LazyLock<[LoginVerifier; 3]> = LazyLock::new(|| {
    let (old, new) = ([1; 32], [2; 32]);
    [vec![old], vec![new, old], vec![new]].map(|keys| {
        let keys = NonceKeys::new(keys).unwrap();
        let mut audiences = DOMAINS
            .map(|domain| Audience::origin(&format!("https://{domain}")).unwrap().chains([1]))
            .into_iter();
        let builder = LoginVerifier::builder(audiences.next().unwrap(), keys);
        let builder = audiences.fold(builder, |builder, audience| builder.audience(audience));
        builder.allow_unbound().build().unwrap()
    })
});

/// No key made it; nothing looks at that here.
static SIGNATURE: LazyLock<Signature> =
    LazyLock::new(|| Signature::from_bytes([vec![1; 64], vec![27]].concat()).unwrap());
