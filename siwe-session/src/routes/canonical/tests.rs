//! Bytes that `http::Uri` does not let through are refused here too.

use super::is_canonical;

fn all_refused(paths: &[&[u8]]) {
    for path in paths {
        assert!(!is_canonical(path), "{}", path.escape_ascii());
    }
}

fn all_accepted(paths: &[&str]) {
    for path in paths {
        assert!(is_canonical(path.as_bytes()), "{path}");
    }
}

#[test]
fn a_path_begins_with_a_slash() {
    all_accepted(&["/", "/a", "/a/", "/a/b.c"]);
    all_refused(&[b"", b"a", b"*", b"a/b", b"?", b"example.com:443", b" /", b"\t/a"]);
}

#[test]
fn no_segment_is_empty_but_the_last() {
    all_accepted(&["/a/b/"]);
    all_refused(&[b"//", b"//a", b"/a//b", b"/a//", b"/a/b//"]);
}

#[test]
fn no_segment_is_one_or_two_dots() {
    all_accepted(&["/.git", "/..a", "/a..", "/...", "/a.b/c..d", "/.a/b.", "/.../", "/a./b"]);
    all_refused(&[b"/.", b"/..", b"/./", b"/../", b"/a/.", b"/a/..", b"/a/./b", b"/a/../b"]);
}

#[test]
fn every_byte_is_of_a_path_or_refused() {
    let plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@/";
    for byte in 0..=u8::MAX {
        let path = [b'/', b'a', byte, b'a'];
        assert_eq!(is_canonical(&path), plain.contains(&byte), "{}", path.escape_ascii());
    }
}

#[test]
fn an_escape_is_of_what_no_path_has_and_in_upper_case() {
    let needed = b" \"#<>?[]^`{|}";
    for byte in 0..=0x7F_u8 {
        let path = format!("/a%{byte:02X}a");
        assert_eq!(is_canonical(path.as_bytes()), needed.contains(&byte), "{path}");
    }
    for byte in 0x80..=u8::MAX {
        let path = format!("/a%{byte:02X}a");
        assert!(!is_canonical(path.as_bytes()), "{path} is no text");
    }
    all_accepted(&["/%5B", "/a/%20", "/%7Ba%7D"]);
    all_refused(&[
        b"/%5b",
        b"/%7b",
        b"/%7Bb%7d",
        b"/%",
        b"/%2",
        b"/%5",
        b"/%G0",
        b"/%0G",
        b"/%%20",
    ]);
    all_refused(&[b"/% 0", b"/%+20", b"/%u0020", b"/%2520", b"/%5B%"]);
}

#[test]
fn an_escaped_character_is_whole_and_in_its_shortest_form() {
    all_accepted(&["/caf%C3%A9", "/%E2%82%AC", "/%F0%9F%8D%89/x", "/%C2%80", "/%F4%8F%BF%BF"]);
    all_refused(&[b"/caf%C3%a9", b"/%C3", b"/%C3%28", b"/%C3A9", b"/%C3/%A9", b"/%C3%A", b"/%A9"]);
    // The dot and the slash of two, three and four bytes; half a surrogate pair; too great a number.
    all_refused(&[b"/%C0%AE%C0%AE/a", b"/a%C0%AFb", b"/a%E0%80%AFb", b"/a%F0%80%80%AFb"]);
    all_refused(&[b"/%ED%A0%80", b"/%F4%90%80%80", b"/%F8%88%80%80%80", b"/%E2%82/%AC"]);
}
