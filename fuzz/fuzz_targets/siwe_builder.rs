//! Texts for the fields of a message, a zero byte between two, and `-` for none: they make a message
//! where they make one when they are simply put after each other, and each is then the field that it was
//! given for. So no field has a line in it that is another's.

#![no_main]

use alloy_primitives::Address;
use libfuzzer_sys::fuzz_target;
use siwe_session::{Grammar, Message, MessageBuilder, Timestamp};

use edgeproof_fuzz::siwe_session::set;

fuzz_target!(|input: &str| {
    let mut texts = input.split('\0').map(|text| (text != "-").then_some(text));
    let mut next = || texts.next().flatten();
    let fields = Fields {
        domain: next().unwrap_or_default(),
        scheme: next(),
        statement: next(),
        uri: next(),
        chain_id: next().and_then(|text| text.parse().ok()),
        nonce: next(),
        request_id: next(),
        times: [next(), next(), next()].map(|text| text.and_then(|text| text.parse().ok())),
        resources: texts.flatten().collect(),
    };
    let built = fields.builder().build();
    let text = fields.text();
    let expected = text.as_deref().and_then(|text| Message::parse(text, Grammar::Practice).ok());
    let expected = expected.filter(|message| fields.are_of(message));
    match built {
        Ok(built) => {
            assert!(fields.are_of(&built));
            assert_eq!(Some(built), expected);
        }
        Err(error) => assert!(expected.is_none(), "{error}"),
    }
});

struct Fields<'a> {
    domain: &'a str,
    scheme: Option<&'a str>,
    statement: Option<&'a str>,
    uri: Option<&'a str>,
    chain_id: Option<u64>,
    nonce: Option<&'a str>,
    request_id: Option<&'a str>,
    /// Issued at, expiration time, not before.
    times: [Option<Timestamp>; 3],
    resources: Vec<&'a str>,
}

impl Fields<'_> {
    fn builder(&self) -> MessageBuilder {
        let mut builder = Message::builder(self.domain, ADDRESS);
        builder = set(builder, self.scheme, MessageBuilder::scheme);
        builder = set(builder, self.statement, MessageBuilder::statement);
        builder = set(builder, self.uri, MessageBuilder::uri);
        builder = set(builder, self.chain_id, MessageBuilder::chain_id);
        builder = set(builder, self.nonce, MessageBuilder::nonce);
        builder = set(builder, self.request_id, MessageBuilder::request_id);
        let [issued_at, expiration_time, not_before] = self.times;
        builder = set(builder, issued_at, MessageBuilder::issued_at);
        builder = set(builder, expiration_time, MessageBuilder::expiration_time);
        builder = set(builder, not_before, MessageBuilder::not_before);
        self.resources.iter().fold(builder, |builder, uri| builder.resource(*uri))
    }

    /// `None` if one that is mandatory is missing.
    fn text(&self) -> Option<String> {
        let line = |before: &str, text: Option<&str>, behind: &str| {
            text.map_or(String::new(), |text| format!("{before}{text}{behind}"))
        };
        let [issued_at, expiration_time, not_before] =
            self.times.map(|time| time.map(|time| time.to_string()));
        let head = [
            line("", self.scheme, "://"),
            format!("{} wants you to sign in with your Ethereum account:\n", self.domain),
            format!("{}\n\n", ADDRESS.to_checksum(None)),
            line("", self.statement, "\n"),
            format!("\nURI: {}\nVersion: 1\nChain ID: {}", self.uri?, self.chain_id?),
            format!("\nNonce: {}\nIssued At: {}", self.nonce?, issued_at?),
            line("\nExpiration Time: ", expiration_time.as_deref(), ""),
            line("\nNot Before: ", not_before.as_deref(), ""),
            line("\nRequest ID: ", self.request_id, ""),
        ];
        let resources = match self.resources[..] {
            [] => String::new(),
            _ => format!("\nResources:\n- {}", self.resources.join("\n- ")),
        };
        Some(head.concat() + &resources)
    }

    fn are_of(&self, message: &Message<'_>) -> bool {
        let times = [Some(message.issued_at()), message.expiration_time(), message.not_before()];
        message.domain() == self.domain
            && message.address() == ADDRESS
            && message.scheme() == self.scheme
            && message.statement() == self.statement
            && Some(message.uri()) == self.uri
            && Some(message.chain_id()) == self.chain_id
            && Some(message.nonce()) == self.nonce
            && message.request_id() == self.request_id
            && times == self.times
            && message.resources().eq(self.resources.iter().copied())
    }
}

const ADDRESS: Address = Address::repeat_byte(0xA7);
