import type { ReasonOf } from "../core/reasons/reasons.js";
import { z } from "zod";
import { ConfigurationError, UnavailableError } from "../core/errors.js";
import { isLoopbackHost } from "../core/urls/loopback.js";
import { OutboundError, type OutboundFetch } from "../net/outbound-fetch.js";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";

/** `null` is how some servers write "we have none". */
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);
// Nothing that is trusted hangs on these: a server that writes one of them oddly still works.
const names = z.array(z.string()).optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);

/** Only what is used is looked at; everything else in the document is left out. */
const schema = z.object({
  issuer: z.string(),
  jwks_uri: text,
  introspection_endpoint: text,
  authorization_endpoint: text,
  token_endpoint: text,
  registration_endpoint: text,
  revocation_endpoint: text,
  userinfo_endpoint: text,
  scopes_supported: names,
  response_types_supported: names,
  grant_types_supported: names,
  code_challenge_methods_supported: names,
  token_endpoint_auth_methods_supported: names,
  introspection_endpoint_auth_methods_supported: names,
  introspection_signing_alg_values_supported: names,
  dpop_signing_alg_values_supported: names,
  client_id_metadata_document_supported: flag,
  authorization_response_iss_parameter_supported: flag,
  tls_client_certificate_bound_access_tokens: flag,
});

/**
 * What an authorization server says about itself, by the names of RFC 8414 §2,
 * RFC 7662, RFC 9449 and the client ID metadata document draft. Every endpoint
 * was checked to be https, or http on loopback for a loopback issuer.
 */
export type AuthorizationServerMetadata = z.output<typeof schema>;

const ENDPOINTS = [
  "jwks_uri",
  "introspection_endpoint",
  "authorization_endpoint",
  "token_endpoint",
  "registration_endpoint",
  "revocation_endpoint",
  "userinfo_endpoint",
] as const;

/**
 * Where the metadata of `issuer` may be, in the order to try: RFC 8414 with the
 * well-known part inserted before the path, OpenID Connect discovery appended
 * and inserted, RFC 8414 appended. A terminating slash of the issuer is left
 * out, as in `https://tenant.auth0.com/`.
 *
 * Throws {@link ConfigurationError} for what cannot be an issuer (RFC 8414 §2):
 * no https (loopback excepted), credentials, a query or a fragment.
 */
export function metadataUrls(issuer: string): readonly string[] {
  const url = parseIssuer(issuer);
  const path = url.pathname.replace(/\/$/, "");
  const inserted = (name: string) => `${url.origin}/.well-known/${name}${path}`;
  const appended = (name: string) => `${url.origin}${path}/.well-known/${name}`;
  return [
    ...new Set([
      inserted("oauth-authorization-server"),
      appended("openid-configuration"),
      inserted("openid-configuration"),
      appended("oauth-authorization-server"),
    ]),
  ];
}

/** Why one document cannot be used. */
type MetadataRejection =
  "discovery_malformed" | "discovery_issuer_mismatch" | "discovery_insecure_endpoint";

export type ParsedMetadata =
  | { readonly ok: true; readonly metadata: AuthorizationServerMetadata }
  | { readonly ok: false; readonly reason: MetadataRejection };

/**
 * Checks a metadata document: its form, that `issuer` is identical to the
 * configured one, character for character (RFC 8414 §3.3), and its endpoints.
 * Takes anything and never throws.
 */
export function parseMetadata(document: unknown, issuer: string): ParsedMetadata {
  const parsed = schema.safeParse(document);
  if (!parsed.success) return { ok: false, reason: "discovery_malformed" };
  const metadata = parsed.data;
  // Otherwise one tenant of a server could speak, and choose the keys, for another.
  if (metadata.issuer !== issuer) return { ok: false, reason: "discovery_issuer_mismatch" };
  for (const name of ENDPOINTS) {
    const endpoint = metadata[name];
    if (endpoint !== undefined && !isSecure(endpoint, issuer)) {
      return { ok: false, reason: "discovery_insecure_endpoint" };
    }
  }
  return { ok: true, metadata };
}

/**
 * Fetches and checks the metadata of `issuer` from the first place that has it.
 *
 * Throws {@link UnavailableError} when there is none: `discovery_unreachable`
 * if any place could not be asked, for then it may have been there; otherwise
 * the reason of the best document found, or `discovery_not_found`.
 */
export async function fetchMetadata(
  issuer: string,
  fetch: OutboundFetch,
): Promise<AuthorizationServerMetadata> {
  const reasons = new Set<ReasonOf<503>>();
  for (const url of metadataUrls(issuer)) {
    const found = await fetchOne(url, issuer, fetch);
    if (found.ok) return found.metadata;
    reasons.add(found.reason);
  }
  throw new UnavailableError(WORST_FIRST.find((reason) => reasons.has(reason)) ?? NOT_FOUND);
}

const NOT_FOUND = "discovery_not_found";
const UNREACHABLE = "discovery_unreachable";
/** Outages first: "not there" is only known when every place could be asked. */
const WORST_FIRST: readonly ReasonOf<503>[] = [
  UNREACHABLE,
  "discovery_issuer_mismatch",
  "discovery_insecure_endpoint",
  "discovery_malformed",
  "discovery_redirect",
];

async function fetchOne(
  url: string,
  issuer: string,
  fetch: OutboundFetch,
): Promise<ParsedMetadata | { readonly ok: false; readonly reason: ReasonOf<503> }> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { accept: "application/json" } });
  } catch (cause) {
    return { ok: false, reason: reasonOf(cause) };
  }
  if (!response.ok) {
    // Servers answer an unknown path with 404, but also with 400, 401 or 403.
    const isAbsent = response.status >= 400 && response.status < 500;
    const isBusy = response.status === 408 || response.status === 429;
    return { ok: false, reason: isAbsent && !isBusy ? NOT_FOUND : UNREACHABLE };
  }
  try {
    return parseMetadata(await response.json(), issuer);
  } catch {
    // A web application that answers every path with its start page.
    return { ok: false, reason: "discovery_malformed" };
  }
}

/** Throws where asking at another path of the same host cannot help, nor end soon. */
function reasonOf(cause: unknown): ReasonOf<503> {
  if (!(cause instanceof OutboundError)) throw new UnavailableError(UNREACHABLE);
  switch (cause.failure) {
    case "redirect":
      return "discovery_redirect";
    case "too_large":
    case "content_type":
      return "discovery_malformed";
    case "insecure_url":
      throw new UnavailableError("discovery_insecure_url", { cause });
    case "address_refused":
      throw new UnavailableError("discovery_address_refused", { cause });
    case "timeout":
    case "network":
      throw new UnavailableError(UNREACHABLE, { cause });
  }
}

function parseIssuer(issuer: string): URL {
  const url = parseAbsoluteUrl(issuer);
  if (url === undefined) throw badIssuer(issuer, "is not a URL");
  const isAllowedHttp = url.protocol === "http:" && isLoopbackHost(url.hostname);
  if (url.protocol !== "https:" && !isAllowedHttp) {
    throw badIssuer(issuer, "must use https; http is accepted for localhost only");
  }
  if (url.username !== "" || url.password !== "") {
    throw badIssuer(url.host, "must not carry credentials");
  }
  if (/[?#]/.test(issuer)) throw badIssuer(issuer, "must not have a query or a fragment");
  return url;
}

function badIssuer(issuer: string, what: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(
    "ERR_OAUTH_ISSUER_URL",
    `The authorization server ${JSON.stringify(issuer)} ${what}.`,
    cause === undefined ? {} : { cause },
  );
}

/** A public issuer must not send this process to services on its own machine. */
function isSecure(endpoint: string, issuer: string): boolean {
  const url = parseAbsoluteUrl(endpoint);
  if (url === undefined) return false;
  if (isLoopbackHost(url.hostname)) {
    return isLoopbackHost(new URL(issuer).hostname) && /^https?:$/.test(url.protocol);
  }
  return url.protocol === "https:";
}
