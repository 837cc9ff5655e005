// Signs in through the module, with nothing but what Node has: `node examples/wasm/test.mjs MODULE`.

import assert from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const compiled = await WebAssembly.compile(await readFile(process.argv[2]));
assert.deepEqual(WebAssembly.Module.imports(compiled), [], 'it asks nothing of its host');
const { exports } = await WebAssembly.instantiate(compiled, {});

const ask = (request) => {
  const bytes = typeof request === 'string' ? Buffer.from(request) : Buffer.from(JSON.stringify(request));
  const place = exports.room(bytes.length);
  new Uint8Array(exports.memory.buffer, place, bytes.length).set(bytes);
  const length = exports.answer();
  return JSON.parse(Buffer.from(new Uint8Array(exports.memory.buffer, exports.place(), length)).toString());
};
const refused = (code) => ({ is: 'refused', code });

// A wallet: ECDSA over secp256k1 (SEC 1 §4.1.3), with `s` in the lower half. Node multiplies the point.
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const ADDRESS = '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1';
const KEY = BigInt(`0x${'01'.repeat(32)}`);
const inverse = (value) => {
  let [result, base, exponent] = [1n, value % ORDER, ORDER - 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % ORDER;
    base = (base * base) % ORDER;
  }
  return result;
};
const sign = (message) => {
  const { hash } = ask({ ask: 'hash', message });
  const point = createECDH('secp256k1');
  const k = randomBytes(32);
  point.setPrivateKey(k);
  const compressed = point.getPublicKey('hex', 'compressed');
  const r = BigInt(`0x${compressed.slice(2)}`) % ORDER;
  let odd = compressed.startsWith('03');
  let s = (inverse(BigInt(`0x${k.toString('hex')}`)) * (BigInt(hash) + r * KEY)) % ORDER;
  if (s > ORDER / 2n) [s, odd] = [ORDER - s, !odd];
  const word = (value) => value.toString(16).padStart(64, '0');
  return `0x${word(r)}${word(s)}${odd ? '1c' : '1b'}`;
};

const browser = '03'.repeat(16);
const now = Math.floor(Date.now() / 1000);
assert.deepEqual(ask({ ask: 'check', message: '', signature: '0x', browser, now }), refused('store_unavailable'));
const configure = { ask: 'configure', origin: 'https://plue.dev', chains: [1], secret: '07'.repeat(32) };
assert.deepEqual(ask({ ...configure, chains: [] }), refused('configuration'));
assert.deepEqual(ask(configure), { is: 'configured' });

const nonce = (at = now) => {
  const answer = ask({ ask: 'nonce', browser, random: randomBytes(10).toString('hex'), now: at });
  assert.equal(answer.is, 'nonce');
  return answer.nonce;
};
const message = (given = {}) => {
  const field = { domain: 'plue.dev', nonce: nonce(), at: now, ...given };
  const issued = new Date(field.at * 1000).toISOString();
  return `${field.domain} wants you to sign in with your Ethereum account:\n${ADDRESS}\n\n\n`
    + `URI: https://${field.domain}/login\nVersion: 1\nChain ID: 1\nNonce: ${field.nonce}\nIssued At: ${issued}`;
};
const check = (text, given = {}) =>
  ask({ ask: 'check', message: text, signature: sign(text), browser, now, ...given });

// The store: what is put stays.
const burned = new Set();
const burn = ({ burn_key }) => !burned.has(burn_key) && !!burned.add(burn_key);

const good = message();
const login = { is: 'login', address: ADDRESS, chain_id: 1, origin: 'https://plue.dev' };
const checked = check(good);
assert.equal(checked.is, 'checked');
assert.equal(checked.keep_for, 720);
assert.deepEqual(ask({ ask: 'finish', sign_in: checked.sign_in, was_put: burn(checked) }), login);
// Neither the sign-in nor its nonce serves twice.
assert.deepEqual(ask({ ask: 'finish', sign_in: checked.sign_in, was_put: true }), refused('used_nonce'));
const again = check(good);
assert.deepEqual(ask({ ask: 'finish', sign_in: again.sign_in, was_put: burn(again) }), refused('used_nonce'));

const fresh = check(message());
assert.deepEqual(ask({ ask: 'finish', sign_in: fresh.sign_in, was_put: null }), refused('store_unavailable'));

const signed = message();
const tampered = { message: signed.replace('/login', '/admin'), signature: sign(signed) };
const other = check(signed, tampered);
assert.deepEqual(ask({ ask: 'finish', sign_in: other.sign_in, was_put: burn(other) }), refused('bad_signature'));

assert.deepEqual(check(message(), { browser: '04'.repeat(16) }), refused('unknown_nonce'));
assert.deepEqual(check(message(), { browser: '' }), refused('missing_binding'));
assert.deepEqual(check(message({ nonce: nonce(now - 600) })), refused('expired_nonce'));
assert.deepEqual(check(message({ at: now - 601 })), refused('stale'));
assert.deepEqual(check(message({ domain: 'plue.dev.evil.com' })), refused('wrong_domain'));
assert.deepEqual(check(message(), { signature: '0x00' }), refused('unsupported_signature'));
assert.deepEqual(check(message(), { message: 'x' }), refused('malformed_message'));
for (const garbage of ['', '{', '[]', '{"ask":"check"}', '{"ask":"finish","sign_in":-1}', '\u0000']) {
  assert.deepEqual(ask(garbage), refused('malformed_request'));
}
console.log('signed in once, and refused what is to be refused');
