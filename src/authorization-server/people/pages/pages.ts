import { createHash } from "node:crypto";
import { PAGE_STYLE } from "./page-style.js";

/** A rendered page and its headers. */
export interface Page {
  readonly html: string;
  readonly headers: Record<string, string>;
}

/** A client as a page shows it. The client chose every value, so none is trusted. */
export interface ClientView {
  readonly name: string;
  /** Host of the client metadata document; proves who published the client. */
  readonly verifiedHost?: string;
  readonly redirectUri: string;
}

export interface LoginView {
  readonly issuer: string;
  readonly client: ClientView;
  /** URL that the forms are posted to. */
  readonly action: string;
  /** Accounts without a password, to sign in with one click. */
  readonly people: readonly { readonly id: string; readonly name: string; readonly hint: string }[];
  readonly withPassword: boolean;
  readonly userName?: string;
  readonly error?: string;
}

export interface ConsentView {
  readonly issuer: string;
  readonly client: ClientView;
  readonly action: string;
  readonly account: string;
  readonly resources: readonly {
    readonly name: string;
    readonly identifier: string;
    readonly scopes: readonly ScopeView[];
  }[];
  /** OpenID Connect scopes, which belong to no resource. */
  readonly identity: readonly ScopeView[];
  readonly canSwitchAccount: boolean;
}

interface ScopeView {
  readonly scope: string;
  readonly description: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
// Invisible and bidirectional control characters: a client's name must not reorder the
// text around it.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const LONGEST_TEXT = 300;

/** Escapes text for element content and quoted attributes. */
function escapeHtml(text: string): string {
  return text.replace(INVISIBLE, "").replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** Escapes and truncates text, so that a long name cannot push the rest off the screen. */
function shown(text: string): string {
  const characters = [...text];
  const cut =
    characters.length > LONGEST_TEXT ? `${characters.slice(0, LONGEST_TEXT).join("")}…` : text;
  return escapeHtml(cut);
}

const STYLE_HASH = createHash("sha256").update(PAGE_STYLE).digest("base64");

function page(title: string, body: string, formTargets = "'none'"): Page {
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; ` +
        `form-action ${formTargets}; base-uri 'none'; frame-ancestors 'none'`,
      "x-frame-options": "DENY",
      "x-content-type-options": "nosniff",
      // Not no-referrer: browsers would then send `Origin: null` with the form.
      "referrer-policy": "same-origin",
      "cache-control": "no-store",
      "cross-origin-opener-policy": "same-origin",
    },
  };
}

/**
 * Sources for the CSP directive `form-action`. Browsers apply it to the redirects
 * after a submission too: those to the client, and those that the client adds.
 */
function formTargets(redirectUri: string): string {
  const targets = ["'self'", "https:", "http://localhost:*", "http://127.0.0.1:*"];
  const { protocol, hostname } = new URL(redirectUri);
  // The CSP grammar has no IPv6 addresses.
  if (protocol === "http:" && hostname.startsWith("[")) targets.push("http:");
  if (protocol !== "http:" && protocol !== "https:") targets.push(protocol);
  return targets.join(" ");
}

function clientName(client: ClientView): string {
  return `<strong>${shown(client.name)}</strong>`;
}

function whereTo({ redirectUri }: ClientView): string {
  const { protocol, host } = new URL(redirectUri);
  if (protocol === "https:") return host;
  // Plain http is accepted for loopback only.
  return `an application on this device (${protocol === "http:" ? host : protocol})`;
}

/** The login page. */
export function renderLoginPage(view: LoginView): Page {
  const action = escapeHtml(view.action);
  const error =
    view.error === undefined ? "" : `<p class="error" role="alert">${escapeHtml(view.error)}</p>`;
  const people = view.people
    .map(
      ({ id, name, hint }) =>
        `<button class="person" name="account" value="${escapeHtml(id)}">` +
        `<span>${shown(name)}</span>${hint === name ? "" : `<small>${shown(hint)}</small>`}</button>`,
    )
    .join("\n");
  const peopleForm =
    view.people.length === 0
      ? ""
      : `<form class="people" method="post" action="${action}" aria-label="Accounts">
<input type="hidden" name="action" value="pick">
${people}
</form>`;
  const passwordForm = !view.withPassword
    ? ""
    : `<form method="post" action="${action}">
<input type="hidden" name="action" value="login">
<label for="username">User name</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required value="${escapeHtml(view.userName ?? "")}"${view.userName === undefined ? " autofocus" : ""}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${view.userName === undefined ? "" : " autofocus"}>
<button class="primary">Sign in</button>
</form>`;
  return page(
    "Sign in",
    `<p class="issuer">${shown(new URL(view.issuer).host)}</p>
<h1>Sign in</h1>
<p>to continue to ${clientName(view.client)}</p>
${error}
${peopleForm}
${passwordForm}
<form method="post" action="${action}">
<button class="link" name="action" value="deny" formnovalidate>Cancel and go back</button>
</form>`,
    formTargets(view.client.redirectUri),
  );
}

function scopeList(scopes: readonly ScopeView[]): string {
  const items = scopes.map(
    ({ scope, description }) =>
      `<li><span>${shown(description)}</span><code>${shown(scope)}</code></li>`,
  );
  return `<ul>\n${items.join("\n")}\n</ul>`;
}

/** The consent page. */
export function renderConsentPage(view: ConsentView): Page {
  const action = escapeHtml(view.action);
  const resources = view.resources
    .map(({ name, identifier, scopes }) => {
      const address = name === identifier ? "" : `<p><code>${shown(identifier)}</code></p>`;
      return `<h2>On ${shown(name)}</h2>\n${address}${scopeList(scopes)}`;
    })
    .join("\n");
  const identity =
    view.identity.length === 0 ? "" : `<h2>About you</h2>\n${scopeList(view.identity)}`;
  const publisher =
    view.client.verifiedHost === undefined
      ? ""
      : `<dt>Published by</dt><dd>${shown(view.client.verifiedHost)}</dd>`;
  const switcher = view.canSwitchAccount
    ? ` <form method="post" action="${action}"><button class="link" name="action" value="switch">Use another account</button></form>`
    : "";
  return page(
    "Allow access",
    `<p class="issuer">${shown(new URL(view.issuer).host)}</p>
<h1>Allow ${shown(view.client.name)} to do this for you?</h1>
<div class="who">Signed in as <strong>${shown(view.account)}</strong>.${switcher}</div>
${resources}
${identity}
<dl>
${publisher}<dt>You will be sent to</dt><dd>${shown(whereTo(view.client))}</dd>
</dl>
<form method="post" action="${action}" class="pair">
<button name="action" value="deny">Deny</button>
<button class="primary" name="action" value="allow">Allow</button>
</form>
<p class="note">Allow only if you started this yourself. The application chose its own name; it is not verified.</p>`,
    formTargets(view.client.redirectUri),
  );
}

/** The error page for a request that cannot continue. */
export function renderErrorPage(error: string, description?: string): Page {
  const more = description === undefined ? "" : `<p>${shown(description)}</p>`;
  return page(
    "This did not work",
    `<h1>This did not work</h1>
${more}
<p>Go back to the application and start again.</p>
<p><code>${shown(error)}</code></p>`,
  );
}
