use std::net::SocketAddr;

use super::HaProxy;
use crate::folder::Folder;
use crate::pki::CertificateAuthority;
use crate::port;

/// The edge of an Access application: TLS towards the visitor, plain HTTP towards the service, which
/// is how `cloudflared` speaks to it.
///
/// It takes every `Cf-*` header of the visitor away, and adds its own. The token is that of the
/// cookie `CF_Authorization`, by which Access knows whom it let in. Nobody is turned away: what
/// reaches the service without a token must be refused there.
#[derive(Debug)]
pub struct Edge {
    address: SocketAddr,
    haproxy: HaProxy,
}

impl Edge {
    /// Starts one with a certificate for these names, in front of this service.
    ///
    /// # Panics
    ///
    /// If HAProxy is not installed, or does not start.
    pub async fn start(ca: &CertificateAuthority, names: &[&str], service: SocketAddr) -> Self {
        let address = port::reserve();
        let folder = Folder::new();
        let issued = ca.server(names);
        let configuration = CONFIGURATION
            .replace("{address}", &address.to_string())
            .replace("{certificate}", &folder.write("edge.pem", &issued.with_key()))
            .replace("{service}", &service.to_string());
        let haproxy = HaProxy::start(folder, &configuration, &[address]).await;
        Self { address, haproxy }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What HAProxy has written until now.
    #[must_use]
    pub fn output(&self) -> String {
        self.haproxy.output()
    }
}

// `cf_`: to CGI and its heirs that is the same name as `cf-` (RFC 3875 §4.1.18).
const CONFIGURATION: &str = "\
global
    maxconn 256
    log stdout format raw local0

defaults
    mode http
    log global
    timeout connect 2s
    timeout client 15s
    timeout server 15s

frontend edge
    bind {address} ssl crt {certificate} alpn h2,http/1.1
    http-request del-header cf- -m beg
    http-request del-header cf_ -m beg
    http-request del-header true-client-ip
    http-request del-header x-forwarded- -m beg
    http-request del-header x-real-ip
    http-request set-header Cf-Access-Jwt-Assertion %[req.cook(CF_Authorization)] \
if { req.cook(CF_Authorization) -m found }
    http-request set-header CF-Connecting-IP %[src]
    http-request set-header CF-Ray %[rand(4294967295),hex]-TST
    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Forwarded-Proto https
    default_backend service

backend service
    server service {service}
";
