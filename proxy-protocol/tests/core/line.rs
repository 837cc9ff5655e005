//! Version 1's line as a whole (section 2.1): what separates its fields, what ends it, how long it
//! may be, and what `UNKNOWN` may hold.

use proxy_protocol::ParseError::{
    NotProxy, V1Address, V1LineEnding, V1Port, V1Protocol, V1Syntax, V1TooLong,
};
use proxy_protocol::{Command, Family, ParseError, Transport, Version};

use crate::{assert_refused_at_the_last_byte, complete, header, need, refusal};

const FIELDS: [&str; 6] = ["PROXY", "TCP4", "1.2.3.4", "5.6.7.8", "1", "2"];

fn assert_refuses(line: &str, error: ParseError) {
    assert_eq!(refusal(line.as_bytes()), error, "{line:?}");
}

#[test]
fn refuses_all_but_exactly_one_space_between_two_fields() {
    // Of the place behind each field: what a byte that is no space makes of that field, and what a
    // second separator makes of the next one.
    let errors = [
        (NotProxy, V1Protocol),
        (V1Protocol, V1Address),
        (V1Address, V1Address),
        (V1Address, V1Port),
        (V1Port, V1Port),
    ];
    header(format!("{}\r\n", FIELDS.join(" ")).as_bytes());
    for (at, (field, next)) in errors.into_iter().enumerate() {
        let (before, after) = FIELDS.split_at(at + 1);
        let line = |separator| format!("{}{separator}{}\r\n", before.join(" "), after.join(" "));
        for hostile in ["\t", "\0", "\u{a0}", "\u{b}", ",", "\t "] {
            assert_refuses(&line(hostile), field);
        }
        for hostile in ["  ", "   ", " \t", " \0"] {
            assert_refuses(&line(hostile), next);
        }
    }
}

#[test]
fn refuses_fields_that_run_together() {
    for (line, error) in [
        ("PROXYTCP4 1.2.3.4 5.6.7.8 1 2\r\n", NotProxy),
        ("PROXY TCP41.2.3.4 5.6.7.8 1 2\r\n", V1Protocol),
        ("PROXY TCP4 1.2.3.45.6.7.8 1 2\r\n", V1Address),
        ("PROXY TCP4 1.2.3.4 5.6.7.81 2\r\n", V1Syntax),
        ("PROXY TCP4 1.2.3.4 5.6.7.8 12\r\n", V1Syntax),
    ] {
        assert_refuses(line, error);
    }
}

#[test]
fn refuses_a_line_with_too_few_fields() {
    for protocol in ["TCP4 1.2.3.4 5.6.7.8 1 2", "TCP6 ::1 ::2 1 2"] {
        let fields: Vec<&str> = protocol.split(' ').collect();
        header(format!("PROXY {}\r\n", fields.join(" ")).as_bytes());
        for count in 0..fields.len() {
            let line = format!("PROXY {}\r\n", fields[..count].join(" "));
            assert_refused_at_the_last_byte(line.as_bytes(), V1Syntax);
            // What would be the rest, on a second line.
            assert_refuses(&format!("{line}{}\r\n", fields[count..].join(" ")), V1Syntax);
        }
    }
    assert_refuses("PROXY\r\n", NotProxy);
    for (line, error) in [
        ("PROXY TCP4 \r\n", V1Address),
        ("PROXY TCP6 \r\n", V1Address),
        ("PROXY TCP4 1.2.3.4 \r\n", V1Address),
        ("PROXY TCP4 1.2.3.4 5.6.7.8 \r\n", V1Port),
        ("PROXY TCP4 1.2.3.4 5.6.7.8 1 \r\n", V1Port),
        ("PROXY  \r\n", V1Protocol),
    ] {
        assert_refuses(line, error);
    }
}

#[test]
fn refuses_anything_between_the_last_port_and_crlf() {
    for addresses in ["TCP4 1.2.3.4 5.6.7.8", "TCP6 ::1 ::2"] {
        for extra in [" ", "  ", " 3", " x", " \t"] {
            let line = format!("PROXY {addresses} 1 2{extra}\r\n");
            assert_refuses(&line, V1Syntax);
        }
        for extra in ["\t", "\0", ",", "x", "\u{a0}"] {
            assert_refuses(&format!("PROXY {addresses} 1 2{extra}\r\n"), V1Port);
        }
        assert_refuses(&format!("PROXY {addresses} 1 2\r\r\n"), V1LineEnding);
    }
}

#[test]
fn refuses_a_cr_or_an_lf_alone_wherever_it_stands() {
    for protocol in ["TCP4 1.2.3.4 5.6.7.8 1 2", "TCP6 ::1 ::2 1 2", "UNKNOWN"] {
        header(format!("PROXY {protocol}\r\n").as_bytes());
        let fields: Vec<&str> = protocol.split(' ').collect();
        for count in 1..=fields.len() {
            let begun = fields[..count].join(" ");
            for ending in ["\n", "\n\r", "\n\r\n", "\r ", "\rG", "\r\r", "\r\0", "\r\r\n"] {
                let refused = refusal(format!("PROXY {begun}{ending}").as_bytes());
                assert_eq!(refused, V1LineEnding, "{begun}{ending:?}");
            }
        }
    }
    assert_refuses("PROXY \n", V1LineEnding);
    assert_refuses("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rGET / HTTP/1.1\r\n\r\n", V1LineEnding);
    // Within a field.
    for (line, error) in [
        ("PROXY TCP4 1.2\r\n.3.4 5.6.7.8 1 2\r\n", V1Address),
        ("PROXY TCP4 \n1.2.3.4 5.6.7.8 1 2\r\n", V1Address),
        ("PROXY TCP6 :\r\n:1 ::2 1 2\r\n", V1Address),
        ("PROXY TCP6 ::ffff:1.\r\n2.3.4 ::2 1 2\r\n", V1Address),
        ("PROXY TCP4 1.2.3.4 5.6.7.8 \n1 2\r\n", V1Port),
    ] {
        assert_refuses(line, error);
    }
}

#[test]
fn the_line_ends_at_its_crlf_whatever_follows() {
    for payload in
        ["", "\r\n", "\n", " ", "PROXY TCP4 9.9.9.9 9.9.9.9 9 9\r\n", "\r\n\r\n\0\r\nQUIT\n"]
    {
        let line = format!("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n{payload}");
        let (header, consumed) = complete(line.as_bytes());
        assert_eq!(&line[consumed..], payload);
        assert_eq!(header.source(), Some(([1, 2, 3, 4], 1).into()));
    }
}

#[test]
fn unknown_has_no_addresses_and_everything_up_to_crlf_is_ignored() {
    for ignored in [
        "",
        " ",
        " 1.2.3.4 5.6.7.8 1 2",
        " 999.999.999.999 999.999.999.999 99999 99999",
        " ::1 ::2 1 2",
        " 1 2 3 4 5 6",
        "  TCP4",
        " a\rb",
        " a\nb",
        " \r",
        " \n",
        " \n\r",
        " \0\u{ff}\u{fe}",
    ] {
        let line = format!("PROXY UNKNOWN{ignored}\r\npayload\r\n");
        let (header, consumed) = complete(line.as_bytes());
        assert_eq!(&line[consumed..], "payload\r\n", "{ignored:?}");
        assert_eq!((header.version(), header.command()), (Version::V1, Command::Proxy));
        assert_eq!((header.family(), header.transport()), (Family::Unspec, Transport::Unspec));
        assert_eq!((header.source(), header.destination()), (None, None));
        assert_eq!((header.unix(), header.tlvs().count()), (None, 0));
    }
    assert_eq!(complete(b"PROXY UNKNOWN \xff\xfe\r\n").1, 18);
}

#[test]
fn refuses_anything_but_a_space_or_crlf_behind_unknown() {
    for (behind, error) in [
        ("foo\r\n", V1Protocol),
        ("\t\r\n", V1Protocol),
        ("\0\r\n", V1Protocol),
        ("\nfoo\r\n", V1LineEnding),
        ("\r \r\n", V1LineEnding),
        ("\r\r\n", V1LineEnding),
    ] {
        assert_refuses(&format!("PROXY UNKNOWN{behind}"), error);
    }
}

#[test]
fn takes_a_line_of_107_bytes_and_none_of_108() {
    let unknown = |length: usize| format!("PROXY UNKNOWN {}\r\n", "x".repeat(length - 16));
    for length in 16..=107 {
        assert_eq!(header(unknown(length).as_bytes()).family(), Family::Unspec);
    }
    for length in [108, 109, 200, 5000] {
        assert_refuses(&unknown(length), V1TooLong);
    }
    // Of addresses only those that break other rules, and those with a dotted end, are as long.
    let group = "ffff:ffff:ffff:ffff:ffff:ffff:";
    let line =
        |end: &str| format!("PROXY TCP6 {group}255.255.255.255 {group}255.255.255.255 {end} 1\r\n");
    assert_eq!(line("1").len(), 108);
    assert_refuses(&line("1"), V1TooLong);
    let shorter = line("1").replacen("255.", "25.", 1);
    assert_eq!(header(shorter.as_bytes()).family(), Family::Inet6);
}

#[test]
fn refuses_a_line_as_soon_as_it_cannot_end_within_107_bytes() {
    let unknown = |length: usize| format!("PROXY UNKNOWN {}", "x".repeat(length - 14));
    assert_eq!(need(unknown(105).as_bytes()), 2);
    assert_eq!(need(format!("{}\r", unknown(105)).as_bytes()), 1);
    assert_refused_at_the_last_byte(unknown(106).as_bytes(), V1TooLong);
    assert_refused_at_the_last_byte(format!("{}\rx", unknown(105)).as_bytes(), V1TooLong);
}
