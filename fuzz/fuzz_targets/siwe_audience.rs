//! A message that the wallet signs, whatever it says: `$NONCE` and `$SECOND` stand for good nonces of the
//! first and the second audience, `$ADDRESS` for the wallet. It is a login where all that it says is what
//! one of the audiences asks for, now, and a refusal says what is so.

#![no_main]

use std::net::Ipv6Addr;
use std::sync::LazyLock;

use iri_string::types::UriStr;
use libfuzzer_sys::fuzz_target;
use siwe_session::{
    Audience, Grammar, Login, LoginVerifier, Message, NonceKeys, Signature, Timestamp, VerifyError,
};

use edgeproof_fuzz::kick_hmac::filled;
use edgeproof_fuzz::siwe_session::{NOW, WALLET, at, binding};

fuzz_target!(|input: &[u8]| {
    for server in &*SERVERS {
        let Ok(text) = String::from_utf8(filled(input, &server.marks)) else { return };
        let message = Message::parse(&text, server.grammar);
        let site = message.as_ref().ok().and_then(|message| server.site(message));
        let outcome = server.login(&text);
        match outcome {
            Ok(login) => {
                let site = site.expect("for nobody here");
                assert_eq!(login.message().as_str(), text);
                assert_eq!(login.address(), WALLET.address());
                assert_eq!(Ok(login.chain_id()), message.map(|message| message.chain_id()));
                assert_eq!(login.origin(), site.origin);
            }
            Err(error) => {
                assert!(site.is_none(), "{error:?}");
                match message {
                    Ok(message) => server.check(&message, error),
                    Err(malformed) => assert_eq!(error, VerifyError::MalformedMessage(malformed)),
                }
            }
        }
    }
});

struct Server {
    verifier: LoginVerifier,
    grammar: Grammar,
    sites: &'static [Site],
    marks: Vec<(&'static str, String)>,
}

/// What an audience asks for.
struct Site {
    origin: &'static str,
    scheme: &'static str,
    host: &'static str,
    port: u16,
    chains: &'static [u64],
    uris: &'static [&'static str],
    statement: Option<&'static str>,
}

impl Server {
    fn login(&self, text: &str) -> Result<Login, VerifyError> {
        // Where it is no message, no signature is looked at.
        let signature = Message::parse(text, Grammar::Practice).map_or_else(
            |_| Signature::from_bytes([0; 65]),
            |message| WALLET.sign(&message).parse(),
        );
        let checked = self.verifier.check(text, &signature.unwrap(), Some(&binding()), at(NOW))?;
        checked.consume(true)?.verify()?.login()
    }

    /// That which this message signs in to, by a second reader.
    fn site(&self, message: &Message<'_>) -> Option<&Site> {
        let holds = |(site, nonce): &(&Site, &str)| {
            site.is_domain(message)
                && site.is_scheme(message)
                && site.is_uri(message)
                && site.chains.contains(&message.chain_id())
                && site.is_statement(message)
                && message.nonce() == *nonce
        };
        let nonces = self.marks.iter().map(|(_, text)| text.as_str());
        let (site, _) = self.sites.iter().zip(nonces).find(holds)?;
        let is_now = is_fresh(message) && !has_ended(message) && has_begun(message);
        let holds = is_now && !has_recap(message) && message.address() == WALLET.address();
        holds.then_some(site)
    }

    /// What is said of the message is true of it.
    fn check(&self, message: &Message<'_>, error: VerifyError) {
        let meant = self.sites.iter().find(|site| site.is_domain(message));
        let Some(site) = meant else {
            return assert_eq!(error, VerifyError::WrongDomain);
        };
        match error {
            VerifyError::WrongScheme => assert!(!site.is_scheme(message)),
            VerifyError::WrongUri => assert!(!site.is_uri(message)),
            VerifyError::WrongChain => assert!(!site.chains.contains(&message.chain_id())),
            VerifyError::WrongStatement => assert!(!site.is_statement(message)),
            VerifyError::Recap => assert!(has_recap(message)),
            VerifyError::Stale => assert!(!is_fresh(message) && message.issued_at() < time(0)),
            VerifyError::IssuedInFuture => assert!(message.issued_at() > time(60)),
            VerifyError::Expired => assert!(has_ended(message)),
            VerifyError::NotYetValid => assert!(!has_begun(message)),
            VerifyError::UnknownNonce => {}
            VerifyError::BadSignature => assert_ne!(message.address(), WALLET.address()),
            other => panic!("{other:?}"),
        }
    }
}

impl Site {
    /// Without a scheme it is the site's own, with another it has that one's port.
    fn is_domain(&self, message: &Message<'_>) -> bool {
        let scheme = message.scheme().unwrap_or(self.scheme).to_lowercase();
        let default = if scheme == "http" { 80 } else { 443 };
        self.is_of(&format!("x://{}", message.domain()), default)
    }

    fn is_scheme(&self, message: &Message<'_>) -> bool {
        message.scheme().is_none_or(|scheme| scheme.to_lowercase() == self.scheme)
    }

    fn is_uri(&self, message: &Message<'_>) -> bool {
        if !self.uris.is_empty() {
            return self.uris.contains(&message.uri());
        }
        let default = if self.scheme == "http" { 80 } else { 443 };
        let scheme = UriStr::new(message.uri()).unwrap().scheme_str().to_lowercase();
        scheme == self.scheme && self.is_of(message.uri(), default)
    }

    fn is_of(&self, uri: &str, default: u16) -> bool {
        let authority = UriStr::new(uri).unwrap().authority_components();
        authority.is_some_and(|it| {
            let host = it.host().to_lowercase();
            let ipv6 =
                |host: &str| host.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
            let is_ipv6 = ipv6(&host).is_some_and(|host| Some(host) == ipv6(self.host));
            let is_port = |port: &str| port == self.port.to_string();
            it.userinfo().is_none()
                && (host == self.host || is_ipv6)
                && it.port().map_or(default == self.port, is_port)
        })
    }

    fn is_statement(&self, message: &Message<'_>) -> bool {
        self.statement.is_none() || message.statement() == self.statement
    }
}

fn is_fresh(message: &Message<'_>) -> bool {
    (time(-600)..=time(60)).contains(&message.issued_at())
}

fn has_ended(message: &Message<'_>) -> bool {
    message.expiration_time().is_some_and(|end| end <= time(0))
}

fn has_begun(message: &Message<'_>) -> bool {
    message.not_before().is_none_or(|start| start <= time(60))
}

fn has_recap(message: &Message<'_>) -> bool {
    message.resources().any(|uri| uri.to_lowercase().starts_with("urn:recap:"))
}

fn time(seconds: i64) -> Timestamp {
    at(NOW.checked_add_signed(seconds).unwrap()).into()
}

const PLUE: Site = Site {
    origin: "https://plue.dev",
    scheme: "https",
    host: "plue.dev",
    port: 443,
    chains: &[1, 8453],
    uris: &[],
    statement: None,
};

const PLUE_8443: Site = Site {
    origin: "https://plue.dev:8443",
    port: 8443,
    chains: &[1],
    uris: &["https://plue.dev/login", "urn:plue:login"],
    statement: Some("Sign in to Plue."),
    ..PLUE
};

const HERE: Site = Site {
    origin: "http://localhost",
    scheme: "http",
    host: "localhost",
    port: 80,
    chains: &[31337],
    ..PLUE
};

const IPV6: Site = Site { origin: "http://[::1]:3000", host: "[::1]", port: 3000, ..HERE };

static SERVERS: LazyLock<[Server; 3]> = LazyLock::new(|| {
    [
        server(&[PLUE], Grammar::Practice),
        server(&[PLUE_8443, PLUE], Grammar::Strict),
        server(&[HERE, IPV6], Grammar::Practice),
    ]
});

fn server(sites: &'static [Site], grammar: Grammar) -> Server {
    let mut audiences = sites.iter().map(|site| {
        let audience = Audience::origin(site.origin).unwrap();
        let mut audience = audience.chains(site.chains.iter().copied());
        for uri in site.uris {
            audience = audience.uri(*uri).unwrap();
        }
        match site.statement {
            Some(statement) => audience.statement(statement).unwrap(),
            None => audience,
        }
    });
    let keys = NonceKeys::new([[1; 32]]).unwrap();
    let builder = LoginVerifier::builder(audiences.next().unwrap(), keys).grammar(grammar);
    let builder = audiences.fold(builder, |builder, audience| builder.audience(audience));
    let verifier = builder.build().unwrap();

    let nonce = |audience| verifier.nonce(audience, Some(&binding()), [7; 10], at(NOW)).to_string();
    let mut marks: Vec<_> =
        ["$NONCE", "$SECOND"].into_iter().zip(verifier.audiences().iter().map(nonce)).collect();
    marks.push(("$ADDRESS", WALLET.address().to_checksum(None)));
    Server { verifier, grammar, sites, marks }
}
