// Wallets: how they are found (EIP-6963, else `window.ethereum`), and what is asked of them (EIP-1193).

import { hex } from "./message.js";

/** That a wallet did not do what it was asked. `code` is one of those that `messages.js` explains. */
export class WalletError extends Error {
  constructor(code, detail) {
    super(detail ?? code);
    this.code = code;
  }
}

/** A wallet that announced itself. Its name and icon are what it says of itself. */
export class Wallet {
  #provider;

  constructor(provider, info) {
    this.#provider = provider;
    this.id = text(info.rdns) || text(info.uuid);
    this.name = text(info.name) || "Unnamed wallet";
    this.icon = ICON.test(info.icon) ? info.icon : null;
  }

  is(provider) {
    return this.#provider === provider;
  }

  /** The account that the user lets this site see; asks for it. */
  async account() {
    const [first] = addresses(await this.#request("eth_requestAccounts"));
    if (!first) throw new WalletError("no_account");
    return first;
  }

  /** The same without asking, or undefined. */
  async knownAccount() {
    return addresses(await this.#request("eth_accounts"))[0];
  }

  async chainId() {
    const id = Number(await this.#request("eth_chainId"));
    if (!Number.isSafeInteger(id) || id <= 0) throw new WalletError("wallet_failed");
    return id;
  }

  async switchTo(chainId) {
    await this.#request("wallet_switchEthereumChain", [{ chainId: `0x${chainId.toString(16)}` }]);
  }

  async sign(message, address) {
    const signature = await this.#request("personal_sign", [hex(message), address]);
    if (typeof signature !== "string") throw new WalletError("wallet_failed");
    return signature;
  }

  /** Calls back with the address that is now first, or undefined when none is left. */
  onAccount(listener) {
    this.#provider.on?.("accountsChanged", (accounts) => listener(addresses(accounts)[0]));
  }

  onChain(listener) {
    this.#provider.on?.("chainChanged", (id) => listener(Number(id)));
  }

  async #request(method, params) {
    try {
      return await this.#provider.request(params ? { method, params } : { method });
    } catch (error) {
      // Some wallets wrap the error of another.
      const code = error?.data?.originalError?.code ?? error?.code;
      throw new WalletError(CODES.get(code) ?? "wallet_failed", error?.message);
    }
  }
}

/**
 * Calls back with all wallets whenever one more is found. The first call comes when those that are there have
 * answered, and may be with none. Returns a function that looks again.
 */
export function discover(onWallets) {
  const found = new Map();
  let fallback = null;
  let waited = false;

  const tell = () => waited && onWallets(found.size ? [...found.values()] : fallback ? [fallback] : []);

  window.addEventListener("eip6963:announceProvider", ({ detail }) => {
    const { info, provider } = detail ?? {};
    if (!info || typeof info.uuid !== "string" || found.has(info.uuid)) return;
    if (typeof provider?.request !== "function") return;
    if ([...found.values()].some((wallet) => wallet.is(provider))) return;
    // The same wallet may have been there as `window.ethereum` before.
    found.set(info.uuid, fallback?.is(provider) ? renamed(fallback, provider, info) : new Wallet(provider, info));
    tell();
  });
  // Wallets in apps say so when they have come late.
  window.addEventListener("ethereum#initialized", () => look(), { once: true });

  function look() {
    window.dispatchEvent(new Event("eip6963:requestProvider"));
    setTimeout(() => {
      if (!fallback && typeof window.ethereum?.request === "function") {
        fallback = new Wallet(window.ethereum, { rdns: "window.ethereum", name: "Browser wallet" });
      }
      waited = true;
      tell();
    }, WAIT_MS);
  }
  look();
  return look;
}

/** Keeps the object, and with it what is in progress. */
function renamed(wallet, provider, info) {
  const { id, name, icon } = new Wallet(provider, info);
  return Object.assign(wallet, { id, name, icon });
}

function addresses(value) {
  return Array.isArray(value) ? value.filter((one) => ADDRESS.test(one)) : [];
}

/** Not longer than a line, and without characters that turn the direction of what follows. */
function text(value) {
  if (typeof value !== "string") return "";
  return value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").trim().slice(0, 64);
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
// Nothing is fetched from elsewhere; an SVG in an `img` runs no script.
const ICON = /^data:image\/(?:svg\+xml|png|webp|gif|jpeg|avif)[;,]/;
const WAIT_MS = 250;

// EIP-1193, EIP-1474, EIP-3085.
const CODES = new Map([
  [4001, "rejected"],
  ["ACTION_REJECTED", "rejected"],
  [-32002, "pending"],
  [4100, "unauthorized"],
  [4900, "disconnected"],
  [4901, "disconnected"],
  [4902, "unknown_chain"],
]);
