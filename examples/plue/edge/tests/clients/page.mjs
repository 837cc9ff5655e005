// The page as people see it: what they press, and what they are told.

export const button = (page, name) => page.getByRole("button", { name, exact: true });
export const title = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
export const problem = async (page, code) => {
  await page.locator("#problem code", { hasText: code }).waitFor();
  return page.locator("#problem span").textContent();
};
export const signIn = async (page, name = "Test wallet") => {
  await button(page, name).click();
  await title(page, "You are signed in");
};
export const get = (page, path) => page.evaluate(async (path) => {
  const response = await fetch(path);
  return { status: response.status, body: await response.json().catch(() => null) };
}, path);
export const focused = (page) => page.evaluate(() => document.activeElement.id);
