use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};

use super::{HaProxy, SOCKET};
use crate::folder::Folder;
use crate::pki::CertificateAuthority;
use crate::port;

/// Cloudflare's edge and the Tunnel behind it: TLS towards the visitor, plain HTTP towards the services,
/// which is how `cloudflared` speaks to them. Its visitors come from the Internet: who connects from
/// 127.0.0.9 is 203.0.113.9 to the services.
///
/// It takes every `Cf-*` header of the visitor away, and adds its own. Where an Access application
/// stands before a service, the token is that of the cookie `CF_Authorization`, by which Access knows
/// whom it let in. Nobody is turned away: what reaches the service without a token must be refused there.
/// Only a host that is none of the tunnel's is answered with 404. What a request says in `X-Load` stands in
/// its answer too, for who sends many at once.
#[derive(Debug)]
pub struct Edge {
    address: SocketAddr,
    haproxy: HaProxy,
}

/// A host name, and what it leads to.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is written out")]
pub struct Ingress<'a> {
    /// The host.
    pub hostname: &'a str,
    /// Where its requests go.
    pub service: SocketAddr,
    /// Whether an Access application stands before it.
    pub access: bool,
}

impl Edge {
    /// The address that services see their requests come from: as `cloudflared` has one of its own.
    pub const TUNNEL: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

    /// Starts one with a certificate for this name, whose Access application stands before this service.
    ///
    /// # Panics
    ///
    /// If HAProxy is not installed, or does not start.
    pub async fn start(ca: &CertificateAuthority, hostname: &str, service: SocketAddr) -> Self {
        let ingress = [Ingress { hostname, service, access: true }];
        Self::before(port::reserve(), Some(ca), &ingress).await
    }

    /// Starts one that listens here, with a certificate for all of these names; or in plain HTTP.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn before(
        address: SocketAddr,
        ca: Option<&CertificateAuthority>,
        ingress: &[Ingress<'_>],
    ) -> Self {
        let names: Vec<_> = ingress.iter().map(|rule| rule.hostname).collect();
        let (mut rules, mut backends) = (String::new(), String::new());
        for Ingress { hostname, service, access } in ingress {
            let assertion = if *access { ASSERTION } else { "" };
            // A `String` takes whatever is written.
            let _ = writeln!(rules, "    use_backend {hostname} if {{ {HOST} -i {hostname} }}");
            let _ = write!(
                backends,
                "\nbackend {hostname}\n{assertion}    server service {service} source {}\n",
                Self::TUNNEL
            );
        }
        let folder = Folder::new();
        let tls = ca.map_or_else(String::new, |ca| {
            let certificate = folder.write("edge.pem", &ca.server(&names).with_key());
            format!(" ssl crt {certificate} alpn h2,http/1.1")
        });
        let configuration = CONFIGURATION
            .replace("{address}", &address.to_string())
            .replace("{tls}", &tls)
            .replace("{socket}", &folder.path(SOCKET))
            .replace("{rules}", &rules)
            .replace("{backends}", &backends);
        let haproxy = HaProxy::start(folder, &configuration, &[address]).await;
        Self { address, haproxy }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends the requests of this host to another service from now on.
    ///
    /// # Panics
    ///
    /// If nothing is known of the host.
    pub async fn point(&self, hostname: &str, service: SocketAddr) {
        self.haproxy.point(&format!("{hostname}/service"), service).await;
    }

    /// Kills it, as if it had crashed.
    pub async fn kill(&mut self) {
        self.haproxy.kill().await;
    }

    /// What HAProxy has written until now.
    #[must_use]
    pub fn output(&self) -> String {
        self.haproxy.output()
    }
}

const HOST: &str = "req.hdr(host),field(1,:)";

const ASSERTION: &str = "    http-request set-header Cf-Access-Jwt-Assertion \
%[req.cook(CF_Authorization)] if { req.cook(CF_Authorization) -m found }\n";

// `cf_`: to CGI and its heirs that is the same name as `cf-` (RFC 3875 §4.1.18).
const CONFIGURATION: &str = "\
global
    maxconn 1024
    log stdout format raw local0
    stats socket {socket} level admin

defaults
    mode http
    log global
    timeout connect 2s
    timeout client 15s
    timeout server 15s

frontend edge
    bind {address}{tls}
    http-request del-header cf- -m beg
    http-request del-header cf_ -m beg
    http-request del-header true-client-ip
    http-request del-header x-forwarded- -m beg
    http-request del-header x-real-ip
    http-request set-header CF-Connecting-IP 203.0.113.%[src,field(4,.)]
    http-request set-header CF-Ray %[rand(4294967295),hex]-TST
    http-request set-header X-Forwarded-For 203.0.113.%[src,field(4,.)]
    http-request set-header X-Forwarded-Proto https
    http-request set-var(txn.load) req.hdr(x-load)
    http-request del-header x-load
    http-after-response set-header X-Load %[var(txn.load)] if { var(txn.load) -m found }
{rules}    default_backend none

backend none
    http-request return status 404
{backends}";
