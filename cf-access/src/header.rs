use crate::{TokenPart, VerifyError};

/// What a JOSE header says of a token: RFC 7515 §4.1.
///
/// Read without allocating, since every sender gets this far. `jwk`, `jku`, `x5c`, `x5u` and
/// whatever else a header may carry is stepped over: no key and no address is taken from a token.
#[derive(Debug)]
pub(crate) struct Header<'a> {
    pub(crate) kid: &'a str,
}

impl<'a> Header<'a> {
    /// Reads the decoded header, and refuses what no key needs to be looked up for.
    pub(crate) fn read(json: &'a [u8]) -> Result<Self, VerifyError> {
        const MALFORMED: VerifyError = VerifyError::Malformed(TokenPart::Header);
        let members = Members::read(json).ok_or(MALFORMED)?;

        // RFC 8725 §3.1: the algorithm is the verifier's choice, never the token's.
        if members.alg.ok_or(MALFORMED)?.text().ok_or(MALFORMED)? != "RS256" {
            return Err(VerifyError::UnsupportedAlg);
        }
        // RFC 7797 §6: `b64` without `crit` is as foreign as with it.
        if members.crit.is_some() || members.b64.is_some() {
            return Err(VerifyError::CriticalHeader);
        }
        // RFC 8725 §3.11: what calls itself another kind of token is one. Access says `JWT`.
        if let Some(typ) = members.typ
            && !typ.text().ok_or(MALFORMED)?.eq_ignore_ascii_case("JWT")
        {
            return Err(VerifyError::WrongType);
        }
        match members.kid {
            None => Err(VerifyError::MissingKid),
            Some(kid) => match kid.text().ok_or(MALFORMED)? {
                "" => Err(VerifyError::MissingKid),
                kid => Ok(Self { kid }),
            },
        }
    }
}

#[derive(Default)]
struct Members<'a> {
    alg: Option<Value<'a>>,
    b64: Option<Value<'a>>,
    crit: Option<Value<'a>>,
    kid: Option<Value<'a>>,
    typ: Option<Value<'a>>,
}

impl<'a> Members<'a> {
    fn read(json: &'a [u8]) -> Option<Self> {
        let text = str::from_utf8(json).ok()?;
        // No name or value that Access sends needs an escape sequence, and a name with two
        // spellings (`kid`, `\u006bid`) is how two readers come to see two headers. Stricter than
        // RFC 8259 §7.
        if text.contains('\\') {
            return None;
        }
        let mut members = Self::default();
        let mut scanner = Scanner { rest: text, values: MAX_VALUES };
        scanner.object(MAX_DEPTH, |name, value| {
            let member = match name {
                "alg" => &mut members.alg,
                "b64" => &mut members.b64,
                "crit" => &mut members.crit,
                "kid" => &mut members.kid,
                "typ" => &mut members.typ,
                _ => return Some(()),
            };
            // RFC 7515 §4: names must be unique.
            member.replace(value).is_none().then_some(())
        })?;
        scanner.peek().is_none().then_some(members)
    }
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    Other,
}

impl<'a> Value<'a> {
    fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other => None,
        }
    }
}

/// JSON of RFC 8259, less escape sequences, fractions and exponents, which no header parameter has
/// a use for. `None` means: not that.
struct Scanner<'a> {
    rest: &'a str,
    /// How many more values are read.
    values: u8,
}

impl<'a> Scanner<'a> {
    /// The next byte that is not white space, which is stepped over.
    fn peek(&mut self) -> Option<u8> {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.step(self.rest.bytes().take_while(is_space).count())?;
        self.rest.bytes().next()
    }

    fn step(&mut self, bytes: usize) -> Option<&'a str> {
        let (text, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(text)
    }

    fn take(&mut self, token: u8) -> Option<()> {
        (self.peek()? == token).then(|| self.step(1))?.map(drop)
    }

    fn literal(&mut self, literal: &str) -> Option<()> {
        (self.step(literal.len())? == literal).then_some(())
    }

    fn object(
        &mut self,
        depth: u8,
        mut member: impl FnMut(&'a str, Value<'a>) -> Option<()>,
    ) -> Option<()> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            return self.take(b'}');
        }
        loop {
            let name = self.string()?;
            self.take(b':')?;
            let value = self.value(depth)?;
            member(name, value)?;
            match self.peek()? {
                b',' => self.take(b',')?,
                _ => return self.take(b'}'),
            }
        }
    }

    fn array(&mut self, depth: u8) -> Option<()> {
        self.take(b'[')?;
        if self.peek()? == b']' {
            return self.take(b']');
        }
        loop {
            self.value(depth)?;
            match self.peek()? {
                b',' => self.take(b',')?,
                _ => return self.take(b']'),
            }
        }
    }

    fn value(&mut self, depth: u8) -> Option<Value<'a>> {
        self.values = self.values.checked_sub(1)?;
        match self.peek()? {
            b'"' => return self.string().map(Value::Text),
            b'{' => self.object(depth.checked_sub(1)?, |_, _| Some(()))?,
            b'[' => self.array(depth.checked_sub(1)?)?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => self.integer()?,
        }
        Some(Value::Other)
    }

    fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let text = self.step(memchr::memchr(b'"', self.rest.as_bytes())?)?;
        self.step(1)?;
        // RFC 8259 §7: no control characters. Without an early exit, so that the loop is a wide one.
        text.bytes().fold(true, |all, byte| all & (byte >= 0x20)).then_some(text)
    }

    fn integer(&mut self) -> Option<()> {
        let length =
            self.rest.bytes().take_while(|byte| matches!(byte, b'-' | b'0'..=b'9')).count();
        let text = self.step(length)?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_canonical = digits == "0" || !digits.starts_with('0');
        (is_canonical && text.parse::<i64>().is_ok()).then_some(())
    }
}

/// Objects and arrays within the header's own object.
const MAX_DEPTH: u8 = 8;

/// Three are sent. More would cost more than they could say.
const MAX_VALUES: u8 = 24;

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, MAX_VALUES, Members};

    fn is_read(json: &str) -> bool {
        Members::read(json.as_bytes()).is_some()
    }

    #[test]
    fn reads_json_and_nothing_else() {
        for json in [
            "{}",
            " {\t\"a\" :\r1 ,\n\"b\": [ ] } ",
            r#"{"a":{},"b":[1,"x",true,false,null,{"c":[-7]}]}"#,
            r#"{"é":"𝄞"}"#,
        ] {
            assert!(is_read(json), "{json}");
        }
        for json in [
            "",
            " ",
            "{",
            "}",
            "[]",
            "null",
            "1",
            "\"a\"",
            "{} {}",
            "{}x",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1 \"b\":2}",
            "{a:1}",
            "{\"a\" 1}",
            "{\"a\":[1,]}",
            "{\"a\":[1 2]}",
            "{\"a\":[}",
            "{\"a\":[1}",
            "{\"a\":tru}",
            "{\"a\":True}",
            "{\"a\":nul}",
            "{\"a\":\"",
            "{\"a\":'b'}",
            "{\"a\":\"\u{1f}\"}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\n\"}",
            "{\"\\u0061\":1}",
            "\u{feff}{}",
            "{\"a\":NaN}",
            "{\"a\":1\u{b}}",
            "{\"a\":1\u{a0}}",
        ] {
            assert!(!is_read(json), "{json}");
        }
        assert!(Members::read(b"{\"a\":\"\xff\"}").is_none());
    }

    #[test]
    fn reads_integers_and_no_other_numbers() {
        for number in ["0", "-0", "7", "10", "-10", "9223372036854775807", "-9223372036854775808"] {
            assert!(is_read(&format!("{{\"a\":{number}}}")), "{number}");
        }
        for number in [
            "",
            "-",
            "+1",
            "-+1",
            "01",
            "-01",
            "00",
            "1.0",
            "1.",
            ".5",
            "1e5",
            "1E5",
            "--1",
            "1-",
            "1 1",
            "9223372036854775808",
        ] {
            assert!(!is_read(&format!("{{\"a\":{number}}}")), "{number}");
        }
    }

    #[test]
    fn refuses_more_than_24_values() {
        let values = |count: usize| format!("{{\"a\":[{}]}}", vec!["1"; count].join(","));
        assert!(is_read(&values(usize::from(MAX_VALUES) - 1)));
        assert!(!is_read(&values(usize::from(MAX_VALUES))));
    }

    #[test]
    fn refuses_a_second_member_of_a_name_that_it_reads() {
        for name in ["alg", "b64", "crit", "kid", "typ"] {
            assert!(is_read(&format!("{{\"{name}\":1}}")));
            assert!(!is_read(&format!("{{\"{name}\":1,\"x\":2,\"{name}\":1}}")), "{name}");
        }
        assert!(is_read(r#"{"x":1,"x":2,"y":{"alg":1,"alg":1}}"#));
    }

    #[test]
    fn refuses_nesting_beyond_eight() {
        for (open, close) in [("[", "]"), ("{\"b\":", "}")] {
            let nested = |depth: usize| {
                let (open, close) = (open.repeat(depth), close.repeat(depth));
                format!("{{\"a\":{open}1{close}}}")
            };
            assert!(is_read(&nested(usize::from(MAX_DEPTH))));
            assert!(!is_read(&nested(usize::from(MAX_DEPTH) + 1)));
        }
    }
}
