use std::path::Path;

use plue::{Server, Settings, System};
use reqwest::RequestBuilder;
use serde_json::Value;
use testkit::pki::Issued;
use testkit::port;
use tokio::process::Command;

use crate::Client;
use crate::client::{http, rustls, send};

/// The whole, and whoever is out there.
pub(crate) struct Scene {
    pub(crate) system: System,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings<'_>) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_plue"));
        Self { system: System::start(program, port::reserve(), settings).await.unwrap() }
    }

    pub(crate) fn browser(&self) -> Client {
        Client::new(&self.system.site)
    }

    /// Past the edge: to the origin's load balancer, with this certificate or none.
    pub(crate) fn past_the_edge(&self, identity: Option<&Issued>, path: &str) -> RequestBuilder {
        self.origin().get(identity, path)
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin {
            authority: self.system.certificates.servers.certificate().to_owned(),
            port: self.system.balancer.address().port(),
        }
    }

    /// How often the origin has decided so about connections and requests.
    pub(crate) async fn origin_counted(&self, code: &str) -> u64 {
        let status = status(&self.system.origin).await;
        status["connections"][code].as_u64().unwrap_or_default()
    }

    /// What the operator of the edge sees.
    pub(crate) async fn edge_status(&self) -> Value {
        status(&self.system.edge).await
    }

    pub(crate) fn output(&self) -> String {
        [&self.system.edge, &self.system.origin, &self.system.git_ssh]
            .map(Server::output)
            .join("\n")
    }
}

/// What is before the origin, and who vouches for it.
pub(crate) struct Origin {
    authority: String,
    port: u16,
}

impl Origin {
    pub(crate) fn get(&self, identity: Option<&Issued>, path: &str) -> RequestBuilder {
        let tls = rustls(Some(&self.authority), identity);
        http(tls).get(format!("https://localhost:{}{path}", self.port))
    }
}

async fn status(of: &Server) -> Value {
    let url = format!("http://{}/status", of.operator.unwrap());
    send(http(rustls(None, None)).get(url)).await.unwrap().body
}

/// Runs one of the edge's clients in Node, and gives its steps.
pub(crate) async fn node(script: &str, site: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../edge/tests/clients");
    assert!(folder.join("node_modules").is_dir(), "run `npm ci` in {}", folder.display());
    let output = Command::new("node").current_dir(folder).args([script, site]).output().await;
    let output = output.unwrap();
    let [told, errors] = [&output.stdout, &output.stderr].map(|of| String::from_utf8_lossy(of));
    assert!(output.status.success(), "{script}:\n{told}\n{errors}");
    let steps = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    steps.map(|step| step["step"].as_str().unwrap().to_owned()).collect()
}
