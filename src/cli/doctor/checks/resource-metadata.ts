import { checkResourceAllowed } from "@modelcontextprotocol/sdk/shared/auth-utils.js";
import type { BearerChallenge } from "./challenge.js";
import {
  fetchDocument,
  isReadableByPages,
  textList,
  type FetchedDocument,
  type Json,
} from "../document.js";
import { BROWSER_ORIGIN, isSuccess, tryAsk, type Visit } from "../visit.js";
import { parseAbsoluteUrl } from "../../../core/urls/parse-absolute-url.js";

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/** Facts from the document for the following checks. */
export interface ResourceFacts {
  readonly resource: string | undefined;
  readonly issuer: string | undefined;
  readonly scopes: readonly string[];
}

/** Checks the document at every URL that clients try. */
export async function checkResourceMetadata(
  visit: Visit,
  challenge: BearerChallenge,
): Promise<ResourceFacts> {
  const { url, findings } = visit;
  const root = url.origin + WELL_KNOWN;
  const inserted = root + url.pathname.replace(/\/$/, "");
  const named = challenge.resourceMetadata;

  const byUrl = new Map<string, FetchedDocument>();
  for (const target of [named, inserted, root]) {
    if (target !== undefined && !byUrl.has(target)) {
      byUrl.set(target, await fetchDocument(visit, target));
    }
  }
  const at = (target: string) => byUrl.get(target) as FetchedDocument;

  checkRedirect(visit, [...byUrl.values()], named);
  const usable = [...byUrl.values()].find(({ json }) => json !== undefined);
  // A redirect within the origin is followed by clients; then the document is there.
  const document = usable ?? (await followed(visit, [...byUrl.values()]));
  if (document?.json === undefined) {
    const seen = [...byUrl.values()].map(({ url, problem }) => `${url}: ${problem ?? "unusable"}`);
    if (findings.get("resource-metadata-redirect")?.verdict === "fail") {
      findings.skip("resource-metadata", "It is served with a redirect.");
    } else {
      findings.fail("resource-metadata", `There is no document. ${seen.join("; ")}.`);
    }
    return { resource: undefined, issuer: undefined, scopes: [] };
  }

  if (named !== undefined && at(named).json === undefined && at(named).redirect === undefined) {
    findings.fail(
      "resource-metadata",
      `The URL in the challenge does not work: ${named}: ${at(named).problem ?? "unusable"}.`,
    );
  } else if (document.problem !== undefined) {
    findings.warn("resource-metadata", `${document.url}: ${document.problem}.`);
  } else {
    findings.pass("resource-metadata", document.url);
  }
  checkPlace(visit, "resource-metadata-inserted", at(inserted));
  if (root !== inserted) checkPlace(visit, "resource-metadata-root", at(root));
  await checkCors(visit, document);
  return checkContent(visit, document.json, challenge);
}

function checkPlace(
  { findings }: Visit,
  check: "resource-metadata-inserted" | "resource-metadata-root",
  { url, json, problem, redirect }: FetchedDocument,
): void {
  if (json !== undefined) findings.pass(check, url);
  else if (redirect !== undefined) findings.skip(check, `${url} redirects.`);
  else findings.warn(check, `${url}: ${problem ?? "unusable"}.`);
}

function checkRedirect(
  { findings }: Visit,
  documents: readonly FetchedDocument[],
  named: string | undefined,
): void {
  const check = "resource-metadata-redirect";
  const redirected = documents.filter(({ redirect }) => redirect !== undefined);
  if (redirected.length === 0) {
    findings.pass(check, "Served without a redirect.");
    return;
  }
  for (const { url, redirect } of redirected) {
    const leaves = redirect?.origin !== new URL(url).origin;
    const detail = `${url} redirects to ${redirect?.href ?? "another URL"}.`;
    const elsewhere = documents.some(({ json }) => json !== undefined);
    if (leaves && (url === named || !elsewhere)) findings.fail(check, detail);
    else findings.warn(check, detail);
  }
}

async function followed(
  visit: Visit,
  documents: readonly FetchedDocument[],
): Promise<FetchedDocument | undefined> {
  const within = documents.find(({ url, redirect }) => redirect?.origin === new URL(url).origin);
  return within?.redirect === undefined ? undefined : fetchDocument(visit, within.redirect.href);
}

async function checkCors(visit: Visit, { url, headers }: FetchedDocument): Promise<void> {
  const check = "resource-metadata-cors";
  if (!isReadableByPages(headers)) {
    visit.findings.warn(check, "The document has no Access-Control-Allow-Origin for pages.");
    return;
  }
  if (new URL(url).origin !== visit.url.origin) {
    visit.findings.pass(check, "CORS is allowed.");
    return;
  }
  // The SDK's clients send MCP-Protocol-Version, which makes browsers send a preflight.
  const preflight = await tryAsk(
    visit.ask(url, {
      method: "OPTIONS",
      headers: {
        origin: BROWSER_ORIGIN,
        "access-control-request-method": "GET",
        "access-control-request-headers": "mcp-protocol-version",
      },
    }),
  );
  const allowed =
    preflight.status === undefined
      ? ""
      : (preflight.headers.get("access-control-allow-headers") ?? "");
  const allows = allowed
    .toLowerCase()
    .split(",")
    .some((name) => ["*", "mcp-protocol-version"].includes(name.trim()));
  if (
    preflight.status !== undefined &&
    isSuccess(preflight.status) &&
    isReadableByPages(preflight.headers) &&
    allows
  ) {
    visit.findings.pass(check, "CORS is allowed.");
  } else {
    visit.findings.warn(
      check,
      `A request with MCP-Protocol-Version is not allowed (${preflight.status ?? "no answer"} to its preflight).`,
    );
  }
}

function checkContent(visit: Visit, document: Json, challenge: BearerChallenge): ResourceFacts {
  const { findings } = visit;
  const resource = checkIdentifier(visit, document["resource"]);

  const servers = textList(document["authorization_servers"]);
  const [issuer] = servers ?? [];
  if (servers === undefined || issuer === undefined) {
    findings.fail("authorization-servers", "authorization_servers is missing or empty.");
  } else {
    const others = servers.length === 1 ? "" : ` Clients use the first of ${servers.length}.`;
    findings.pass("authorization-servers", `${issuer}.${others}`);
  }

  const scopes = textList(document["scopes_supported"]) ?? [];
  const asked = (challenge.scope ?? "").split(" ").filter((scope) => scope !== "");
  if (scopes.length === 0) findings.warn("scopes-supported", "There is no scopes_supported.");
  else findings.pass("scopes-supported", scopes.join(" "));
  if (scopes.includes("offline_access")) {
    findings.fail("scopes-offline-access", "scopes_supported has it.");
  } else if (scopes.length > 0) {
    findings.pass("scopes-offline-access", "offline_access is not listed.");
  }
  if (findings.get("challenge")?.verdict === "pass") {
    if (asked.length > 0) {
      findings.pass("challenge-scope", asked.join(" "));
      checkBreadth(visit, asked);
    } else if (scopes.length > 0) {
      findings.warn("challenge-scope", "It has no scope, although the metadata lists scopes.");
    }
  }

  const methods = document["bearer_methods_supported"];
  const list = textList(methods);
  if (methods !== undefined && list?.includes("header") !== true) {
    findings.fail("bearer-methods", "bearer_methods_supported lacks header, which clients use.");
  } else if (list?.includes("query")) {
    findings.fail("bearer-methods", "bearer_methods_supported has query.");
  } else {
    findings.pass("bearer-methods", "Only in the header.");
  }
  return { resource, issuer, scopes: [...new Set([...asked, ...scopes])] };
}

/** Implied scopes are not published; these names suggest them. */
const BROAD = /(?:^|[:./_-])(?:\*|admin|administrator|root|superuser|owner|all|full)(?:$|[:./_-])/i;

function checkBreadth({ findings }: Visit, asked: readonly string[]): void {
  const broad = asked.filter((scope) => BROAD.test(scope));
  if (broad.length === 0) {
    findings.pass("challenge-scope-broad", "No name suggests a broad scope.");
  } else {
    findings.warn(
      "challenge-scope-broad",
      `By its name, ${broad.join(" ")} implies other scopes, and every client requests it.`,
    );
  }
}

function checkIdentifier({ url, typed, findings }: Visit, value: unknown): string | undefined {
  const check = "resource-identifier";
  const resource = typeof value === "string" ? parseAbsoluteUrl(value) : undefined;
  if (typeof value !== "string" || resource === undefined) {
    findings.fail(check, "resource is missing or not a URL.");
    return undefined;
  }
  if (value.includes("#")) {
    findings.fail(check, `${value} has a fragment.`, "Remove the part from # on.");
  } else if (!checkResourceAllowed({ requestedResource: url, configuredResource: resource })) {
    const { detail, fix } = mismatch(resource, url);
    findings.fail(check, `resource is ${value}, but you typed ${typed}: ${detail}.`, fix);
  } else if (resource.href !== url.href) {
    findings.warn(
      check,
      `resource is ${value}, you typed ${typed}: the SDK's clients accept a prefix, strict ones do not.`,
    );
  } else {
    findings.pass(check, value);
  }
  return value;
}

/** The common causes, the most specific first. */
function mismatch(resource: URL, typed: URL): { detail: string; fix?: string } {
  const names = new Set([resource.hostname, typed.hostname]);
  if (names.has("localhost") && (names.has("127.0.0.1") || names.has("[::1]"))) {
    return {
      detail: "localhost and its address are different origins for a client",
      fix: "Use the same name everywhere.",
    };
  }
  if (resource.host === typed.host && resource.protocol !== typed.protocol) {
    return {
      detail: `${resource.protocol.slice(0, -1)} is not ${typed.protocol.slice(0, -1)}`,
      fix: "Behind a proxy that terminates TLS, configure the public https URL as resource.",
    };
  }
  if (resource.hostname === typed.hostname && resource.port !== typed.port) {
    return { detail: "the port differs" };
  }
  if (resource.origin !== typed.origin) return { detail: "the host differs" };
  if (resource.pathname === `${typed.pathname}/`) {
    return {
      detail: "its trailing slash makes it longer than the typed URL",
      fix: "Remove the trailing slash of resource.",
    };
  }
  if (typed.pathname === "/") {
    return {
      detail: "the typed URL has no path",
      fix: `Type ${resource.href}: resource must be the exact URL that users type.`,
    };
  }
  return { detail: "its path is not a prefix of the typed URL" };
}
