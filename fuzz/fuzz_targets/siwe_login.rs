//! A sign-in that is good: a message, the text of its signature and that of its binding. The first byte
//! chooses which, and each five that follow alter one of the three. It is a login where nothing changed
//! but the case of the signature's digits and which of its two numbers `v` is.

#![no_main]

use std::sync::LazyLock;

use alloy_primitives::hex;
use libfuzzer_sys::fuzz_target;
use siwe_session::{
    Audience, BrowserBinding, Grammar, Login, LoginVerifier, Message, NonceKeys, Signature,
    VerifyError, danger,
};

use edgeproof_fuzz::siwe_session::{NOW, WALLET, at, binding, edited, message};

fuzz_target!(|input: &[u8]| {
    let Some((choice, edits)) = input.split_first() else { return };
    let signed = &SIGNED[usize::from(*choice) % SIGNED.len()];
    let mut parts = signed.each_ref().map(|part| part.clone().into_bytes());
    for &[part, ref edit @ ..] in edits.as_chunks::<5>().0.iter().take(MOST_EDITS) {
        let part = &mut parts[usize::from(part) % 3];
        *part = edited(std::mem::take(part), edit);
    }
    let parts = parts.map(String::from_utf8);
    let [Ok(text), Ok(signature), Ok(binding)] = parts else { return };

    let is_signature = is_same(&signature, &signed[1]);
    let holds = text == signed[0] && is_signature;
    let outcome = login(&text, &signature, &binding);
    assert_eq!(outcome.is_ok(), holds && binding == signed[2], "{outcome:?}");
    if let Ok(login) = outcome {
        assert_eq!(login.message().as_str(), text);
        assert_eq!(login.address(), WALLET.address());
        assert_eq!(login.origin(), "https://plue.dev");
        assert!(!login.is_contract());
    }

    // Nor does the signature alone, whatever the message says.
    let message = Message::parse(&text, Grammar::Practice);
    if let (Ok(message), Ok(signature)) = (message, signature.parse()) {
        assert_eq!(danger::verify_signature(&message, &signature).is_ok(), holds);
    }
});

fn login(text: &str, signature: &str, binding: &str) -> Result<Login, VerifyError> {
    let (signature, binding): (Signature, BrowserBinding) = (signature.parse()?, binding.parse()?);
    let check = || VERIFIER.check(text, &signature, Some(&binding), at(NOW));
    // Where the nonce is not burned for it, it is no login.
    if let Ok(checked) = check() {
        assert_eq!(checked.consume(false).unwrap_err(), VerifyError::UsedNonce);
    }
    check()?.consume(true)?.verify()?.login()
}

/// Whether these are the same 65 bytes, with one of the two numbers that stand for the same parity.
fn is_same(text: &str, signed: &str) -> bool {
    let read = |text: &str| {
        let mut bytes = hex::decode(text.strip_prefix("0x")?).ok()?;
        let v = bytes.last_mut()?;
        if *v < 2 {
            *v += 27;
        }
        // `decode` skips a prefix of its own.
        (text.len() == 2 + 2 * bytes.len()).then_some(bytes)
    };
    read(text).is_some_and(|bytes| Some(bytes) == read(signed))
}

const MOST_EDITS: usize = 6;

static VERIFIER: LazyLock<LoginVerifier> = LazyLock::new(|| {
    let audience = Audience::origin("https://plue.dev").unwrap().chains([1]);
    let keys = NonceKeys::new([[1; 32]]).unwrap();
    LoginVerifier::builder(audience, keys).build().unwrap()
});

/// Messages, their signatures and their bindings.
static SIGNED: LazyLock<[[String; 3]; 3]> = LazyLock::new(|| {
    let audience = &VERIFIER.audiences()[0];
    let nonce = VERIFIER.nonce(audience, Some(&binding()), *b"not random", at(NOW));
    let least = || message(nonce.as_str());
    let with_all_fields = least()
        .scheme("https")
        .statement("Sign in to Plue.")
        .expiration_time(at(NOW + 60))
        .not_before(at(NOW))
        .request_id("7")
        .resource("https://plue.dev/terms");
    // One of them with the other parity.
    [least(), least().statement("12"), with_all_fields].map(|message| {
        let message = message.build().unwrap();
        [message.as_str().to_owned(), WALLET.sign(&message), binding().to_string()]
    })
});
