//! Of several faults the first is told, in the order in which `VerifyError` lists them.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue};
use kick_hmac::testing::RelaySigner;
use kick_hmac::{Broadcasters, Campaigns, KickHmac, RelayKeys, RelaySecret, Replays, VerifyError};

use crate::errors::all;
use crate::{BROADCASTER, CAMPAIGN, CLAIM, FOLLOWED, secret, sent};

/// A message and who verifies it. Without a fault it is accepted.
struct Case {
    is_claim: bool,
    expects_claims: bool,
    body: &'static str,
    secret: RelaySecret,
    limit: usize,
    forged: bool,
    now: SystemTime,
    finish: SystemTime,
    change: Vec<fn(&mut HeaderMap)>,
}

impl Case {
    fn new(is_claim: bool) -> Self {
        Self {
            is_claim,
            expects_claims: true,
            body: if is_claim { CLAIM } else { FOLLOWED },
            secret: secret(7),
            limit: 1024,
            forged: false,
            now: sent(),
            finish: sent(),
            change: Vec::new(),
        }
    }

    fn verdict(self) -> Option<VerifyError> {
        let keys = RelayKeys::kick_relay([self.secret]).unwrap();
        let ours = Broadcasters::only([BROADCASTER]);
        let mut builder = KickHmac::builder(keys, ours, Replays::single_process());
        if self.expects_claims {
            builder = builder.drops(Campaigns::only([CAMPAIGN]));
        }
        let kick = builder.body_limit(self.limit).build().unwrap();

        let signer = if self.forged { secret(8) } else { secret(7) };
        let signer = RelaySigner::with(RelayKeys::kick_relay([signer]).unwrap());
        let message = match self.is_claim {
            true => signer.drops_claim(self.body),
            false => signer.event("channel.followed", self.body),
        };
        let (mut headers, body) = crate::parts(&message.sent_at(sent()));
        for change in self.change {
            change(&mut headers);
        }
        let verify = || {
            let mut check = kick.begin(kick.headers(&headers)?, self.now)?;
            check.update(body.clone())?;
            check.finish(self.finish).map(drop)
        };
        verify().err()
    }
}

struct Fault {
    error: VerifyError,
    /// Faults of one place cannot be had together.
    place: &'static str,
    of_claims: Option<bool>,
    make: fn(&mut Case),
}

const fn fault(error: VerifyError, place: &'static str, make: fn(&mut Case)) -> Fault {
    Fault { error, place, of_claims: None, make }
}

const ID: &str = "kick-event-message-id";
const SIGNATURE: &str = "kick-event-signature";
const HOUR: Duration = Duration::from_secs(3600);

fn set(headers: &mut HeaderMap, name: &'static str, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

/// Of headers the first that has a fault is told, so that here all three are of one header.
const FAULTS: [Fault; 14] = [
    fault(VerifyError::ContentEncoding, "coding", |case| {
        case.change.push(|headers| set(headers, "content-encoding", "gzip"));
    }),
    fault(VerifyError::MissingHeader(ID), "id", |case| {
        case.change.push(|headers| drop(headers.remove(ID)));
    }),
    fault(VerifyError::RepeatedHeader(ID), "id", |case| {
        case.change.push(|headers| {
            headers.append(ID, HeaderValue::from_static("x"));
        });
    }),
    fault(VerifyError::MalformedHeader(ID), "id", |case| {
        case.change.push(|headers| set(headers, ID, "x"));
    }),
    Fault {
        of_claims: Some(true),
        ..fault(VerifyError::UnexpectedDrops, "drops", |case| case.expects_claims = false)
    },
    fault(VerifyError::Stale, "begin", |case| case.now = sent() + HOUR),
    fault(VerifyError::SentInFuture, "begin", |case| case.now = sent() - HOUR),
    fault(VerifyError::MalformedSignature, "signature", |case| {
        case.change.push(|headers| set(headers, SIGNATURE, "x"));
    }),
    fault(VerifyError::TooLarge, "limit", |case| case.limit = 1),
    // From here on there is a body. The time comes first once more.
    fault(VerifyError::Stale, "finish", |case| case.finish = sent() + HOUR),
    fault(VerifyError::NoValidSecret, "secret", |case| {
        case.secret = secret(7).not_after(SystemTime::UNIX_EPOCH);
    }),
    fault(VerifyError::BadSignature, "forged", |case| case.forged = true),
    Fault {
        of_claims: Some(false),
        ..fault(VerifyError::WrongBroadcaster, "body", |case| case.body = "{}")
    },
    Fault {
        of_claims: Some(true),
        ..fault(VerifyError::WrongCampaign, "body", |case| case.body = "{}")
    },
];

fn applies(fault: &Fault, is_claim: bool) -> bool {
    fault.of_claims.is_none_or(|of_claims| of_claims == is_claim)
}

#[test]
fn each_fault_alone_is_told() {
    for is_claim in [false, true] {
        assert_eq!(Case::new(is_claim).verdict(), None);
        for fault in FAULTS.iter().filter(|fault| applies(fault, is_claim)) {
            let mut case = Case::new(is_claim);
            (fault.make)(&mut case);
            assert_eq!(case.verdict(), Some(fault.error), "{}", fault.place);
        }
    }
}

#[test]
fn of_two_faults_the_first_is_told() {
    let mut pairs = 0;
    for is_claim in [false, true] {
        let faults: Vec<_> = FAULTS.iter().filter(|fault| applies(fault, is_claim)).collect();
        for (place, first) in faults.iter().enumerate() {
            for second in faults[place..].iter().filter(|second| second.place != first.place) {
                let mut case = Case::new(is_claim);
                (second.make)(&mut case);
                (first.make)(&mut case);
                let both = format!("{} and {}", first.place, second.place);
                assert_eq!(case.verdict(), Some(first.error), "{both}");
                pairs += 1;
            }
        }
    }
    assert!(pairs > 100, "{pairs}");
}

#[test]
fn the_variants_stand_in_the_order_of_the_checks() {
    let place = |error: VerifyError| all().position(|other| other.code() == error.code()).unwrap();
    let places: Vec<_> = FAULTS
        .iter()
        .filter(|fault| fault.place != "finish")
        .map(|fault| place(fault.error))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn of_headers_the_first_that_has_a_fault_is_told() {
    type Change = fn(&mut HeaderMap);
    let in_order: [(&str, Change); 6] = [
        (SIGNATURE, |headers| drop(headers.remove(SIGNATURE))),
        (ID, |headers| set(headers, ID, "x")),
        ("kick-event-message-timestamp", |headers| {
            drop(headers.remove("kick-event-message-timestamp"));
        }),
        ("kick-event-type", |headers| set(headers, "kick-event-type", "")),
        ("kick-event-version", |headers| drop(headers.remove("kick-event-version"))),
        ("kick-event-subscription-id", |headers| set(headers, "kick-event-subscription-id", "x")),
    ];
    for (place, (name, first)) in in_order.iter().enumerate() {
        for (_, second) in &in_order[place..] {
            let mut case = Case::new(false);
            case.change = vec![*first, *second];
            let told = case.verdict().unwrap();
            assert!(told.to_string().contains(name), "{told}");
        }
    }
}
