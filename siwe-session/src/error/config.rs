use thiserror::Error;

/// What is wrong with the configuration, found when it is built. The message says how to mend it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// Two audiences of one origin.
    #[error("each origin is named once")]
    AudienceTwice,
    /// The name of an assertion's audience is empty, or over 256 bytes.
    #[error("an assertion's audience is a name of 1 to 256 bytes")]
    AssertionAudience,
    /// A chain has two nodes.
    #[error("each chain has one node")]
    ChainTwice,
    /// An audience without chains, nodes of no chain, or chain 0.
    #[error("name the chains, of an audience as in `.chains([1])`, or of nodes; none is 0")]
    Chains,
    /// Too many claims, or too long ones.
    #[error("at most 16 claims, with names of 1 to 64 bytes, and 1024 bytes in all")]
    Claims,
    /// Not a key of Ed25519 in PEM, or a weak one.
    #[error("not a key of Ed25519 in PEM; `openssl genpkey -algorithm ed25519` makes one")]
    Ed25519,
    /// A header that is not for identities.
    #[error("the name of an identity header begins with `x-`, and has no `_`")]
    HeaderName,
    /// No key was given, or over 8.
    #[error("from 1 to 8 keys; a rotation needs two")]
    KeyCount,
    /// The name of a key is not 1 to 64 letters, digits, `-` and `_`.
    #[error("a kid is 1 to 64 letters, digits, `-` and `_`")]
    Kid,
    /// Two keys have one name.
    #[error("each kid names one key")]
    KidTwice,
    /// The lifetimes of a session are out of their range.
    #[error(
        "a token lives from a minute to 24 hours, a session as long at least, and at most 90 days; \
         the leeway is at most 300 seconds"
    )]
    Lifetime,
    /// The router stands on no plain path.
    #[error("the router is mounted at a path such as `/api/auth`")]
    MountPoint,
    /// The first key of a ring cannot sign.
    #[error("the first key signs: it is a secret, or a private key")]
    PublicKeySigns,
    /// An origin that is not a scheme, a host and, if it is not the scheme's own, a port.
    #[error("an origin looks like `https://example.com` or `https://example.com:8443`")]
    Origin,
    /// An origin with `http` that is not this machine.
    #[error("an origin is `https`; `http` is for localhost, 127.0.0.1 and [::1]")]
    OriginScheme,
    /// The address of a node that is not `https`, or has no host; `http` is for this machine.
    #[error("a node's address is `https`; `http` is for localhost, 127.0.0.1 and [::1]")]
    NodeUrl,
    /// A public rule whose wildcard takes what a protected rule names: everything would be public but what
    /// is listed, and what is forgotten in such a list is public.
    #[error(
        "a public wildcard covers a protected rule; name what is public instead, or protect all beneath that name, as in `.protect(\"/team/{{*rest}}\")`"
    )]
    PublicCoversProtected,
    /// A name to reserve that is not one segment of a path.
    #[error("a reserved name is one segment of a path in canonical form, without `/` and escapes")]
    ReservedSegment,
    /// Two patterns with wildcards in the same place, of other names or one of them `{*rest}`.
    #[error(
        "two patterns have wildcards in the same place; give these the same name, or name the segment in one of them"
    )]
    RouteConflict,
    /// A public rule without methods, or with `CONNECT`.
    #[error(
        "name the methods that are public, as in `.public_for([Method::POST], \"/hooks/{{name}}\")`; CONNECT is none of them"
    )]
    RouteMethods,
    /// A pattern that no path in canonical form matches.
    #[error(
        "write a pattern as its path is in canonical form: no empty, `.` or `..` segment, no `;` or `\\`, and escapes in upper case of what a path cannot have"
    )]
    RouteNotCanonical,
    /// A pattern whose wildcards are not whole segments, or that does not begin with `/`.
    #[error(
        "a pattern looks like `/docs`, `/{{owner}}/{{repo}}` or `/docs/{{*page}}`: each segment a name or one wildcard, `{{*page}}` the last"
    )]
    RoutePattern,
    /// A pattern that is public and protected.
    #[error("a pattern is public or protected; leave one of the two rules out")]
    RouteTwice,
    /// No secret was given, or over 8.
    #[error("from 1 to 8 secrets; a rotation needs two")]
    SecretCount,
    /// A secret has fewer than 32 bytes.
    #[error("a secret has at least 32 bytes; `openssl rand -base64 32` makes a good one")]
    SecretTooShort,
    /// A statement that no message can have.
    #[error("a statement is at most 1024 characters of printable ASCII")]
    Statement,
    /// A prefix for a store that is not 1 to 40 lower-case letters, digits, `_` and, for Redis, `:`.
    #[error(
        "a prefix is 1 to 40 lower-case letters, digits and `_`, for Redis `:` too; the first a letter"
    )]
    Prefix,
    /// The system has no root certificates to verify a node with.
    #[error("no usable root certificates on this system; install them (ca-certificates)")]
    Tls,
    /// A [`Timestamp`](crate::Timestamp) is not in the form of RFC 3339.
    #[error("a timestamp looks like `2026-11-22T12:00:00.000Z`, and is a date that exists")]
    Timestamp,
    /// A URI for the audience that is none, or too long.
    #[error("a URI is that of RFC 3986, of at most 1024 bytes")]
    Uri,
    /// The greatest age or the leeway is out of its range.
    #[error("the greatest age is from 1 second to 1 hour, and the leeway at most 300 seconds")]
    Window,
}
