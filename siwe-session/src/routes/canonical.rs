//! The one form in which a path can be public: whoever reads it reads the same segments.

/// Whether this is a path of RFC 3986 (`path-absolute`, and `/` at its end) in the one form that says the
/// same before and after it is normalized and decoded, once or twice.
pub(super) fn is_canonical(path: &[u8]) -> bool {
    let Some((b'/', mut rest)) = path.split_first() else { return false };
    let mut segment = Segment::Empty;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        segment = match (class(*byte), segment) {
            (Class::Plain, _) => Segment::Name,
            (Class::Slash, Segment::Name) => Segment::Empty,
            (Class::Dot, Segment::Empty) => Segment::Dot,
            (Class::Dot, Segment::Dot) => Segment::DotDot,
            (Class::Dot, Segment::DotDot | Segment::Name) => Segment::Name,
            (Class::Percent, _) => match after_escape(rest) {
                Some(after) => {
                    rest = after;
                    Segment::Name
                }
                None => return false,
            },
            (Class::Slash, Segment::Empty | Segment::Dot | Segment::DotDot)
            | (Class::Escaped | Class::Never, _) => return false,
        };
    }
    matches!(segment, Segment::Empty | Segment::Name)
}

/// What of the present segment has been read.
#[derive(Clone, Copy)]
enum Segment {
    Empty,
    Dot,
    DotDot,
    Name,
}

/// What is behind the escape of one character that has to be escaped, in UTF-8. Other bytes are no text,
/// and a decoder that takes longer forms of a character than the shortest finds a `/` or `.` in them.
#[cold]
fn after_escape(rest: &[u8]) -> Option<&[u8]> {
    let (first, mut rest) = escaped_byte(rest)?;
    let length = match first {
        0x00..=0x7F => 1,
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let mut character = [first, 0, 0, 0];
    for byte in character.get_mut(1..length)? {
        (*byte, rest) = escaped_byte(rest.strip_prefix(b"%")?)?;
    }
    let is_text = str::from_utf8(character.get(..length)?).is_ok();
    (is_text && class(first) == Class::Escaped).then_some(rest)
}

/// The byte of two hexadecimal digits in upper case (RFC 3986 §6.2.2.1), and what is behind them.
fn escaped_byte(rest: &[u8]) -> Option<(u8, &[u8])> {
    let ([high, low], rest) = rest.split_first_chunk()?;
    Some(((digit(*high)? << 4) | digit(*low)?, rest))
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => byte.checked_sub(b'0'),
        b'A'..=b'F' => byte.checked_sub(b'A' - 10),
        _ => None,
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Class {
    /// pchar, but for `.` and `;`
    Plain,
    Slash,
    Dot,
    Percent,
    /// In a path only as an escape.
    Escaped,
    /// Not even as an escape. `;` is allowed in a path, but some read parameters behind it.
    Never,
}

const fn class_of(byte: u8) -> Class {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => Class::Plain,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' | b':' | b'@' => {
            Class::Plain
        }
        b'/' => Class::Slash,
        b'.' => Class::Dot,
        b'%' => Class::Percent,
        b' ' | b'"' | b'#' | b'<' | b'>' | b'?' | b'[' | b']' | b'^' | b'`' | b'{' | b'|'
        | b'}' => Class::Escaped,
        0x80..=0xFF => Class::Escaped,
        b';' | b'\\' | 0x00..=0x1F | 0x7F => Class::Never,
    }
}

fn class(byte: u8) -> Class {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(Class::Never)
}

/// Looked up, since every path is read with them.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when it is compiled, where a panic is an error"
)]
static CLASSES: [Class; 256] = {
    let mut classes = [class_of(u8::MAX); 256];
    let mut byte = 0_u8;
    while let Some(next) = byte.checked_add(1) {
        classes[byte as usize] = class_of(byte);
        byte = next;
    }
    classes
};

#[cfg(test)]
mod tests;
