import type { AuthRequest } from "../core/auth-request.js";
import { InvalidRequestError, MissingCredentialError } from "../core/errors.js";
import { headerValues, parseAuthorization, readCredential } from "./credential.js";

/** The header for API keys. */
export interface ApiKeyHeader {
  /** Lower case. */
  readonly name: string;
  /** Prefix of the key, for example `ApiKey `; compared ignoring case. */
  readonly prefix: string;
}

/**
 * The API key of a request, or `undefined` if it has none. A key in the query
 * string is ignored: it would end up in logs and histories.
 *
 * If keys share their header with access tokens, values sent as `Bearer` or
 * `DPoP` are left to {@link readCredential}.
 *
 * @param tokenHeader The header of access tokens, in lower case.
 * @throws InvalidRequestError when there are several keys, one that cannot be
 *   read, or an access token beside it: two readers could pick different ones
 */
export function readApiKey(
  request: AuthRequest,
  header: ApiKeyHeader,
  tokenHeader: string,
): string | undefined {
  const values = headerValues(request, header.name);
  if (values.length > 1) throw new InvalidRequestError("credential_repeated");
  const value = values[0]?.trim() ?? "";
  // A client whose key is not set sends an empty header; a challenge helps it more.
  if (value === "") return undefined;
  const isShared = header.name === tokenHeader;
  if (isShared && parseAuthorization(value) !== undefined) return undefined;
  if (!value.toLowerCase().startsWith(header.prefix.toLowerCase())) {
    if (isShared) return undefined;
    throw new InvalidRequestError("credential_malformed");
  }
  if (!isShared) assertNoAccessToken(request, tokenHeader);
  return value.slice(header.prefix.length).trimStart();
}

function assertNoAccessToken(request: AuthRequest, tokenHeader: string): void {
  try {
    readCredential(request, tokenHeader);
  } catch (error) {
    const none = error instanceof MissingCredentialError && error.reason !== "credential_in_query";
    if (none) return;
  }
  throw new InvalidRequestError("credential_repeated");
}

/**
 * Whether keys are sent as `Authorization: Bearer`, like access tokens, so that only
 * their form distinguishes them.
 */
export function sharesBearer(header: ApiKeyHeader, tokenHeader: string): boolean {
  return header.name === tokenHeader && header.prefix.trim().toLowerCase() === "bearer";
}
