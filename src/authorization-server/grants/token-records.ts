import type { AdapterPayload } from "oidc-provider";
import type { RevokedToken } from "../../core/embedded-authorization-server.js";
import { sha256, tokenHash } from "../../core/hashes.js";
import type { NewRecord, OpenRecord } from "../storage/sealed-storage.js";

/**
 * Models whose payload keeps its id: oidc-provider reads it there, and maintenance names a
 * grant by it.
 */
const KEEPS_ID = new Set(["Session", "Client", "DeviceCode", "Grant"]);
/** Tokens that resource servers accept. */
const ACCESS_TOKENS = new Set(["AccessToken", "ClientCredentials"]);

/** The record for a payload of oidc-provider. */
export function toRecord(
  model: string,
  id: string,
  payload: AdapterPayload,
  expiresIn: number | undefined,
  now: number,
): NewRecord {
  const kept: Record<string, unknown> = { ...payload };
  if (!KEEPS_ID.has(model)) delete kept["jti"];
  if (ACCESS_TOKENS.has(model)) kept["tokenHash"] = tokenHash(id);
  return {
    kind: model,
    id,
    payload: kept,
    indexes: indexesOf(model, payload),
    // oidc-provider checks expiry with its own clock: never expire a record earlier.
    ...(expiresIn !== undefined && { expiresAt: now + Math.ceil(expiresIn) }),
  };
}

/** The payload as oidc-provider stored it. */
export function fromRecord(record: OpenRecord, id: string | undefined): AdapterPayload {
  const { kind, payload, consumedAt } = record;
  return {
    ...payload,
    ...(id !== undefined && !KEEPS_ID.has(kind) && { jti: id }),
    ...(consumedAt !== undefined && { consumed: consumedAt }),
  };
}

/**
 * A record for a JWT access token, which oidc-provider does not store. It makes
 * introspection and revocation of the token possible.
 *
 * @param claims claims of the JWT, which this server has just signed
 */
export function toShadowRecord(
  kind: string,
  token: Readonly<Record<string, unknown>>,
  jwt: string,
  claims: { readonly jti?: string; readonly exp?: number; readonly iat?: number },
): NewRecord {
  const { clientId, accountId, grantId, aud, scope, sid, jkt, gty, extra } = token;
  const { jti, exp, iat } = claims;
  const known = { clientId, accountId, grantId, aud, scope, sid, jkt, gty, extra };
  const payload: Record<string, unknown> = { kind, iat, exp, format: "opaque", tokenId: jti };
  for (const [name, value] of Object.entries(known)) {
    if (value !== undefined) payload[name] = value;
  }
  return {
    kind,
    id: handleOf(jwt),
    payload,
    indexes: indexesOf(kind, payload),
    ...(exp !== undefined && { expiresAt: exp }),
  };
}

/**
 * The record id of a token. An opaque token is its own id. Any other text, such
 * as a JWT, is hashed whole, so that only the exact bytes match. A handle cannot
 * be used in place of its token, because it would be hashed again.
 */
export function handleOf(token: string): string {
  return /^[\w-]+$/.test(token) ? token : `~${sha256(token)}`;
}

/** The revocation that resource servers are notified of; `undefined` for other records. */
export function revocationOf({ kind, payload, expiresAt }: OpenRecord): RevokedToken | undefined {
  if (!ACCESS_TOKENS.has(kind) || expiresAt === undefined) return undefined;
  const { tokenId, tokenHash: hash } = payload;
  if (typeof tokenId === "string") return { jti: tokenId, until: expiresAt };
  return typeof hash === "string" ? { tokenHash: hash, until: expiresAt } : undefined;
}

function indexesOf(
  model: string,
  payload: Readonly<Record<string, unknown>>,
): NonNullable<NewRecord["indexes"]> {
  const { grantId, uid, userCode, accountId, clientId, client_id: ownClientId, session } = payload;
  const params = payload["params"] as { client_id?: unknown } | undefined;
  const account = accountId ?? (session as { accountId?: unknown } | undefined)?.accountId;
  const client = clientId ?? ownClientId ?? params?.client_id;
  const indexes: Record<string, string> = {};
  const values = { grant: grantId, uid, userCode, account, client };
  for (const [index, value] of Object.entries(values)) {
    // An interaction only names the grant that it may extend; it expires on its own.
    if (index === "grant" && model === "Interaction") continue;
    if (typeof value === "string" && value !== "") indexes[index] = value;
  }
  return indexes;
}
