// Chromium with wallets that are none: pages ask them as they ask extensions, and Node signs.

import { chromium } from "playwright-core";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    // The folder of the profile is new and empty; it is removed at the end.
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

/** A wallet with a throw-away key. Its answers are changed by setting `on[method]`. */
export class TestWallet {
  account = privateKeyToAccount(generatePrivateKey());
  chainId = 1;
  on = {};
  asked = [];

  constructor({ name, icon, lowerCase = false, announced = true } = {}) {
    this.uuid = crypto.randomUUID();
    this.info = { uuid: this.uuid, name: name ?? "Test wallet", icon: icon ?? ICON, rdns: `example.${this.uuid}` };
    this.announced = announced;
    this.address = lowerCase ? this.account.address.toLowerCase() : this.account.address;
  }

  async request(method, params) {
    this.asked.push({ method, params });
    if (this.on[method]) return this.on[method](params);
    switch (method) {
      case "eth_requestAccounts":
      case "eth_accounts":
        return [this.address];
      case "eth_chainId":
        return `0x${this.chainId.toString(16)}`;
      case "wallet_switchEthereumChain":
        this.chainId = Number(params[0].chainId);
        return null;
      case "personal_sign":
        if (params[1].toLowerCase() !== this.address.toLowerCase()) throw refusal(4100, "unknown account");
        return this.account.signMessage({ message: { raw: params[0] } });
      default:
        throw refusal(4200, `no ${method}`);
    }
  }
}

export function refusal(code, message = "refused") {
  return Object.assign(new Error(message), { code });
}

/** A page of its own browser profile. `faults` collects what must never happen on it. */
export async function open(browser, origin, options = {}) {
  const { wallets = [], scheme = "light", width = 1000, height = 800, path = "/" } = options;
  const viewport = { width, height };
  const context = await browser.newContext({ colorScheme: scheme, viewport, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  const faults = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // The network log names every refusal; those are answers of the server.
    const answer = /^Failed to load resource: (the server responded with a status of (401|403|503)|net::)/;
    const loud = ["error", "warning"].includes(message.type());
    if (loud && !answer.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== "data:") faults.push(`request: ${url.href}`);
  });
  await page.exposeFunction("reportFault", (fault) => void faults.push(fault));
  await page.exposeFunction("askWallet", async (uuid, method, params) => {
    try {
      return { result: await wallets.find((wallet) => wallet.uuid === uuid).request(method, params) };
    } catch ({ code, message }) {
      return { error: { code, message } };
    }
  });
  await page.addInitScript(inject, wallets.map(({ info, announced }) => ({ info, announced })));
  const response = await page.goto(origin + path);
  await page.waitForSelector("main[aria-busy=false]");
  const tell = (wallet, event, value) => page.evaluate(emit, [wallet.uuid, event, value]);
  return { page, context, faults, response, emit: tell };
}

/** Runs in the page, before its scripts. */
function inject(wallets) {
  document.addEventListener("securitypolicyviolation", (event) => {
    window.reportFault(`policy: ${event.violatedDirective} ${event.blockedURI}`);
  });
  window.testWallets = {};
  for (const { info, announced } of wallets) {
    const listeners = [];
    const provider = {
      async request({ method, params }) {
        const { result, error } = await window.askWallet(info.uuid, method, params);
        if (error) throw Object.assign(new Error(error.message), { code: error.code });
        return result;
      },
      on: (event, listener) => listeners.push({ event, listener }),
    };
    window.testWallets[info.uuid] = (event, value) =>
      listeners.filter((one) => one.event === event).forEach(({ listener }) => listener(value));
    if (!announced) {
      window.ethereum = provider;
      continue;
    }
    const detail = Object.freeze({ info: Object.freeze(info), provider });
    const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    window.addEventListener("eip6963:requestProvider", announce);
    announce();
  }
}

function emit([uuid, event, value]) {
  window.testWallets[uuid](event, value);
}

const ICON = "data:image/svg+xml;base64," + btoa(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" rx="8" fill="#2b4f81"/>' +
  '<path d="M9 13h18v12H9z" fill="none" stroke="#fff" stroke-width="2.5"/>' +
  '<circle cx="22" cy="19" r="2" fill="#fff"/></svg>',
);
