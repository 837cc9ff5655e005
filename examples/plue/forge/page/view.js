// What is on the page. `render` makes it what the state says; nobody else touches the document.

import { chainName } from "./messages.js";

const element = (id) => document.getElementById(id);

const page = element("page");
const wallets = element("wallets");

/** Calls back for what is clicked or chosen by keyboard. */
export function connect({ onWallet, onRetry, onCancel, onLookAgain, onRefresh, onSignOut }) {
  const click = (id, act) => element(id).addEventListener("click", ({ currentTarget }) => {
    if (currentTarget.getAttribute("aria-disabled") !== "true") act();
  });
  click("retry", onRetry);
  click("cancel", onCancel);
  click("look-again", onLookAgain);
  click("refresh", onRefresh);
  click("sign-out", onSignOut);
  wallets.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button && button.getAttribute("aria-disabled") !== "true") onWallet(shown[indexOf(button)]);
  });
}

export function render(state) {
  const held = document.activeElement;
  const signedIn = state.phase === "in";
  const attempt = state.phase === "attempt";
  const choosing = attempt || state.phase === "out";

  page.setAttribute("aria-busy", String(state.phase === "loading"));
  document.title = signedIn ? "Signed in · Plue" : "Sign in · Plue";
  show("signed-out", choosing);
  show("signed-in", signedIn);
  show("choice", choosing && state.wallets?.length > 0);
  show("no-wallet", choosing && state.wallets?.length === 0);
  show("attempt", attempt && state.cancellable);
  show("text-box", Boolean(state.text));
  show("retry-box", Boolean(state.problem?.again));
  show("session-actions", signedIn);
  write("text", state.text);
  write("status", state.status);
  write("note", signedIn ? state.note : "");
  write("site", location.host);
  element("status").classList.toggle("busy", state.busy);
  element("status").classList.toggle("heard", state.heard);
  renderProblem(state.problem);
  renderSession(state.session);
  renderWallets(state.wallets ?? []);
  [...wallets.querySelectorAll("button")].forEach((button, index) => {
    button.classList.toggle("chosen", attempt && shown[index] === state.wallet);
    disable(button, attempt);
  });
  disable(element("refresh"), state.busy);
  disable(element("sign-out"), state.busy);

  // Whoever uses a keyboard is not thrown back to the top when what had the focus is gone.
  if (held !== document.body && held.getClientRects().length === 0) rescueFocus(state);
}

/** To what is to be done about a problem, or to the problem. */
export function focusProblem() {
  const retry = element("retry");
  (retry.getClientRects().length ? retry : element("problem")).focus();
}

function rescueFocus(state) {
  if (state.problem) return focusProblem();
  const chosen = wallets.querySelector(".chosen");
  (chosen ?? element(state.phase === "in" ? "signed-in-title" : "signed-out-title")).focus();
}

function renderProblem(problem) {
  const code = document.createElement("code");
  code.textContent = problem?.code ?? "";
  const text = document.createElement("span");
  text.textContent = problem?.text ?? "";
  if (element("problem").textContent === text.textContent + code.textContent) return;
  element("problem").replaceChildren(...(problem ? [text, code] : []));
}

function renderSession(session) {
  if (!session) return;
  const { address, chainId, expiresAt } = session;
  // In groups, as they are compared; without spaces, as they are copied.
  const groups = ["0x", ...(address.slice(2).match(/.{1,4}/g) ?? [])];
  element("address").replaceChildren(...groups.flatMap((group) => {
    const span = document.createElement("span");
    span.textContent = group;
    return [span, document.createElement("wbr")];
  }));
  write("network", chainName(chainId));
  const expiry = element("expiry");
  expiry.dateTime = expiresAt;
  write("expiry", WHEN.format(new Date(expiresAt)));
}

let shown = [];
const indexOf = (button) => [...wallets.querySelectorAll("button")].indexOf(button);

/** The list stays as it is if its wallets do, so that it keeps the focus. */
function renderWallets(found) {
  const same = found.length === shown.length && found.every((wallet, index) => wallet === shown[index]
    && wallet.name === wallets.children[index].textContent);
  if (same) return;
  const focused = shown[indexOf(document.activeElement)];
  shown = [...found];
  wallets.replaceChildren(...found.map(item));
  if (focused) wallets.querySelectorAll("button")[shown.indexOf(focused)]?.focus();
}

/** Name and icon come from an extension: they are text and an image, never markup. */
function item({ name, icon }) {
  const picture = document.createElement(icon ? "img" : "span");
  picture.className = "icon";
  if (icon) {
    picture.alt = "";
    picture.src = icon;
  } else {
    picture.setAttribute("aria-hidden", "true");
  }
  const label = document.createElement("span");
  label.className = "name";
  label.textContent = name;
  const button = document.createElement("button");
  button.type = "button";
  button.append(picture, label);
  const li = document.createElement("li");
  li.append(button);
  return li;
}

function show(id, visible) {
  element(id).hidden = !visible;
}

/** The same text again would be read out again. */
function write(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

/** Stays in the order of the tab key, so that the focus is not lost. */
function disable(button, disabled) {
  button.setAttribute("aria-disabled", String(disabled));
}

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
