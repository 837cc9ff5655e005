// What is said to people: one sentence of what happened, one of what to do.

/** The text for a code. `facts` may have `wallet`, `wanted` and `actual`, all of them names. */
export function explain(code, facts = {}) {
  const text = MESSAGES[code] ?? MESSAGES.unexpected;
  return typeof text === "function" ? text({ wallet: "your wallet", ...facts }) : text;
}

/** Whether the same again could go better. */
export const worthRetrying = (code) => !FINAL.has(code);

export function chainName(id) {
  return CHAINS.get(id) ?? `chain ${id}`;
}

/** "Ethereum", "Ethereum or Base", "Ethereum, Base or OP Mainnet". */
export function chainNames(ids) {
  const names = ids.map(chainName);
  const last = names.pop();
  return names.length ? `${names.join(", ")} or ${last}` : last;
}

/** First and last digits, for sentences. */
export const short = (address) => `${address.slice(0, 6)}…${address.slice(-4)}`;

const LATE = "The request to sign in ran out before it was signed. Try again: you get a new one.";
const NOT_OURS = "The signed text is not the one this page asked for. Try again, and sign the text unchanged.";
const CLOCK = "The times in the signed text do not fit. Try again in a minute.";
const FOREIGN = "The signed text is for another site. Check the address of this page before you try again.";
const UNDEPLOYED = "This smart account is not deployed yet. Deploy it, or sign in with another account.";

const MESSAGES = {
  // The wallet.
  rejected: ({ wallet }) => `You declined in ${wallet}. Nothing was signed.`,
  pending: ({ wallet }) => `${cap(wallet)} already has a request open. Answer it there, then try again.`,
  unauthorized: ({ wallet }) =>
    `${cap(wallet)} does not let this page use the account. Allow it there, then try again.`,
  disconnected: ({ wallet }) => `${cap(wallet)} is not connected to its network. Check it, then try again.`,
  no_account: ({ wallet }) => `${cap(wallet)} showed no account. Unlock it or create one, then try again.`,
  wallet_failed: ({ wallet }) => `${cap(wallet)} did not answer as expected. Unlock or restart it, then try again.`,
  wrong_network: ({ wallet, wanted, actual }) =>
    `Plue takes sign-ins on ${wanted}, but ${wallet} is on ${actual}. Switch the network there, then try again.`,
  changed: ({ wallet }) => `The account or network in ${wallet} changed meanwhile. Try again with the one you want.`,

  // The way to the server.
  network: "Plue cannot be reached. Check your connection, then try again.",
  unavailable: "Plue is not available right now. Try again in a minute.",
  too_many: "Too many attempts. Try again in a minute.",
  unexpected: "Something went wrong at our end. Try again in a minute.",
  cross_site: "The request did not come from this site. Open Plue in a tab of its own, then try again.",

  // The message.
  malformed_message: NOT_OURS,
  wrong_domain: FOREIGN,
  wrong_scheme: FOREIGN,
  wrong_uri: FOREIGN,
  wrong_chain: "Plue does not take sign-ins on this network. Switch the network in your wallet, then try again.",
  wrong_statement: NOT_OURS,
  recap: "The signed text grants more than a sign-in, and Plue asked for no more. Try again.",

  // Its time, its nonce, its browser.
  stale: LATE,
  expired: LATE,
  expired_nonce: LATE,
  issued_in_future: CLOCK,
  not_yet_valid: CLOCK,
  used_nonce: "This signature was used before, and counts only once. Try again: you get a new request.",
  unknown_nonce: "The request to sign in is not from this browser. Try again: you get a new one.",
  missing_binding: "Your browser did not send the cookie of this sign-in. Allow cookies for Plue, then try again.",

  // The signature.
  malformed_signature: ({ wallet }) =>
    `${cap(wallet)} gave something that is no signature. Try again, or use another wallet.`,
  malleable_signature: ({ wallet }) =>
    `${cap(wallet)} gave a signature in a form that is not accepted. Use another wallet.`,
  unsupported_signature: "Plue does not accept signatures of smart accounts. Sign in with another account.",
  bad_signature:
    "The signature is not that of your account. Check which account is chosen in your wallet, then try again.",
  erc6492: UNDEPLOYED,
  erc8010: UNDEPLOYED,
  contract_refused: "The contract of your account did not accept the signature. Check its owners, then try again.",
  contract_unavailable: "The contract of your account cannot be asked right now. Try again in a minute.",
  store_unavailable: "Plue cannot take sign-ins right now. Try again in a minute.",
  denied: "This account may not sign in to Plue. Choose another account in your wallet.",

  // The session.
  missing_session: "You are not signed in any more. Sign in again.",
  expired_session: "Your session has ended. Sign in again.",
  revoked_session: "You were signed out. Sign in again.",
};

const FINAL = new Set([
  "denied", "erc6492", "erc8010", "unsupported_signature", "malleable_signature",
  "missing_session", "expired_session", "revoked_session",
]);

const CHAINS = new Map([
  [1, "Ethereum"],
  [10, "OP Mainnet"],
  [100, "Gnosis"],
  [137, "Polygon"],
  [8453, "Base"],
  [42161, "Arbitrum One"],
  [11155111, "Sepolia"],
]);

/** `your wallet` may begin a sentence. */
const cap = (name) => (name === "your wallet" ? "Your wallet" : name);
