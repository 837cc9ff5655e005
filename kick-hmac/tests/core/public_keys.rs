//! Reading Kick's key: PEM, and the answer of its endpoint.

use kick_hmac::{KeyError, KickPublicKey};
use serde_json::{Value, json};

use crate::{KICK, OTHER};

const LIMIT: usize = 16 * 1024;

fn pem() -> String {
    KICK.pem()
}

fn body_of(pem: &str) -> &str {
    pem.lines().nth(1).unwrap()
}

fn refused(pem: impl AsRef<[u8]>) -> Option<KeyError> {
    KickPublicKey::from_pem(pem).err()
}

fn assert_is_the_key(pem: impl AsRef<[u8]>) {
    assert_eq!(KickPublicKey::from_pem(pem).unwrap(), KICK.public_key());
}

#[test]
fn the_published_key_is_the_one_in_kick_s_documentation() {
    let expected = "407899e1bb8e86c10ecc032cd8c5d02f1180e8b3c58686ddfe1fb541d8a646aa";
    assert_eq!(KickPublicKey::published().fingerprint(), expected);
    assert_eq!(format!("{:?}", KickPublicKey::published()), format!("KickPublicKey({expected:?})"));
}

#[test]
fn keys_are_equal_if_they_are_one_key() {
    assert_eq!(KICK.public_key(), KICK.public_key());
    assert_eq!(KICK.public_key().fingerprint(), KICK.public_key().fingerprint());
    assert_ne!(KICK.public_key(), OTHER.public_key());
    assert_ne!(KICK.public_key().fingerprint(), OTHER.public_key().fingerprint());
}

#[test]
fn pem_has_its_lines_as_long_as_they_come_and_any_line_ends() {
    let pem = pem();
    assert_is_the_key(&pem);
    assert_is_the_key(pem.trim_end());
    assert_is_the_key(pem.replace('\n', "\r\n"));
    assert_is_the_key(format!("\n\n{pem}\n\n"));
    let lines: Vec<String> = body_of(&pem)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into())
        .collect();
    let wrapped = pem.replace(body_of(&pem), &lines.join("\n"));
    assert_is_the_key(&wrapped);
    assert_is_the_key(wrapped.replace('\n', "\r\n"));
    // As in the variable of an environment.
    assert_is_the_key(pem.replace('\n', "\\n"));
    assert_is_the_key(wrapped.replace('\n', "\\n"));
    assert_is_the_key(wrapped.trim_end().replace('\n', "\\n"));
}

#[test]
fn there_is_one_block_and_it_is_whole() {
    let pem = pem();
    let (body, other) = (body_of(&pem), OTHER.pem());
    for text in [
        String::new(),
        "\n".to_owned(),
        body.to_owned(),
        format!("{pem}{pem}"),
        format!("{pem}{other}"),
        format!("{pem}-----BEGIN PUBLIC KEY-----\n"),
        format!("{pem}-----BEGIN PUBLIC KEY-----\n{body}"),
        format!("-----BEGIN PUBLIC KEY-----\n{pem}"),
        pem.replace("-----END PUBLIC KEY-----", ""),
        pem.replace("-----BEGIN PUBLIC KEY-----", ""),
        pem.replace("END PUBLIC KEY", "END CERTIFICATE"),
        pem.replace("PUBLIC KEY", "CERTIFICATE"),
        pem.replace("PUBLIC KEY", "PRIVATE KEY"),
        pem.replace("PUBLIC KEY", "RSA PRIVATE KEY"),
        pem.replace("PUBLIC KEY", "public key"),
        pem.replace("PUBLIC KEY", "X25519 PUBLIC KEY"),
        pem.replace("MII", "M!I"),
        pem.replacen('\n', "\u{e9}\n", 1),
        format!("{pem}{}", pem.replace("PUBLIC KEY", "PRIVATE KEY")),
        format!("{}{pem}", pem.replace("PUBLIC KEY", "CERTIFICATE")),
    ] {
        assert_eq!(refused(&text), Some(KeyError::Pem), "{text}");
    }
    assert_eq!(refused([pem.as_bytes(), &[0xFF]].concat()), Some(KeyError::Pem));
}

#[test]
fn what_is_in_the_block_is_an_rsa_key_of_2048_to_8192_bits_in_its_one_form() {
    let set: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
    let refused_keys = set["refused"].as_array().unwrap();
    for case in refused_keys {
        let error = refused(case["pem"].as_str().unwrap()).map(|error| error.code());
        assert_eq!(error, case["expect"].as_str(), "{}", case["name"]);
    }
    assert_eq!(refused_keys.len(), 17);
    for case in set["signed"].as_array().unwrap() {
        assert_eq!(refused(case["pem"].as_str().unwrap()), None, "{}", case["name"]);
    }
}

#[test]
fn at_most_16_kib_are_read() {
    let pem = pem();
    let padded = |length: usize| format!("{pem}{}", "\n".repeat(length - pem.len()));
    assert_is_the_key(padded(LIMIT));
    assert_eq!(refused(padded(LIMIT + 1)), Some(KeyError::TooLarge));
    assert_eq!(refused(vec![0xFF; LIMIT + 1]), Some(KeyError::TooLarge));
    assert_eq!(refused(vec![0xFF; LIMIT]), Some(KeyError::Pem));

    let json = KICK.endpoint_json();
    let padded = |length: usize| format!("{json}{}", " ".repeat(length - json.len()));
    assert_eq!(KickPublicKey::from_endpoint(padded(LIMIT)).unwrap(), KICK.public_key());
    let refused = KickPublicKey::from_endpoint(padded(LIMIT + 1)).unwrap_err();
    assert_eq!(refused, KeyError::TooLarge);
}

#[test]
fn the_endpoint_s_answer_has_the_key_in_its_data() {
    let key = |json: Value| KickPublicKey::from_endpoint(json.to_string());
    let good = [
        json!({ "data": { "public_key": pem() }, "message": "OK" }),
        json!({ "data": { "public_key": pem() } }),
        json!({ "message": null, "data": { "kid": 7, "public_key": pem() }, "x": [1] }),
        json!({ "data": { "public_key": pem().replace('\n', "\\n") } }),
    ];
    for json in good {
        assert_eq!(key(json).unwrap(), KICK.public_key());
    }
    let bad = [
        json!({}),
        json!(null),
        json!(7),
        json!(pem()),
        json!({ "data": null }),
        json!({ "data": {} }),
        json!({ "data": pem() }),
        json!({ "data": { "public_key": null } }),
        json!({ "data": { "public_key": 7 } }),
        json!({ "data": { "public_key": [pem()] } }),
        json!({ "data": { "publicKey": pem() } }),
        json!({ "data": { "Public_Key": pem() } }),
        json!({ "public_key": pem() }),
        json!({ "message": "Unauthorized" }),
    ];
    for json in bad {
        assert_eq!(key(json.clone()).unwrap_err(), KeyError::Document, "{json}");
    }
    for text in ["", "<html>", "{", "null null", "\u{feff}{}"] {
        assert_eq!(KickPublicKey::from_endpoint(text).unwrap_err(), KeyError::Document, "{text}");
    }
    assert_eq!(KickPublicKey::from_endpoint([0xFF]).unwrap_err(), KeyError::Document);
    assert_eq!(KickPublicKey::from_endpoint(pem()).unwrap_err(), KeyError::Document);
}

#[test]
fn a_document_in_which_a_name_is_there_twice_is_refused() {
    let escaped = pem().replace('\n', "\\n");
    for json in [
        format!(r#"{{"data":{{"public_key":"{escaped}"}},"data":{{"public_key":"{escaped}"}}}}"#),
        format!(r#"{{"data":{{"public_key":"{escaped}","public_key":"{escaped}"}}}}"#),
        format!(r#"{{"data":{{"public_key":"{escaped}"}}}}{{}}"#),
    ] {
        assert_eq!(KickPublicKey::from_endpoint(json).unwrap_err(), KeyError::Document);
    }
}

#[test]
fn a_list_in_the_place_of_an_object_is_refused() {
    for json in [json!([[pem()]]), json!({ "data": [pem()] }), json!([{ "public_key": pem() }])] {
        let refused = KickPublicKey::from_endpoint(json.to_string());
        assert_eq!(refused.unwrap_err(), KeyError::Document, "{json}");
    }
}

#[test]
fn what_the_endpoint_has_in_the_key_s_place_is_read_as_pem() {
    let of = |text: &str| {
        KickPublicKey::from_endpoint(json!({ "data": { "public_key": text } }).to_string())
    };
    assert_eq!(of("").unwrap_err(), KeyError::Pem);
    assert_eq!(of(&format!("{}{}", pem(), pem())).unwrap_err(), KeyError::Pem);
    let set: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
    let small = set["refused"][0]["pem"].as_str().unwrap();
    assert_eq!(of(small).unwrap_err(), KeyError::Unsupported);
}

#[test]
fn a_test_s_key_is_read_from_what_it_is_published_as() {
    assert_eq!(KickPublicKey::from_pem(KICK.pem()).unwrap(), KICK.public_key());
    assert_eq!(KickPublicKey::from_endpoint(KICK.endpoint_json()).unwrap(), KICK.public_key());
    assert_ne!(KickPublicKey::from_pem(OTHER.pem()).unwrap(), KICK.public_key());
}
