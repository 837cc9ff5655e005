use proptest::prelude::*;

use crate::{browser, message, now, verifier, verify, wallet};

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_byte_of_a_signed_message_can_be_another(at in 0_usize..400, to in any::<u8>()) {
        let verifier = verifier();
        let signed = message(&verifier).statement("Hello").resource("https://plue.dev/x");
        let signed = signed.build().unwrap();
        let signature = wallet().sign(&signed);
        let mut bytes = signed.as_str().as_bytes().to_vec();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert!(verify(&verifier, &changed, &signature, Some(&browser()), now()).is_err());
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = siwe_session::Message::parse(&text, siwe_session::Grammar::Practice);
    }
}
