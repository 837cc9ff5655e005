//! DER, as far as certificates need it: independent of what the crate reads it with.

/// One element: its tag, its length and its content.
pub(crate) fn element(tag: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    if content.len() < 0x80 {
        out.push(u8::try_from(content.len()).unwrap());
    } else {
        out.push(0x80 | u8::try_from(significant.len()).unwrap());
        out.extend(significant);
    }
    out.extend(content);
    out
}

pub(crate) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, elements.concat())
}

pub(crate) fn set(elements: &[Vec<u8>]) -> Vec<u8> {
    element(0x31, elements.concat())
}

/// `[n] EXPLICIT`.
pub(crate) fn explicit(n: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    element(0xa0 | n, content)
}

/// From the bytes of its two's complement.
pub(crate) fn integer(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    element(0x02, bytes)
}

/// A number that is not negative, from its big-endian bytes.
pub(crate) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let needs_zero = bytes.first().is_none_or(|first| first & 0x80 != 0);
    integer(if needs_zero { [&[0], bytes].concat() } else { bytes.to_vec() })
}

pub(crate) fn boolean(value: bool) -> Vec<u8> {
    element(0x01, [if value { 0xff } else { 0 }])
}

pub(crate) fn octets(content: impl AsRef<[u8]>) -> Vec<u8> {
    element(0x04, content)
}

/// A bit string of whole bytes.
pub(crate) fn bits(content: &[u8]) -> Vec<u8> {
    element(0x03, [&[0], content].concat())
}

/// A named bit list, without its trailing zeros, as DER wants it; bit 0 is the first.
pub(crate) fn named_bits(numbers: &[usize]) -> Vec<u8> {
    let Some(last) = numbers.iter().max() else { return element(0x03, [0]) };
    let mut bytes = vec![0_u8; last / 8 + 1];
    for number in numbers {
        bytes[number / 8] |= 0x80 >> (number % 8);
    }
    element(0x03, [vec![u8::try_from(7 - last % 8).unwrap()], bytes].concat())
}

/// From its dotted form.
pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u64> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut content = Vec::new();
    for arc in std::iter::once(arcs[0] * 40 + arcs[1]).chain(arcs[2..].iter().copied()) {
        let mut groups = vec![u8::try_from(arc & 0x7f).unwrap()];
        let mut rest = arc >> 7;
        while rest > 0 {
            groups.push(0x80 | u8::try_from(rest & 0x7f).unwrap());
            rest >>= 7;
        }
        groups.reverse();
        content.extend(groups);
    }
    element(0x06, content)
}

/// `Time`, from seconds since 1970: two digits of a year until 2049, and four from then on
/// (RFC 5280 §4.1.2.5).
pub(crate) fn time(seconds: i64) -> Vec<u8> {
    let (days, of_day) = (seconds.div_euclid(86400), seconds.rem_euclid(86400));
    // Days since March 1st of the year 0, in eras of 400 years.
    let day = days + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let of_era_year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * of_era_year + of_era_year / 4 - of_era_year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = of_era_year + era * 400 + i64::from(month <= 2);
    let rest = format!(
        "{month:02}{date:02}{:02}{:02}{:02}Z",
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60
    );
    if (1950..2050).contains(&year) {
        element(0x17, format!("{:02}{rest}", year % 100))
    } else {
        element(0x18, format!("{year:04}{rest}"))
    }
}

#[test]
fn times_are_those_that_others_write() {
    for (seconds, expected) in [
        (0, "\x17\x0d700101000000Z"),
        (951_782_400, "\x17\x0d000229000000Z"),
        (1_800_000_000, "\x17\x0d270115080000Z"),
        (2_524_607_999, "\x17\x0d491231235959Z"),
        (2_524_608_000, "\x18\x0f20500101000000Z"),
        (253_402_300_799, "\x18\x0f99991231235959Z"),
        (-631_152_001, "\x18\x0f19491231235959Z"),
    ] {
        assert_eq!(time(seconds), expected.as_bytes());
    }
}
