use std::cell::Cell;
use std::time::SystemTime;

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage, RevocationOptionsBuilder,
    VerifiedPath,
};

use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::identity::Window;
use crate::key::check_key;
use crate::policy::{Authority, Rules};
use crate::strict::{Role, has_form};
use crate::{EdgeIdentity, OriginPullPolicy, SpkiPin, VerifyError};

impl OriginPullPolicy {
    /// Verifies the certificates that a client has shown, its own first, at this time. It neither
    /// waits nor reads a clock.
    ///
    /// That the client has the key is not in it: the TLS handshake proves that.
    ///
    /// # Errors
    ///
    /// The first of the checks that fails, in the order of [`VerifyError`], which is that of their
    /// cost.
    pub fn verify(
        &self,
        chain: &[CertificateDer<'_>],
        now: SystemTime,
    ) -> Result<EdgeIdentity, VerifyError> {
        match chain.split_first() {
            Some((leaf, intermediates)) => self.verify_leaf(leaf, intermediates, now),
            None => Err(VerifyError::NoCertificate),
        }
    }

    pub(crate) fn verify_leaf(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: SystemTime,
    ) -> Result<EdgeIdentity, VerifyError> {
        let rules = &*self.0;
        rules.check_size(leaf, intermediates)?;
        let parsed = Certificate::parse(leaf)?;
        let pin = SpkiPin::of_spki(parsed.public_key().raw);
        if !rules.pins.is_empty() && !rules.pins.contains(&pin) {
            return Err(VerifyError::PinMismatch);
        }

        // A clock before 1970 finds every certificate in the future.
        let now =
            now.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| VerifyError::NotYetValid)?;
        let now = UnixTime::since_unix_epoch(now);
        let end_entity = EndEntityCert::try_from(leaf).map_err(|error| of_webpki(&error))?;
        let (authority, mut window) = rules.find_path(&end_entity, intermediates, now)?;

        rules.check_leaf(&parsed)?;
        rules.names.check(&parsed)?;
        window.narrow(parsed.not_before(), parsed.not_after());
        Ok(EdgeIdentity::new(leaf, intermediates, &parsed, pin, &authority.anchor, window))
    }
}

impl Rules {
    /// Nothing of it is parsed for this: forged certificates that fit together can cost a hundred
    /// signatures, and anybody can make them.
    fn check_size(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<(), VerifyError> {
        if intermediates.len() > self.max_intermediates {
            return Err(VerifyError::ChainTooLong);
        }
        let bytes = intermediates.iter().fold(leaf.len(), |sum, of| sum.saturating_add(of.len()));
        if bytes > self.max_chain_bytes {
            return Err(VerifyError::ChainTooLarge);
        }
        Ok(())
    }

    /// Asks for a path to each anchor apart, so that the lists of another one of its name are not
    /// taken for its own.
    fn find_path<'a>(
        &'a self,
        end_entity: &EndEntityCert<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(&'a Authority, Window), VerifyError> {
        let mut refusal = VerifyError::UnknownIssuer;
        for authority in &self.authorities {
            match self.find_path_to(authority, end_entity, intermediates, now) {
                Ok(window) => return Ok((authority, window)),
                Err(error) if tells_more(error, refusal) => refusal = error,
                Err(_) => {}
            }
        }
        Err(refusal)
    }

    fn find_path_to(
        &self,
        authority: &Authority,
        end_entity: &EndEntityCert<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Window, VerifyError> {
        let crls: Vec<&CertRevocationList<'_>> =
            authority.crls.iter().chain(&self.other_crls).map(|crl| &*crl.list).collect();
        let revocation = RevocationOptionsBuilder::new(&crls)
            .ok()
            // The whole path, and what no list tells of is refused: webpki's defaults.
            .map(|options| options.with_expiration_policy(ExpirationPolicy::Enforce).build());

        // What is asked of a path that webpki has found. If the answer is no it looks for another.
        let found = Cell::new(Err(VerifyError::UnknownIssuer));
        let check = |path: &VerifiedPath<'_>| {
            let answer = self.check_path(authority, path, intermediates.len(), now);
            found.set(answer);
            answer.map(drop).map_err(|_| webpki::Error::UnknownIssuer)
        };
        let path = end_entity.verify_for_usage(
            self.algorithms,
            std::slice::from_ref(&authority.anchor.trust_anchor),
            intermediates,
            now,
            KeyUsage::client_auth(),
            revocation,
            Some(&check),
        );
        match path {
            Ok(_) => found.get(),
            // What we refuse is nearer to the point than that no other path was found.
            Err(error) => match found.get() {
                Err(refusal) if refusal != VerifyError::UnknownIssuer => Err(refusal),
                _ => Err(of_webpki(&error)),
            },
        }
    }

    fn check_path(
        &self,
        authority: &Authority,
        path: &VerifiedPath<'_>,
        shown: usize,
        now: UnixTime,
    ) -> Result<Window, VerifyError> {
        let anchor = &authority.anchor;
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if now > anchor.not_after {
            return Err(VerifyError::AnchorExpired);
        }
        if now < anchor.not_before {
            return Err(VerifyError::AnchorNotYetValid);
        }
        let mut window = Window { from: anchor.not_before, until: anchor.not_after };

        let mut length: usize = 0;
        for intermediate in path.intermediate_certificates() {
            length = length.saturating_add(1);
            let der = intermediate.der();
            let parsed = Certificate::parse(&der)?;
            // RFC 5280 §6.1.4 (n). webpki does not look at it.
            if parsed.key_usage().is_some_and(|usage| !usage.key_cert_sign()) {
                return Err(VerifyError::IssuerNotCa);
            }
            // The root itself, shown as well: webpki goes through it to the anchor that it is.
            if self.is_strict && SpkiPin::of_spki(parsed.public_key().raw) == anchor.pin {
                return Err(VerifyError::UnrelatedCertificate);
            }
            if self.is_strict && !has_form(&parsed, Role::Intermediate) {
                return Err(VerifyError::NotStrict);
            }
            window.narrow(parsed.not_before(), parsed.not_after());
        }
        if self.is_strict && length != shown {
            return Err(VerifyError::UnrelatedCertificate);
        }
        if self.has_crls {
            // Without a list at all webpki was not asked to look into one.
            if authority.crls.is_empty() && self.other_crls.is_empty() {
                return Err(VerifyError::CrlUnknown);
            }
            let issuers = path.intermediate_certificates().map(webpki::Cert::subject);
            let issuers: Vec<_> = issuers.collect();
            let of_path = |crl: &&Crl| issuers.contains(&crl.list.issuer());
            for crl in authority.crls.iter().chain(self.other_crls.iter().filter(of_path)) {
                // RFC 5280 §5.1.2.4. webpki does not look at it.
                if now < crl.this_update {
                    return Err(VerifyError::CrlNotYetValid);
                }
                window.narrow(crl.this_update, crl.next_update.saturating_sub(1));
            }
        }
        Ok(window)
    }

    fn check_leaf(&self, leaf: &Certificate<'_>) -> Result<(), VerifyError> {
        let usage = leaf.extended_key_usage();
        // webpki has seen that clientAuth is there, if the extension is (RFC 5280 §4.2.1.12).
        let is_for_clients_alone = usage.is_some_and(|usage| {
            !(usage.any
                || usage.server_auth
                || usage.code_signing
                || usage.email_protection
                || usage.time_stamping
                || usage.ocsp_signing)
                && usage.other.is_empty()
        });
        if self.is_strict && !is_for_clients_alone {
            return Err(VerifyError::ExtendedKeyUsage);
        }
        // RFC 5280 §4.2.1.3: what signs a handshake, and never a certificate. webpki does not look.
        let is_good_usage = leaf.key_usage().map_or(!self.is_strict, |usage| {
            usage.digital_signature() && !usage.key_cert_sign() && !usage.crl_sign()
        });
        if !is_good_usage {
            return Err(VerifyError::KeyUsage);
        }
        check_key(leaf.public_key(), self.min_rsa_bits, self.is_strict)?;
        if leaf.authority_extensions().next().is_some() {
            return Err(VerifyError::LeafExtension);
        }
        if self.max_validity.is_some_and(|most| leaf.is_valid_for_longer_than(most)) {
            return Err(VerifyError::ValidityTooLong);
        }
        if self.is_strict && !has_form(leaf, Role::Leaf) {
            return Err(VerifyError::NotStrict);
        }
        Ok(())
    }
}

/// Whether an error of one anchor is nearer to what the operator must do than that of another: most
/// are, than that the anchor is not the issuer.
fn tells_more(error: VerifyError, than: VerifyError) -> bool {
    let rank = |error| match error {
        VerifyError::UnknownIssuer => 0,
        VerifyError::BadSignature => 1,
        _ => 2,
    };
    rank(error) > rank(than)
}

#[expect(deprecated, reason = "variants that webpki may still return")]
fn of_webpki(error: &webpki::Error) -> VerifyError {
    use webpki::Error;
    match error {
        Error::CaUsedAsEndEntity => VerifyError::CaAsLeaf,
        Error::CertExpired { .. } => VerifyError::Expired,
        Error::CertNotValidYet { .. } => VerifyError::NotYetValid,
        Error::CertRevoked | Error::CertDistrusted => VerifyError::Revoked,
        Error::CrlExpired { .. } => VerifyError::CrlExpired,
        Error::UnknownRevocationStatus
        | Error::IssuerNotCrlSigner
        | Error::InvalidCrlSignatureForPublicKey
        | Error::UnsupportedCrlSignatureAlgorithm
        | Error::UnsupportedCrlSignatureAlgorithmContext(_)
        | Error::UnsupportedCrlSignatureAlgorithmForPublicKey
        | Error::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => VerifyError::CrlUnknown,
        Error::EndEntityUsedAsCa => VerifyError::IssuerNotCa,
        Error::EmptyEkuExtension
        | Error::RequiredEkuNotFound
        | Error::RequiredEkuNotFoundContext(_) => VerifyError::ExtendedKeyUsage,
        Error::InvalidSignatureForPublicKey => VerifyError::BadSignature,
        Error::MaximumPathBuildCallsExceeded
        | Error::MaximumPathDepthExceeded
        | Error::MaximumSignatureChecksExceeded
        | Error::MaximumNameConstraintComparisonsExceeded => VerifyError::ChainTooLong,
        Error::NameConstraintViolation
        | Error::MalformedNameConstraint
        | Error::InvalidNetworkMaskConstraint
        | Error::UnsupportedNameType => VerifyError::NameConstraints,
        Error::PathLenConstraintViolated => VerifyError::PathLength,
        Error::UnknownIssuer => VerifyError::UnknownIssuer,
        Error::UnsupportedCertVersion => VerifyError::UnsupportedVersion,
        Error::UnsupportedCriticalExtension => VerifyError::CriticalExtension,
        Error::UnsupportedSignatureAlgorithm
        | Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKey
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            VerifyError::UnsupportedAlgorithm
        }
        _ => VerifyError::BadEncoding,
    }
}
