/// Which texts are messages, where EIP-4361 and the wallets differ.
///
/// Neither takes what the specification allows and no wallet should write: userinfo or an empty host or
/// port in the domain, port 0, a chain id with leading zeros, `0X`, small `t` and `z` in times, and an
/// expiration that is not after the other times.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Grammar {
    /// What wallets sign, as the erratum of EIP-4361 writes it down: a statement has any printable ASCII
    /// character, and an address may be in one case throughout.
    #[default]
    Practice,
    /// EIP-4361 by the letter: a statement has only characters of URIs and spaces, and an address its
    /// checksum (EIP-55). The URIs have no escapes of line ends or of NUL, either.
    Strict,
}
