// Signing in, from the choice of a wallet to the end of the session.

import * as api from "./api.js";
import { build } from "./message.js";
import { chainName, chainNames, explain, short, worthRetrying } from "./messages.js";
import * as view from "./view.js";
import { discover, WalletError } from "./wallets.js";

const state = {
  phase: "loading", // then "out", "attempt" or "in"
  busy: true, // something is asked of a wallet or of the server
  wallets: null, // unknown at first
  wallet: null, // the one that is used, or was
  session: null,
  status: "Looking for your session…",
  heard: false, // whether the status is for screen readers alone, as the page shows it anyway
  problem: null, // what is said of it, its code, and what to do to try again
  note: "",
  text: "", // what is signed
  cancellable: false,
};

/** The sign-in that is in progress: what was agreed on with the wallet, and how to end it. */
let attempt = null;

function update(change) {
  if ("status" in change) state.heard = false;
  Object.assign(state, change);
  view.render(state);
}

async function signIn(wallet) {
  if (state.phase !== "out") return;
  const current = { wallet, address: null, chainId: null, facts: { wallet: wallet.name } };
  const ended = new Promise((_, reject) => (current.end = reject));
  ended.catch(() => {});
  const step = (current.step = (promise) => Promise.race([promise, ended]));
  attempt = current;
  watch(wallet);
  const status = `Choose an account in ${wallet.name}.`;
  update({ phase: "attempt", busy: true, wallet, problem: null, status, text: "", cancellable: true });
  try {
    current.address = await step(wallet.account());
    const { chainId, challenge } = await agreeOnChain(current);
    current.chainId = chainId;
    const text = build({ address: current.address, chainId, challenge, site: location });
    update({ status: `Read and sign the request in ${wallet.name}.`, text });
    const signature = await step(wallet.sign(text, current.address));
    // From here on there is no way back: the answer may bring a session.
    attempt = null;
    update({ status: "Checking the signature…", cancellable: false });
    enter(await api.verify(text, signature), wallet);
  } catch (error) {
    if (error === CANCELLED) {
      update({ phase: "out", busy: false, status: "Cancelled. Dismiss the request in your wallet, too.", text: "" });
    } else {
      fail(error, current.facts, () => signIn(wallet));
    }
  } finally {
    if (attempt === current) attempt = null;
  }
}

/** A chain that the server takes, and a nonce that is no older than the answer of the wallet. */
async function agreeOnChain({ wallet, facts, step }) {
  const challenge = await step(api.nonce());
  // Whoever serves this page at another address has no business asking for signatures.
  if (challenge.domain !== location.host) throw new api.ApiError("wrong_domain");
  const { chainIds } = challenge;
  const actual = await step(wallet.chainId());
  if (chainIds.includes(actual)) return { chainId: actual, challenge };

  facts.wanted = chainNames(chainIds);
  facts.actual = chainName(actual);
  update({ status: `Plue takes sign-ins on ${facts.wanted}. Switch the network in ${wallet.name}.` });
  try {
    await step(wallet.switchTo(chainIds[0]));
  } catch (error) {
    const other = error === CANCELLED || error.code === "pending" || error.code === "changed";
    throw other ? error : new WalletError("wrong_network");
  }
  const chainId = await step(wallet.chainId());
  if (!chainIds.includes(chainId)) throw new WalletError("wrong_network");
  return { chainId, challenge: await step(api.nonce()) };
}

function enter(session, wallet) {
  remember(wallet.id);
  const status = `Signed in as ${short(session.address)}.`;
  update({ phase: "in", busy: false, session, wallet, problem: null, note: "", status, heard: true, text: "" });
  endAt(session.expiresAt);
}

/** Says what went wrong; nobody is signed in, unless there is still a session. */
function fail(error, facts, again) {
  if (!(error instanceof WalletError || error instanceof api.ApiError)) console.error(error);
  const code = error.code ?? "unexpected";
  if (api.NO_SESSION.has(code)) leave();
  const problem = { code, text: explain(code, facts), again: worthRetrying(code) ? again : null };
  const phase = state.session ? "in" : "out";
  update({ phase, busy: false, problem, status: "", text: "", cancellable: false });
  view.focusProblem();
}

async function refresh() {
  update({ busy: true, problem: null, status: "Refreshing your session…" });
  try {
    const session = await api.refresh();
    update({ busy: false, session, status: "Your session was refreshed." });
    endAt(session.expiresAt);
  } catch (error) {
    fail(error, {}, refresh);
  }
}

async function signOut() {
  update({ busy: true, problem: null, status: "Signing out…" });
  try {
    await api.logout();
    remember(null);
    leave();
    update({ phase: "out", busy: false, status: "You are signed out." });
  } catch (error) {
    fail(error, {}, signOut);
  }
}

function leave() {
  clearTimeout(timer);
  Object.assign(state, { session: null, note: "" });
}

/** Asks for the session when the page is opened. */
async function begin() {
  update({ phase: "loading", busy: true, problem: null });
  try {
    const session = await api.session();
    if (session) endAt(session.expiresAt);
    update({ phase: session ? "in" : "out", busy: false, session, status: "" });
    compareAccounts();
  } catch (error) {
    fail(error, {}, begin);
  }
}

/** Asks again: another tab may have signed in or out, and the session may have ended. */
async function recheck() {
  const { phase, session: before } = state;
  if (state.busy || !(phase === "in" || phase === "out")) return;
  let session;
  try {
    session = await api.session();
  } catch {
    // Nobody asked for this; what they do next will tell.
    if (before) endAt(before.expiresAt);
    return;
  }
  if (state.busy || state.phase !== phase || state.session !== before) return;
  if (session) {
    update({ phase: "in", session, problem: before ? state.problem : null });
    endAt(session.expiresAt);
    compareAccounts();
  } else if (before) {
    const over = Date.parse(before.expiresAt) <= Date.now();
    fail(new api.ApiError(over ? "expired_session" : "missing_session"));
  }
}

let timer;
function endAt(expiresAt) {
  clearTimeout(timer);
  const left = Date.parse(expiresAt) - Date.now();
  // This clock may be ahead: then it is the server's answer that counts, now and then.
  timer = setTimeout(recheck, Math.min(left > 0 ? left + 500 : 30_000, 2 ** 31 - 1));
}

const watched = new WeakSet();

function watch(wallet) {
  if (watched.has(wallet)) return;
  watched.add(wallet);
  wallet.onAccount((address) => {
    if (attempt?.wallet === wallet && attempt.address && !same(address, attempt.address)) {
      attempt.end(new WalletError("changed"));
    }
    if (state.phase === "in" && state.wallet === wallet) noteAccount(address, "is no longer connected to this page");
  });
  // A session does not depend on the network of the wallet, but what is being signed names it.
  wallet.onChain((chainId) => {
    if (attempt?.wallet === wallet && attempt.chainId && chainId !== attempt.chainId) {
      attempt.end(new WalletError("changed"));
    }
  });
}

/** After the page was opened anew: whether the wallet of this session still has its account. */
async function compareAccounts() {
  if (state.phase !== "in" || !state.wallets) return;
  const wallet = state.wallet ?? state.wallets.find(({ id }) => id === remembered());
  if (!wallet) return;
  state.wallet = wallet;
  watch(wallet);
  const address = await wallet.knownAccount().catch(() => undefined);
  if (address && state.phase === "in") noteAccount(address);
}

function noteAccount(address, gone) {
  const { wallet, session } = state;
  if (same(address, session.address)) return update({ note: "" });
  const now = address ? `is now on ${short(address)}` : gone;
  const still = `You are still signed in as ${short(session.address)}; sign out to change that.`;
  update({ note: `${wallet.name} ${now}. ${still}` });
}

const same = (one, other) => one?.toLowerCase() === other.toLowerCase();

// The storage may be blocked: then changes are noticed until the page is opened anew.
function remember(id) {
  try {
    if (id) localStorage.setItem(REMEMBERED, id);
    else localStorage.removeItem(REMEMBERED);
  } catch {}
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

const REMEMBERED = "plue-wallet";
const CANCELLED = new Error("cancelled");

const lookAgain = discover((wallets) => {
  update({ wallets });
  compareAccounts();
});
view.connect({
  onWallet: signIn,
  onRetry: () => state.problem?.again?.(),
  onCancel: () => attempt?.end(CANCELLED),
  onLookAgain: lookAgain,
  onRefresh: refresh,
  onSignOut: signOut,
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && recheck());
begin();
