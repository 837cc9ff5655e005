use std::process::Command;

/// What it writes when it succeeds.
pub(crate) fn openssl(arguments: &[&str]) -> String {
    let (succeeds, told) = try_openssl(arguments);
    assert!(succeeds, "openssl {arguments:?}: {told}");
    told
}

/// Whether it succeeds, and what it writes.
pub(crate) fn try_openssl(arguments: &[&str]) -> (bool, String) {
    let output = Command::new("openssl").args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("openssl cannot be started: {error}"));
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.success(), told)
}

/// Its strictest opinion of a client certificate, with further arguments.
pub(crate) fn verifies(authorities: &str, client: &str, further: &[&str]) -> (bool, String) {
    let arguments = ["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", authorities];
    try_openssl(&[&arguments, further, &[client]].concat())
}
