import { isLoopbackHost } from "../../core/urls/loopback.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";
import type { DocumentFinding, RuleId } from "./rules.js";

type Document = Readonly<Record<string, unknown>>;
type Report = (rule: RuleId, detail: string) => void;

/** Members of a JWK that only a private or shared key has (RFC 7518 §6). */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const PAGES = ["client_uri", "logo_uri", "policy_uri", "tos_uri"];
/** Schemes with which a page could run code or read files. */
const DANGEROUS_SCHEMES = new Set([
  "javascript:",
  "data:",
  "file:",
  "blob:",
  "vbscript:",
  "about:",
]);

/**
 * What is wrong with a client id metadata document, over plain data.
 *
 * Does not fetch it, nor its keys and pages.
 *
 * @param url the client id: where the document is served
 */
export function checkDocument(document: unknown, url: string): readonly DocumentFinding[] {
  const findings: DocumentFinding[] = [];
  const report: Report = (rule, detail) => void findings.push({ rule, detail });
  checkUrl(url, report);
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    report("json", "The document is not a JSON object.");
    return findings;
  }
  const members = document as Document;
  checkIdentity(members, url, report);
  checkSecrets(members, report);
  checkAuthentication(members, report);
  checkRedirects(members, report);
  checkGrants(members, report);
  checkPages(members, url, report);
  return findings;
}

/** The text, not the parsed URL: parsing removes dot segments and an empty fragment. */
function checkUrl(text: string, report: Report): void {
  const url = parseAbsoluteUrl(text);
  if (url?.protocol !== "https:") {
    report("url", `The client id ${text} is not an https URL.`);
    return;
  }
  const path = /^https:\/\/[^/?#]*([^?#]*)/i.exec(text)?.[1] ?? "";
  if (path === "") report("url", "The client id has no path.");
  if (path === "/") report("url-short", "The client id has no path of its own.");
  if (path.split("/").some((part) => /^(?:\.|%2e){1,2}$/i.test(part))) {
    report("url", "The path of the client id has a segment . or ..");
  }
  if (url.username !== "" || url.password !== "") report("url", "The client id has user info.");
  if (text.includes("#")) report("url", "The client id has a fragment.");
  if (text.includes("?")) report("url-short", "The client id has a query.");
}

function checkIdentity(document: Document, url: string, report: Report): void {
  const { client_id: id, client_name: name } = document;
  if (typeof id !== "string") report("client_id", "client_id is missing.");
  else if (id !== url) report("client_id", `client_id is ${id}, and the URL is ${url}.`);
  if (typeof name !== "string" || name.trim() === "")
    report("client_name", "client_name is missing.");
}

function checkSecrets(document: Document, report: Report): void {
  for (const member of ["client_secret", "client_secret_expires_at", "registration_access_token"]) {
    if (document[member] !== undefined) report("secret", `The document has ${member}.`);
  }
  for (const [index, key] of keysOf(document).entries()) {
    const found = PRIVATE_MEMBERS.filter((member) => key[member] !== undefined);
    if (found.length > 0 || key["kty"] === "oct") {
      report("secret", `jwks.keys[${index}] is not a public key.`);
    }
  }
}

function keysOf({ jwks }: Document): readonly Document[] {
  const keys = (jwks as { readonly keys?: unknown } | null | undefined)?.keys;
  return Array.isArray(keys)
    ? keys.filter((key): key is Document => typeof key === "object" && key !== null)
    : [];
}

function checkAuthentication(document: Document, report: Report): void {
  const { token_endpoint_auth_method: method, jwks, jwks_uri: jwksUri } = document;
  if (method === undefined) {
    report("auth-method-default", "token_endpoint_auth_method is missing.");
  } else if (typeof method !== "string" || method.startsWith("client_secret")) {
    report(
      "token_endpoint_auth_method",
      `token_endpoint_auth_method is ${JSON.stringify(method)}, which needs a shared secret.`,
    );
  }
  if (jwks !== undefined && jwksUri !== undefined)
    report("keys", "There are both jwks and jwks_uri.");
  if (jwks !== undefined && keysOf(document).length === 0) report("keys", "jwks has no keys.");
  if (jwksUri !== undefined && !isHttps(jwksUri)) report("keys", "jwks_uri is not an https URL.");
  if (method === "private_key_jwt" && jwks === undefined && jwksUri === undefined) {
    report("keys", "private_key_jwt is used without jwks or jwks_uri.");
  }
}

function checkRedirects(
  { redirect_uris: uris, grant_types: grants }: Document,
  report: Report,
): void {
  const needsNone = Array.isArray(grants) && !grants.includes("authorization_code");
  if (uris === undefined && needsNone) return;
  if (!Array.isArray(uris) || uris.length === 0) {
    report("redirect_uris", "redirect_uris is missing or empty.");
    return;
  }
  for (const uri of uris as readonly unknown[]) checkRedirect(uri, report);
}

function checkRedirect(uri: unknown, report: Report): void {
  const url = typeof uri === "string" ? parseAbsoluteUrl(uri) : undefined;
  if (typeof uri !== "string" || url === undefined) {
    report("redirect_uris", `redirect_uris has ${JSON.stringify(uri)}, which is not a URI.`);
  } else if (uri.includes("#")) {
    report("redirect_uris", `${uri} has a fragment.`);
  } else if (uri.includes("*")) {
    report("redirect_uris", `${uri} has a wildcard; redirect URIs are compared exactly.`);
  } else if (DANGEROUS_SCHEMES.has(url.protocol)) {
    report("redirect_uris", `${uri} has a scheme that is not allowed.`);
  } else if (url.protocol === "http:" && !isLoopbackHost(url.hostname)) {
    report("redirect_uris", `${uri} is plain http on another host than this machine.`);
  } else if (!["http:", "https:"].includes(url.protocol) && !url.protocol.includes(".")) {
    report("redirect_uris", `${uri} has a scheme without a dot, which any app could claim.`);
  } else if (url.protocol === "http:" && /(?:^|\.)localhost$/i.test(url.hostname)) {
    report("redirect-localhost", `${uri} names localhost.`);
  }
}

function checkGrants(
  { grant_types: grants, response_types: types }: Document,
  report: Report,
): void {
  for (const grant of ["implicit", "password"]) {
    if (Array.isArray(grants) && grants.includes(grant)) {
      report("grants", `grant_types has ${grant}, which OAuth 2.1 removed.`);
    }
  }
  for (const [name, value] of Object.entries({ grant_types: grants, response_types: types })) {
    if (value !== undefined && !isTexts(value)) report("grants", `${name} is not a list of text.`);
  }
  const isCode = types === undefined || (isTexts(types) && types.every((type) => type === "code"));
  if (!isCode) report("grants", 'response_types has something other than "code".');
}

function checkPages(document: Document, url: string, report: Report): void {
  const host = parseAbsoluteUrl(url)?.hostname;
  for (const member of PAGES) {
    const page = document[member];
    if (page === undefined) continue;
    if (!isHttps(page)) report("pages", `${member} is not an https URL.`);
    else if (host !== undefined && new URL(page).hostname !== host) {
      report(
        "pages-host",
        `${member} is on ${new URL(page).hostname}, and the client id on ${host}.`,
      );
    }
  }
}

function isHttps(value: unknown): value is string {
  return typeof value === "string" && parseAbsoluteUrl(value)?.protocol === "https:";
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}
