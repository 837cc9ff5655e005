//! nginx: as a TCP proxy that sends the PROXY protocol, which it does in version 1 only, and as an
//! HTTP proxy.

use std::net::SocketAddr;

use crate::folder::Folder;
use crate::process::{Process, server};

/// nginx. Dropping this stops it.
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

    /// Starts one that listens here for HTTP, and passes requests on as these directives of a
    /// `location` say. The files that they name are in this folder. There is a cache for them, `shared`.
    ///
    /// # Panics
    ///
    /// If nginx is not installed, or it does not start.
    pub async fn start_http(folder: Folder, listen: SocketAddr, location: &str) -> Self {
        let http = HTTP.replace("{listen}", &listen.to_string()).replace("{location}", location);
        Self::start_in(folder, listen, &http).await
    }

    async fn start_with(listen: SocketAddr, directives: &str) -> Self {
        let stream = STREAM.replace("{server}", directives);
        Self::start_in(Folder::new(), listen, &stream).await
    }

    async fn start_in(folder: Folder, listen: SocketAddr, sections: &str) -> Self {
        // A module is loaded before all else.
        let configuration = format!("{sections}\n{COMMON}").replace("{folder}", &folder.path(""));
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

// One process, so that ending it leaves none.
const COMMON: &str = "\
daemon off;
master_process off;
pid {folder}pid;
error_log stderr info;

events {
    worker_connections 64;
}
";

// The module is where Debian puts it.
const STREAM: &str = "\
load_module /usr/lib/nginx/modules/ngx_stream_module.so;

stream {
    proxy_connect_timeout 2s;
    proxy_timeout 60s;
    server { {server} proxy_protocol on; }
}
";

// Else it writes to folders that are root's.
const HTTP: &str = "\
http {
    access_log off;
    client_body_temp_path {folder}body;
    fastcgi_temp_path {folder}fastcgi;
    proxy_temp_path {folder}proxy;
    proxy_cache_path {folder}cache keys_zone=shared:1m;
    scgi_temp_path {folder}scgi;
    uwsgi_temp_path {folder}uwsgi;
    proxy_connect_timeout 2s;
    server {
        listen {listen};
        location / { {location} }
    }
}
";
