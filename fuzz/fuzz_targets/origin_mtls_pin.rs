//! A text as a pin, and 32 bytes as one: there are two forms and no other, each for the same bytes, and
//! what is written is read again.

#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use origin_mtls::SpkiPin;

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        check_text(text);
    }
    if let Some((bytes, _)) = input.split_first_chunk() {
        check_bytes(bytes);
    }
});

/// What is read is one of the two forms of its bytes, but for the case of hexadecimal digits.
fn check_text(text: &str) {
    let Ok(pin) = text.parse::<SpkiPin>() else { return };
    let [base64, hex] = forms(pin.as_bytes());
    assert!(text == base64 || text.to_ascii_lowercase() == hex, "{text:?} for {base64}");
    check_bytes(pin.as_bytes());
}

/// Both forms are read, and the first one is written. Near them there is nothing.
fn check_bytes(bytes: &[u8; 32]) {
    let [base64, hex] = forms(bytes);
    for text in [&base64, &hex, &hex.to_ascii_uppercase()] {
        let pin: SpkiPin = text.parse().expect("a form of a pin");
        assert_eq!(pin.as_bytes(), bytes);
        assert_eq!(pin.to_string(), base64);
        assert_eq!(format!("{pin:?}"), base64);

        for near in [format!("{text}="), format!(" {text}"), format!("{text}\n"), text[1..].into()]
        {
            assert!(near.parse::<SpkiPin>().is_err(), "{near:?}");
        }
        assert!(text[..text.len() - 1].parse::<SpkiPin>().is_err(), "without its end");
    }
    assert!(format!("sha256/{hex}").parse::<SpkiPin>().is_err());
    assert!(base64["sha256/".len()..].parse::<SpkiPin>().is_err());
    assert!(base64.replace("sha256/", "SHA256/").parse::<SpkiPin>().is_err());
}

fn forms(bytes: &[u8; 32]) -> [String; 2] {
    let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [format!("sha256/{}", STANDARD.encode(bytes)), hex]
}
