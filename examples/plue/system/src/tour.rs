//! What to try, for whoever has started it.

use plue::System;

/// Prints it.
#[expect(clippy::print_stdout, reason = "it is to be read, and pasted")]
pub(crate) fn print(system: &System) {
    let System { site, edge, origin, balancer, spectrum, sshd, certificates, .. } = system;
    println!("Plue runs on this machine, until Ctrl-C.\n");
    println!("{site}/login/    in a browser with a wallet. Or in another terminal:\n");
    println!("curl -i {site}/                              # 200");
    println!("curl -i {site}/api/whoami                    # 401");
    println!("curl -i {site}/api/whoami -H 'X-Plue-User-Address: 0x00'   # 401");

    let [ca, cert, key] =
        ["servers.crt", "certs/edge.crt", "certs/edge.key"].map(|name| certificates.path(name));
    let host = balancer.address().port();
    println!(
        "\n# past the edge: nobody without a certificate; with the edge's, what the edge may say"
    );
    println!("curl -i --cacert {ca} https://localhost:{host}/    # no answer at all");
    println!("as_edge='curl -i --cacert {ca} --cert {cert} --key {key}'");
    let [cert, key] =
        ["certs/cloudflare.crt", "certs/cloudflare.key"].map(|name| certificates.path(name));
    println!("as_zone='curl -i --cacert {ca} --cert {cert} --key {key}'");
    let user = "-H 'CF-Connecting-IP: 203.0.113.7' \
                -H 'X-Plue-User-Address: 0x71C7656EC7ab88b098defB751B7401B5f6d8976F'";
    println!("$as_edge https://localhost:{host}/api/whoami {user}   # 200");
    println!("$as_zone https://localhost:{host}/api/whoami {user}   # 401");

    println!("\n# Git over SSH, through Spectrum");
    let repository = sshd.repository(spectrum.address());
    println!("GIT_SSH_COMMAND='{}' git clone {repository}", sshd.git_ssh_command());

    println!("\n# what the operator sees");
    for operator in [edge.operator, origin.operator].into_iter().flatten() {
        println!("curl http://{operator}/status");
    }
}
