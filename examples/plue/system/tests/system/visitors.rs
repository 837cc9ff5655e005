//! Who comes and goes while something is replaced: none of them may be refused.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use testkit::pki::Issued;
use testkit::traffic::Visitor;
use tokio::io::AsyncReadExt;
use tokio::net::TcpSocket;

use crate::client::{Answer, send};
use crate::scene::Origin;
use crate::{Client, Scene};

/// Somebody who is signed in at the edge and renews that, and Cloudflare, on its own way to the origin.
pub(crate) struct Everybody {
    /// The certificate that Cloudflare shows.
    pub(crate) shown: Arc<Mutex<Issued>>,
    person: Client,
    origin: Origin,
}

impl Everybody {
    pub(crate) async fn of(scene: &Scene) -> Self {
        let mut person = scene.browser();
        person.sign_in().await;
        let shown = Arc::new(Mutex::new(scene.system.certificates.cloudflare.clone()));
        Self { shown, person, origin: scene.origin() }
    }
}

impl Visitor for Everybody {
    async fn visit(&mut self) -> Result<(), String> {
        let whoami = send(self.person.request("GET", "/api/whoami")).await;
        let whoami = good("whoami", whoami)?;
        if whoami.body["user"]["address"] != self.person.address() {
            return Err(format!("somebody else: {whoami:?}"));
        }
        good("renewed", self.person.renew().await)?;
        let shown = self.shown.lock().unwrap().clone();
        good("cloudflare", send(self.origin.get(Some(&shown), "/")).await).map(drop)
    }
}

fn good(what: &str, answer: Option<Answer>) -> Result<Answer, String> {
    match answer {
        Some(answer) if answer.status == 200 => Ok(answer),
        other => Err(format!("{what}: {other:?}")),
    }
}

/// Who connects to Git over SSH, each from an address of their own.
pub(crate) struct GitUsers {
    pub(crate) spectrum: SocketAddr,
    pub(crate) come: u16,
}

impl Visitor for GitUsers {
    async fn visit(&mut self) -> Result<(), String> {
        self.come = self.come.wrapping_add(1);
        let [high, low] = self.come.to_be_bytes();
        let greeted = greeting(Ipv4Addr::new(127, 1, high, low), self.spectrum, "").await;
        if greeted == "SSH-" { Ok(()) } else { Err(format!("{greeted:?}")) }
    }
}

/// The first bytes that sshd says to who connects from this address and says this.
pub(crate) async fn greeting(from: Ipv4Addr, to: SocketAddr, says: &str) -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, says.as_bytes()).await;
    let mut greeting = [0; 4];
    let read = stream.read_exact(&mut greeting).await;
    read.map_or_else(|_| String::new(), |_| String::from_utf8_lossy(&greeting).into_owned())
}
