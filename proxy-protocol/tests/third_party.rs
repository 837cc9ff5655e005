//! The whole of our set of cases, and headers captured from senders, read from
//! `$EDGEPROOF_VECTORS`: each a test of its own name.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a set that is not as expected fails the run"
)]

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use proxy_protocol::{
    Command, Family, Header, ParseError, Progress, SimpleHeader, Tlv, Transport, Version, parse,
    parse_datagram,
};
use serde::Deserialize;
use serde_json::Value;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let trials = folder().map_or_else(Vec::new, |folder| {
        let mut trials = cases(&folder.join("proxy-protocol/vectors.json"));
        trials.extend(captures(&folder.join("infra/proxy-captures")));
        trials.into_iter().map(|trial| trial.with_ignored_flag(true)).collect()
    });
    libtest_mimic::run(&arguments, trials).exit();
}

/// The folder of the sets; `None` if the variable says `none`, or if it is not set and there is no
/// such folder beside the repository.
fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    match std::env::var_os("EDGEPROOF_VECTORS") {
        Some(none) if none == "none" => None,
        Some(folder) => Some(PathBuf::from(folder)),
        None => beside.is_dir().then_some(beside),
    }
}

fn cases(file: &Path) -> Vec<Trial> {
    let json = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let set: Set = serde_json::from_slice(&json).expect("the cases");
    let trials = set.vectors.into_iter().map(|case| {
        let name = format!("{}::{}", case.transport, case.name);
        Trial::test(name, move || case.run().map_err(Failed::from))
    });
    trials.collect()
}

#[derive(Deserialize)]
struct Set {
    vectors: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    transport: String,
    input_hex: String,
    expect: Expect,
}

#[derive(Deserialize)]
struct Expect {
    result: String,
    version: Option<u8>,
    command: Option<String>,
    family: Option<String>,
    protocol: Option<String>,
    src: Option<SocketAddr>,
    dst: Option<SocketAddr>,
    src_unix_hex: Option<String>,
    dst_unix_hex: Option<String>,
    consumed: Option<usize>,
    tlvs: Option<Vec<ExpectTlv>>,
    crc32c: Option<String>,
    ssl: Option<BTreeMap<String, Value>>,
    error: Option<String>,
    #[serde(default)]
    error_any_of: Vec<String>,
    #[serde(default)]
    also_ok: Vec<String>,
    need_at_least: Option<usize>,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct ExpectTlv {
    #[serde(rename = "type")]
    kind: String,
    value_hex: String,
}

impl Case {
    fn run(&self) -> Result<(), String> {
        same("what is not looked at", &self.expect.unknown, &BTreeMap::new())?;
        let input = bytes(&self.input_hex);
        match self.transport.as_str() {
            "stream" => self.stream(&input),
            "datagram" => match parse_datagram(&input) {
                Ok((header, payload)) => self.expect.complete(&header, input.len() - payload.len()),
                Err(error) => self.expect.refused(error),
            },
            "spp" => match SimpleHeader::parse(&input) {
                Ok((header, payload)) => self.expect.simple(&header, payload, &input),
                Err(error) => self.expect.refused(error),
            },
            other => Err(format!("no such transport: {other}")),
        }
    }

    fn stream(&self, input: &[u8]) -> Result<(), String> {
        let at_once = parse(input);
        same("fed in single bytes", &in_single_bytes(input).is_err(), &at_once.is_err())?;
        match at_once {
            Ok(Progress::Complete { header, consumed }) => {
                same("fed in single bytes", &in_single_bytes(input), &at_once)?;
                self.expect.complete(&header, consumed)?;
                prefixes(&input[..consumed])
            }
            Ok(Progress::Incomplete { need }) => {
                let least = self.expect.need_at_least.unwrap_or(1);
                self.expect.result("incomplete")?;
                (need.get() >= least)
                    .then_some(())
                    .ok_or_else(|| format!("needs {need}, expected at least {least}"))
            }
            Err(error) => self.expect.refused(error),
        }
    }
}

impl Expect {
    fn result(&self, result: &str) -> Result<(), String> {
        if self.result == result || self.also_ok.iter().any(|also| also == result) {
            return Ok(());
        }
        Err(format!("is {result}, expected {}", self.result))
    }

    fn refused(&self, error: ParseError) -> Result<(), String> {
        self.result("error").map_err(|message| format!("{message}: {}", error.code()))?;
        let code = error.code();
        if self.error.as_deref() == Some(code) || self.error_any_of.iter().any(|any| any == code) {
            return Ok(());
        }
        Err(format!("is refused as {code}, expected {:?} {:?}", self.error, self.error_any_of))
    }

    fn complete(&self, header: &Header<'_>, consumed: usize) -> Result<(), String> {
        self.result("ok")?;
        same("consumed", &Some(consumed), &self.consumed)?;
        let version = match header.version() {
            Version::V1 => 1,
            Version::V2 => 2,
            _ => 0,
        };
        same("version", &version, &self.version.unwrap_or(2))?;
        let command = match (header.command(), header.version(), header.family()) {
            (Command::Local, ..) => "LOCAL",
            (_, Version::V1, Family::Unspec) => "UNKNOWN",
            _ => "PROXY",
        };
        same("command", &command, &self.command.as_deref().unwrap_or("PROXY"))?;
        let family = match header.family() {
            Family::Inet => "inet",
            Family::Inet6 => "inet6",
            Family::Unix => "unix",
            _ => "unspec",
        };
        same("family", &Some(family), &self.family.as_deref())?;
        let protocol = match header.transport() {
            Transport::Stream => "stream",
            Transport::Dgram => "dgram",
            _ => "unspec",
        };
        same("protocol", &Some(protocol), &self.protocol.as_deref())?;
        same("source", &header.source(), &self.src)?;
        same("destination", &header.destination(), &self.dst)?;
        let unix = header.unix().map(|(source, destination)| [path(source), path(destination)]);
        let expected = self.src_unix_hex.as_deref().zip(self.dst_unix_hex.as_deref());
        same("unix", &unix, &expected.map(|(source, to)| [bytes(source), bytes(to)]))?;
        if let Some(tlvs) = &self.tlvs {
            let read: Vec<_> = header.tlvs().map(|tlv| (tlv.kind, tlv.value.to_vec())).collect();
            let expected: Vec<_> = tlvs.iter().map(ExpectTlv::pair).collect();
            same("TLVs", &read, &expected)?;
        }
        if let Some(checksum) = &self.crc32c {
            same("checksum", &checksum.as_str(), &"valid")?;
            same("checksum", &header.tlvs().any(|tlv| tlv.kind == Tlv::CRC32C), &true)?;
        }
        self.ssl.iter().flatten().try_for_each(|(key, value)| ssl(header, key, value))
    }

    fn simple(&self, header: &SimpleHeader, payload: &[u8], input: &[u8]) -> Result<(), String> {
        self.result("ok")?;
        same("consumed", &Some(input.len() - payload.len()), &self.consumed)?;
        same("client", &Some(header.client()), &self.src)?;
        same("proxy", &Some(header.proxy()), &self.dst)?;
        let family = if header.client().is_ipv4() { "inet" } else { "inet6" };
        same("family", &Some(family), &self.family.as_deref())?;
        same("reply", &[&header.to_bytes()[..], payload].concat(), &input.to_vec())
    }
}

impl ExpectTlv {
    fn pair(&self) -> (u8, Vec<u8>) {
        let kind = self.kind.trim_start_matches("0x");
        (u8::from_str_radix(kind, 16).expect("a type"), bytes(&self.value_hex))
    }
}

fn ssl(header: &Header<'_>, key: &str, expected: &Value) -> Result<(), String> {
    let Ok(Some(ssl)) = header.ssl() else { return Err("has no ssl".to_owned()) };
    let bit = |has: bool, bit: u8| if has { bit } else { 0 };
    let read = match key {
        "client" => {
            // Bits that nobody has assigned are in no case.
            let tls = bit(ssl.is_tls(), 1);
            let certificate = bit(ssl.has_cert_on_connection(), 2);
            Value::from(tls | certificate | bit(ssl.has_cert_in_session(), 4))
        }
        "verify" => ssl.verify_code().into(),
        "cert_verified" => ssl.client_cert_verified().into(),
        "version" => ssl.version().into_value(),
        "cn" => ssl.common_name().into_value(),
        "cipher" => ssl.cipher().into_value(),
        "sig_alg" => ssl.signature_algorithm().into_value(),
        "key_alg" => ssl.key_algorithm().into_value(),
        "group" => ssl.group().into_value(),
        "sig_scheme" => ssl.signature_scheme().into_value(),
        other => return Err(format!("ssl.{other} is not looked at")),
    };
    same(key, &read, expected)
}

trait IntoValue {
    fn into_value(self) -> Value;
}

impl<E: std::fmt::Debug> IntoValue for Result<Option<&str>, E> {
    fn into_value(self) -> Value {
        self.map_or_else(|error| format!("{error:?}").into(), Value::from)
    }
}

/// Every proper prefix is incomplete, and needs no more than is missing.
fn prefixes(header: &[u8]) -> Result<(), String> {
    for length in 0..header.len() {
        match parse(&header[..length]) {
            Ok(Progress::Incomplete { need }) if length + need.get() <= header.len() => {}
            other => return Err(format!("{length} of {} bytes: {other:?}", header.len())),
        }
    }
    Ok(())
}

fn in_single_bytes(input: &[u8]) -> Result<Progress<'_>, ParseError> {
    for length in 0..input.len() {
        match parse(&input[..length]) {
            Ok(Progress::Incomplete { .. }) => {}
            settled => return settled,
        }
    }
    parse(input)
}

/// Each capture is a header of what its name says, and what the client said stands behind it.
fn captures(folder: &Path) -> Vec<Trial> {
    let files = fs::read_dir(folder).expect("the captures");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    let trials = files.into_iter().map(|file| {
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        Trial::test(format!("capture::{name}"), move || {
            let received = fs::read(&file)?;
            capture(&name, &received).map_err(Failed::from)
        })
    });
    trials.collect()
}

fn capture(name: &str, received: &[u8]) -> Result<(), String> {
    let Ok(Progress::Complete { header, consumed }) = parse(received) else {
        return Err(format!("is no header: {:?}", parse(received)));
    };
    let version = if name.contains("-v1") { Version::V1 } else { Version::V2 };
    same("version", &header.version(), &version)?;
    for (part, family) in [("tcp4", Family::Inet), ("tcp6", Family::Inet6)] {
        if name.contains(part) {
            same("family", &header.family(), &family)?;
            same("source", &header.source().is_some(), &true)?;
        }
    }
    let is_check = name.contains("check") || name.contains("probe");
    same("no payload", &(consumed == received.len()), &is_check)?;
    if header.tlvs().any(|tlv| tlv.kind == Tlv::CRC32C) {
        let mut altered = received.to_vec();
        altered[consumed - 1] ^= 1;
        same("altered", &parse(&altered), &Err(ParseError::CrcMismatch))?;
    }
    prefixes(&received[..consumed])
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, expected: &T) -> Result<(), String> {
    if is == expected { Ok(()) } else { Err(format!("{what}: {is:?}, expected {expected:?}")) }
}

/// What `sun_path` holds without the zeros behind it.
fn path(of: &[u8]) -> Vec<u8> {
    let end = of.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    of[..end].to_vec()
}

fn bytes(hex: &str) -> Vec<u8> {
    let (pairs, _) = hex.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a hexadecimal digit");
    pairs
        .iter()
        .map(|pair| u8::try_from(digit(pair[0]) * 16 + digit(pair[1])).expect("a byte"))
        .collect()
}
