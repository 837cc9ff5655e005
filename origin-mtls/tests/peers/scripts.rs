//! The scripts that make the certificates of Authenticated Origin Pulls: as Plue's owners wrote it,
//! and as it is here.

use std::fs::{File, read_to_string};
use std::process::Stdio;
use std::sync::Arc;

use testkit::folder::Folder;
use tokio::process::Command;
use tracing::Level;

use crate::client::{ALL, Tls, is_refused, is_served};
use crate::scene::{Service, within};
use crate::zone::{Client, Zone, trusting};

/// As in the description of their system, whose line ends and `\` before them were lost on the way.
const OWNERS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../examples/plue/mtls-certs/tests/end_to_end/fixtures/original.sh"
);
const OURS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/plue/mtls-certs/generate-mtls-certs.sh");

const UNSUPPORTED_VERSION: &str = "unsupported_version";

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn what_the_owners_script_makes_is_refused_with_what_to_do() {
    let made = Made::by(OWNERS, &[]).await;
    let (folder, zone) = (Folder::new(), Zone::new());
    let log = folder.path("log");
    // The runtime has but this thread.
    let _guard = tracing::subscriber::set_default(
        tracing_subscriber::fmt()
            .with_max_level(Level::DEBUG)
            .with_ansi(false)
            .with_writer(Arc::new(File::create(&log).unwrap()))
            .finish(),
    );
    let (code, hint) = made.refusal().await;
    let mut policies = vec![trusting(&made.ca()).strict()];
    if code == UNSUPPORTED_VERSION {
        policies.push(trusting(&made.ca()));
    }
    let mut refused = 0;
    for policy in policies {
        let service = Service::start(zone.builder_with(policy)).await;
        for with in ALL {
            is_refused(&service, with, &zone, Some(&made.client), code).await;
            refused += 1;
        }
    }
    let log = read_to_string(&log).unwrap();
    let told = log.lines().filter(|line| line.contains("DEBUG origin_mtls"));
    let told = told.filter(|line| line.contains(&format!("code=\"{code}\"")));
    assert_eq!(told.filter(|line| line.contains(hint)).count(), refused, "{log}");
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn what_the_owners_script_makes_proves_nothing_while_it_is_observed() {
    let (made, zone) = (Made::by(OWNERS, &[]).await, Zone::new());
    let (code, _) = made.refusal().await;
    let policy = trusting(&made.ca()).strict();
    let service = Service::start(zone.builder_with(policy).observe()).await;
    for (program, tls) in ALL {
        let before = service.outcomes().len();
        let said = program.ask(service.address(), &zone, Some(&made.client), tls).await;
        if tls == Tls::V12 && code == UNSUPPORTED_VERSION {
            // What it signs there cannot be verified by its certificate, so it does not get so far.
            assert!(said.answer().is_none(), "{said}");
            assert_eq!(service.decided(before + 1).await[before..], [code], "{said}");
        } else {
            // The connection, and the request, whose handler asks for a proof.
            assert_eq!(said.answer().map(|answer| answer.status), Some(403), "{said}");
            assert_eq!(service.decided(before + 2).await[before..], [code; 2], "{said}");
        }
    }
    assert!(service.seen().is_empty());
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn what_our_script_makes_is_served_in_both_profiles() {
    let p256 = ("CA_KEY", "p256");
    for settings in [&[][..], &[("KEY", "p256"), p256], &[("KEY", "rsa2048"), p256]] {
        let made = Made::by(OURS, settings).await;
        let zone = Zone::new();
        for policy in [trusting(&made.ca()), trusting(&made.ca()).strict()] {
            let policy = policy.organization("Plue").common_name("Cloudflare Origin Pull");
            let service = Service::start(zone.builder_with(policy)).await;
            for with in ALL {
                is_served(&service, with, &zone, &made.client, "Cloudflare Origin Pull").await;
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn what_our_script_makes_elsewhere_is_not_served_here() {
    let p256 = &[("KEY", "p256"), ("CA_KEY", "p256")];
    let (here, elsewhere) = (Made::by(OURS, p256).await, Made::by(OURS, p256).await);
    let zone = Zone::new();
    let service = Service::start(zone.builder_with(trusting(&here.ca()))).await;
    for with in ALL {
        is_refused(&service, with, &zone, Some(&elsewhere.client), "unknown_issuer").await;
    }
}

/// What a script has made, in a folder of its own.
struct Made {
    folder: Folder,
    client: Client,
}

impl Made {
    async fn by(script: &str, settings: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        let mut command = Command::new("bash");
        command.arg(script).arg(folder.path("certs")).envs(settings.iter().copied());
        run(command).await;
        let client = Client {
            certificate: folder.path("certs/client.crt"),
            key: folder.path("certs/client.key"),
        };
        Self { folder, client }
    }

    fn ca(&self) -> String {
        read_to_string(self.folder.path("certs/ca.crt")).unwrap()
    }

    /// Why the certificate of the owners' script is refused, and a part of what to do. OpenSSL 3.2 and
    /// later write version 3, which still does not say what it is for: the default profile takes that.
    async fn refusal(&self) -> (&'static str, &'static str) {
        let mut command = Command::new("openssl");
        command.args(["x509", "-noout", "-text", "-in", &self.client.certificate]);
        if run(command).await.contains("Version: 1 ") {
            (UNSUPPORTED_VERSION, "`openssl x509 -req` runs without -extfile")
        } else {
            ("extended_key_usage", "extendedKeyUsage = clientAuth")
        }
    }
}

/// What it writes. RSA keys of 4096 bits take it a while.
async fn run(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = within("the end of a script", output).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
