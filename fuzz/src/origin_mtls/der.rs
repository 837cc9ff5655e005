//! X.509 a second time, for comparison: DER is split where its lengths say, by copying nothing and
//! believing everything.

/// A value of DER.
#[derive(Clone, Copy, PartialEq)]
pub struct Value<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    pub whole: &'a [u8],
}

/// The first value, and what is behind it.
pub fn first(der: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let &[tag, length, ref rest @ ..] = der else { return None };
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, behind) = rest.split_at_checked(length)?;
    Some((Value { tag, content, whole: &der[..der.len() - behind.len()] }, behind))
}

/// All of the values, one behind the other.
pub fn all(mut der: &[u8]) -> Option<Vec<Value<'_>>> {
    let mut values = Vec::new();
    while !der.is_empty() {
        let (value, behind) = first(der)?;
        values.push(value);
        der = behind;
    }
    Some(values)
}

pub struct Certificate<'a> {
    /// With its tag and length.
    pub version: &'a [u8],
    pub serial: &'a [u8],
    pub issuer: Value<'a>,
    /// `None`: in a form that only some readers know.
    pub not_before: Option<i64>,
    pub not_after: Option<i64>,
    pub subject: Value<'a>,
    pub spki: Value<'a>,
    pub extensions: Vec<Extension<'a>>,
}

pub struct Extension<'a> {
    pub id: &'a [u8],
    pub is_critical: bool,
    pub value: &'a [u8],
}

impl<'a> Certificate<'a> {
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let (certificate, []) = first(der)? else { return None };
        let (tbs, _) = first(certificate.content)?;
        let fields = all(tbs.content)?;
        let &[version, serial, _, issuer, validity, subject, spki, ref rest @ ..] = &fields[..]
        else {
            return None;
        };
        let extensions = match rest.iter().find(|value| value.tag == 0xa3) {
            Some(list) => extensions(first(list.content)?.0)?,
            None => Vec::new(),
        };
        let &[from, until, ..] = &all(validity.content)?[..] else { return None };
        Some(Self {
            version: version.content,
            serial: serial.content,
            issuer,
            not_before: time(from),
            not_after: time(until),
            subject,
            spki,
            extensions,
        })
    }

    pub fn extension(&self, id: u8) -> Option<&Extension<'a>> {
        self.extensions.iter().find(|extension| extension.id == [0x55, 0x1d, id])
    }

    pub fn is_ca(&self) -> bool {
        let flags =
            self.extension(BASIC_CONSTRAINTS).and_then(|of| all(first(of.value)?.0.content));
        flags.is_some_and(|of| of.first().is_some_and(|of| of.tag == 1 && of.content != [0]))
    }

    /// The bits of the key usage, the first of RFC 5280 §4.2.1.3 as the highest.
    pub fn key_usage(&self) -> Option<u8> {
        let (bits, _) = first(self.extension(KEY_USAGE)?.value)?;
        Some(bits.content.get(1).copied().unwrap_or_default())
    }

    /// The object identifiers of what the key is for.
    pub fn purposes(&self) -> Option<Vec<&'a [u8]>> {
        let (list, _) = first(self.extension(EXTENDED_KEY_USAGE)?.value)?;
        Some(all(list.content)?.iter().map(|purpose| purpose.content).collect())
    }

    /// The object identifiers of the key's algorithm and curve, and of an RSA key the modulus.
    pub fn key(&self) -> Option<(&'a [u8], &'a [u8], &'a [u8])> {
        // What is behind them within their SEQUENCE nobody looks at.
        let (algorithm, rest) = first(self.spki.content)?;
        let (key, _) = first(rest)?;
        let (id, rest) = first(algorithm.content)?;
        let (id, parameters) = (id.content, first(rest).map_or(&[][..], |(of, _)| of.content));
        let modulus = || Some(first(first(key.content.get(1..)?)?.0.content)?.0.content);
        Some((id, parameters, if id == RSA { modulus()? } else { &[] }))
    }

    /// A usable key: RSA of at least so many bits, or a curve that TLS has.
    pub fn has_key(&self, min_rsa_bits: usize) -> bool {
        match self.key() {
            Some((RSA, _, modulus)) => {
                let significant: Vec<_> = modulus.iter().skip_while(|byte| **byte == 0).collect();
                let unused = significant.first().map_or(0, |first| first.leading_zeros() as usize);
                (min_rsa_bits..=8192).contains(&(significant.len() * 8 - unused))
            }
            Some((EC, curve, _)) => [P256, P384, P521].contains(&curve),
            Some((id, _, _)) => id == ED25519,
            None => false,
        }
    }

    /// The values of an attribute of the subject, with their tags.
    pub fn subject(&self, id: u8) -> Vec<Value<'a>> {
        let sets = all(self.subject.content).unwrap_or_default();
        let attributes = sets.iter().flat_map(|set| all(set.content).unwrap_or_default());
        let pairs = attributes.filter_map(|attribute| {
            let (kind, rest) = first(attribute.content)?;
            Some((kind.content, first(rest)?.0))
        });
        pairs.filter(|(kind, _)| *kind == [0x55, 4, id]).map(|(_, value)| value).collect()
    }

    /// The URIs among the alternative names of the subject.
    pub fn uris(&self) -> Vec<&'a [u8]> {
        let names = self.extension(ALTERNATIVE_NAME).and_then(|of| all(first(of.value)?.0.content));
        let uris = names.unwrap_or_default().into_iter().filter(|name| name.tag == 0x86);
        uris.map(|uri| uri.content).collect()
    }
}

pub fn extensions(list: Value<'_>) -> Option<Vec<Extension<'_>>> {
    let read = all(list.content)?.into_iter().map(|of| {
        let (id, is_critical, value) = match all(of.content)?[..] {
            [id, value] => (id, false, value),
            [id, flag, value] => (id, flag.content != [0], value),
            _ => return None,
        };
        Some(Extension { id: id.content, is_critical, value: value.content })
    });
    read.collect()
}

/// Seconds since 1970 (RFC 5280 §4.1.2.5).
pub fn time(value: Value<'_>) -> Option<i64> {
    let text = std::str::from_utf8(value.content).ok()?.strip_suffix('Z')?;
    let text = match (value.tag, text.as_bytes().first()?) {
        (0x17, b'5'..) => format!("19{text}"),
        (0x17, _) => format!("20{text}"),
        _ => text.to_owned(),
    };
    let number = |from: usize, until: usize| text.get(from..until)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    // Days since March 1st of the year 0.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let seconds = number(8, 10)? * 3600 + number(10, 12)? * 60 + number(12, 14)?;
    Some((days - 719_468) * 86400 + seconds)
}

pub const SUBJECT_KEY_IDENTIFIER: u8 = 14;
pub const KEY_USAGE: u8 = 15;
pub const ALTERNATIVE_NAME: u8 = 17;
pub const BASIC_CONSTRAINTS: u8 = 19;
pub const EXTENDED_KEY_USAGE: u8 = 37;

pub const COMMON_NAME: u8 = 3;
pub const ORGANIZATIONAL_UNIT: u8 = 11;

pub const DIGITAL_SIGNATURE: u8 = 0x80;
pub const CERT_SIGN: u8 = 0x04;
pub const CRL_SIGN: u8 = 0x02;
pub const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 4, 0, 0x23];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
