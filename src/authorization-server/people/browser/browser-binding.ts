import { createHmac, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { KoaContextWithOIDC } from "oidc-provider";
import { isSameText, sha256 } from "../../../core/hashes.js";

const ID = /^[\w-]{43}$/;
/** How long a browser is recognized after its last sign-in or consent, in days. */
const DAYS = 180;

type CookieWriter = KoaContextWithOIDC["cookies"];

/**
 * Recognizes a browser by a random cookie that scripts and other sites cannot
 * read. What one browser started, no other browser can continue, and a form
 * counts only if this server made it for this browser.
 */
export class BrowserBinding {
  readonly #cookie: string;

  constructor(cookieName: string) {
    this.#cookie = cookieName;
  }

  /** The id in the cookie; `undefined` without a valid one. */
  idOf(req: IncomingMessage): string | undefined {
    const prefix = `${this.#cookie}=`;
    const found = (req.headers.cookie ?? "")
      .split(/;\s*/)
      .filter((pair) => pair.startsWith(prefix))
      .map((pair) => pair.slice(prefix.length));
    // A second cookie of this name was set by someone else.
    return found.length === 1 && ID.test(found[0] ?? "") ? found[0] : undefined;
  }

  /** The id of this browser, new if it has none, and renews the cookie. */
  begin(req: IncomingMessage, cookies: CookieWriter): string {
    const id = this.idOf(req) ?? randomBytes(32).toString("base64url");
    cookies.set(this.#cookie, id, {
      signed: false,
      httpOnly: true,
      sameSite: "lax",
      path: "/",
      overwrite: true,
      maxAge: DAYS * 86_400_000,
    });
    return id;
  }
}

/** What is stored of a browser's id. */
export function browserHash(id: string): string {
  return sha256(`browser ${id}`);
}

/** Whether `hash` was stored for the browser with this id. */
export function isBrowser(id: string | undefined, hash: unknown): boolean {
  return id !== undefined && typeof hash === "string" && isSameText(browserHash(id), hash);
}

/**
 * The token of a form that was made for one browser and for exactly what the
 * page shows. A form of another site, or one that shows something else, has
 * another token.
 */
export function formToken(browserId: string, shown: unknown): string {
  return createHmac("sha256", browserId).update(JSON.stringify(shown)).digest("base64url");
}

/** Whether the form carries the token of what this server would show now. */
export function hasToken(form: URLSearchParams, token: string): boolean {
  return isSameText(form.get(FORM_TOKEN) ?? "", token);
}

/** Name of the hidden field. */
export const FORM_TOKEN = "form_token";
