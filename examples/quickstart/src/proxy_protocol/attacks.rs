//! Stand-ins for the edge, a developer and a stranger, each with an address of this machine's loopback;
//! and what they send to the origin, most of it hostile.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use proxy_protocol::{EncoderV2, Network, Tlv, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::table::Table;

const EDGE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const DEVELOPER: Ipv4Addr = Ipv4Addr::LOCALHOST;
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);
const CLIENT: &str = "203.0.113.7";

/// The origin, listening, and what it decides.
pub(crate) struct Scene {
    origin: SocketAddr,
    outcomes: UnboundedReceiver<&'static str>,
}

impl Scene {
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let (heard, outcomes) = unbounded_channel();
        let networks = |text: &str| text.parse::<Network>().map(|network| [network].into());
        let proxy = super::configure(
            networks("127.0.0.2")?,
            networks("127.0.0.1")?,
            networks("198.51.100.9")?,
            move |outcome| heard.send(outcome).unwrap_or_default(),
        )?;
        let tcp = TcpListener::bind("127.0.0.1:0").await?;
        let origin = tcp.local_addr()?;
        tokio::spawn(super::run(tcp, proxy));
        Ok(Self { origin, outcomes })
    }

    #[expect(clippy::print_stdout, reason = "these lines are to be pasted")]
    pub(crate) fn print_curl(&self) {
        println!("# a developer, without a header\ncurl -i http://{}/whoami\n", self.origin);
        let edge = format!("curl -i --interface {EDGE} --haproxy-protocol");
        println!("# the edge\n{edge} http://{}/whoami\n", self.origin);
        let stranger = format!("curl -i --interface {STRANGER} --haproxy-protocol");
        println!("# a stranger: closed, denied\n{stranger} http://{}/whoami\n", self.origin);
    }

    pub(crate) async fn play(mut self, table: &mut Table) -> Result<(), Box<dyn Error>> {
        Table::section("proxy-protocol: which address connected");
        for Line { sent, from, bytes, client, outcome } in lines()? {
            let (status, body) = self.send(from, &bytes).await?;
            let heard = timeout(PATIENCE, self.outcomes.recv()).await?.unwrap_or("-");
            // What an accepted client must be answered with is who it is.
            let got = if client == body { heard.to_owned() } else { format!("{heard} {body}") };
            let must = if outcome == "accepted" { 200 } else { Table::CLOSED };
            table.line(sent, (status, &got), (must, outcome));
        }
        Ok(())
    }

    /// Sends these bytes, and gives the answer's status and body.
    async fn send(&self, from: Ipv4Addr, bytes: &[u8]) -> std::io::Result<(u16, String)> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let mut stream = socket.connect(self.origin).await?;
        // Who is refused is reset while it still writes, or before it reads.
        let _ = stream.write_all(bytes).await;
        if !bytes.ends_with(b"\r\n\r\n") {
            let _ = stream.shutdown().await;
        }
        let mut answer = String::new();
        let _ = timeout(PATIENCE, stream.read_to_string(&mut answer)).await;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        Ok((status.unwrap_or(Table::CLOSED), body.to_owned()))
    }
}

/// What is sent, by whom, and what must come of it: the client in the answer's body, or the code.
struct Line {
    sent: &'static str,
    from: Ipv4Addr,
    bytes: Vec<u8>,
    client: String,
    outcome: &'static str,
}

fn lines() -> Result<Vec<Line>, Box<dyn Error>> {
    let accepted = |sent, from, header: &[u8], client: &dyn ToString| Line {
        sent,
        from,
        bytes: [header, REQUEST].concat(),
        client: client.to_string(),
        outcome: "accepted",
    };
    let refused = |sent, header: &[u8], outcome| Line {
        sent,
        from: EDGE,
        bytes: [header, REQUEST].concat(),
        client: String::new(),
        outcome,
    };
    let v1 = |line: &str| format!("{line}\r\n").into_bytes();
    let line = v1("PROXY TCP4 203.0.113.7 198.51.100.9 51000 22");
    let binary = v2("203.0.113.7:51000")?;
    let local = {
        let mut out = [0; 16];
        EncoderV2::local(&mut out)?.finish()?;
        out
    };

    Ok(vec![
        accepted("the edge, version 1", EDGE, &line, &CLIENT),
        accepted("the edge, version 2 with a checksum", EDGE, &binary, &CLIENT),
        accepted("the edge's health check: LOCAL means itself", EDGE, &local, &EDGE),
        accepted("a developer on this machine, without a header", DEVELOPER, b"", &DEVELOPER),
        Line {
            bytes: [&line, SPOOFED].concat(),
            ..accepted("a client whose X-Forwarded-For names another", EDGE, b"", &CLIENT)
        },
        Line { from: STRANGER, ..refused("a stranger with the same header", &line, "denied") },
        Line { from: STRANGER, ..refused("a stranger without one", b"", "denied") },
        refused("no header, from who must send one", b"", "not_proxy"),
        refused("an SSH client", b"SSH-2.0-OpenSSH_9.2\r\n", "not_proxy"),
        refused("in lower case", &v1("proxy TCP4 203.0.113.7 198.51.100.9 51000 22"), "not_proxy"),
        refused("a port 080", &v1("PROXY TCP4 203.0.113.7 198.51.100.9 080 22"), "v1_bad_port"),
        refused("a port +80", &v1("PROXY TCP4 203.0.113.7 198.51.100.9 +80 22"), "v1_bad_port"),
        refused("an octal address", &v1("PROXY TCP4 0313.0.113.7 1.2.3.4 1 2"), "v1_bad_address"),
        refused("a family and another address", &v1("PROXY TCP4 ::1 ::2 1 2"), "v1_bad_address"),
        refused("a field too many", &v1("PROXY TCP4 203.0.113.7 1.2.3.4 1 2 3"), "v1_bad_syntax"),
        refused("a bare line feed", b"PROXY TCP4 203.0.113.7 1.2.3.4 1 2\n", "v1_bad_line_ending"),
        refused("108 bytes", format!("PROXY UNKNOWN {:92}\r\n", "").as_bytes(), "v1_too_long"),
        refused("version 3", &changed(&binary, 12, &[0x31]), "v2_bad_version"),
        refused("no room for the addresses", &changed(&binary, 15, &[11]), "v2_length_too_short"),
        refused("65535 bytes announced", &changed(&binary, 14, &[255, 255]), "v2_header_too_large"),
        refused("a TLV that does not fit", &changed(&binary, 29, &[1]), "tlv_truncated"),
        refused("one bit flipped on the way", &changed(&binary, 16, &[202]), "crc_mismatch"),
        refused(
            "a client on this machine",
            &v1("PROXY TCP4 127.0.0.1 127.0.0.1 1 2"),
            "special_source",
        ),
        refused("a client in a private network", &v2("10.0.0.1:1")?, "special_source"),
        refused("a client that is this server", &v2("198.51.100.9:1")?, "own_source"),
        Line {
            bytes: line.iter().copied().take(30).collect(),
            ..refused("half a header, and goodbye", b"", "truncated")
        },
        Line { bytes: Vec::new(), ..refused("a probe that connects and leaves", b"", "closed") },
    ])
}

fn v2(source: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut out = [0; 128];
    let destination = "198.51.100.9:22".parse()?;
    let length = EncoderV2::proxy(Transport::Stream, source.parse()?, destination, &mut out)?
        .tlv(Tlv::AUTHORITY, b"git.plue.dev")?
        .finish_with_crc32c()?;
    Ok(out.iter().copied().take(length).collect())
}

/// With other bytes from there on.
fn changed(header: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut header = header.to_vec();
    header.splice(at..at.saturating_add(bytes.len()), bytes.iter().copied());
    header
}

const REQUEST: &[u8] = b"GET /whoami HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const SPOOFED: &[u8] =
    b"GET /whoami HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nConnection: close\r\n\r\n";
const PATIENCE: Duration = Duration::from_secs(10);
