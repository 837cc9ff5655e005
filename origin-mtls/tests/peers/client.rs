//! OpenSSL's client and curl, in the place of Cloudflare.

use std::fmt;
use std::net::SocketAddr;

use testkit::process::Process;
use tokio::process::Command;

use crate::HOST;
use crate::scene::{Answer, Service, WHOAMI, request};
use crate::zone::{Client, Zone};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Program {
    Curl,
    OpenSsl,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tls {
    V12,
    V13,
}

/// Each client in each version.
pub(crate) const ALL: [(Program, Tls); 4] = [
    (Program::Curl, Tls::V12),
    (Program::Curl, Tls::V13),
    (Program::OpenSsl, Tls::V12),
    (Program::OpenSsl, Tls::V13),
];

/// What a program has written, and whether it was content.
pub(crate) struct Said {
    pub(crate) is_content: bool,
    pub(crate) output: String,
}

impl Said {
    pub(crate) fn answer(&self) -> Option<Answer> {
        Answer::find(&self.output)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.output)
    }
}

impl Program {
    /// Asks who it is, with this certificate, of a server that has the zone's.
    pub(crate) async fn ask(
        self,
        address: SocketAddr,
        zone: &Zone,
        client: Option<&Client>,
        tls: Tls,
    ) -> Said {
        match self {
            Self::Curl => curl(address, zone, client, &[], tls.of_curl(), &[WHOAMI]).await,
            Self::OpenSsl => s_client(address, zone, client, &[tls.of_openssl()]).await,
        }
    }
}

impl Tls {
    pub(crate) fn of_curl(self) -> &'static [&'static str] {
        match self {
            Self::V12 => &["--tlsv1.2", "--tls-max", "1.2"],
            Self::V13 => &["--tlsv1.3"],
        }
    }

    pub(crate) fn of_openssl(self) -> &'static str {
        match self {
            Self::V12 => "-tls1_2",
            Self::V13 => "-tls1_3",
        }
    }
}

/// Asks for these paths, one after the other, over one connection as long as that lasts.
pub(crate) async fn curl(
    address: SocketAddr,
    zone: &Zone,
    client: Option<&Client>,
    options: &[&str],
    tls: &[&str],
    paths: &[&str],
) -> Said {
    let mut command = Command::new("curl");
    // Without `-q` as the first argument, it reads the configuration of who runs the tests.
    command.args(["-q", "--silent", "--show-error", "--include", "--noproxy", "*"]);
    command.args(["--cacert", &zone.ca, "--connect-to", &format!("{HOST}:443:{address}")]);
    if let Some(client) = client {
        command.args(["--cert", &client.certificate, "--key", &client.key]);
    }
    command.args(options).args(tls);
    command.args(paths.iter().map(|path| format!("https://{HOST}{path}")));
    finish(Process::start(command)).await
}

/// Asks who it is, by a server's certificate that is verified.
pub(crate) async fn s_client(
    address: SocketAddr,
    zone: &Zone,
    client: Option<&Client>,
    options: &[&str],
) -> Said {
    // What the system's configuration forbids, such as TLS 1.1, is for the origin to refuse.
    s_client_by("/dev/null", address, zone, client, options).await
}

/// As [`s_client`], by a configuration in the place of none.
pub(crate) async fn s_client_by(
    configuration: &str,
    address: SocketAddr,
    zone: &Zone,
    client: Option<&Client>,
    options: &[&str],
) -> Said {
    let mut command = Command::new("openssl");
    command.env("OPENSSL_CONF", configuration);
    command.args(["s_client", "-connect", &address.to_string(), "-ign_eof"]);
    command.args(["-servername", HOST, "-verify_hostname", HOST]);
    command.args(["-verify_return_error", "-CAfile", &zone.ca]);
    if let Some(client) = client {
        command.args(["-cert", &client.certificate, "-key", &client.key]);
    }
    command.args(options);
    finish(Process::start_with_input(command, &request(WHOAMI))).await
}

async fn finish(mut process: Process) -> Said {
    let is_content = process.wait().await.success();
    Said { is_content, output: process.output() }
}

/// Asserts that this client is served, under this name, and it is heard of.
pub(crate) async fn is_served(
    service: &Service,
    (program, tls): (Program, Tls),
    zone: &Zone,
    client: &Client,
    name: &str,
) {
    let before = service.outcomes().len();
    let said = program.ask(service.address(), zone, Some(client), tls).await;
    let answer = said.answer().unwrap_or_else(|| panic!("{program:?} {tls:?}: {said}"));
    assert_eq!(answer.common_name(), name, "{program:?} {tls:?}");
    assert!(said.is_content, "{program:?} {tls:?}: {said}");
    assert_eq!(service.decided(before + 1).await[before..], ["accepted"]);
}

/// Asserts that this client gets no answer, and it is heard why.
pub(crate) async fn is_refused(
    service: &Service,
    (program, tls): (Program, Tls),
    zone: &Zone,
    client: Option<&Client>,
    code: &str,
) {
    let (before, seen) = (service.outcomes().len(), service.seen().len());
    let said = program.ask(service.address(), zone, client, tls).await;
    assert!(!said.is_content, "{program:?} {tls:?} {code}: {said}");
    assert!(!said.output.contains("HTTP/1.1 "), "{program:?} {tls:?} {code}: {said}");
    assert_eq!(service.decided(before + 1).await[before..], [code], "{program:?} {tls:?}: {said}");
    assert_eq!(service.seen().len(), seen, "{program:?} {tls:?} {code}");
}
