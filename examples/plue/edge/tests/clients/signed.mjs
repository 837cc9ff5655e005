// A wallet, and what it signs, which may be wrong in one thing.

import assert from "node:assert/strict";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { createSiweMessage } from "viem/siwe";
import { AUTH, Client } from "./harness.mjs";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** With a new key. */
export const wallet = () => privateKeyToAccount(generatePrivateKey());

/** A client with the cookie of a session. */
export async function signedIn(origin, user = wallet()) {
  const client = new Client(origin);
  const answer = await client.call("POST", `${AUTH}/verify`, { body: await signed(client, user) });
  assert.equal(answer.status, 200, answer.text);
  return client;
}

/** What `verify` takes: right but for what is said of it. */
export async function signed(client, user, change = {}) {
  const giver = change.browser === "another" ? new Client(client.origin) : client;
  if (giver !== client) await nonce(client);
  const answer = await nonce(giver);
  const fields = {
    domain: answer.domain,
    uri: answer.uri,
    version: answer.version,
    statement: answer.statement,
    nonce: answer.nonce,
    address: user.address,
    chainId: answer.chainIds[0],
    issuedAt: new Date(answer.issuedAt),
    expirationTime: new Date(answer.expirationTime),
    ...change.message,
  };
  for (const [name, seconds] of Object.entries(change.seconds ?? {})) {
    fields[name] = new Date(Date.parse(answer.issuedAt) + seconds * 1000);
  }
  let message = createSiweMessage(fields);
  const signer = change.signature === "of another key" ? wallet() : user;
  let signature = await signer.signMessage({ message });
  if (change.signature === "twin") signature = twin(signature);
  else if (change.signature && signer === user) signature = change.signature;
  if (change.replace) message = message.replace(...change.replace);
  if (change.append_to_uri) message = message.replace(`URI: ${answer.uri}`, `URI: ${answer.uri}${change.append_to_uri}`);
  return { message, signature };
}

async function nonce(client) {
  const answer = await client.call("GET", `${AUTH}/nonce`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** The other signature that the same key made of the same text: `s` in the upper half. */
function twin(signature) {
  const s = ORDER - BigInt(`0x${signature.slice(66, 130)}`);
  return signature.slice(0, 66) + s.toString(16).padStart(64, "0") + (signature.endsWith("1b") ? "1c" : "1b");
}
