// What happens, and what the page says to it.

import assert from "node:assert/strict";
import { createSiweMessage } from "viem/siwe";
import { check, tabOrder } from "./accessibility.mjs";
import { refusal, TestWallet } from "./browser.mjs";
import { button, focused, get, problem, signIn, title } from "./page.mjs";

export async function flows({ test, origin, short, path }) {
  {
    const wallet = new TestWallet();
    await test("whole session", { wallets: [wallet] }, async ({ page, context, response }) => {
      assert.match(response.headers()["content-security-policy"], /default-src 'none'/);
      await title(page, "Sign in with your wallet");
      const [nonce] = await Promise.all([page.waitForResponse("**/api/auth/nonce"), signIn(page)]);
      assert.equal(await page.locator("#address").textContent(), wallet.account.address);
      assert.match(await page.locator("#status").textContent(), /^Signed in as 0x/);
      assert.equal(await focused(page), "signed-in-title");
      const copied = await page.evaluate(() => {
        getSelection().selectAllChildren(document.getElementById("address"));
        return String(getSelection());
      });
      assert.equal(copied, wallet.account.address);
      const [signed] = wallet.asked.filter(({ method }) => method === "personal_sign");
      const text = Buffer.from(signed.params[0].slice(2), "hex").toString();
      assert.equal(text, written(await nonce.json(), wallet.address));

      const cookie = (await context.cookies()).find(({ name }) => name === "__Host-siwe");
      assert.ok(cookie.secure && cookie.httpOnly && cookie.path === "/");
      assert.equal(await page.evaluate(() => document.cookie), "");
      assert.deepEqual(await get(page, "/api/whoami"), { status: 200, body: { address: wallet.account.address } });

      const before = await page.locator("#expiry").getAttribute("datetime");
      await page.waitForTimeout(1100);
      await button(page, "Refresh session").click();
      await page.getByText("Your session was refreshed.").waitFor();
      assert.ok((await page.locator("#expiry").getAttribute("datetime")) > before);
      assert.equal((await get(page, "/api/whoami")).status, 200);

      await page.reload();
      await title(page, "You are signed in");

      const kept = (await context.cookies()).find(({ name }) => name === "__Host-siwe");
      await button(page, "Sign out").click();
      await title(page, "Sign in with your wallet");
      assert.equal(await focused(page), "signed-out-title");
      assert.ok(!(await context.cookies()).some(({ name }) => name === "__Host-siwe"));
      assert.equal((await get(page, "/api/whoami")).status, 401);
      await context.addCookies([kept]);
      assert.equal((await get(page, "/api/whoami")).status, 401);
    });
  }

  await test("address in lower case", { wallets: [new TestWallet({ lowerCase: true })] }, ({ page }) => signIn(page));

  await test("wallet of window.ethereum", { wallets: [new TestWallet({ announced: false })] }, async ({ page }) => {
    await signIn(page, "Browser wallet");
  });

  await test("two wallets, one of them hostile", {
    wallets: [
      new TestWallet({ name: "First wallet" }),
      new TestWallet({ name: '<img src="x" onerror="reportFault(1)">', icon: "https://evil.example/icon.png" }),
    ],
  }, async ({ page }) => {
    await button(page, "First wallet").waitFor();
    const names = await page.locator("#wallets button").allTextContents();
    assert.deepEqual(names, ["First wallet", '<img src="x" onerror="reportFault(1)">']);
    assert.equal(await page.locator("#wallets img").count(), 1);
    await signIn(page, "First wallet");
  });

  await test("no wallet", {}, async ({ page }) => {
    await page.getByRole("heading", { name: "No wallet found" }).waitFor();
    await check(page);
    await button(page, "Look again").click();
    const order = await tabOrder(page);
    assert.deepEqual(order, ["Look again", "Find a wallet"]);
    return { tab_order: order };
  });

  {
    const wallet = new TestWallet();
    wallet.chainId = 8453;
    wallet.on.wallet_switchEthereumChain = () => { throw refusal(4001); };
    await test("wrong chain, and no switch", { wallets: [wallet] }, async ({ page }) => {
      await button(page, "Test wallet").click();
      const text = await problem(page, "wrong_network");
      assert.match(text, /Ethereum.*Base/);
      assert.equal(await focused(page), "retry");
      delete wallet.on.wallet_switchEthereumChain;
      await button(page, "Try again").click();
      await title(page, "You are signed in");
      return { text };
    });
  }

  {
    const wallet = new TestWallet();
    wallet.on.personal_sign = () => { throw refusal(4001); };
    await test("signature declined", { wallets: [wallet] }, async ({ page }) => {
      await button(page, "Test wallet").click();
      const text = await problem(page, "rejected");
      delete wallet.on.personal_sign;
      await button(page, "Try again").click();
      await title(page, "You are signed in");
      return { text };
    });
  }

  {
    const wallet = new TestWallet();
    wallet.on.eth_requestAccounts = () => { throw refusal(-32002); };
    await test("a request is open already", { wallets: [wallet] }, async ({ page }) => {
      await button(page, "Test wallet").click();
      return { text: await problem(page, "pending") };
    });
  }

  {
    const wallet = new TestWallet();
    wallet.on.personal_sign = ([message]) => new TestWallet().account.signMessage({ message: { raw: message } });
    await test("signature of another key", { wallets: [wallet] }, async ({ page }) => {
      await button(page, "Test wallet").click();
      return { text: await problem(page, "bad_signature") };
    });
  }

  if (short) {
    const wallet = new TestWallet();
    const sign = (params) => wallet.account.signMessage({ message: { raw: params[0] } });
    wallet.on.personal_sign = async (params) => {
      await new Promise((done) => setTimeout(done, 12_000));
      return sign(params);
    };
    await test("signed too late", { wallets: [wallet], at: short }, async ({ page }) => {
      await button(page, "Test wallet").click();
      const text = await problem(page, /^(expired_nonce|expired|stale)$/);
      wallet.on.personal_sign = sign;
      await button(page, "Try again").click();
      await title(page, "You are signed in");
      const nonces = wallet.asked
        .filter(({ method }) => method === "personal_sign")
        .map(({ params }) => /Nonce: (\w+)/.exec(Buffer.from(params[0].slice(2), "hex").toString())[1]);
      assert.notEqual(nonces[0], nonces[1]);
      return { text };
    });
  }

  {
    const wallet = new TestWallet();
    await test("nothing comes of it after Cancel", { wallets: [wallet] }, async ({ page }) => {
      let answer;
      wallet.on.personal_sign = () => new Promise((resolve) => (answer = resolve));
      await button(page, "Test wallet").click();
      await page.getByText("The text you sign").click();
      assert.match(await page.locator("#text").textContent(), /wants you to sign in/);
      await check(page);
      await button(page, "Cancel").click();
      await page.getByText("Cancelled.").waitFor();
      answer("0x");
      await page.waitForTimeout(300);
      assert.match(await page.locator("#status").textContent(), /^Cancelled/);
      assert.equal((await get(page, "/api/whoami")).status, 401);
    });
  }

  {
    const wallet = new TestWallet();
    await test("account changes while it signs", { wallets: [wallet] }, async ({ page, emit }) => {
      wallet.on.personal_sign = () => new Promise(() => {});
      await button(page, "Test wallet").click();
      await page.getByText("Read and sign").waitFor();
      await emit(wallet, "accountsChanged", [wallet.address.toLowerCase()]);
      await emit(wallet, "chainChanged", "0x1");
      assert.equal(await page.locator("#problem").textContent(), "");
      await emit(wallet, "chainChanged", "0x2105");
      return { text: await problem(page, "changed") };
    });
  }

  {
    const wallet = new TestWallet();
    await test("account changes while signed in", { wallets: [wallet] }, async ({ page, emit }) => {
      await signIn(page);
      await emit(wallet, "accountsChanged", ["0x00000000000000000000000000000000000000aa"]);
      const text = await page.locator("#note", { hasText: "0x0000…00aa" }).textContent();
      await emit(wallet, "accountsChanged", []);
      await page.locator("#note", { hasText: "no longer connected" }).waitFor();
      await emit(wallet, "accountsChanged", [wallet.address]);
      await page.waitForFunction(() => document.getElementById("note").textContent === "");
      wallet.on.eth_accounts = () => ["0x00000000000000000000000000000000000000aa"];
      await page.reload();
      await page.locator("#note", { hasText: "0x0000…00aa" }).waitFor();
      return { text };
    });
  }

  await test("a text for each code", {}, async ({ page }) => {
    const silent = await page.evaluate(async (codes) => {
      const { explain } = await import(new URL("messages.js", location).href);
      return codes.filter((code) => explain(code) === explain("unexpected"));
    }, CODES);
    assert.deepEqual(silent, []);
  });

  // What a server does not do at will is answered in its place.
  const answers = ["used_nonce", "denied", "store_unavailable", "missing_binding", "contract_unavailable", "network"];
  for (const code of answers) {
    await test(`answer: ${code}`, { wallets: [new TestWallet()] }, async ({ page }) => {
      const status = { store_unavailable: 503, contract_unavailable: 503, denied: 403 }[code] ?? 401;
      await page.route("**/api/auth/verify", (route) =>
        code === "network" ? route.abort() : route.fulfill({ status, json: { error: code } }));
      await button(page, "Test wallet").click();
      const text = await problem(page, code);
      assert.equal(await button(page, "Try again").isVisible(), code !== "denied");
      await page.unroute("**/api/auth/verify");
      await signIn(page);
      assert.equal(await page.locator("#problem").textContent(), "");
      return { text };
    });
  }

  await test("session ends elsewhere", { wallets: [new TestWallet()] }, async ({ page, context }) => {
    await signIn(page);
    const other = await context.newPage();
    await other.goto(origin + path);
    await other.getByRole("button", { name: "Sign out" }).click();
    await other.getByText("You are signed out.").waitFor();
    await button(page, "Refresh session").click();
    const text = await problem(page, "missing_session");
    await title(page, "Sign in with your wallet");
    return { text };
  });
}

/** The text that the page should have made of this answer, by another hand. */
function written({ chainIds, issuedAt, expirationTime, ...challenge }, address) {
  const expiry = expirationTime && new Date(expirationTime);
  const text = createSiweMessage({
    ...challenge, address, chainId: chainIds[0], issuedAt: new Date(issuedAt), expirationTime: expiry,
  });
  // viem writes times in its own way; the page leaves those of the server as they are.
  return text.replace(new Date(issuedAt).toISOString(), issuedAt).replace(expiry?.toISOString(), expirationTime);
}

const CODES = `malformed_signature malformed_message wrong_domain wrong_scheme wrong_uri wrong_chain wrong_statement recap
  issued_in_future stale expired not_yet_valid missing_binding unknown_nonce expired_nonce erc6492 erc8010
  unsupported_signature malleable_signature used_nonce store_unavailable bad_signature contract_refused
  contract_unavailable cross_site denied missing_session expired_session revoked_session rejected pending
  unauthorized disconnected no_account wallet_failed wrong_network changed network unavailable too_many`.split(/\s+/);
