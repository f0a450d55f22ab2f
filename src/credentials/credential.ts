import type { AuthRequest } from "../core/auth-request.js";
import { InvalidRequestError, MissingCredentialError } from "../core/errors.js";

/** How a credential was sent. `ApiKey` means the header that is configured for keys. */
export type AuthScheme = "Bearer" | "DPoP" | "ApiKey";

/** A token as it was sent, before it is checked. */
export interface Credential {
  readonly scheme: AuthScheme;
  readonly token: string;
}

const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * Reads the one access token of a request from its headers (RFC 6750 §2.1,
 * RFC 9449 §7.1). Does not read the body or check the token.
 *
 * @param headerName lower case; `authorization` unless configured otherwise
 * @throws MissingCredentialError when there is none, also when it is only in
 *   the query string, where it would end up in logs and histories
 * @throws InvalidRequestError when there are two, or one that cannot be read
 */
export function readCredential(request: AuthRequest, headerName = "authorization"): Credential {
  const credential = findCredential(request, headerName);
  assertToken68(credential.token);
  return credential;
}

/**
 * Like {@link readCredential}, without checking the token's characters. Callers
 * that do not know the token must call {@link assertToken68}.
 *
 * @throws MissingCredentialError, InvalidRequestError
 */
export function findCredential(request: AuthRequest, headerName: string): Credential {
  const values = headerValues(request, headerName);
  const inQuery = hasQueryToken(request.url);
  if (values.length > 1) throw new InvalidRequestError("credential_repeated");
  const value = values[0];
  if (value === undefined) {
    throw new MissingCredentialError(inQuery ? "credential_in_query" : "credential_missing");
  }
  const credential = splitAuthorization(value);
  if (credential === undefined) throw new MissingCredentialError("scheme_unsupported");
  if (inQuery) throw new InvalidRequestError("credential_repeated");
  return credential;
}

/**
 * Parses an `Authorization` value. `undefined` for another scheme:
 * by RFC 6750 §3.1 such a request carries no credentials.
 *
 * @throws InvalidRequestError if the scheme is supported but the rest is not one token68
 */
export function parseAuthorization(value: string): Credential | undefined {
  const credential = splitAuthorization(value);
  if (credential !== undefined) assertToken68(credential.token);
  return credential;
}

/**
 * Refuses a token with characters that are not allowed (RFC 9110 §11.2): after a
 * comma or space, another parser could see a second credential.
 *
 * @throws InvalidRequestError
 */
export function assertToken68(token: string): void {
  if (!TOKEN68.test(token)) throw new InvalidRequestError("credential_malformed");
}

function splitAuthorization(value: string): Credential | undefined {
  const trimmed = value.trim();
  const space = trimmed.indexOf(" ");
  const name = (space < 0 ? trimmed : trimmed.slice(0, space)).toLowerCase();
  const scheme = name === "bearer" ? "Bearer" : name === "dpop" ? "DPoP" : undefined;
  if (scheme === undefined) return undefined;
  return { scheme, token: space < 0 ? "" : trimmed.slice(space).trimStart() };
}

/**
 * Every value of a header in the order sent. Node keeps the first of two
 * Authorization headers and drops the other, a proxy may do the reverse: the
 * raw list shows both.
 */
export function headerValues(request: AuthRequest, name: string): string[] {
  const { rawHeaders } = request;
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index];
    if (raw !== undefined && raw.length === name.length && raw.toLowerCase() === name) {
      values.push(rawHeaders[index + 1] ?? "");
    }
  }
  if (values.length > 0) return values;
  // Hosts that build a request by hand (serverless, tests) fill `headers` only.
  const header = request.headers[name];
  if (header === undefined) return [];
  return Array.isArray(header) ? header : [header];
}

function hasQueryToken(url: string): boolean {
  const mark = url.indexOf("?");
  if (mark < 0) return false;
  return new URLSearchParams(url.slice(mark + 1)).has("access_token");
}
