//! nginx as a TCP proxy that sends the PROXY protocol, which it does in version 1 only.

use std::net::SocketAddr;

use crate::folder::Folder;
use crate::process::{Process, server};

/// nginx with its stream module. Dropping this stops it.
#[derive(Debug)]
pub struct Nginx {
    process: Process,
    // Removed when nginx has ended.
    _folder: Folder,
}

impl Nginx {
    /// Starts one that listens here and names the clients to this origin, which need not listen yet.
    ///
    /// The origin sees one connection that says nothing: by one it is seen whether nginx listens.
    ///
    /// # Panics
    ///
    /// If nginx or its stream module is not installed, or it does not start.
    pub async fn start(listen: SocketAddr, origin: SocketAddr) -> Self {
        Self::start_with(listen, &format!("listen {listen}; proxy_pass {origin};")).await
    }

    /// Starts one that stands behind another proxy on this machine, and names the clients that that
    /// one names.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn start_chained(listen: SocketAddr, origin: SocketAddr) -> Self {
        let server = format!(
            "listen {listen} proxy_protocol; set_real_ip_from 127.0.0.0/8; set_real_ip_from ::1; \
             proxy_pass {origin};"
        );
        Self::start_with(listen, &server).await
    }

    async fn start_with(listen: SocketAddr, directives: &str) -> Self {
        let folder = Folder::new();
        let configuration =
            CONFIGURATION.replace("{pid}", &folder.path("pid")).replace("{server}", directives);
        let mut command = server("nginx");
        // Before it reads its configuration, it writes to the log that it was built with.
        command.args(["-e", "stderr", "-p", &folder.path("")]);
        command.args(["-c", &folder.write("nginx.conf", &configuration)]);
        let mut process = Process::start(command);
        process.wait_until_listening(listen).await;
        Self { process, _folder: folder }
    }

    /// What nginx has written until now.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }
}

// The module is where Debian puts it. One process, so that ending it leaves none.
const CONFIGURATION: &str = "\
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
master_process off;
pid {pid};
error_log stderr info;

events {
    worker_connections 64;
}

stream {
    proxy_connect_timeout 2s;
    proxy_timeout 60s;
    server { {server} proxy_protocol on; }
}
";
