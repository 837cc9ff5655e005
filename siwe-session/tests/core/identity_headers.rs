//! The header by which an edge says who is signed in: taken away in every form, and set once.

use http::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue};
use siwe_session::{AssertionSigner, Claims, ConfigError, IdentityHeader, KeyRing};

use crate::forge::{eddsa, login, tokens};
use crate::{now, wallet};

const NAME: &str = "x-plue-user-address";
const ADDRESS: &str = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1";

fn header() -> IdentityHeader {
    IdentityHeader::new(NAME).unwrap()
}

fn of(fields: &[(&str, &[u8])]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    headers
}

#[test]
fn a_name_begins_with_x_and_has_no_underscore() {
    for name in [NAME, "X-Plue-User-Address", "x-a", "x-1", "x--", "x-a.b"] {
        let header = IdentityHeader::new(name).unwrap();
        assert_eq!(header.name().as_str(), name.to_lowercase());
    }
    for other in [
        "",
        "x",
        "x-",
        "x_a",
        "x-plue_user",
        "plue-user",
        "authorization",
        "cookie",
        "xy-user",
        " x-a",
        "x-a ",
        "x-a\n",
        "x-a:",
        "x-é",
    ] {
        assert_eq!(IdentityHeader::new(other), Err(ConfigError::HeaderName), "{other}");
    }
}

#[test]
fn every_form_of_the_header_is_taken_away() {
    for name in [
        NAME,
        "X-Plue-User-Address",
        "X-PLUE-USER-ADDRESS",
        "x_plue_user_address",
        "X_PLUE_USER_ADDRESS",
        "x-plue_user-address",
        "x_plue-user-address",
        "x-plue-user_address",
        "X-plue_User-address",
    ] {
        let mut headers = of(&[(name, b"0x0"), ("x-other", b"1"), (name, b"0x1")]);
        header().remove(&mut headers);
        assert_eq!(headers, of(&[("x-other", b"1")]), "{name}");
    }
    let mut headers = of(&[
        (NAME, b"a"),
        ("x_plue-user-address", b"\xff"),
        ("x-plue_user-address", b""),
        ("x_plue_user_address", b"b"),
        (NAME, b"c"),
        ("accept", b"*/*"),
    ]);
    header().remove(&mut headers);
    assert_eq!(headers, of(&[("accept", b"*/*")]));
}

#[test]
fn other_headers_stay() {
    let others: &[(&str, &[u8])] = &[
        ("x-plue-user-addres", b"1"),
        ("x-plue-user-addresss", b"2"),
        ("x-plue-user-addresz", b"3"),
        ("y-plue-user-address", b"4"),
        ("xx-plue-user-address", b"6"),
        ("x-plue-useraddress", b"7"),
        ("x-plue--user-address", b"8"),
        ("plue-user-address", b"9"),
        ("connection", b"keep-alive"),
        ("cookie", b"x-plue-user-address=1"),
    ];
    let mut headers = of(others);
    header().remove(&mut headers);
    assert_eq!(headers, of(others));
}

#[test]
fn any_other_sign_may_stand_for_one_of_its_own() {
    let mut headers = of(&[
        ("x~plue~user~address", b"1"),
        ("x.plue.user.address", b"2"),
        ("x-plue-user+address", b"3"),
        ("xaplue-user-address", b"4"),
        ("x-plue-user-addre.s", b"5"),
    ]);
    header().remove(&mut headers);
    let others: [(&str, &[u8]); 2] = [("xaplue-user-address", b"4"), ("x-plue-user-addre.s", b"5")];
    assert_eq!(headers, of(&others));
}

#[test]
fn nothing_is_no_trouble() {
    let mut headers = HeaderMap::new();
    header().remove(&mut headers);
    assert!(headers.is_empty());
}

fn connection(values: &[&[u8]]) -> Vec<String> {
    let fields: Vec<_> = values.iter().map(|value| ("connection", *value)).collect();
    let mut headers = of(&fields);
    header().remove(&mut headers);
    let kept = headers.get_all(CONNECTION).iter();
    kept.map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[test]
fn no_option_of_the_connection_names_it() {
    for (values, kept) in [
        (&[&b"x-plue-user-address"[..]][..], &[][..]),
        (&[b"X-Plue-User-Address"], &[]),
        (&[b"x_plue_user_address"], &[]),
        (&[b"x-plue_user-address, X_PLUE-USER_ADDRESS"], &[]),
        (&[b"keep-alive, x-plue-user-address"], &["keep-alive"]),
        (&[b"x-plue-user-address,keep-alive"], &["keep-alive"]),
        (&[b"keep-alive , x-plue-user-address ,upgrade"], &["keep-alive, upgrade"]),
        (&[b",, x-plue-user-address,, close,"], &["close"]),
        (&[b"\tx-plue-user-address\t, close"], &["close"]),
        // several fields
        (&[b"keep-alive", b"x-plue-user-address"], &["keep-alive"]),
        (&[b"x-plue-user-address, te", b"upgrade"], &["te", "upgrade"]),
        (&[b"x-plue-user-address", b"X-Plue-User-Address", b"close"], &["close"]),
        // What is not text may name anything.
        (&[b"keep-alive", b"\xff"], &["keep-alive"]),
        (&[b"\xff, x-plue-user-address"], &[]),
    ] {
        assert_eq!(connection(values), kept, "{values:?}");
    }
}

#[test]
fn other_options_of_the_connection_stay_as_they_are() {
    for values in [
        &[&b"keep-alive"[..]][..],
        &[b"Upgrade , HTTP2-Settings"],
        &[b"close", b"te"],
        &[b"x-plue-user-addres, x-plue-user-addresss"],
        &[b"x-plue-user-address-2"],
        &[b""],
    ] {
        let expected: Vec<_> = values.iter().map(|value| str::from_utf8(value).unwrap()).collect();
        assert_eq!(connection(values), expected);
    }
}

#[test]
fn it_is_set_once_in_the_form_of_eip_55() {
    let mut headers = of(&[
        ("connection", b"keep-alive, x-plue-user-address"),
        (NAME, b"0x0000000000000000000000000000000000000000"),
        (NAME, b"\xff"),
        ("x_plue_user_address", b"0x1"),
    ]);
    for _ in 0..2 {
        header().set(&mut headers, wallet().address());
        assert_eq!(headers, of(&[("connection", b"keep-alive"), (NAME, ADDRESS.as_bytes())]));
    }
}

#[test]
fn an_assertion_is_set_once_and_taken_away_as_well() {
    let keys = KeyRing::new([eddsa()]).unwrap();
    let signer = AssertionSigner::new(header(), keys, "origin.plue.dev").unwrap();
    let (session, _) = tokens().issue(&login(), Claims::new(), [5; 16], now()).unwrap();
    let spoofed = [
        (NAME, &b"a.b.c"[..]),
        ("x_plue_user_address", b"a.b.c"),
        ("connection", b"x-plue-user-address"),
        ("accept", b"*/*"),
    ];
    let mut headers = of(&spoofed);
    signer.set(&mut headers, &session, now());
    signer.set(&mut headers, &session, now());
    assert_eq!(headers.len(), 2);
    let value = headers[NAME].to_str().unwrap();
    assert_eq!(value.split('.').count(), 3);
    let mut headers = of(&spoofed);
    signer.remove(&mut headers);
    assert_eq!(headers, of(&[("accept", b"*/*")]));
}
