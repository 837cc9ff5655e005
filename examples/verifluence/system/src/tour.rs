//! What to try, for whoever has started it.

use kick_hmac::testing::Message;
use testkit::folder::Folder;
use verifluence::{ADMIN_API, API, KICK, SERVICE_TOKEN, System};

/// Prints it. The edge's authority is written into this folder, for curl.
#[expect(clippy::print_stdout, reason = "it is to be read, and pasted")]
pub(crate) fn print(system: &System, folder: &Folder) {
    let ca = folder.write("ca.crt", system.authority.certificate());
    let edge = system.edge.address();
    println!("Verifluence runs on this machine, until Ctrl-C. In another terminal:\n");
    println!("curl='curl -i --cacert {ca} --connect-to ::{edge}'");
    for (name, token) in tokens(system) {
        println!("{name}=CF_Authorization={token}");
    }
    let [api, admin, kick] = [API, ADMIN_API, KICK].map(|host| format!("https://{host}"));
    println!(
        "\n# the public API, the admin API, the receiver of Kick's webhooks, through the edge"
    );
    println!("$curl {api}/api/streams                              # 200");
    println!("$curl {api}/api/me                                   # 401");
    println!("$curl {admin}/api/streams                        # 401");
    println!("$curl {admin}/api/streams -b $STRANGER           # 403");
    println!("$curl {admin}/api/streams -b $PERSON             # 200");
    println!("$curl {admin}/api/operators -b $MACHINE --json '{{\"name\":\"First\"}}'   # 201");
    println!("$curl {api}/api/operators                            # 200, from the same database");
    let event = system.kick.event("channel.followed", r#"{"broadcaster":{"user_id":7}}"#);
    println!("{}   # 204, and 200 if it comes again", delivery(&kick, &event));

    println!("\n# past the edge");
    for server in [&system.api, &system.admin_api, &system.kick_server] {
        println!("curl -i http://{}/                                # 403", server.listen);
    }
    println!("\n# what the operator sees");
    println!("curl http://{}/metrics", system.api.operator);
    println!("curl http://{}/metrics", system.admin_api.operator);
    println!("curl http://{}/events", system.kick_server.operator);
    println!("psql {}", system.database.postgres.url());
}

fn tokens(system: &System) -> [(&'static str, String); 3] {
    let machine = system.issuer.with(|issuer| {
        // It is one.
        SERVICE_TOKEN.parse().map(|id| issuer.service_token(&id).token())
    });
    [
        ("PERSON", system.issuer.user("alice@verifluence.io")),
        ("STRANGER", system.issuer.user("mallory@example.com")),
        ("MACHINE", machine.unwrap_or_default()),
    ]
}

/// A request of Kick's, as a command.
fn delivery(url: &str, message: &Message<'_>) -> String {
    let request = message.request::<Vec<u8>>();
    let mut command = format!(
        "$curl {url}/ -A Go-http-client/1.1 --data '{}'",
        String::from_utf8_lossy(request.body())
    );
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        command.push_str(&format!(" -H '{name}: {value}'"));
    }
    command
}
