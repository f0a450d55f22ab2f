import type { Revoker } from "../grants/revoker.js";
import type { KeyRotation } from "../keys/server-keys.js";
import type { OpenRecord, SealedStorage } from "../storage/sealed-storage.js";

/** What the storage contains. */
export interface StorageStatistics {
  /** Number of records by kind: `Client`, `Grant`, `Session`, `RefreshToken`, … */
  readonly records: Readonly<Record<string, number>>;
  /** Ids of the storage keys that records are sealed with, the current one first. */
  readonly storageKeys: readonly string[];
}

/** A registered client. It chose everything but its id. */
export interface RegisteredClient {
  readonly clientId: string;
  readonly name?: string;
  readonly redirectUris: readonly string[];
  /** Seconds since the epoch. */
  readonly registeredAt: number;
  /** Number of accounts that have granted it access: many people may share one client id. */
  readonly people: number;
}

/** What an account allows a client. Times are seconds since the epoch. */
export interface GrantedAccess {
  readonly grantId: string;
  readonly accountId: string;
  readonly clientId: string;
  /** Scopes by resource. */
  readonly scopes: Readonly<Record<string, string>>;
  readonly grantedAt: number;
  readonly expiresAt?: number;
}

/** Part of a long list. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  /** Pass it as `after` for the next page; absent on the last one. */
  readonly next?: string;
}

/** Which part of a list. */
export interface PageRequest {
  /** Largest number of items, 1–1000. @default 100 */
  readonly limit?: number;
  /** `next` of the previous page. */
  readonly after?: string;
}

/** What to revoke. */
export type RevocationTarget =
  | {
      /** Client id. Its registration stays, unless `forget` is set. */
      readonly client: string;
      /** Also removes the registration: the client must register again. @default false */
      readonly forget?: boolean;
    }
  /** Account id: also ends its sessions in browsers. */
  | { readonly account: string }
  /** Id of one grant, from `grants()`. */
  | { readonly grant: string };

/** What a revocation removed. */
export interface RevocationResult {
  /** Number of accounts that lost access. */
  readonly people: number;
  readonly grants: number;
  /** Number of browser sessions. */
  readonly sessions: number;
  /** Number of access tokens that were still valid. */
  readonly accessTokens: number;
}

/** Maintenance of an authorization server, in its own process or beside it. */
export interface Maintenance {
  /** Number of records, and which storage keys are in use. */
  stats(): Promise<StorageStatistics>;
  /**
   * Registered clients in no particular order. Clients with a metadata document are not
   * registered; `grants` lists what they were granted.
   */
  clients(page?: PageRequest): Promise<ListPage<RegisteredClient>>;
  /** Who granted what to which client, in no particular order. */
  grants(page?: PageRequest): Promise<ListPage<GrantedAccess>>;
  /** What {@link Maintenance.revoke} would remove now. Removes nothing. */
  affectedBy(target: RevocationTarget): Promise<RevocationResult>;
  /**
   * Ends the access of a client or an account, or one grant: refresh tokens, access tokens and
   * consents are removed. Resource servers in this process refuse the access tokens at once,
   * those in other processes on the same storage within ten seconds; others notice by
   * introspection, or when the token expires.
   *
   * Does not stop an account from signing in again: remove it from `accounts` first.
   */
  revoke(target: RevocationTarget): Promise<RevocationResult>;
  /**
   * Replaces the generated keys ahead of `keyRotationDays`. The new keys are published at once
   * and sign an hour later; the old ones verify until everything they signed has expired.
   * Signing keys from the option `keys` stay. Idempotent within that hour.
   */
  rotateKeys(): Promise<KeyRotation>;
  /** Removes expired records, as the server does every ten minutes. Resolves with their number. */
  cleanup(): Promise<number>;
  /**
   * Seals all records again with the first storage key. When `stats().storageKeys` then lists
   * only that key, the others can be removed. Run it when every process has the new key in front.
   * Resolves with the number of records.
   */
  reseal(): Promise<number>;
}

export interface MaintenanceParts {
  readonly storage: Pick<
    SealedStorage,
    "get" | "findBy" | "list" | "count" | "commit" | "removeExpired" | "reseal" | "keysInUse"
  >;
  readonly revoker: Revoker;
  readonly rotateKeys: () => Promise<KeyRotation>;
}

const CLEANUP_BATCH = 500;

export function createMaintenance({ storage, revoker, rotateKeys }: MaintenanceParts): Maintenance {
  return {
    rotateKeys,
    reseal: () => storage.reseal(),
    async stats() {
      const [records, storageKeys] = await Promise.all([storage.count(), storage.keysInUse()]);
      return { records, storageKeys };
    },
    async clients(page) {
      const { records, next } = await storage.list("Client", limitOf(page), page?.after);
      const items = await Promise.all(records.map((record) => toClient(record, storage)));
      return { items, ...(next !== undefined && { next }) };
    },
    async grants(page) {
      const { records, next } = await storage.list("Grant", limitOf(page), page?.after);
      return { items: records.map(toGrant), ...(next !== undefined && { next }) };
    },
    affectedBy: async (target) => resultOf(await recordsOf(target, storage)),
    revoke: (target) => revoke(target, { storage, revoker }),
    async cleanup() {
      let total = 0;
      let removed = CLEANUP_BATCH;
      while (removed === CLEANUP_BATCH) {
        removed = await storage.removeExpired(CLEANUP_BATCH);
        total += removed;
      }
      return total;
    },
  };
}

function limitOf(page: PageRequest | undefined): number {
  const limit = page?.limit ?? 100;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1_000) {
    throw new RangeError("limit must be a whole number from 1 to 1000.");
  }
  return limit;
}

async function revoke(
  target: RevocationTarget,
  { storage, revoker }: Pick<MaintenanceParts, "storage" | "revoker">,
): Promise<RevocationResult> {
  if ("account" in target) return resultOf(await revoker.revokeBy("account", target.account));
  if ("client" in target) {
    const keep = target.forget === true ? undefined : "Client";
    return resultOf(await revoker.revokeBy("client", target.client, keep));
  }
  const grant = await storage.get("Grant", target.grant);
  const removed = await revoker.revokeGrant(target.grant);
  return resultOf([...(grant === undefined ? [] : [grant]), ...removed]);
}

async function recordsOf(
  target: RevocationTarget,
  storage: Pick<SealedStorage, "get" | "findBy">,
): Promise<readonly OpenRecord[]> {
  if ("account" in target) return storage.findBy("account", target.account);
  if ("client" in target) return storage.findBy("client", target.client);
  const grant = await storage.get("Grant", target.grant);
  const issued = await storage.findBy("grant", target.grant);
  return [...(grant === undefined ? [] : [grant]), ...issued];
}

function resultOf(removed: readonly OpenRecord[]): RevocationResult {
  const count = (kind: string) => removed.filter((record) => record.kind === kind).length;
  const people = removed.flatMap(({ payload: { accountId } }) =>
    typeof accountId === "string" ? [accountId] : [],
  );
  return {
    people: new Set(people).size,
    grants: count("Grant"),
    sessions: count("Session"),
    accessTokens: count("AccessToken"),
  };
}

async function toClient(
  { payload, createdAt }: OpenRecord,
  storage: Pick<SealedStorage, "findBy">,
): Promise<RegisteredClient> {
  const clientId = String(payload["client_id"]);
  const name = payload["client_name"];
  const granted = (await storage.findBy("client", clientId)).filter(({ kind }) => kind === "Grant");
  return {
    clientId,
    ...(typeof name === "string" && { name }),
    redirectUris: (payload["redirect_uris"] ?? []) as readonly string[],
    registeredAt: createdAt,
    people: resultOf(granted).people,
  };
}

function toGrant({ payload, createdAt, expiresAt }: OpenRecord): GrantedAccess {
  const { jti, accountId, clientId, iat, resources, openid } = payload;
  const scopes = { ...(resources as Record<string, string> | undefined) };
  const identity = (openid as { scope?: string } | undefined)?.scope;
  return {
    grantId: String(jti),
    accountId: String(accountId),
    clientId: String(clientId),
    scopes: { ...scopes, ...(identity !== undefined && { openid: identity }) },
    grantedAt: typeof iat === "number" ? iat : createdAt,
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
