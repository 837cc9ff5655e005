// The text of EIP-4361, which the server reads strictly: every space and line feed counts.

/**
 * Takes the times of the server, so that the clock of this computer does not matter; and the site from the
 * browser, so that nobody can have a text for another one signed here.
 */
export function build({ address, chainId, challenge, site }) {
  const lines = [
    `${site.host} wants you to sign in with your Ethereum account:`,
    // As the wallet writes it, with a checksum or in lower case: the server takes both.
    address,
    "",
  ];
  if (challenge.statement !== undefined) lines.push(challenge.statement);
  lines.push(
    "",
    `URI: ${site.origin}`,
    "Version: 1",
    `Chain ID: ${chainId}`,
    `Nonce: ${challenge.nonce}`,
    `Issued At: ${challenge.issuedAt}`,
  );
  if (challenge.expirationTime) lines.push(`Expiration Time: ${challenge.expirationTime}`);
  return lines.join("\n");
}

/** What `personal_sign` takes: a text that is not in hexadecimal digits is read differently by some wallets. */
export function hex(text) {
  const bytes = new TextEncoder().encode(text);
  return "0x" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
