use rcgen::KeyPair;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;
use x509_parser::x509::X509Version;

use crate::tool::{Certs, end, fails, list, on_day, works};

fn pem(certs: &Certs, name: &str) -> Pem {
    Pem::iter_from_buffer(certs.read(name).as_bytes()).next().unwrap().unwrap()
}

fn has_form(certificate: &X509Certificate<'_>) {
    assert_eq!(certificate.version(), X509Version::V3);
    let serial = certificate.raw_serial();
    assert!(serial.len() == 16 && (0x40..0x80).contains(&serial[0]), "{serial:x?}");
    let basic_constraints = certificate.basic_constraints().unwrap().unwrap();
    let key_usage = certificate.key_usage().unwrap().unwrap();
    assert!(basic_constraints.critical && key_usage.critical);
    let oids: Vec<_> = certificate.iter_extensions().map(|one| one.oid.to_id_string()).collect();
    // The key identifiers of the subject and of the issuer.
    assert!(oids.contains(&"2.5.29.14".to_owned()) && oids.contains(&"2.5.29.35".to_owned()));
}

#[test]
fn an_authority_has_the_form_of_one() {
    let certs = Certs::without_client();
    let pem = pem(&certs, "ca.crt");
    let ca = pem.parse_x509().unwrap();
    has_form(&ca);
    let basic_constraints = ca.basic_constraints().unwrap().unwrap().value;
    assert!(basic_constraints.ca && basic_constraints.path_len_constraint == Some(0));
    let key_usage = ca.key_usage().unwrap().unwrap().value;
    assert_eq!(key_usage.flags, 0b110_0000, "keyCertSign and cRLSign");
    assert!(ca.subject().to_string().starts_with("O=Plue, CN=Plue Origin Pull CA 20"));
}

#[test]
fn two_authorities_never_share_a_name_or_a_serial_number() {
    let (one, other) = (Certs::without_client(), Certs::without_client());
    let (one, other) = (pem(&one, "ca.crt"), pem(&other, "ca.crt"));
    let (one, other) = (one.parse_x509().unwrap(), other.parse_x509().unwrap());
    assert_ne!(one.subject().as_raw(), other.subject().as_raw());
    assert_ne!(one.raw_serial(), other.raw_serial());
}

#[test]
fn a_client_certificate_has_the_form_of_a_leaf() {
    let certs = Certs::new();
    let pem = pem(&certs, "client.crt");
    let client = pem.parse_x509().unwrap();
    has_form(&client);
    assert!(!client.basic_constraints().unwrap().unwrap().value.ca);
    assert_eq!(client.key_usage().unwrap().unwrap().value.flags, 1, "digitalSignature");
    let usage = client.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.client_auth && !usage.server_auth && !usage.any && usage.other.is_empty());
    assert_eq!(client.subject().to_string(), "O=Plue, CN=Cloudflare Origin Pull");
    assert!(client.subject_alternative_name().unwrap().is_none());
}

#[test]
fn names_and_the_kind_of_key_can_be_chosen() {
    let certs = Certs::without_client();
    #[rustfmt::skip]
    let told = works(&[
        "issue", "--dir", &certs.dir, "--as", "staging", "--common-name", "Staging Edge",
        "--uri", "spiffe://plue.dev/edge", "--uri", "https://plue.dev/", "--dns", "edge.plue.dev",
    ]);
    assert_eq!(list(&certs.dir), ["ca.crt", "ca.key", "staging.crt", "staging.key"]);
    let pem = pem(&certs, "staging.crt");
    let client = pem.parse_x509().unwrap();
    assert_eq!(client.subject().to_string(), "O=Plue, CN=Staging Edge");
    let names = client.subject_alternative_name().unwrap().unwrap();
    assert_eq!(
        names.value.general_names,
        [
            GeneralName::URI("spiffe://plue.dev/edge"),
            GeneralName::URI("https://plue.dev/"),
            GeneralName::DNSName("edge.plue.dev")
        ]
    );
    let bits = client.public_key().parsed().unwrap().key_size();
    assert_eq!(bits, 2048, "RSA by default");

    let serial = client.raw_serial_as_string().replace(':', "").to_uppercase();
    assert!(told.contains(&format!("serial  {serial}")), "{told}");
    let pin = works(&["pin", &certs.path("staging.crt")]);
    assert!(told.contains(&format!("pin     {pin}")), "{told}\n{pin}");
}

#[test]
fn keys_are_pkcs8() {
    let certs = Certs::without_client();
    works(&["issue", "--dir", &certs.dir]);
    for name in ["ca.key", "client.key"] {
        let key = certs.read(name);
        assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{name}");
        assert_eq!(key.matches("-----BEGIN").count(), 1, "{name}");
        KeyPair::from_pem(&key).unwrap();
    }
}

#[test]
fn the_default_authority_has_rsa_of_4096_bits_for_ten_years() {
    let certs = Certs::without_client();
    let dir = certs.folder.path("another");
    let told = works(&["init", "--out", &dir, "--name", "Another & Söhne"]);
    assert!(told.contains("until 20"), "{told}");
    let ca = std::fs::read(format!("{dir}/ca.crt")).unwrap();
    let pem = Pem::iter_from_buffer(&ca).next().unwrap().unwrap();
    let ca = pem.parse_x509().unwrap();
    assert_eq!(ca.public_key().parsed().unwrap().key_size(), 4096);
    let days =
        (ca.validity().not_after.timestamp() - ca.validity().not_before.timestamp()) / 86_400;
    assert_eq!(days, 3650);
    assert_eq!(ca.subject().iter_organization().next().unwrap().as_str(), Ok("Another & Söhne"));
}

#[test]
fn what_is_issued_does_not_outlive_its_authority() {
    let certs = Certs::on_first_day();
    let issue = |day, days| {
        let name = format!("on-{day}");
        let arguments =
            ["issue", "--dir", &certs.dir, "--key", "p256", "--as", &name, "--days", days];
        on_day(day, &arguments)
    };
    let told = issue(3000, "651").unwrap_err();
    assert!(told.contains("2036-11-28") && told.contains("lower --days, or rotate"), "{told}");
    issue(3000, "650").unwrap();
    assert!(issue(3651, "1").is_err(), "the authority has expired");
}

#[test]
fn a_key_of_another_authority_is_refused() {
    let (certs, other) = (Certs::without_client(), Certs::without_client());
    std::fs::copy(other.path("ca.key"), certs.path("ca.key")).unwrap();
    let told = fails(&["issue", "--dir", &certs.dir]);
    assert!(told.contains("ca.key does not belong to") && told.contains("ca.crt"), "{told}");
    assert_eq!(list(&certs.dir), ["ca.crt", "ca.key"]);
}

#[test]
fn a_name_that_cannot_be_one_is_told_with_status_2() {
    let certs = Certs::without_client();
    for (argument, value, part) in [
        ("--common-name", "", "1 to 64 characters"),
        ("--common-name", "a\nb", "control character"),
        ("--common-name", &*"x".repeat(65), "1 to 64 characters"),
        ("--uri", "plue.dev/edge", "a scheme"),
        ("--uri", "spiffe://plue.dev/an edge", "without spaces"),
        ("--dns", "*.plue.dev", "wildcard"),
        ("--dns", "Plue.dev", "lower case"),
        ("--dns", "plue.dev.", "looks like"),
        ("--as", "../client", "a file's name"),
        ("--as", "ca", "is not `ca`"),
        ("--days", "0", "1..=3650"),
        ("--key", "rsa1024", "rsa2048"),
    ] {
        let (status, told) = end(&["issue", "--dir", &certs.dir, argument, value]);
        assert!(status == Some(2) && told.contains(part), "{argument} {value}: {status:?} {told}");
    }
    for name in ["", "a\tb", &*"x".repeat(33)] {
        let (status, told) = end(&["init", "--out", &certs.dir, "--name", name]);
        assert!(status == Some(2) && told.contains("1 to 32 characters"), "{name}: {told}");
    }
    assert_eq!(list(&certs.dir), ["ca.crt", "ca.key"]);
}

#[test]
fn pins_of_all_certificates_of_a_file_are_printed() {
    let (one, other) = (Certs::new(), Certs::new());
    let both = format!("{}{}", one.read("client.crt"), other.read("ca.crt"));
    let both = one.folder.write("both.pem", &both);
    let told = works(&["pin", &both]);
    let pins: Vec<_> = told.lines().collect();
    assert_eq!(pins.len(), 2);
    assert!(pins.iter().all(|pin| pin.starts_with("sha256/") && pin.len() == 51), "{told}");
    assert_eq!(format!("{}\n", pins[1]), works(&["pin", &other.path("ca.crt")]));
    assert!(fails(&["pin", &one.path("client.key")]).contains("no certificate"));
}
