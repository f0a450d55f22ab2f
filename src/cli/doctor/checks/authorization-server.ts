import { metadataUrls } from "../../../discovery/authorization-server-metadata.js";
import { isLoopbackHost } from "../../../core/urls/loopback.js";
import { parseAbsoluteUrl } from "../../../core/urls/parse-absolute-url.js";
import { fetchDocument, textList, type FetchedDocument, type Json } from "../document.js";
import { providerHint } from "./provider-hint.js";
import type { ResourceFacts } from "./resource-metadata.js";
import type { Visit } from "../visit.js";

/** Facts about the authorization server for the following checks. */
export interface ServerFacts {
  readonly metadata: Json;
  readonly document: FetchedDocument;
  readonly canRegister: boolean;
}

/** The first authorization server, the only one that clients use. */
export async function checkAuthorizationServer(
  visit: Visit,
  { issuer, scopes }: ResourceFacts,
): Promise<ServerFacts | undefined> {
  if (issuer === undefined || !checkIssuerUrl(visit, issuer)) return undefined;
  const { findings } = visit;

  const places = metadataUrls(issuer);
  const documents: FetchedDocument[] = [];
  for (const place of places) documents.push(await fetchDocument(visit, place));
  const found = documents.filter(({ json }) => typeof json?.["issuer"] === "string");
  const [document] = found;
  if (document?.json === undefined) {
    const seen = documents.map(({ url, problem }) => `${url}: ${problem ?? "no issuer in it"}`);
    findings.fail("server-metadata", `No metadata was found. ${seen.join("; ")}.`);
    return undefined;
  }
  // No revision of MCP tries RFC 8414 metadata appended to the issuer's path.
  const known = places.slice(0, 3);
  if (!found.some(({ url }) => known.includes(url))) {
    findings.fail("server-metadata", `Only at ${document.url}, which MCP clients do not try.`);
  } else {
    findings.pass("server-metadata", found.map(({ url }) => url).join(", "));
    if (found.some(({ url }) => url === places[0])) {
      findings.pass("server-metadata-forms", "RFC 8414 metadata is published.");
    } else {
      findings.warn("server-metadata-forms", `There is nothing at ${places[0] ?? ""}.`);
    }
  }

  const metadata = document.json;
  checkIssuer(visit, issuer, metadata["issuer"]);
  checkEndpoints(visit, metadata);
  checkPkce(visit, metadata);
  checkGrants(visit, metadata);
  const canRegister = checkRegistration(visit, metadata);
  checkScopes(visit, metadata, scopes);
  const hint = providerHint(issuer);
  if (hint !== undefined) findings.warn("resource-indicators", hint.detail, hint.fix);
  return { metadata, document, canRegister };
}

function checkIssuerUrl({ url, findings }: Visit, issuer: string): boolean {
  const check = "issuer-url";
  const parsed = parseAbsoluteUrl(issuer);
  if (parsed === undefined) {
    findings.fail(check, `${issuer} is not a URL.`);
    return false;
  }
  const local = isLoopbackHost(parsed.hostname);
  if (/[?#]/.test(issuer)) findings.fail(check, `${issuer} has a query or a fragment.`);
  else if (parsed.username !== "") findings.fail(check, "It contains credentials.");
  else if (local && !isLoopbackHost(url.hostname)) {
    findings.fail(check, `${issuer} is an address of the server itself.`);
  } else if (parsed.protocol !== "https:" && !(local && parsed.protocol === "http:")) {
    findings.fail(check, `${issuer} is not https.`);
  } else {
    findings.pass(check, issuer);
    return true;
  }
  return false;
}

function checkIssuer({ findings }: Visit, expected: string, value: unknown): void {
  if (value === expected) {
    findings.pass("issuer", expected);
    return;
  }
  const said = typeof value === "string" ? value : "nothing";
  const onlySlash = said.replace(/\/$/, "") === expected.replace(/\/$/, "");
  findings.fail(
    "issuer",
    `It says ${said}, authorization_servers says ${expected}.`,
    onlySlash ? `Only the trailing slash differs: write ${said} in the configuration.` : undefined,
  );
}

function checkEndpoints({ findings }: Visit, metadata: Json): void {
  for (const name of ["authorization_endpoint", "token_endpoint"]) {
    const value = metadata[name];
    const url = typeof value === "string" ? parseAbsoluteUrl(value) : undefined;
    if (url === undefined) {
      findings.fail("endpoints", `There is no ${name}.`);
    } else if (url.protocol !== "https:" && !isLoopbackHost(url.hostname)) {
      findings.fail("endpoints", `${name} is not https: ${url.href}`);
    } else {
      findings.pass("endpoints", "Both endpoints use https.");
    }
  }
}

function checkPkce({ findings }: Visit, metadata: Json): void {
  const methods = textList(metadata["code_challenge_methods_supported"]);
  if (methods?.includes("S256")) findings.pass("pkce", "S256 is advertised.");
  else {
    findings.fail(
      "pkce",
      methods === undefined
        ? "There is no code_challenge_methods_supported."
        : `code_challenge_methods_supported has ${methods.join(", ") || "nothing"}.`,
    );
  }
}

function checkGrants({ findings }: Visit, metadata: Json): void {
  const grants = textList(metadata["grant_types_supported"]);
  const types = textList(metadata["response_types_supported"]);
  if (grants !== undefined && !grants.includes("authorization_code")) {
    findings.fail("grants", `grant_types_supported has ${grants.join(", ") || "nothing"}.`);
  } else if (types !== undefined && !types.some((type) => type.split(" ").includes("code"))) {
    findings.fail("grants", `response_types_supported has ${types.join(", ") || "nothing"}.`);
  } else if (grants !== undefined && !grants.includes("refresh_token")) {
    findings.warn(
      "grants",
      "There are no refresh tokens: users must sign in again when a token expires.",
      'Allow the grant "refresh_token".',
    );
  } else {
    findings.pass("grants", grants === undefined ? "Supported by default." : grants.join(", "));
  }
}

function checkRegistration({ findings }: Visit, metadata: Json): boolean {
  const documents = metadata["client_id_metadata_document_supported"] === true;
  const dynamic = typeof metadata["registration_endpoint"] === "string";
  const ways = [
    ...(documents ? ["client ID metadata documents"] : []),
    ...(dynamic ? ["dynamic registration"] : []),
  ];
  if (ways.length > 0) findings.pass("registration", `By ${ways.join(" and ")}.`);
  else
    findings.warn("registration", "Neither client ID metadata documents nor dynamic registration.");
  return ways.length > 0;
}

function checkScopes({ findings }: Visit, metadata: Json, scopes: readonly string[]): void {
  const known = textList(metadata["scopes_supported"]);
  if (known === undefined || scopes.length === 0) return;
  const unknown = scopes.filter((scope) => !known.includes(scope));
  if (unknown.length === 0) findings.pass("server-scopes", "All scopes are supported.");
  else findings.warn("server-scopes", `Its scopes_supported lacks ${unknown.join(", ")}.`);
}
