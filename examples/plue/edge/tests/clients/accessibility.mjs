// What can be checked of a page without a person: names, places, order, contrast.

import assert from "node:assert/strict";

const CONTROLS = new Set(["button", "link", "textbox", "checkbox", "combobox", "DisclosureTriangle", "region"]);

export async function check(page) {
  await names(page);
  await structure(page);
  await contrast(page);
  await size(page);
}

/** Every control has a name, as a screen reader would say it. */
async function names(page) {
  const tools = await page.context().newCDPSession(page);
  const { nodes } = await tools.send("Accessibility.getFullAXTree");
  await tools.detach();
  const controls = nodes.filter(({ ignored, role }) => !ignored && CONTROLS.has(role?.value));
  for (const { role, name } of controls) {
    assert.ok(name?.value?.trim(), `a ${role.value} without a name`);
  }
  assert.ok(nodes.some(({ role }) => role?.value === "main"), "no main");
}

async function structure(page) {
  const found = await page.evaluate(() => ({
    language: document.documentElement.lang,
    title: document.title,
    headings: [...document.querySelectorAll("h1, h2")]
      .filter((one) => one.getClientRects().length)
      .map((one) => one.tagName),
    images: [...document.images].every((image) => image.hasAttribute("alt")),
    positive: document.querySelectorAll('[tabindex]:not([tabindex="0"], [tabindex="-1"])').length,
    status: document.getElementById("status")?.getAttribute("role"),
    problem: document.getElementById("problem")?.getAttribute("role"),
  }));
  assert.equal(found.language, "en");
  assert.ok(found.title);
  assert.equal(found.headings[0], "H1");
  assert.equal(found.headings.filter((tag) => tag === "H1").length, 1);
  assert.ok(found.images, "an image without alt");
  assert.equal(found.positive, 0);
  assert.equal(found.status, "status");
  assert.equal(found.problem, "alert");
}

/** WCAG 2.2, 1.4.3: 4.5:1, and 3:1 for large text. What is disabled is exempt. */
async function contrast(page) {
  const low = await page.evaluate(() => {
    const rgb = (color) => color.match(/[\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => {
      const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      const [x, y, z] = [r, g, b].map((v) => linear(v / 255));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ground = (element) => {
      for (let one = element; one; one = one.parentElement) {
        const color = rgb(getComputedStyle(one).backgroundColor);
        if (color.length < 4 || color[3] === 1) return color;
      }
      return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    const low = [];
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
      if (element.closest('[aria-disabled="true"], noscript')) continue;
      const style = getComputedStyle(element);
      const pair = [luminance(rgb(style.color)), luminance(ground(element))].sort((a, b) => b - a);
      const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
      const wanted = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
      if (ratio < wanted) low.push(`${ratio.toFixed(2)}: ${walker.currentNode.data.trim()}`);
    }
    return low;
  });
  assert.deepEqual(low, []);
}

/** Nothing is wider than the window, and what is pressed is large enough for a thumb. */
async function size(page) {
  const { wide, small } = await page.evaluate(() => ({
    wide: document.scrollingElement.scrollWidth > document.documentElement.clientWidth,
    small: [...document.querySelectorAll("button, .actions a")]
      .filter((one) => one.getClientRects().length && one.getBoundingClientRect().height < 44)
      .map((one) => one.textContent.trim()),
  }));
  assert.ok(!wide, "wider than the window");
  assert.deepEqual(small, []);
}

/** The controls that the tab key comes to, each with a focus that can be seen. */
export async function tabOrder(page) {
  const order = [];
  // From the top: where the focus was last would count otherwise, even when it is gone.
  await page.evaluate(() => {
    const top = document.createElement("span");
    top.tabIndex = -1;
    document.body.prepend(top);
    top.focus();
    top.remove();
  });
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      return { name: element.textContent.trim(), outline: parseFloat(getComputedStyle(element).outlineWidth) };
    });
    if (!focus || order.includes(focus.name)) break;
    assert.ok(focus.outline >= 2, `${focus.name}: the focus cannot be seen`);
    order.push(focus.name);
  }
  return order;
}
