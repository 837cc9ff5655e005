// The endpoints of sign-in. They are of the page's own origin, and so are their cookies.

const BASE = "/api/auth";
const PATIENCE_MS = 15_000;

/** A refusal, or that there was no answer. `code` is one of those that `messages.js` explains. */
export class ApiError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** A new nonce, and what a message has to say to be accepted. Takes a cookie as a side effect. */
export const nonce = () => call("GET", "/nonce");

/** The session that begins with this message. */
export const verify = (message, signature) => call("POST", "/verify", { message, signature });

/** The session, lasting longer. */
export const refresh = () => call("POST", "/refresh");

export const logout = () => call("POST", "/logout");

/** The session of this browser, or null. */
export async function session() {
  try {
    return await call("GET", "/session");
  } catch (error) {
    if (NO_SESSION.has(error.code)) return null;
    throw error;
  }
}

/** Codes that mean: sign in again. */
export const NO_SESSION = new Set(["missing_session", "expired_session", "revoked_session"]);

async function call(method, path, body) {
  const request = {
    method,
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(PATIENCE_MS),
  };
  if (body) {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  let response, text;
  try {
    response = await fetch(BASE + path, request);
    text = await response.text();
  } catch {
    throw new ApiError("network");
  }
  const answer = parse(text);
  if (!response.ok) throw new ApiError(codeOf(response.status, answer));
  if (response.status === 204) return null;
  // A proxy's own page may come with status 200 too.
  if (answer === null) throw new ApiError("unexpected");
  return answer;
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** What stands in front of the service answers too, and without codes. */
function codeOf(status, answer) {
  if (typeof answer?.error === "string") return answer.error;
  if (status === 429) return "too_many";
  return status >= 500 ? "unavailable" : "unexpected";
}
