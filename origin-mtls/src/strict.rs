use x509_parser::extensions::{
    AuthorityKeyIdentifier, GeneralName, NameConstraints, ParsedExtension, X509Extension,
};

use crate::certificate::Certificate;

#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Role {
    Anchor,
    Intermediate,
    Leaf,
}

/// Whether a certificate has the form that RFC 5280 demands of who issues one, where webpki and the
/// default profile are lenient.
pub(crate) fn has_form(certificate: &Certificate<'_>, role: Role) -> bool {
    has_serial(certificate.serial())
        // §4.1.2.4: a non-empty issuer. §4.1.2.6: a CA has a non-empty subject.
        && certificate.issuer().iter_rdn().next().is_some()
        && (role == Role::Leaf || certificate.subject().iter_rdn().next().is_some())
        && has_key_identifiers(certificate, role)
        && (role == Role::Leaf || has_form_of_ca(certificate, role))
}

/// §4.1.2.2: positive, and at most 20 octets.
fn has_serial(serial: &[u8]) -> bool {
    serial.len() <= 20
        && serial.first().is_some_and(|first| first & 0x80 == 0)
        && serial.iter().any(|byte| *byte != 0)
}

/// §4.2.1.1 and §4.2.1.2: every certificate has its issuer's key identifier, but one that is self-signed,
/// and every CA its own. That neither is critical both profiles demand, as of all that is not known.
fn has_key_identifiers(certificate: &Certificate<'_>, role: Role) -> bool {
    let of_issuer = match certificate.authority_key_identifier() {
        None => role == Role::Anchor,
        Some(extension) => match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(identifier) => {
                identifier.key_identifier.is_some()
                    && identifier.authority_cert_issuer.is_none()
                    && identifier.authority_cert_serial.is_none()
                    && (role != Role::Anchor || !contradicts(certificate, identifier))
            }
            _ => false,
        },
    };
    of_issuer && (role == Role::Leaf || certificate.subject_key_identifier().is_some())
}

/// §4.2.1.1: where issuer and subject are one, so are their key identifiers.
fn contradicts(certificate: &Certificate<'_>, identifier: &AuthorityKeyIdentifier<'_>) -> bool {
    let own = match certificate.subject_key_identifier().map(X509Extension::parsed_extension) {
        Some(ParsedExtension::SubjectKeyIdentifier(own)) => Some(own),
        _ => None,
    };
    certificate.issuer().as_raw() == certificate.subject().as_raw()
        && identifier.key_identifier.as_ref() != own
}

/// §4.2.1.9, §4.2.1.10, §4.2.1.11 and §4.2.1.14: what is critical on a CA's certificate. §4.2.1.3: it has
/// a key usage, which `openssl req -x509` does not write by itself into one that is self-signed.
fn has_form_of_ca(certificate: &Certificate<'_>, role: Role) -> bool {
    certificate.basic_constraints().is_some_and(|extension| extension.critical)
        && (role == Role::Anchor || certificate.key_usage().is_some())
        && certificate
            .authority_extensions()
            // §4.2.1.5: that of policy mappings should be, which is no must.
            .all(|extension| extension.critical || is_policy_mappings(extension))
        && certificate.authority_extensions().all(|extension| match extension.parsed_extension() {
            ParsedExtension::NameConstraints(names) => has_names(names),
            _ => true,
        })
}

/// §4.2.1.10: at least one name; a host's does not begin with a dot.
fn has_names(constraints: &NameConstraints<'_>) -> bool {
    let subtrees = [&constraints.permitted_subtrees, &constraints.excluded_subtrees];
    let mut subtrees = subtrees.into_iter().flatten().flatten().peekable();
    subtrees.peek().is_some()
        && subtrees.all(|subtree| match subtree.base {
            GeneralName::DNSName(name) => !name.starts_with('.'),
            _ => true,
        })
}

fn is_policy_mappings(extension: &X509Extension<'_>) -> bool {
    matches!(extension.parsed_extension(), ParsedExtension::PolicyMappings(_))
}
