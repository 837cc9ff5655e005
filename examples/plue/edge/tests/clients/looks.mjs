// How the page looks and reads: by keyboard, light and dark, wide and narrow.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { check, tabOrder } from "./accessibility.mjs";
import { refusal, TestWallet } from "./browser.mjs";
import { button, problem, title } from "./page.mjs";

export async function looks({ test, screenshots }) {
  if (screenshots) await mkdir(screenshots, { recursive: true });
  const shoot = (page, name) =>
    screenshots && page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });

  const two = [new TestWallet({ name: "First wallet" }), new TestWallet({ name: "Second wallet" })];
  await test("keyboard alone", { wallets: two }, async ({ page }) => {
    await button(page, "First wallet").waitFor();
    const out = await tabOrder(page);
    assert.deepEqual(out, ["First wallet", "Second wallet"]);
    await page.locator("#wallets button").first().focus();
    await page.keyboard.press("Enter");
    await title(page, "You are signed in");
    const inside = await tabOrder(page);
    assert.deepEqual(inside, ["Refresh session", "Sign out"]);
    await button(page, "Sign out").focus();
    await page.keyboard.press("Space");
    await title(page, "Sign in with your wallet");
    return { tab_order: [...out, ...inside] };
  });

  for (const { name, ...look } of [
    { name: "light", scheme: "light" },
    { name: "dark", scheme: "dark" },
    { name: "320-light", scheme: "light", width: 320, height: 640 },
    { name: "320-dark", scheme: "dark", width: 320, height: 640 },
  ]) {
    const long = "A wallet with quite a long name of its own";
    const wallets = [new TestWallet({ name: "Harbour" }), new TestWallet({ name: long, icon: "none" })];
    await test(`look: ${name}`, { wallets, ...look }, async ({ page, emit }) => {
      const view = async (state) => {
        await check(page);
        await shoot(page, `${state}-${name}`);
      };
      await title(page, "Sign in with your wallet");
      await button(page, "Harbour").waitFor();
      await view("1-choice");
      let answer;
      wallets[0].on.personal_sign = () => new Promise((_, reject) => (answer = () => reject(refusal(4001))));
      await button(page, "Harbour").click();
      await page.getByText("The text you sign").click();
      await view("2-signing");
      answer();
      await problem(page, "rejected");
      await view("3-problem");
      delete wallets[0].on.personal_sign;
      await button(page, "Try again").click();
      await title(page, "You are signed in");
      await view("4-signed-in");
      await emit(wallets[0], "accountsChanged", ["0x00000000000000000000000000000000000000aa"]);
      await view("5-note");
    });
    await test(`look without a wallet: ${name}`, look, async ({ page }) => {
      await page.getByRole("heading", { name: "No wallet found" }).waitFor();
      await check(page);
      await shoot(page, `6-no-wallet-${name}`);
    });
  }
}
