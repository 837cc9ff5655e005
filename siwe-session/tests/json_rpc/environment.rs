//! What the process around it changes: whose certificates are believed, and nothing else. What needs
//! variables is run again in a process of its own, for none can be set in one that has threads.

use std::env;
use std::error::Error;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use siwe_session::{ContractVerifier, JsonRpc};
use testkit::folder::Folder;
use testkit::pki::{CertificateAuthority, Issued};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;

use crate::node::Node;
use crate::{MAGIC, ask, call};

/// Where the process of its own finds the node. Not set in the first one.
const NODE: &str = "SIWE_SESSION_TEST_NODE";

/// Runs this test alone in a process of its own, with these variables.
async fn run_again(test: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact"]).kill_on_drop(true);
    for name in ["NO_PROXY", "no_proxy", "SSL_CERT_DIR", "SSL_CERT_FILE"] {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().await.unwrap();
    let written = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && written.contains("1 passed"), "{written}");
}

fn tls(issued: &Issued) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Why a question to this node failed, down to the last source.
async fn refusal(url: &str) -> String {
    let verifier = JsonRpc::new([(1, url)]).unwrap();
    let error = verifier.is_valid_signature(call(1)).await.unwrap_err();
    let mut refusal = String::new();
    let mut next = Some(&error as &dyn Error);
    while let Some(error) = next {
        refusal = error.to_string();
        next = error.source();
    }
    refusal
}

#[tokio::test]
async fn a_certificate_that_the_system_does_not_trust_is_refused() {
    let issued = CertificateAuthority::new().server(&["127.0.0.1"]);
    let node = Node::behind_tls(tls(&issued), MAGIC).await;
    let refusal = refusal(&format!("https://{}", node.address)).await;
    assert!(refusal.contains("UnknownIssuer"), "{refusal}");
    assert_eq!(node.heads().len(), 0);
}

#[tokio::test]
async fn one_that_it_trusts_is_believed_for_its_own_name_whatever_the_process_has_for_tls() {
    if let Ok(node) = env::var(NODE) {
        // What the process has by default can do nothing.
        let mut provider = default_provider();
        provider.cipher_suites.clear();
        provider.install_default().unwrap();

        let verifier = JsonRpc::new([(1, &node)]).unwrap();
        assert_eq!(ask(&verifier).await, Ok(true));
        let refusal = refusal(&node.replace("127.0.0.1", "localhost")).await;
        assert!(refusal.contains("not valid for name"), "{refusal}");
        return;
    }
    let (authority, folder) = (CertificateAuthority::new(), Folder::new());
    let trusted = folder.write("ca.pem", authority.certificate());
    let node = Node::behind_tls(tls(&authority.server(&["127.0.0.1"])), MAGIC).await;
    let url = format!("https://{}", node.address);
    run_again(
        "environment::one_that_it_trusts_is_believed_for_its_own_name_whatever_the_process_has_for_tls",
        &[(NODE, &url), ("SSL_CERT_FILE", &trusted)],
    )
    .await;
    assert_eq!((node.chain_questions(), node.calls()), (1, 1));
}

#[tokio::test]
async fn a_proxy_that_the_environment_names_is_not_used() {
    if let Ok(node) = env::var(NODE) {
        let verifier = JsonRpc::new([(1, node)]).unwrap();
        assert_eq!(ask(&verifier).await, Ok(true));
        return;
    }
    // One that would answer in the node's place.
    let (node, proxy) = (Node::returning(MAGIC).await, Node::returning("0x").await);
    let (url, proxy_url) = (node.url(), format!("http://{}", proxy.address));
    let names =
        ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let mut variables = vec![(NODE, url.as_str())];
    variables.extend(names.map(|name| (name, proxy_url.as_str())));
    run_again("environment::a_proxy_that_the_environment_names_is_not_used", &variables).await;
    assert_eq!((node.chain_questions(), node.calls()), (1, 1));
    assert_eq!(proxy.heads().len(), 0);
}
